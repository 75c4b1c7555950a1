/* SPDX-License-Identifier: Apache-2.0 */
/** @file module.h
 * What the files of the extension `zcframe._zcframe` share. The extension has the mechanics: leases, views of memory,
 * waiting. The classes that users see are in Python, on top of these (zcframe/consumer.py, ...).
 *
 * Everything here runs under the interpreter's lock but the waits and the conversions, so plain fields suffice. */
#ifndef ZCFRAME_PYTHON_MODULE_H
#define ZCFRAME_PYTHON_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <structmember.h>
#include <zcframe/zcframe.h>

#define NS_PER_MS INT64_C(1000000)
/** A wait looks for Python's signals this often: one that arrives just before the sleep does not end it. */
#define LONGEST_WAIT_NS (100 * NS_PER_MS)

/* errors.c */

/** Import the exceptions of zcframe.errors. @return 0, or -1 with an exception. */
int errors_import(void);

/**
 * Raise what belongs to a negative errno, with the library's sentence about it. Call it before any other function of
 * the library.
 *
 * @return NULL, so that callers can return it.
 */
PyObject *errors_raise(int error);

/** As errors_raise(), with a sentence of our own. */
PyObject *errors_raise_text(int error, const char *text);

/* time.c */

uint64_t monotonic_now_ns(void);
/** The end of a wait that begins now; INT64_MAX for one without limit. */
int64_t wait_deadline_ns(int64_t timeout_ns);
/** The next part of a wait until @p deadline_ns, 0 if it is over. */
int64_t wait_slice_ns(int64_t deadline_ns);

/* consumer.c */

struct consumer_object {
	PyObject ob_base;
	struct zcf_consumer *consumer; /* NULL before __init__ and once it is closed for good. */
	PyTypeObject *frame_type;
	size_t users; /* Frames that hold a lease, and threads that wait. The last one closes. */
	bool closing;
	bool interrupted;
	bool raise_stale;
};

/** A frame or a thread has done with the consumer. */
void consumer_drop_user(struct consumer_object *self);

/* frame.c */

struct frame_object {
	PyObject ob_base;
	struct consumer_object *consumer;
	struct zcf_frame *frame; /* NULL once the lease has ended. */
	size_t view_count;       /* Planes and tensors that keep the lease. */
	bool released;           /* By the user; the lease ends with the last view. */
	bool stale;              /* What the library said when the lease ended, or at the user's release. */
	struct zcf_frame_info info;
};

/** Wrap a frame. Takes it and one `users` of the consumer over, also on failure. */
PyObject *frame_wrap(struct consumer_object *consumer, struct zcf_frame *frame);

/** The frame if it may still be read, or NULL with an exception. */
struct zcf_frame *frame_get_readable(PyObject *object);

/** As frame_get_readable(), and keeps the lease while the interpreter's lock is given up. */
struct zcf_frame *frame_hold(PyObject *object);
void frame_unhold(PyObject *object);

/* frame_attributes.c */

extern PyMemberDef frame_members[];
extern PyGetSetDef frame_attributes[];

/* plane.c */

/** What a plane lies in: a frame or a buffer, which must not go while the plane is there. */
struct plane_owner {
	PyObject *object;
	size_t *view_count;
	void (*view_dropped)(PyObject *object); /* After the count went down. */
};

struct plane_layout {
	int dimension_count;
	Py_ssize_t shape[3];
	Py_ssize_t strides_bytes[3];
};

/** Layout of one plane of a picture or of data: (rows, columns), (rows, pairs, 2) or (bytes). */
int plane_layout_of(const struct zcf_format *format, uint64_t bytes_used, uint32_t plane, struct plane_layout *layout);

/** Layout of the whole of a frame as one array. @return 0, or -1 with a BufferError that says why there is none. */
int plane_layout_of_whole(const struct zcf_format *format, uint64_t bytes_used, struct plane_layout *layout);

PyObject *plane_create(const struct plane_owner *owner, const void *data, const struct plane_layout *layout,
		       bool writable);

/* dlpack.c */

/** `__dlpack__` of a plane. */
PyObject *dlpack_export(PyObject *plane, const void *data, const struct plane_layout *layout, bool writable,
			PyObject *arguments, PyObject *keywords);
/** `__dlpack_device__` of any of our memory. */
PyObject *dlpack_device(void);

/* producer.c */

struct producer_object {
	PyObject ob_base;
	struct zcf_pool *pool;
	struct zcf_producer *producer; /* NULL before __init__ and once it is closed. */
	PyTypeObject *buffer_type;
	size_t view_count;     /* Arrays into the pool; it stays until the last one goes. */
	uint64_t frame_number; /* Of the last dequeue, also if that failed. */
	uint64_t to_cancel;    /* A bit for each buffer that was dropped while another thread was inside. */
	bool busy;             /* A thread waits inside, without the interpreter's lock. */
};

/** @return Whether the producer may be called now, or an exception is set. */
bool producer_check_usable(struct producer_object *self);
/** Give a buffer back unused, now or as soon as can be. */
void producer_cancel_buffer(struct producer_object *self, struct zcf_buffer *buffer);
/** An array into the pool is gone. */
void producer_view_dropped(struct producer_object *self);

/* buffer.c */

/** Wrap a buffer that was dequeued; it is cancelled if that fails. */
PyObject *buffer_wrap(struct producer_object *producer, struct zcf_buffer *buffer);

/* format.c */

/** "NV12" as text. */
PyObject *fourcc_to_text(uint32_t fourcc);
/** @return 0, or -1 with an exception. */
int fourcc_from_text(const char *text, uint32_t *ret_fourcc);

/* output.c */

/** A writable array with contiguous rows that a conversion fills. @return 0, or -1 with an exception. */
int output_get(PyObject *object, const char *element_format, Py_buffer *ret_view);

/** A rectangle of the output. */
struct output_region {
	unsigned left, top, width, height;
};

/** @return 0, or -1 with an exception if the rectangle is not inside. */
int output_check_region(const struct output_region *region, Py_ssize_t width, Py_ssize_t height);

/* letterbox.c, convert.c: module functions. */
PyObject *letterbox_to_float(PyObject *module, PyObject *arguments);
PyObject *letterbox_to_nv12(PyObject *module, PyObject *arguments);
PyObject *convert_to_rgb(PyObject *module, PyObject *arguments);

/* The types; each is added to the module by module.c. */
extern PyType_Spec consumer_type_spec, frame_type_spec, plane_type_spec, producer_type_spec, buffer_type_spec;
extern PyTypeObject *frame_base_type, *plane_type, *buffer_base_type;

#endif
