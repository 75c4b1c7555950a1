/* SPDX-License-Identifier: Apache-2.0 */
/** @file first_picture.h
 * What a snapshot and the start of a stream have in common: a picture within a time limit, or an answer
 * that says why there is none. */
#ifndef ZCFRAME_MJPEGD_FIRST_PICTURE_H
#define ZCFRAME_MJPEGD_FIRST_PICTURE_H

#include "jpeg_pool.h"
#include "request.h"

/**
 * @param ret_jpeg    If true: the caller has a reference.
 * @param ret_result  If false: what the handler returns; it is called again if the request waits.
 * @return Whether there is a picture.
 */
bool first_picture_take(struct request *request, struct jpeg **ret_jpeg, enum MHD_Result *ret_result);

#endif
