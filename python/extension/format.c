/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <string.h>

PyObject *fourcc_to_text(uint32_t fourcc)
{
	char text[4];

	for (int i = 0; i < 4; i++) {
		text[i] = (char)(fourcc >> (8 * i));
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	}
	return PyUnicode_FromStringAndSize(text, sizeof(text));
}

int fourcc_from_text(const char *text, uint32_t *ret_fourcc)
{
	if (strlen(text) != 4) {
		PyErr_Format(PyExc_ValueError, "'%s' is no format: it must be 'NV12', 'GREY' or 'DATA'", text);
		return -1;
	}
	*ret_fourcc = ZCF_FOURCC((unsigned char)text[0], (unsigned char)text[1], (unsigned char)text[2],
				 (unsigned char)text[3]);
	return 0;
}

static void set_layout(struct plane_layout *layout, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t channels,
		       Py_ssize_t stride_bytes)
{
	layout->dimension_count = channels == 1 ? 2 : 3;
	layout->shape[0] = rows;
	layout->shape[1] = columns;
	layout->shape[2] = channels;
	layout->strides_bytes[0] = stride_bytes;
	layout->strides_bytes[1] = channels;
	layout->strides_bytes[2] = 1;
}

/* Any format that has no rows that we know of is a row of bytes. */
static void set_layout_of_bytes(struct plane_layout *layout, uint64_t size_bytes)
{
	layout->dimension_count = 1;
	layout->shape[0] = (Py_ssize_t)size_bytes;
	layout->strides_bytes[0] = 1;
}

int plane_layout_of(const struct zcf_format *format, uint64_t bytes_used, uint32_t plane, struct plane_layout *layout)
{
	Py_ssize_t width = format->width_pixels, height = format->height_pixels;

	if (plane >= format->plane_count) {
		PyErr_Format(PyExc_IndexError, "no plane %u: this format has %u", plane, format->plane_count);
		return -1;
	}
	uint64_t size_bytes = format->planes[plane].size_bytes;
	Py_ssize_t stride_bytes = format->planes[plane].stride_bytes;
	bool is_nv12 = format->fourcc == ZCF_FOURCC_NV12 && format->plane_count == 2;

	if (is_nv12 && plane == 1)
		set_layout(layout, height / 2, width / 2, 2, stride_bytes);
	else if (is_nv12 || format->fourcc == ZCF_FOURCC_GREY)
		set_layout(layout, height, width, 1, stride_bytes);
	else
		set_layout_of_bytes(layout,
				    format->plane_count == 1 && bytes_used < size_bytes ? bytes_used : size_bytes);
	return 0;
}

int plane_layout_of_whole(const struct zcf_format *format, uint64_t bytes_used, struct plane_layout *layout)
{
	const struct zcf_plane *y = &format->planes[0], *uv = &format->planes[1];

	if (format->plane_count == 1)
		return plane_layout_of(format, bytes_used, 0, layout);
	if (format->fourcc != ZCF_FOURCC_NV12 || format->plane_count != 2) {
		PyErr_SetString(PyExc_BufferError, "a frame of several planes is no single array; use plane()");
		return -1;
	}
	if (y->stride_bytes != uv->stride_bytes ||
	    uv->offset_bytes != y->offset_bytes + (uint64_t)y->stride_bytes * format->height_pixels) {
		PyErr_SetString(
			PyExc_BufferError,
			"the Y and UV planes of this frame do not follow each other in memory, so that no array "
			"can show both without a copy; use y and uv");
		return -1;
	}
	set_layout(layout, (Py_ssize_t)format->height_pixels * 3 / 2, format->width_pixels, 1, y->stride_bytes);
	return 0;
}
