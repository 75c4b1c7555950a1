/* SPDX-License-Identifier: Apache-2.0 */
/* From negative errnos to exceptions. The classes are in Python (zcframe/errors.py). */
#include "module.h"

#include <errno.h>
#include <string.h>

static PyObject *producer_gone, *version_mismatch, *stale_frame;

int errors_import(void)
{
	PyObject *errors = PyImport_ImportModule("zcframe.errors");

	if (!errors)
		return -1;
	producer_gone = PyObject_GetAttrString(errors, "ProducerGone");
	version_mismatch = PyObject_GetAttrString(errors, "VersionMismatch");
	stale_frame = PyObject_GetAttrString(errors, "StaleFrame");
	Py_DECREF(errors);
	return producer_gone && version_mismatch && stale_frame ? 0 : -1;
}

static PyObject *exception_for(int *error)
{
	switch (-*error) {
	case EAGAIN:
		*error = -ETIMEDOUT;
		return PyExc_TimeoutError;
	case ENOENT:
	case ENOTCONN:
		return producer_gone;
	case EPROTONOSUPPORT:
		return version_mismatch;
	case ESTALE:
		return stale_frame;
	default:
		return PyExc_OSError; /* Picks PermissionError and the like by the errno. */
	}
}

PyObject *errors_raise_text(int error, const char *text)
{
	PyObject *class = exception_for(&error);
	/* Made at once, not when it is caught: only then has OSError chosen its subclass. */
	PyObject *exception = PyObject_CallFunction(class, "is", -error, text);

	if (exception) {
		PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
		Py_DECREF(exception);
	}
	return NULL;
}

PyObject *errors_raise(int error)
{
	const char *detail = zcf_error_detail();

	return errors_raise_text(error, *detail ? detail : strerror(-error));
}
