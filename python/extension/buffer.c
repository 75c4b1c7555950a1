/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer that a producer dequeued: writable until it is published, and never after. */
#include "module.h"

struct buffer_object {
	PyObject ob_base;
	struct producer_object *producer;
	struct zcf_buffer *buffer; /* NULL once published or cancelled. */
	size_t view_count;
	struct zcf_frame_metadata metadata;
};

PyObject *buffer_wrap(struct producer_object *producer, struct zcf_buffer *buffer)
{
	PyTypeObject *type = producer->buffer_type;
	struct buffer_object *self = (struct buffer_object *)type->tp_alloc(type, 0);

	if (!self) {
		producer_cancel_buffer(producer, buffer);
		return NULL;
	}
	Py_INCREF(producer);
	self->producer = producer;
	self->buffer = buffer;
	self->metadata.frame_number = producer->frame_number;
	self->metadata.brightness_avg = -1;
	return (PyObject *)self;
}

static void buffer_dealloc(PyObject *object)
{
	struct buffer_object *self = (struct buffer_object *)object;
	PyTypeObject *type = Py_TYPE(object);

	if (self->buffer)
		producer_cancel_buffer(self->producer, self->buffer);
	Py_XDECREF(self->producer);
	type->tp_free(object);
	Py_DECREF(type);
}

static void view_dropped(PyObject *object)
{
	producer_view_dropped(((struct buffer_object *)object)->producer);
}

static bool check_mine(const struct buffer_object *self)
{
	if (self->buffer && self->producer->producer)
		return true;
	PyErr_SetString(PyExc_ValueError, self->buffer ? "the producer is closed"
						       : "the buffer was published or cancelled; dequeue another one");
	return false;
}

static PyObject *create_plane(struct buffer_object *self, uint32_t index, const struct plane_layout *layout)
{
	struct plane_owner owner = {
		.object = (PyObject *)self, .view_count = &self->view_count, .view_dropped = view_dropped};
	PyObject *plane = plane_create(&owner, zcf_buffer_get_plane(self->buffer, index), layout, true);

	if (plane)
		self->producer->view_count++;
	return plane;
}

static PyObject *buffer_plane(PyObject *object, PyObject *index_object)
{
	struct buffer_object *self = (struct buffer_object *)object;
	struct plane_layout layout;
	unsigned long index;

	if (!check_mine(self))
		return NULL;
	index = PyLong_AsUnsignedLong(index_object);
	if (PyErr_Occurred())
		return NULL;
	if (plane_layout_of(zcf_buffer_get_format(self->buffer), UINT64_MAX, index > 99 ? 99 : (uint32_t)index,
			    &layout) < 0)
		return NULL;
	return create_plane(self, (uint32_t)index, &layout);
}

static PyObject *buffer_whole(PyObject *object, PyObject *unused)
{
	struct buffer_object *self = (struct buffer_object *)object;
	struct plane_layout layout;

	(void)unused;
	if (!check_mine(self) || plane_layout_of_whole(zcf_buffer_get_format(self->buffer), UINT64_MAX, &layout) < 0)
		return NULL;
	return create_plane(self, 0, &layout);
}

static PyObject *buffer_publish(PyObject *object, PyObject *unused)
{
	struct buffer_object *self = (struct buffer_object *)object;
	int error;

	(void)unused;
	if (!check_mine(self) || !producer_check_usable(self->producer))
		return NULL;
	if (self->view_count > 0) {
		PyErr_SetString(
			PyExc_BufferError,
			"an array still points into this buffer, and could change it under its readers: `del` it "
			"before publishing");
		return NULL;
	}
	error = zcf_producer_publish(self->producer->producer, self->buffer, &self->metadata);
	if (error < 0)
		return errors_raise(error);
	self->producer->frame_number = self->metadata.frame_number;
	self->buffer = NULL;
	return Py_NewRef(Py_None);
}

static PyObject *buffer_cancel(PyObject *object, PyObject *unused)
{
	struct buffer_object *self = (struct buffer_object *)object;

	(void)unused;
	if (!self->buffer)
		return Py_NewRef(Py_None);
	if (self->view_count > 0) {
		PyErr_SetString(PyExc_BufferError, "an array still points into this buffer: `del` it first");
		return NULL;
	}
	producer_cancel_buffer(self->producer, self->buffer);
	self->buffer = NULL;
	return Py_NewRef(Py_None);
}

static PyObject *buffer_enter(PyObject *object, PyObject *unused)
{
	(void)unused;
	return check_mine((struct buffer_object *)object) ? Py_NewRef(object) : NULL;
}

/* Publishes; after an exception, which may still hold arrays in its traceback, leaves the buffer to its destructor. */
static PyObject *buffer_exit(PyObject *object, PyObject *arguments)
{
	struct buffer_object *self = (struct buffer_object *)object;

	if (PyTuple_GET_SIZE(arguments) > 0 && PyTuple_GET_ITEM(arguments, 0) != Py_None) {
		if (self->view_count == 0)
			return buffer_cancel(object, NULL);
		return Py_NewRef(Py_None);
	}
	if (!self->buffer)
		return Py_NewRef(Py_None);
	return buffer_publish(object, NULL);
}

static PyObject *buffer_get_index(PyObject *object, void *closure)
{
	struct buffer_object *self = (struct buffer_object *)object;

	(void)closure;
	return check_mine(self) ? PyLong_FromUnsignedLong(zcf_buffer_get_index(self->buffer)) : NULL;
}

static PyObject *buffer_get_fourcc(PyObject *object, void *closure)
{
	struct buffer_object *self = (struct buffer_object *)object;

	(void)closure;
	return check_mine(self) ? fourcc_to_text(zcf_buffer_get_format(self->buffer)->fourcc) : NULL;
}

#define METADATA(field) offsetof(struct buffer_object, metadata.field)

static PyMemberDef buffer_members[] = {
	{"frame_number", T_ULONGLONG, METADATA(frame_number), 0,
	 "The camera's count; one more than the last by itself."},
	{"capture_time_ns", T_ULONGLONG, METADATA(capture_time_ns), 0, "As time.monotonic_ns(); 0: now."},
	{"capture_wall_ns", T_LONGLONG, METADATA(capture_wall_ns), 0, "As time.time_ns(); 0: from capture_time_ns."},
	{"bytes_used", T_ULONGLONG, METADATA(bytes_used), 0, "Bytes that carry content; 0: all."},
	{"camera_id", T_INT, METADATA(camera_id), 0, "Which camera."},
	{"brightness_avg", T_FLOAT, METADATA(brightness_avg), 0, "Mean of Y, 0..255; negative: not measured."},
	{"correction_applied", T_UBYTE, METADATA(correction_applied), 0, "1 if a low-light correction was applied."},
	{0},
};

static PyGetSetDef buffer_attributes[] = {
	{"index", buffer_get_index, NULL, "Which buffer of the pool.", NULL},
	{"fourcc", buffer_get_fourcc, NULL, "'NV12', 'GREY' or 'DATA'.", NULL},
	{0},
};

static PyMethodDef buffer_methods[] = {
	{"plane", buffer_plane, METH_O, "plane(index) -> Plane, writable"},
	{"whole", buffer_whole, METH_NOARGS, "whole() -> Plane, writable"},
	{"publish", buffer_publish, METH_NOARGS, "Offer the frame to every consumer. No array may be left."},
	{"cancel", buffer_cancel, METH_NOARGS, "Give the buffer back unused."},
	{"__enter__", buffer_enter, METH_NOARGS, NULL},
	{"__exit__", buffer_exit, METH_VARARGS, NULL},
	{0},
};

static PyType_Slot buffer_slots[] = {
	{Py_tp_doc, "A buffer to write a frame into."},
	{Py_tp_dealloc, buffer_dealloc},
	{Py_tp_members, buffer_members},
	{Py_tp_getset, buffer_attributes},
	{Py_tp_methods, buffer_methods},
	{0},
};

PyType_Spec buffer_type_spec = {
	.name = "zcframe._zcframe.Buffer",
	.basicsize = sizeof(struct buffer_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = buffer_slots,
};
