/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that conversions write into. */
#include "module.h"

#include <string.h>

int output_get(PyObject *object, const char *element_format, Py_buffer *ret_view)
{
	if (PyObject_GetBuffer(object, ret_view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE | PyBUF_FORMAT) < 0)
		return -1;
	if (ret_view->format && strcmp(ret_view->format, element_format) == 0)
		return 0;
	PyErr_Format(PyExc_TypeError, "the output's elements must be %s, not '%s'",
		     *element_format == 'f' ? "float32" : "uint8", ret_view->format ? ret_view->format : "?");
	PyBuffer_Release(ret_view);
	return -1;
}

int output_check_region(const struct output_region *region, Py_ssize_t width, Py_ssize_t height)
{
	if (region->width > 0 && region->height > 0 && (Py_ssize_t)region->left + region->width <= width &&
	    (Py_ssize_t)region->top + region->height <= height)
		return 0;
	PyErr_Format(PyExc_ValueError, "the rectangle %ux%u at %u,%u is not inside the output of %zdx%zd",
		     region->width, region->height, region->left, region->top, width, height);
	return -1;
}
