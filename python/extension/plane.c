/* SPDX-License-Identifier: Apache-2.0 */
/* A plane: memory of a frame or buffer for the buffer protocol and DLPack. While it is there, and so while any array
 * or tensor made of it is there, its owner keeps the memory as it is. */
#include "module.h"

struct plane_object {
	PyObject ob_base;
	struct plane_owner owner;
	const void *data;
	struct plane_layout layout;
	bool writable;
};

PyObject *plane_create(const struct plane_owner *owner, const void *data, const struct plane_layout *layout,
		       bool writable)
{
	struct plane_object *self = (struct plane_object *)plane_type->tp_alloc(plane_type, 0);

	if (!self)
		return NULL;
	self->owner = *owner;
	self->data = data;
	self->layout = *layout;
	self->writable = writable;
	Py_INCREF(owner->object);
	++*owner->view_count;
	return (PyObject *)self;
}

static void plane_dealloc(PyObject *object)
{
	struct plane_object *self = (struct plane_object *)object;
	PyTypeObject *type = Py_TYPE(object);

	--*self->owner.view_count;
	self->owner.view_dropped(self->owner.object);
	Py_DECREF(self->owner.object);
	type->tp_free(object);
	Py_DECREF(type);
}

static Py_ssize_t byte_count(const struct plane_layout *layout)
{
	Py_ssize_t count = 1;

	for (int i = 0; i < layout->dimension_count; i++)
		count *= layout->shape[i];
	return count;
}

static bool is_contiguous(const struct plane_layout *layout)
{
	Py_ssize_t expected = 1;

	for (int i = layout->dimension_count - 1; i >= 0; i--) {
		if (layout->strides_bytes[i] != expected)
			return false;
		expected *= layout->shape[i];
	}
	return true;
}

static int refuse(Py_buffer *view, const char *why)
{
	view->obj = NULL;
	PyErr_SetString(PyExc_BufferError, why);
	return -1;
}

static bool needs_contiguous(int flags)
{
	return (flags & PyBUF_STRIDES) != PyBUF_STRIDES || (flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS ||
	       (flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS ||
	       (flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS;
}

static int plane_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
	struct plane_object *self = (struct plane_object *)object;
	struct plane_layout *layout = &self->layout;

	if ((flags & PyBUF_WRITABLE) && !self->writable)
		return refuse(view, "a frame is the camera's own memory and read-only; copy it to change it");
	if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && layout->dimension_count > 1)
		return refuse(view, "rows are one behind the other, not columns");
	if (needs_contiguous(flags) && !is_contiguous(layout))
		return refuse(view, "the rows of this plane have padding between them: ask for strides, or copy");
	*view = (Py_buffer){
		.obj = Py_NewRef(object),
		.buf = (void *)self->data,
		.len = byte_count(layout),
		.itemsize = 1,
		.readonly = !self->writable,
		.ndim = layout->dimension_count,
		.format = (flags & PyBUF_FORMAT) ? "B" : NULL,
		.shape = (flags & PyBUF_ND) ? layout->shape : NULL,
		.strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? layout->strides_bytes : NULL,
	};
	if (!view->shape)
		view->ndim = 1;
	return 0;
}

static PyObject *plane_dlpack(PyObject *object, PyObject *arguments, PyObject *keywords)
{
	struct plane_object *self = (struct plane_object *)object;

	return dlpack_export(object, self->data, &self->layout, self->writable, arguments, keywords);
}

static PyObject *plane_dlpack_device(PyObject *object, PyObject *unused)
{
	(void)object;
	(void)unused;
	return dlpack_device();
}

static PyObject *plane_tuple(const Py_ssize_t *values, int count)
{
	PyObject *tuple = PyTuple_New(count);

	for (int i = 0; tuple && i < count; i++) {
		PyObject *value = PyLong_FromSsize_t(values[i]);
		if (!value)
			Py_CLEAR(tuple);
		else
			PyTuple_SET_ITEM(tuple, i, value);
	}
	return tuple;
}

static PyObject *plane_get_shape(PyObject *object, void *closure)
{
	struct plane_object *self = (struct plane_object *)object;

	(void)closure;
	return plane_tuple(self->layout.shape, self->layout.dimension_count);
}

static PyObject *plane_get_strides(PyObject *object, void *closure)
{
	struct plane_object *self = (struct plane_object *)object;

	(void)closure;
	return plane_tuple(self->layout.strides_bytes, self->layout.dimension_count);
}

static PyObject *plane_get_address(PyObject *object, void *closure)
{
	(void)closure;
	return PyLong_FromVoidPtr((void *)((struct plane_object *)object)->data);
}

static PyMethodDef plane_methods[] = {
	{"__dlpack__", (PyCFunction)(void (*)(void))plane_dlpack, METH_VARARGS | METH_KEYWORDS,
	 "A DLPack capsule: uint8 in the memory of the CPU. The tensor keeps the frame."},
	{"__dlpack_device__", plane_dlpack_device, METH_NOARGS, "(1, 0): the CPU."},
	{0},
};

static PyGetSetDef plane_attributes[] = {
	{"shape", plane_get_shape, NULL, "Sizes of the dimensions.", NULL},
	{"strides", plane_get_strides, NULL, "Bytes from one element to the next, for each dimension.", NULL},
	{"address", plane_get_address, NULL, "Of the first byte in this process.", NULL},
	{0},
};

static PyType_Slot plane_slots[] = {
	{Py_tp_doc,
	 "Memory of one plane (or of a whole frame) for the buffer protocol and DLPack. While it, or an array "
	 "or tensor made of it, is there, its frame keeps the lease."},
	{Py_tp_dealloc, plane_dealloc},
	{Py_tp_methods, plane_methods},
	{Py_tp_getset, plane_attributes},
	{Py_bf_getbuffer, plane_get_buffer},
	{0},
};

PyType_Spec plane_type_spec = {
	.name = "zcframe.Plane",
	.basicsize = sizeof(struct plane_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = plane_slots,
};
