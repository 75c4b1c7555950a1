/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <limits.h>

PyTypeObject *frame_base_type, *plane_type, *buffer_base_type;

static PyObject *library_version(PyObject *module, PyObject *unused)
{
	(void)module;
	(void)unused;
	return PyUnicode_FromString(zcf_version());
}

static PyObject *runtime_directory(PyObject *module, PyObject *unused)
{
	char path[PATH_MAX];
	int error = zcf_runtime_directory(path, sizeof(path));

	(void)module;
	(void)unused;
	return error < 0 ? errors_raise(error) : PyUnicode_DecodeFSDefault(path);
}

static int append_channel(void *list, const char *channel)
{
	PyObject *name = PyUnicode_DecodeFSDefault(channel);
	int result = name ? PyList_Append(list, name) : -1;

	Py_XDECREF(name);
	return result < 0 ? 1 : 0; /* 1: stop, a Python exception is set */
}

static PyObject *channels(PyObject *module, PyObject *arguments)
{
	const char *directory = NULL;
	PyObject *list;
	int result;

	(void)module;
	if (!PyArg_ParseTuple(arguments, "|z", &directory))
		return NULL;
	list = PyList_New(0);
	if (!list)
		return NULL;
	result = zcf_channel_for_each(directory, append_channel, list);
	if (result == 0)
		return list;
	Py_DECREF(list);
	return result < 0 ? errors_raise(result) : NULL;
}

static PyMethodDef functions[] = {
	{"library_version", library_version, METH_NOARGS, "library_version() -> str: of the C library that is loaded."},
	{"runtime_directory", runtime_directory, METH_NOARGS, "runtime_directory() -> str: where the sockets are."},
	{"channels", channels, METH_VARARGS, "channels(directory=None) -> list[str]: names that have a socket."},
	{"letterbox_to_float", letterbox_to_float, METH_VARARGS,
	 "letterbox_to_float(frame, out, left, top, width, height, bgr, factor): scale and convert, in one pass, into "
	 "a "
	 "rectangle of a float32 array of shape (3, H, W) or (1, 3, H, W)."},
	{"letterbox_to_nv12", letterbox_to_nv12, METH_VARARGS,
	 "letterbox_to_nv12(frame, out, left, top, width, height): scale into a rectangle of a uint8 array of shape "
	 "(H * 3 / 2, W)."},
	{"convert_to_rgb", convert_to_rgb, METH_VARARGS,
	 "convert_to_rgb(frame, out, bgr): convert into a uint8 array of shape (H, W, 3)."},
	{0},
};

static PyObject *add_type(PyObject *module, const char *name, PyType_Spec *spec)
{
	PyObject *type = PyType_FromSpec(spec);

	/* One reference for the module, one for our own variables. */
	if (type && PyModule_AddObjectRef(module, name, type) < 0)
		Py_CLEAR(type);
	return type;
}

static int add_types(PyObject *module)
{
	PyObject *consumer_type = add_type(module, "Consumer", &consumer_type_spec);
	PyObject *producer_type = add_type(module, "Producer", &producer_type_spec);
	int result;

	frame_base_type = (PyTypeObject *)add_type(module, "Frame", &frame_type_spec);
	plane_type = (PyTypeObject *)add_type(module, "Plane", &plane_type_spec);
	buffer_base_type = (PyTypeObject *)add_type(module, "Buffer", &buffer_type_spec);
	result = consumer_type && producer_type && frame_base_type && plane_type && buffer_base_type ? 0 : -1;
	Py_XDECREF(consumer_type);
	Py_XDECREF(producer_type);
	return result;
}

/* Types and exceptions are the process's, not each interpreter's. */
static int check_interpreter(void)
{
	if (PyInterpreterState_Get() == PyInterpreterState_Main())
		return 0;
	PyErr_SetString(PyExc_ImportError,
			"zcframe can be used in the main interpreter only; use a thread, or a process");
	return -1;
}

static int execute(PyObject *module)
{
	if (check_interpreter() < 0 || errors_import() < 0 || add_types(module) < 0)
		return -1;
	return PyModule_AddIntConstant(module, "FRAME_DISCONTINUITY", ZCF_FRAME_DISCONTINUITY) < 0 ||
			       PyModule_AddIntConstant(module, "MAX_LEASES", ZCF_MAX_LEASES) < 0
		       ? -1
		       : 0;
}

static PyModuleDef_Slot slots[] = {
	{Py_mod_exec, execute},
#if PY_VERSION_HEX >= 0x030c0000
	{Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
	/* No Py_mod_gil: where there is an interpreter without its lock (3.13t), it takes the lock back for us. */
	{0},
};

static struct PyModuleDef definition = {
	.m_base = PyModuleDef_HEAD_INIT,
	.m_name = "zcframe._zcframe",
	.m_doc = "The mechanics under zcframe; import zcframe instead.",
	.m_methods = functions,
	.m_slots = slots,
};

PyMODINIT_FUNC PyInit__zcframe(void); /* What the interpreter looks for. */

PyMODINIT_FUNC PyInit__zcframe(void)
{
	return PyModuleDef_Init(&definition);
}
