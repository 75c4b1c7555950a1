/* SPDX-License-Identifier: Apache-2.0 */
/** @file library.h
 * The vendor's camera libraries, opened at run time: so the same daemon starts on machines that have none. */
#ifndef CAMERAD_VIO_LIBRARY_H
#define CAMERAD_VIO_LIBRARY_H

#include "hbn_abi.h"

/** The vendor's functions, each with the vendor's return value: 0 or a negative code of its own. */
struct vio_library {
	int32_t (*vnode_open)(int32_t type, uint32_t hardware_id, int32_t context_id, hbn_handle *ret_node);
	void (*vnode_close)(hbn_handle node);
	int32_t (*vnode_set_attr)(hbn_handle node, void *attributes);
	int32_t (*vnode_set_ichn_attr)(hbn_handle node, uint32_t input, void *attributes);
	int32_t (*vnode_set_ochn_attr)(hbn_handle node, uint32_t output, void *attributes);
	int32_t (*vnode_set_ochn_buf_attr)(hbn_handle node, uint32_t output, struct hbn_buffers *buffers);
	int32_t (*vnode_get_fd)(hbn_handle node, uint32_t output, int32_t *ret_fd);
	int32_t (*vnode_getframe)(hbn_handle node, uint32_t output, uint32_t timeout_ms, union hbn_frame *ret_frame);
	int32_t (*vnode_releaseframe)(hbn_handle node, uint32_t output, union hbn_frame *frame);
	int32_t (*vflow_create)(hbn_handle *flow);
	void (*vflow_destroy)(hbn_handle flow);
	int32_t (*vflow_add_vnode)(hbn_handle flow, hbn_handle node);
	int32_t (*vflow_bind_vnode)(hbn_handle flow, hbn_handle from, uint32_t output, hbn_handle to, uint32_t input);
	int32_t (*vflow_start)(hbn_handle flow);
	int32_t (*vflow_stop)(hbn_handle flow);
	int32_t (*camera_create)(struct hbn_camera *description, hbn_handle *ret_camera);
	int32_t (*camera_destroy)(hbn_handle camera);
	int32_t (*camera_attach_to_vin)(hbn_handle camera, hbn_handle vin);
	int32_t (*mem_flush)(uint64_t address, uint64_t size_bytes);
};

/**
 * Open the libraries. They stay loaded for good: the vendor's do not expect to be unloaded.
 *
 * @param ret_version  Of libhbmem: "1.0.0".
 * @return 0, or -ENOSYS with a sentence in @p why that says which one is missing, or of which version it is.
 */
int vio_library_open(struct vio_library *library, char ret_version[static 32], char *why, size_t why_size);

#endif
