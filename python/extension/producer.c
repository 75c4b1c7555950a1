/* SPDX-License-Identifier: Apache-2.0 */
/* A producer and its pool. They belong to one thread at a time, and the pool to the arrays that point into it. */
#include "module.h"

#include <errno.h>

static void destroy_pool_if_unused(struct producer_object *self)
{
	if (self->producer || self->view_count > 0)
		return;
	zcf_pool_destroy(self->pool);
	self->pool = NULL;
}

void producer_view_dropped(struct producer_object *self)
{
	self->view_count--;
	destroy_pool_if_unused(self);
}

static void close_producer(struct producer_object *self)
{
	zcf_producer_destroy(self->producer);
	self->producer = NULL;
	destroy_pool_if_unused(self);
}

static void producer_dealloc(PyObject *object)
{
	struct producer_object *self = (struct producer_object *)object;
	PyTypeObject *type = Py_TYPE(object);

	close_producer(self);
	Py_XDECREF(self->buffer_type);
	type->tp_free(object);
	Py_DECREF(type);
}

struct producer_arguments {
	const char *channel, *backend, *fourcc;
	PyTypeObject *buffer_type;
	unsigned width, height, buffer_count, stride_align;
	unsigned long long capacity_bytes, frame_interval_ns, lease_deadline_ns;
	unsigned max_consumers, socket_mode;
	const char *runtime_directory;
};

static int parse(PyObject *arguments, PyObject *keywords, struct producer_arguments *parsed)
{
	static char *names[] = {"channel",
				"buffer_type",
				"backend",
				"fourcc",
				"width",
				"height",
				"capacity",
				"buffers",
				"stride_align",
				"frame_interval_ns",
				"lease_deadline_ns",
				"max_consumers",
				"socket_mode",
				"runtime_dir",
				NULL};

	if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "sO!zsIIKIIKKIIz", names, &parsed->channel, &PyType_Type,
					 &parsed->buffer_type, &parsed->backend, &parsed->fourcc, &parsed->width,
					 &parsed->height, &parsed->capacity_bytes, &parsed->buffer_count,
					 &parsed->stride_align, &parsed->frame_interval_ns, &parsed->lease_deadline_ns,
					 &parsed->max_consumers, &parsed->socket_mode, &parsed->runtime_directory))
		return -1;
	if (!PyType_IsSubtype(parsed->buffer_type, buffer_base_type)) {
		PyErr_SetString(PyExc_TypeError, "buffer_type must be a Buffer");
		return -1;
	}
	return 0;
}

static int make_format(const struct producer_arguments *parsed, struct zcf_format *format)
{
	uint32_t fourcc;
	int error;

	if (fourcc_from_text(parsed->fourcc, &fourcc) < 0)
		return -1;
	error = fourcc == ZCF_FOURCC_DATA
			? zcf_format_init_data(format, parsed->capacity_bytes)
			: zcf_format_init(format, fourcc, parsed->width, parsed->height, parsed->stride_align);
	if (error < 0)
		errors_raise(error);
	return error;
}

static int open_channel(struct producer_object *self, const struct producer_arguments *parsed,
			const struct zcf_format *format)
{
	struct zcf_producer_options options;
	int error;

	zcf_producer_options_init(&options);
	options.frame_interval_ns = parsed->frame_interval_ns;
	options.lease_deadline_ns = parsed->lease_deadline_ns;
	options.max_consumers = parsed->max_consumers;
	options.socket_mode = parsed->socket_mode;
	options.runtime_directory = parsed->runtime_directory;
	error = zcf_pool_create(parsed->backend, format, parsed->buffer_count, &self->pool);
	if (error == 0)
		error = zcf_producer_create(parsed->channel, self->pool, &options, &self->producer);
	if (error < 0)
		errors_raise(error);
	return error;
}

static int producer_init(PyObject *object, PyObject *arguments, PyObject *keywords)
{
	struct producer_object *self = (struct producer_object *)object;
	struct producer_arguments parsed;
	struct zcf_format format;

	if (self->pool || self->buffer_type) {
		PyErr_SetString(PyExc_RuntimeError, "this producer is open already");
		return -1;
	}
	if (parse(arguments, keywords, &parsed) < 0 || make_format(&parsed, &format) < 0)
		return -1;
	if (open_channel(self, &parsed, &format) < 0) {
		destroy_pool_if_unused(self);
		return -1;
	}
	Py_INCREF(parsed.buffer_type);
	self->buffer_type = parsed.buffer_type;
	return 0;
}

static void cancel_pending(struct producer_object *self)
{
	for (uint32_t i = 0; self->to_cancel; i++, self->to_cancel >>= 1) {
		if (self->to_cancel & 1)
			zcf_producer_cancel(self->producer, zcf_pool_get_buffer(self->pool, i));
	}
}

bool producer_check_usable(struct producer_object *self)
{
	if (!self->producer) {
		PyErr_SetString(PyExc_ValueError, "the producer is closed");
		return false;
	}
	if (self->busy) {
		PyErr_SetString(PyExc_RuntimeError, "another thread is inside this producer: a producer belongs to one "
						    "thread at a time");
		return false;
	}
	cancel_pending(self);
	return true;
}

void producer_cancel_buffer(struct producer_object *self, struct zcf_buffer *buffer)
{
	if (!self->producer)
		return;
	if (self->busy)
		self->to_cancel |= UINT64_C(1) << zcf_buffer_get_index(buffer);
	else
		zcf_producer_cancel(self->producer, buffer);
}

static int wait_part(struct producer_object *self, uint64_t until_ns)
{
	PyThreadState *state;
	int error;

	self->busy = true;
	state = PyEval_SaveThread();
	error = zcf_producer_wait(self->producer, until_ns);
	PyEval_RestoreThread(state);
	self->busy = false;
	cancel_pending(self);
	return error;
}

static PyObject *producer_wait_until(PyObject *object, PyObject *until_object)
{
	struct producer_object *self = (struct producer_object *)object;
	long long until_ns = PyLong_AsLongLong(until_object);
	int64_t slice_ns;

	if (until_ns == -1 && PyErr_Occurred())
		return NULL;
	if (!producer_check_usable(self))
		return NULL;
	do {
		slice_ns = wait_slice_ns(until_ns);
		int error = wait_part(self, monotonic_now_ns() + (uint64_t)slice_ns);
		if (PyErr_CheckSignals() < 0)
			return NULL;
		if (error < 0 && error != -EINTR)
			return errors_raise(error);
		if (!producer_check_usable(self)) /* A signal handler may have closed it. */
			return NULL;
	} while (slice_ns > 0 && wait_slice_ns(until_ns) > 0);
	return Py_NewRef(Py_None);
}

static int dequeue_part(struct producer_object *self, uint32_t flags, int64_t timeout_ns, struct zcf_buffer **buffer)
{
	PyThreadState *state;
	int error;

	if (timeout_ns == 0)
		return zcf_producer_dequeue(self->producer, flags, 0, buffer);
	self->busy = true;
	state = PyEval_SaveThread();
	error = zcf_producer_dequeue(self->producer, flags, timeout_ns, buffer);
	PyEval_RestoreThread(state);
	self->busy = false;
	return error;
}

/* One call to the library, as each one that fails counts as a frame lost; so a wait here is not cut into parts. */
static PyObject *producer_dequeue(PyObject *object, PyObject *arguments)
{
	struct producer_object *self = (struct producer_object *)object;
	struct zcf_buffer *buffer;
	long long timeout_ns;
	int keep_newest, error;

	if (!PyArg_ParseTuple(arguments, "Lp", &timeout_ns, &keep_newest) || !producer_check_usable(self))
		return NULL;
	self->frame_number++;
	error = dequeue_part(self, keep_newest ? ZCF_DEQUEUE_KEEP_NEWEST : 0, timeout_ns, &buffer);
	if (error < 0)
		return error == -EINTR && PyErr_CheckSignals() < 0 ? NULL : errors_raise(error);
	return buffer_wrap(self, buffer);
}

static PyObject *producer_skip(PyObject *object, PyObject *count_object)
{
	struct producer_object *self = (struct producer_object *)object;
	unsigned long long count = PyLong_AsUnsignedLongLong(count_object);

	if (PyErr_Occurred() || !producer_check_usable(self))
		return NULL;
	self->frame_number += count;
	zcf_producer_skip(self->producer, count);
	return Py_NewRef(Py_None);
}

static PyObject *producer_dispatch(PyObject *object, PyObject *unused)
{
	struct producer_object *self = (struct producer_object *)object;
	int error;

	(void)unused;
	if (!producer_check_usable(self))
		return NULL;
	error = zcf_producer_dispatch(self->producer);
	if (error < 0)
		return errors_raise(error);
	return Py_NewRef(Py_None);
}

static PyObject *producer_fileno(PyObject *object, PyObject *unused)
{
	struct producer_object *self = (struct producer_object *)object;

	(void)unused;
	return producer_check_usable(self) ? PyLong_FromLong(zcf_producer_get_fd(self->producer)) : NULL;
}

static PyObject *producer_close(PyObject *object, PyObject *unused)
{
	struct producer_object *self = (struct producer_object *)object;

	(void)unused;
	if (!self->producer)
		return Py_NewRef(Py_None);
	if (!producer_check_usable(self))
		return NULL;
	close_producer(self);
	return Py_NewRef(Py_None);
}

static PyObject *producer_get_consumer_count(PyObject *object, void *closure)
{
	struct producer_object *self = (struct producer_object *)object;

	(void)closure;
	return producer_check_usable(self) ? PyLong_FromUnsignedLong(zcf_producer_get_consumer_count(self->producer))
					   : NULL;
}

static PyObject *producer_get_epoch(PyObject *object, void *closure)
{
	struct producer_object *self = (struct producer_object *)object;

	(void)closure;
	return producer_check_usable(self) ? PyLong_FromUnsignedLongLong(zcf_producer_get_epoch(self->producer)) : NULL;
}

static PyObject *producer_get_closed(PyObject *object, void *closure)
{
	(void)closure;
	return PyBool_FromLong(!((struct producer_object *)object)->producer);
}

static PyMethodDef producer_methods[] = {
	{"_dequeue", producer_dequeue, METH_VARARGS, NULL},
	{"skip", producer_skip, METH_O, "skip(count): camera frames were lost before they could be dequeued."},
	{"wait_until", producer_wait_until, METH_O,
	 "wait_until(time_ns): serve consumers until that time of time.monotonic_ns()."},
	{"dispatch", producer_dispatch, METH_NOARGS, "Serve attachments, deaths and statistics now. Does not block."},
	{"fileno", producer_fileno, METH_NOARGS, "Readable when dispatch() has something to do."},
	{"close", producer_close, METH_NOARGS, "Close the channel; its consumers look for its successor."},
	{0},
};

static PyGetSetDef producer_attributes[] = {
	{"consumer_count", producer_get_consumer_count, NULL, "Consumers attached as of the last dispatch.", NULL},
	{"epoch", producer_get_epoch, NULL, "Names this life of the channel.", NULL},
	{"closed", producer_get_closed, NULL, "Whether close() was called.", NULL},
	{0},
};

static PyType_Slot producer_slots[] = {
	{Py_tp_doc, "The producer under zcframe.Producer."},
	{Py_tp_new, PyType_GenericNew},
	{Py_tp_init, producer_init},
	{Py_tp_dealloc, producer_dealloc},
	{Py_tp_methods, producer_methods},
	{Py_tp_getset, producer_attributes},
	{0},
};

PyType_Spec producer_type_spec = {
	.name = "zcframe._zcframe.Producer",
	.basicsize = sizeof(struct producer_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.slots = producer_slots,
};
