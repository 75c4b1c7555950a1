/* SPDX-License-Identifier: Apache-2.0 */
/** @file dlpack_abi.h
 * The structs of DLPack (github.com/dmlc/dlpack), as far as memory of the CPU needs them: version 1.0, and the form
 * without a version that came before it. */
#ifndef ZCFRAME_PYTHON_DLPACK_ABI_H
#define ZCFRAME_PYTHON_DLPACK_ABI_H

#include <stdint.h>

#define DLPACK_DEVICE_CPU     1
#define DLPACK_CODE_UINT      1
#define DLPACK_FLAG_READ_ONLY UINT64_C(1)

struct dlpack_device {
	int32_t type;
	int32_t id;
};

struct dlpack_data_type {
	uint8_t code;
	uint8_t bits;
	uint16_t lanes;
};

struct dlpack_tensor {
	void *data;
	struct dlpack_device device;
	int32_t dimension_count;
	struct dlpack_data_type data_type;
	int64_t *shape;
	int64_t *strides; /* In elements. */
	uint64_t byte_offset;
};

/** In a capsule named "dltensor". */
struct dlpack_managed {
	struct dlpack_tensor tensor;
	void *context;
	void (*deleter)(struct dlpack_managed *self);
};

/** In a capsule named "dltensor_versioned". */
struct dlpack_managed_versioned {
	uint32_t version_major;
	uint32_t version_minor;
	void *context;
	void (*deleter)(struct dlpack_managed_versioned *self);
	uint64_t flags;
	struct dlpack_tensor tensor;
};

_Static_assert(sizeof(struct dlpack_tensor) == 48, "DLTensor");
_Static_assert(sizeof(struct dlpack_managed) == 64, "DLManagedTensor");
_Static_assert(sizeof(struct dlpack_managed_versioned) == 80, "DLManagedTensorVersioned");

#endif
