/* SPDX-License-Identifier: Apache-2.0 */
/* A frame: a lease, a copy of the metadata, and the count of the views that keep the lease. */
#include "module.h"

#include <errno.h>

PyObject *frame_wrap(struct consumer_object *consumer, struct zcf_frame *frame)
{
	PyTypeObject *type = consumer->frame_type;
	struct frame_object *self = (struct frame_object *)type->tp_alloc(type, 0);

	if (!self) {
		zcf_frame_release(frame);
		consumer_drop_user(consumer);
		return NULL;
	}
	Py_INCREF(consumer);
	self->consumer = consumer;
	self->frame = frame;
	self->info = *zcf_frame_get_info(frame);
	return (PyObject *)self;
}

/* Ends the lease and keeps the verdict. @return 0 or a negative errno. */
static int end_lease(struct frame_object *self)
{
	int verdict = zcf_frame_release(self->frame);

	self->frame = NULL;
	self->stale = verdict == -ESTALE;
	consumer_drop_user(self->consumer);
	return verdict;
}

static void view_dropped(PyObject *object)
{
	struct frame_object *self = (struct frame_object *)object;

	if (self->released && self->view_count == 0 && self->frame)
		end_lease(self);
}

static void frame_dealloc(PyObject *object)
{
	struct frame_object *self = (struct frame_object *)object;
	PyTypeObject *type = Py_TYPE(object);

	/* Views hold a reference to us, so there are none. */
	if (self->frame)
		end_lease(self);
	Py_XDECREF(self->consumer);
	type->tp_free(object);
	Py_DECREF(type);
}

static int release(struct frame_object *self)
{
	if (self->released || !self->frame)
		return 0;
	self->released = true;
	if (self->view_count == 0)
		return end_lease(self);
	self->stale = zcf_frame_check(self->frame) < 0;
	return self->stale ? -ESTALE : 0;
}

static PyObject *raise_stale(const struct frame_object *self)
{
	char text[160];

	PyOS_snprintf(text, sizeof(text),
		      "frame %llu was held past its deadline and overwritten: discard what was computed from it",
		      (unsigned long long)self->info.frame_number);
	return errors_raise_text(-ESTALE, text);
}

/* As valid, but loud, and whatever the consumer's on_stale says: it was asked for. */
static PyObject *frame_check(PyObject *object, PyObject *unused)
{
	struct frame_object *self = (struct frame_object *)object;

	(void)unused;
	if (self->frame ? zcf_frame_check(self->frame) < 0 : self->stale)
		return raise_stale(self);
	return Py_NewRef(Py_None);
}

static PyObject *frame_release(PyObject *object, PyObject *unused)
{
	struct frame_object *self = (struct frame_object *)object;
	int verdict = release(self);

	(void)unused;
	if (verdict == -ESTALE && self->consumer->raise_stale)
		return raise_stale(self);
	if (verdict < 0 && verdict != -ESTALE)
		return errors_raise_text(verdict, "a frame belongs to the process that acquired it, not to its fork");
	return Py_NewRef(Py_None);
}

static PyObject *frame_enter(PyObject *object, PyObject *unused)
{
	(void)unused;
	return frame_get_readable(object) ? Py_NewRef(object) : NULL;
}

/* An exception of the body goes on as it is: the frame's being stale may well be its cause, but hides nothing. */
static PyObject *frame_exit(PyObject *object, PyObject *arguments)
{
	PyObject *type = Py_None;

	if (PyTuple_GET_SIZE(arguments) > 0)
		type = PyTuple_GET_ITEM(arguments, 0);
	if (type == Py_None)
		return frame_release(object, NULL);
	release((struct frame_object *)object);
	return Py_NewRef(Py_None);
}

struct zcf_frame *frame_get_readable(PyObject *object)
{
	struct frame_object *self = (struct frame_object *)object;

	if (!PyObject_TypeCheck(object, frame_base_type)) {
		PyErr_Format(PyExc_TypeError, "a Frame is needed, not %.100s", Py_TYPE(object)->tp_name);
		return NULL;
	}
	if (self->released || !self->frame) {
		PyErr_SetString(PyExc_ValueError, "the frame was released; use it before the end of its with block or "
						  "turn of the loop, or copy what you need");
		return NULL;
	}
	return self->frame;
}

struct zcf_frame *frame_hold(PyObject *object)
{
	struct zcf_frame *frame = frame_get_readable(object);

	if (frame)
		((struct frame_object *)object)->view_count++;
	return frame;
}

void frame_unhold(PyObject *object)
{
	((struct frame_object *)object)->view_count--;
	view_dropped(object);
}

static PyObject *create_plane(PyObject *object, const void *data, const struct plane_layout *layout)
{
	struct frame_object *self = (struct frame_object *)object;
	struct plane_owner owner = {.object = object, .view_count = &self->view_count, .view_dropped = view_dropped};

	return plane_create(&owner, data, layout, false);
}

static PyObject *frame_plane(PyObject *object, PyObject *index_object)
{
	struct frame_object *self = (struct frame_object *)object;
	struct zcf_frame *frame = frame_get_readable(object);
	struct plane_layout layout;
	unsigned long index;

	if (!frame)
		return NULL;
	index = PyLong_AsUnsignedLong(index_object);
	if (PyErr_Occurred())
		return NULL;
	if (plane_layout_of(&self->info.format, self->info.bytes_used, index > 99 ? 99 : (uint32_t)index, &layout) < 0)
		return NULL;
	return create_plane(object, zcf_frame_get_plane(frame, (uint32_t)index), &layout);
}

static PyObject *frame_whole(PyObject *object, PyObject *unused)
{
	struct frame_object *self = (struct frame_object *)object;
	struct zcf_frame *frame = frame_get_readable(object);
	struct plane_layout layout;

	(void)unused;
	if (!frame || plane_layout_of_whole(&self->info.format, self->info.bytes_used, &layout) < 0)
		return NULL;
	return create_plane(object, zcf_frame_get_plane(frame, 0), &layout);
}

static int frame_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
	PyObject *whole = frame_whole(object, NULL);
	int result;

	if (!whole) {
		if (!PyErr_ExceptionMatches(PyExc_BufferError)) {
			PyErr_Clear();
			PyErr_SetString(PyExc_BufferError, "the frame was released");
		}
		view->obj = NULL;
		return -1;
	}
	result = PyObject_GetBuffer(whole, view, flags);
	Py_DECREF(whole);
	return result;
}

static PyObject *frame_dlpack(PyObject *object, PyObject *arguments, PyObject *keywords)
{
	PyObject *whole = frame_whole(object, NULL), *method, *capsule;

	if (!whole)
		return NULL;
	method = PyObject_GetAttrString(whole, "__dlpack__");
	capsule = method ? PyObject_Call(method, arguments, keywords) : NULL;
	Py_XDECREF(method);
	Py_DECREF(whole);
	return capsule;
}

static PyObject *frame_dlpack_device(PyObject *object, PyObject *unused)
{
	(void)object;
	(void)unused;
	return dlpack_device();
}

static PyMethodDef frame_methods[] = {
	{"release", frame_release, METH_NOARGS, "Give the frame up."},
	{"check", frame_check, METH_NOARGS,
	 "check(): raise StaleFrame if what has been read so far may have been overwritten. Costs one load."},
	{"plane", frame_plane, METH_O, "plane(index) -> Plane"},
	{"whole", frame_whole, METH_NOARGS, "whole() -> Plane"},
	{"__enter__", frame_enter, METH_NOARGS, NULL},
	{"__exit__", frame_exit, METH_VARARGS, NULL},
	{"__dlpack__", (PyCFunction)(void (*)(void))frame_dlpack, METH_VARARGS | METH_KEYWORDS,
	 "A DLPack capsule of the whole frame."},
	{"__dlpack_device__", frame_dlpack_device, METH_NOARGS, "(1, 0): the CPU."},
	{0},
};

static PyType_Slot frame_slots[] = {
	{Py_tp_doc, "One frame as a consumer holds it."},
	{Py_tp_dealloc, frame_dealloc},
	{Py_tp_members, frame_members},
	{Py_tp_getset, frame_attributes},
	{Py_tp_methods, frame_methods},
	{Py_bf_getbuffer, frame_get_buffer},
	{0},
};

PyType_Spec frame_type_spec = {
	.name = "zcframe._zcframe.Frame",
	.basicsize = sizeof(struct frame_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = frame_slots,
};
