/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions that libyuv does. */
#include "module.h"

#include <libyuv.h>

static bool is_nv12(const struct zcf_format *format)
{
	return format->fourcc == ZCF_FOURCC_NV12 && format->plane_count == 2;
}

/* BT.601 in full range, as cameras and JPEG have it: libyuv's short names take Y for 16 to 235. It names formats by
 * words of memory: its RGB24 is B, G, R in bytes, and with U and V taken for each other it is R, G, B. */
static void convert(const struct zcf_frame *frame, const struct zcf_format *format, uint8_t *out, bool bgr)
{
	const uint8_t *y = zcf_frame_get_plane(frame, 0);
	const uint8_t *uv = zcf_frame_get_plane(frame, 1);
	int y_stride = (int)format->planes[0].stride_bytes, uv_stride = (int)format->planes[1].stride_bytes;
	int width = (int)format->width_pixels, height = (int)format->height_pixels;

	if (bgr)
		NV12ToRGB24Matrix(y, y_stride, uv, uv_stride, out, 3 * width, &kYuvJPEGConstants, width, height);
	else
		NV21ToRGB24Matrix(y, y_stride, uv, uv_stride, out, 3 * width, &kYvuJPEGConstants, width, height);
}

PyObject *convert_to_rgb(PyObject *module, PyObject *arguments)
{
	PyObject *frame_object, *output;
	struct zcf_frame *frame;
	Py_buffer view;
	int bgr, result = -1;

	(void)module;
	if (!PyArg_ParseTuple(arguments, "OOp", &frame_object, &output, &bgr) || output_get(output, "B", &view) < 0)
		return NULL;
	frame = frame_hold(frame_object);
	if (frame) {
		const struct zcf_format *format = &zcf_frame_get_info(frame)->format;

		if (!is_nv12(format)) {
			PyErr_SetString(PyExc_ValueError, "only frames of NV12 have colours to convert");
		} else if (view.len != (Py_ssize_t)format->width_pixels * format->height_pixels * 3) {
			PyErr_SetString(PyExc_ValueError, "the output's shape must be (height, width, 3) of the frame");
		} else {
			PyThreadState *state = PyEval_SaveThread();
			convert(frame, format, view.buf, bgr);
			PyEval_RestoreThread(state);
			result = 0;
		}
		frame_unhold(frame_object);
	}
	PyBuffer_Release(&view);
	return result < 0 ? NULL : Py_NewRef(Py_None);
}

/* The output is NV12 as one array of 3/2 of its height; the rectangle is even. */
static void scale(const struct zcf_frame *frame, const struct zcf_format *format, const struct output_region *region,
		  uint8_t *out, size_t out_width, size_t out_height)
{
	uint8_t *out_y = out + region->top * out_width + region->left;
	uint8_t *out_uv = out + (out_height + region->top / 2) * out_width + region->left;
	int width = (int)format->width_pixels, height = (int)format->height_pixels;

	ScalePlane(zcf_frame_get_plane(frame, 0), (int)format->planes[0].stride_bytes, width, height, out_y,
		   (int)out_width, (int)region->width, (int)region->height, kFilterBilinear);
	UVScale(zcf_frame_get_plane(frame, 1), (int)format->planes[1].stride_bytes, width / 2, height / 2, out_uv,
		(int)out_width, (int)region->width / 2, (int)region->height / 2, kFilterBilinear);
}

static int check_nv12_output(const Py_buffer *view, const struct output_region *region)
{
	if (view->ndim != 2 || view->shape[0] % 3 != 0 || view->shape[1] % 2 != 0) {
		PyErr_SetString(PyExc_ValueError, "the output's shape must be (H * 3 / 2, W) with even H and W");
		return -1;
	}
	if ((region->left | region->top | region->width | region->height) & 1) {
		PyErr_SetString(PyExc_ValueError, "a rectangle of NV12 has even edges");
		return -1;
	}
	return output_check_region(region, view->shape[1], view->shape[0] / 3 * 2);
}

PyObject *letterbox_to_nv12(PyObject *module, PyObject *arguments)
{
	PyObject *frame_object, *output;
	struct output_region region;
	struct zcf_frame *frame;
	Py_buffer view;
	int result = -1;

	(void)module;
	if (!PyArg_ParseTuple(arguments, "OOIIII", &frame_object, &output, &region.left, &region.top, &region.width,
			      &region.height) ||
	    output_get(output, "B", &view) < 0)
		return NULL;
	frame = frame_hold(frame_object);
	if (frame) {
		const struct zcf_format *format = &zcf_frame_get_info(frame)->format;

		if (!is_nv12(format)) {
			PyErr_SetString(PyExc_ValueError, "only frames of NV12 can be scaled to NV12");
		} else if (check_nv12_output(&view, &region) == 0) {
			PyThreadState *state = PyEval_SaveThread();
			scale(frame, format, &region, view.buf, (size_t)view.shape[1], (size_t)view.shape[0] / 3 * 2);
			PyEval_RestoreThread(state);
			result = 0;
		}
		frame_unhold(frame_object);
	}
	PyBuffer_Release(&view);
	return result < 0 ? NULL : Py_NewRef(Py_None);
}
