/* SPDX-License-Identifier: Apache-2.0 */
/** @file reply.h
 * Answers, with the header fields that all of them carry. */
#ifndef ZCFRAME_MJPEGD_REPLY_H
#define ZCFRAME_MJPEGD_REPLY_H

#include "request.h"

#define REPLY_TYPE_TEXT "text/plain; charset=utf-8"

/** Add the fields that all answers carry. @return @p response, or NULL if it is NULL. */
struct MHD_Response *reply_prepare(struct MHD_Response *response, const char *content_type);

/**
 * Send a response whose size is known, and let go of it.
 *
 * @param response  NULL: memory was short; the connection is closed.
 */
enum MHD_Result reply_send(struct request *request, unsigned status, struct MHD_Response *response,
			   uint64_t size_bytes);

/** A sentence that ends with a newline. It is not copied. */
enum MHD_Result reply_text(struct request *request, unsigned status, const char *text);

/** The same, counted as a refusal. */
enum MHD_Result reply_refusal(struct request *request, unsigned status, const char *text);

/** 503, with a time to try again. @p text is copied. */
enum MHD_Result reply_unavailable(struct request *request, const char *text);

/** 401. */
enum MHD_Result reply_unauthorized(struct request *request);

/** 405. */
enum MHD_Result reply_method_not_allowed(struct request *request);

#endif
