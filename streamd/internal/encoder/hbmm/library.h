/* SPDX-License-Identifier: Apache-2.0 */
/** @file library.h
 * The vendor's libraries, found at run time: one program runs on the board and everywhere else. */
#ifndef ZCFRAME_STREAMD_HBMM_LIBRARY_H
#define ZCFRAME_STREAMD_HBMM_LIBRARY_H

#include "media_codec_abi.h"

/** Each as the vendor's function of that name; 0 or a negative code of the vendor's. */
struct codec_library {
	int32_t (*initialize)(struct codec_context *context);
	int32_t (*configure)(struct codec_context *context);
	int32_t (*start)(struct codec_context *context, const struct codec_startup *startup);
	int32_t (*stop)(struct codec_context *context);
	int32_t (*release)(struct codec_context *context);
	int32_t (*dequeue_input_buffer)(struct codec_context *context, struct codec_buffer *buffer, int32_t timeout_ms);
	int32_t (*queue_input_buffer)(struct codec_context *context, struct codec_buffer *buffer, int32_t timeout_ms);
	int32_t (*dequeue_output_buffer)(struct codec_context *context, struct codec_buffer *buffer,
					 struct codec_output_info *info, int32_t timeout_ms);
	int32_t (*queue_output_buffer)(struct codec_context *context, struct codec_buffer *buffer, int32_t timeout_ms);
	int32_t (*get_rate_control_config)(struct codec_context *context, struct codec_rate_control *rate_control);
	int32_t (*request_idr_frame)(struct codec_context *context);
	int32_t (*get_graph_buf_with_vaddr)(uint64_t virt_addr, struct memory_picture *picture);
};

/**
 * @param why  Receives a sentence if it fails.
 * @return 0 or -ENOSYS. What was found stays loaded: the vendor's libraries do not expect to be unloaded.
 */
int codec_library_get(const struct codec_library **ret_library, char *why, size_t why_size);

#endif
