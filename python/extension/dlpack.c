/* SPDX-License-Identifier: Apache-2.0 */
/* Planes for torch, jax and the like. The tensor holds the plane, which holds the lease. */
#include "dlpack_abi.h"
#include "module.h"

#include <stdlib.h>

/* Either form, in one allocation with what it points to. */
struct exported {
	union {
		struct dlpack_managed plain;
		struct dlpack_managed_versioned versioned;
	} managed;
	int64_t shape[3];
	int64_t strides[3];
	PyObject *plane;
};

/* Frameworks call this from any thread, with or without the interpreter's lock. */
static void destroy(struct exported *exported)
{
	if (!Py_IsInitialized())
		return; /* The process is ending, and its leases with it. */
	PyGILState_STATE state = PyGILState_Ensure();

	Py_DECREF(exported->plane);
	PyGILState_Release(state);
	free(exported);
}

static void delete_plain(struct dlpack_managed *managed)
{
	destroy(managed->context);
}

static void delete_versioned(struct dlpack_managed_versioned *managed)
{
	destroy(managed->context);
}

/* A capsule that somebody took has another name by then, and its tensor another owner. */
static void destroy_capsule(PyObject *capsule)
{
	const char *name = PyCapsule_GetName(capsule);

	if (PyCapsule_IsValid(capsule, "dltensor") || PyCapsule_IsValid(capsule, "dltensor_versioned"))
		destroy(PyCapsule_GetPointer(capsule, name));
}

static struct exported *export(PyObject *plane, const void *data, const struct plane_layout *layout, bool versioned)
{
	struct exported *exported = calloc(1, sizeof(*exported));
	struct dlpack_tensor *tensor;

	if (!exported)
		return NULL;
	for (int i = 0; i < layout->dimension_count; i++) {
		exported->shape[i] = layout->shape[i];
		exported->strides[i] = layout->strides_bytes[i]; /* Elements are bytes. */
	}
	Py_INCREF(plane);
	exported->plane = plane;
	tensor = versioned ? &exported->managed.versioned.tensor : &exported->managed.plain.tensor;
	tensor->data = (void *)data;
	tensor->device.type = DLPACK_DEVICE_CPU;
	tensor->dimension_count = layout->dimension_count;
	tensor->data_type = (struct dlpack_data_type){.code = DLPACK_CODE_UINT, .bits = 8, .lanes = 1};
	tensor->shape = exported->shape;
	tensor->strides = exported->strides;
	return exported;
}

static PyObject *make_capsule(struct exported *exported, bool versioned, bool writable)
{
	PyObject *capsule;

	if (versioned) {
		struct dlpack_managed_versioned *managed = &exported->managed.versioned;
		managed->version_major = 1;
		managed->context = exported;
		managed->deleter = delete_versioned;
		managed->flags = writable ? 0 : DLPACK_FLAG_READ_ONLY;
	} else {
		exported->managed.plain.context = exported;
		exported->managed.plain.deleter = delete_plain;
	}
	/* The union is the first member: the capsule's pointer is the whole. */
	capsule = PyCapsule_New(exported, versioned ? "dltensor_versioned" : "dltensor", destroy_capsule);
	if (!capsule)
		destroy(exported);
	return capsule;
}

static int check_request(PyObject *stream, PyObject *device, PyObject *copy)
{
	int type = DLPACK_DEVICE_CPU, id = 0;

	if (stream != Py_None) {
		PyErr_SetString(PyExc_BufferError, "frames are in the memory of the CPU, which has no streams");
		return -1;
	}
	if (device != Py_None && !PyArg_ParseTuple(device, "ii", &type, &id))
		return -1;
	if (type != DLPACK_DEVICE_CPU || copy == Py_True) {
		PyErr_SetString(PyExc_BufferError,
				"frames are shared where they are, without a copy; copy with numpy.array() first");
		return -1;
	}
	return 0;
}

PyObject *dlpack_export(PyObject *plane, const void *data, const struct plane_layout *layout, bool writable,
			PyObject *arguments, PyObject *keywords)
{
	static char *names[] = {"stream", "max_version", "dl_device", "copy", NULL};
	PyObject *stream = Py_None, *max_version = Py_None, *device = Py_None, *copy = Py_None;
	unsigned major = 0, minor = 0;

	if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$OOOO:__dlpack__", names, &stream, &max_version,
					 &device, &copy))
		return NULL;
	if (max_version != Py_None && !PyTuple_Check(max_version)) {
		PyErr_Format(PyExc_TypeError, "max_version must be a tuple (major, minor), not %R", max_version);
		return NULL;
	}
	if (max_version != Py_None && !PyArg_ParseTuple(max_version, "II", &major, &minor))
		return NULL;
	if (check_request(stream, device, copy) < 0)
		return NULL;
	struct exported *exported = export(plane, data, layout, major >= 1);
	return exported ? make_capsule(exported, major >= 1, writable) : PyErr_NoMemory();
}

PyObject *dlpack_device(void)
{
	return Py_BuildValue("(ii)", DLPACK_DEVICE_CPU, 0);
}
