/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer. Leases and waiting threads keep it open: closed under them, the pixels of a frame that is still in use
 * would change. */
#include "module.h"

#include <errno.h>

static void close_if_unused(struct consumer_object *self)
{
	if (self->users > 0 || !self->closing)
		return;
	zcf_consumer_close(self->consumer);
	self->consumer = NULL;
}

void consumer_drop_user(struct consumer_object *self)
{
	self->users--;
	close_if_unused(self);
}

static void consumer_dealloc(PyObject *object)
{
	struct consumer_object *self = (struct consumer_object *)object;
	PyTypeObject *type = Py_TYPE(object);

	/* Frames hold a reference to us, and a thread that waits does too. */
	zcf_consumer_close(self->consumer);
	Py_XDECREF(self->frame_type);
	type->tp_free(object);
	Py_DECREF(type);
}

/* In parts, between which Python's signal handlers run. A signal that ends the wait may have none that raises. */
static int open_in_parts(struct consumer_object *self, const char *channel, const struct zcf_consumer_options *options,
			 int64_t timeout_ns)
{
	int64_t deadline_ns = wait_deadline_ns(timeout_ns);
	struct zcf_consumer *consumer;
	int error;

	for (;;) {
		int64_t slice_ns = wait_slice_ns(deadline_ns);
		PyThreadState *state = PyEval_SaveThread();
		error = zcf_consumer_open(channel, options, slice_ns, &consumer);
		PyEval_RestoreThread(state);
		if (error == 0) {
			self->consumer = consumer;
			return 0;
		}
		if ((error != -ENOENT && error != -EINTR) || (error == -ENOENT && wait_slice_ns(deadline_ns) == 0)) {
			errors_raise(error);
			return -1;
		}
		if (PyErr_CheckSignals() < 0)
			return -1;
	}
}

static int consumer_init(PyObject *object, PyObject *arguments, PyObject *keywords)
{
	static char *names[] = {"channel",           "frame_type",  "rate",          "rate_value", "max_leases",
				"lease_deadline_ns", "spin_ns",     "anticipate_ns", "label",      "runtime_dir",
				"timeout_ns",        "raise_stale", "copy_out",      NULL};
	struct consumer_object *self = (struct consumer_object *)object;
	struct zcf_consumer_options options;
	const char *channel;
	PyTypeObject *frame_type;
	long long timeout_ns;
	unsigned rate;
	unsigned long long lease_deadline_ns, spin_ns, anticipate_ns;
	int raise_stale, copy_out;

	zcf_consumer_options_init(&options);
	if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "sO!IIIKKKzzLpp", names, &channel, &PyType_Type,
					 &frame_type, &rate, &options.rate_value, &options.max_leases,
					 &lease_deadline_ns, &spin_ns, &anticipate_ns, &options.label,
					 &options.runtime_directory, &timeout_ns, &raise_stale, &copy_out))
		return -1;
	if (self->consumer || self->frame_type) {
		PyErr_SetString(PyExc_RuntimeError, "this consumer is open already");
		return -1;
	}
	if (!PyType_IsSubtype(frame_type, frame_base_type)) {
		PyErr_SetString(PyExc_TypeError, "frame_type must be a Frame");
		return -1;
	}
	options.rate = rate;
	options.lease_deadline_ns = lease_deadline_ns;
	options.spin_ns = spin_ns;
	options.anticipate_ns = anticipate_ns;
	options.copy_out = copy_out;
	self->raise_stale = raise_stale;
	Py_INCREF(frame_type);
	self->frame_type = frame_type;
	return open_in_parts(self, channel, &options, timeout_ns);
}

static bool check_open(const struct consumer_object *self)
{
	if (self->consumer && !self->closing)
		return true;
	PyErr_SetString(PyExc_ValueError, "the consumer is closed");
	return false;
}

static int take(struct consumer_object *self, bool oldest, int64_t timeout_ns, struct zcf_frame **frame)
{
	return oldest ? zcf_consumer_acquire_next(self->consumer, timeout_ns, frame)
		      : zcf_consumer_acquire(self->consumer, timeout_ns, frame);
}

/* Returned instead of an errno if an exception is set. */
#define RAISED 1

static bool is_over(int error)
{
	return error != -EAGAIN && error != -ENOTCONN && error != -EINTR;
}

static int wait_for_frame(struct consumer_object *self, bool oldest, int64_t timeout_ns, struct zcf_frame **frame)
{
	int64_t deadline_ns = wait_deadline_ns(timeout_ns);
	/* What is there already is taken without a thought for other threads: that makes no system call. */
	int error = take(self, oldest, 0, frame);

	while (!is_over(error)) {
		int64_t slice_ns = wait_slice_ns(deadline_ns);

		if (PyErr_CheckSignals() < 0)
			return RAISED;
		if (!check_open(self))
			return RAISED;
		if (self->interrupted) {
			self->interrupted = false;
			errors_raise_text(-EINTR, "interrupt() was called");
			return RAISED;
		}
		if (slice_ns == 0)
			return error == -EINTR ? -EAGAIN : error;
		PyThreadState *state = PyEval_SaveThread();
		error = take(self, oldest, slice_ns, frame);
		PyEval_RestoreThread(state);
	}
	return error;
}

static int parse_acquire(PyObject *const *arguments, Py_ssize_t count, int64_t *timeout_ns, bool *oldest)
{
	int truth;

	if (count != 2) {
		PyErr_SetString(PyExc_TypeError, "timeout_ns and oldest are needed");
		return -1;
	}
	*timeout_ns = PyLong_AsLongLong(arguments[0]);
	truth = PyObject_IsTrue(arguments[1]);
	*oldest = truth > 0;
	return truth < 0 || (*timeout_ns == -1 && PyErr_Occurred()) ? -1 : 0;
}

static PyObject *raise_acquire_error(int error)
{
	if (error == RAISED)
		return NULL;
	if (error == -EAGAIN)
		return errors_raise_text(error, "no new frame in time");
	return errors_raise(error);
}

static PyObject *consumer_acquire(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
	struct consumer_object *self = (struct consumer_object *)object;
	struct zcf_frame *frame = NULL;
	int64_t timeout_ns;
	bool oldest;
	int error;

	if (parse_acquire(arguments, count, &timeout_ns, &oldest) < 0 || !check_open(self))
		return NULL;
	self->users++;
	error = wait_for_frame(self, oldest, timeout_ns, &frame);
	if (error == 0)
		return frame_wrap(self, frame);
	raise_acquire_error(error);
	consumer_drop_user(self);
	return NULL;
}

/* For event loops: None instead of an exception if there is nothing yet. */
static PyObject *consumer_poll(PyObject *object, PyObject *oldest_object)
{
	struct consumer_object *self = (struct consumer_object *)object;
	int oldest = PyObject_IsTrue(oldest_object);
	struct zcf_frame *frame = NULL;
	int error;

	if (oldest < 0 || !check_open(self))
		return NULL;
	self->users++;
	error = take(self, oldest, 0, &frame);
	if (error == 0)
		return frame_wrap(self, frame);
	if (is_over(error))
		errors_raise(error);
	consumer_drop_user(self);
	if (is_over(error))
		return NULL;
	return Py_NewRef(Py_None);
}

static PyObject *consumer_fileno(PyObject *object, PyObject *unused)
{
	struct consumer_object *self = (struct consumer_object *)object;
	int fd;

	(void)unused;
	if (!check_open(self))
		return NULL;
	/* These take a lock that a waiting thread has. */
	self->users++;
	PyThreadState *state = PyEval_SaveThread();
	fd = zcf_consumer_get_fd(self->consumer);
	PyEval_RestoreThread(state);
	consumer_drop_user(self);
	return fd < 0 ? errors_raise(fd) : PyLong_FromLong(fd);
}

static PyObject *consumer_interrupt(PyObject *object, PyObject *unused)
{
	struct consumer_object *self = (struct consumer_object *)object;

	(void)unused;
	if (!check_open(self))
		return NULL;
	self->interrupted = true;
	zcf_consumer_interrupt(self->consumer);
	return Py_NewRef(Py_None);
}

static PyObject *consumer_close(PyObject *object, PyObject *unused)
{
	struct consumer_object *self = (struct consumer_object *)object;

	(void)unused;
	if (!self->consumer || self->closing)
		return Py_NewRef(Py_None);
	self->closing = true;
	if (self->users > 0)
		zcf_consumer_interrupt(self->consumer);
	close_if_unused(self);
	return Py_NewRef(Py_None);
}

static PyObject *consumer_info(PyObject *object, PyObject *unused)
{
	struct consumer_object *self = (struct consumer_object *)object;
	struct zcf_consumer_info info;
	PyObject *fourcc;

	(void)unused;
	if (!check_open(self))
		return NULL;
	self->users++;
	PyThreadState *state = PyEval_SaveThread();
	zcf_consumer_get_info(self->consumer, &info);
	PyEval_RestoreThread(state);
	consumer_drop_user(self);
	fourcc = fourcc_to_text(info.format.fourcc);
	return fourcc ? Py_BuildValue("(KKKIINIIsI)", (unsigned long long)info.epoch,
				      (unsigned long long)info.frame_interval_ns,
				      (unsigned long long)info.lease_deadline_ns, info.max_leases, info.buffer_count,
				      fourcc, info.format.width_pixels, info.format.height_pixels, info.backend,
				      info.granted_leases)
		      : NULL;
}

static PyObject *consumer_counters(PyObject *object, PyObject *unused)
{
	struct consumer_object *self = (struct consumer_object *)object;
	struct zcf_consumer_counters counters;

	(void)unused;
	if (!check_open(self))
		return NULL;
	self->users++;
	PyThreadState *state = PyEval_SaveThread();
	zcf_consumer_get_counters(self->consumer, &counters);
	PyEval_RestoreThread(state);
	consumer_drop_user(self);
	return Py_BuildValue("(KKKKK)", (unsigned long long)counters.acquired, (unsigned long long)counters.stale,
			     (unsigned long long)counters.missed, (unsigned long long)counters.reattached,
			     (unsigned long long)counters.copied);
}

static PyObject *consumer_get_closed(PyObject *object, void *closure)
{
	struct consumer_object *self = (struct consumer_object *)object;

	(void)closure;
	return PyBool_FromLong(!self->consumer || self->closing);
}

static PyMethodDef consumer_methods[] = {
	{"_acquire", (PyCFunction)(void (*)(void))consumer_acquire, METH_FASTCALL, NULL},
	{"_poll", consumer_poll, METH_O, NULL},
	{"_info", consumer_info, METH_NOARGS, NULL},
	{"_counters", consumer_counters, METH_NOARGS, NULL},
	{"fileno", consumer_fileno, METH_NOARGS, "A descriptor for poll(): see zcf_consumer_get_fd()."},
	{"interrupt", consumer_interrupt, METH_NOARGS,
	 "Make the acquire that waits now, or the next, raise InterruptedError."},
	{"close", consumer_close, METH_NOARGS, "Detach."},
	{0},
};

static PyGetSetDef consumer_attributes[] = {
	{"closed", consumer_get_closed, NULL, "Whether close() was called.", NULL},
	{0},
};

static PyType_Slot consumer_slots[] = {
	{Py_tp_doc, "The consumer under zcframe.Consumer."},
	{Py_tp_new, PyType_GenericNew},
	{Py_tp_init, consumer_init},
	{Py_tp_dealloc, consumer_dealloc},
	{Py_tp_methods, consumer_methods},
	{Py_tp_getset, consumer_attributes},
	{0},
};

PyType_Spec consumer_type_spec = {
	.name = "zcframe._zcframe.Consumer",
	.basicsize = sizeof(struct consumer_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.slots = consumer_slots,
};
