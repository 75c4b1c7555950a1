/* SPDX-License-Identifier: Apache-2.0 */
/* What a frame tells about itself. The metadata is a copy, so it stays readable after the release. */
#include "module.h"

#include <errno.h>

static PyObject *frame_get_valid(PyObject *object, void *closure)
{
	struct frame_object *self = (struct frame_object *)object;

	(void)closure;
	return PyBool_FromLong(self->frame ? zcf_frame_check(self->frame) == 0 : !self->stale);
}

static PyObject *frame_get_released(PyObject *object, void *closure)
{
	struct frame_object *self = (struct frame_object *)object;

	(void)closure;
	return PyBool_FromLong(self->released || !self->frame);
}

static PyObject *frame_get_held(PyObject *object, void *closure)
{
	(void)closure;
	return PyBool_FromLong(((struct frame_object *)object)->frame != NULL);
}

static PyObject *frame_get_fourcc(PyObject *object, void *closure)
{
	(void)closure;
	return fourcc_to_text(((struct frame_object *)object)->info.format.fourcc);
}

static PyObject *frame_get_share_id(PyObject *object, void *closure)
{
	const int32_t *id = ((struct frame_object *)object)->info.share_id;

	(void)closure;
	_Static_assert(ZCF_MAX_PLANES == 4, "one value each");
	return Py_BuildValue("(iiii)", id[0], id[1], id[2], id[3]);
}

static PyObject *frame_get_handle(PyObject *object, void *closure)
{
	struct zcf_frame *frame = frame_get_readable(object);
	const void *handle;
	size_t size_bytes;
	int error;

	(void)closure;
	if (!frame)
		return NULL;
	error = zcf_frame_get_handle(frame, &handle, &size_bytes);
	if (error == -ENOENT)
		return Py_NewRef(Py_None);
	return error < 0 ? errors_raise(error) : PyBytes_FromStringAndSize(handle, (Py_ssize_t)size_bytes);
}

static PyObject *frame_get_strides(PyObject *object, void *closure)
{
	const struct zcf_format *format = &((struct frame_object *)object)->info.format;
	PyObject *tuple = PyTuple_New(format->plane_count);

	(void)closure;
	for (uint32_t i = 0; tuple && i < format->plane_count; i++) {
		PyObject *stride = PyLong_FromUnsignedLong(format->planes[i].stride_bytes);
		if (!stride)
			Py_CLEAR(tuple);
		else
			PyTuple_SET_ITEM(tuple, i, stride);
	}
	return tuple;
}

static PyObject *frame_get_discontinuity(PyObject *object, void *closure)
{
	(void)closure;
	return PyBool_FromLong(((struct frame_object *)object)->info.flags & ZCF_FRAME_DISCONTINUITY);
}

static PyObject *frame_get_correction(PyObject *object, void *closure)
{
	(void)closure;
	return PyBool_FromLong(((struct frame_object *)object)->info.correction_applied);
}

#define INFO(field) offsetof(struct frame_object, info.field)

PyMemberDef frame_members[] = {
	{"sequence", T_ULONGLONG, INFO(sequence), READONLY, "1, 2, 3, ... of the frames published in this epoch."},
	{"epoch", T_ULONGLONG, INFO(epoch), READONLY, "Names one life of the producer."},
	{"frame_number", T_ULONGLONG, INFO(frame_number), READONLY, "The camera's own count."},
	{"sequence_gap", T_ULONGLONG, INFO(sequence_gap), READONLY,
	 "Frames published since this consumer's last one that it did not see."},
	{"skipped_before", T_ULONGLONG, INFO(skipped_before), READONLY,
	 "Camera frames lost directly before this one, because consumers held every buffer."},
	{"capture_time_ns", T_ULONGLONG, INFO(capture_time_ns), READONLY, "CLOCK_MONOTONIC, as time.monotonic_ns()."},
	{"capture_wall_ns", T_LONGLONG, INFO(capture_wall_ns), READONLY, "CLOCK_REALTIME, as time.time_ns()."},
	{"publish_time_ns", T_ULONGLONG, INFO(publish_time_ns), READONLY, "CLOCK_MONOTONIC."},
	{"bytes_used", T_ULONGLONG, INFO(bytes_used), READONLY, "Bytes that carry content."},
	{"width", T_UINT, INFO(format.width_pixels), READONLY, "In pixels; 0 for data."},
	{"height", T_UINT, INFO(format.height_pixels), READONLY, "In pixels; 0 for data."},
	{"plane_count", T_UINT, INFO(format.plane_count), READONLY, "2 for NV12, 1 for GREY and DATA."},
	{"camera_id", T_INT, INFO(camera_id), READONLY, "Which camera."},
	{"brightness_avg", T_FLOAT, INFO(brightness_avg), READONLY, "Mean of Y, 0..255; negative if not measured."},
	{"version", T_UINT, INFO(version), READONLY, "The sequence's low 32 bits."},
	{"buffer_index", T_UINT, INFO(buffer_index), READONLY, "Which buffer of the pool."},
	{0},
};

PyGetSetDef frame_attributes[] = {
	{"valid", frame_get_valid, NULL, "Whether what has been read so far can be trusted.", NULL},
	{"released", frame_get_released, NULL, "Whether release() was called.", NULL},
	{"held", frame_get_held, NULL, "Whether the lease is still there: not released, or a view is left.", NULL},
	{"fourcc", frame_get_fourcc, NULL, "'NV12', 'GREY' or 'DATA'.", NULL},
	{"strides", frame_get_strides, NULL, "Bytes from one row to the next, for each plane.", NULL},
	{"share_id", frame_get_share_id, NULL, "The vendor's buffer ids; 0 where there are none.", NULL},
	{"handle", frame_get_handle, NULL,
	 "The 160 bytes of the vendor's hb_mem_graphic_buf_t, for zcframe.hb_mem or the BPU; None where there are "
	 "none.",
	 NULL},
	{"discontinuity", frame_get_discontinuity, NULL, "First frame after the producer was restarted.", NULL},
	{"correction_applied", frame_get_correction, NULL, "Whether the low-light correction was applied.", NULL},
	{0},
};
