/* SPDX-License-Identifier: Apache-2.0 */
/** @file jpeg_header.h
 * What the header of a picture says, in a snapshot and in each part of a stream. */
#ifndef ZCFRAME_MJPEGD_JPEG_HEADER_H
#define ZCFRAME_MJPEGD_JPEG_HEADER_H

#include "jpeg_pool.h"

#include <inttypes.h>
#include <stdio.h>

#define JPEG_HEADER_VALUE_SIZE 32

/** X-Timestamp: when the camera took it, seconds since 1970 with microseconds. @return @p value. */
static inline const char *jpeg_header_timestamp(const struct jpeg *jpeg, char value[JPEG_HEADER_VALUE_SIZE])
{
	snprintf(value, JPEG_HEADER_VALUE_SIZE, "%" PRId64 ".%06" PRId64, jpeg->capture_wall_ns / 1000000000,
		 jpeg->capture_wall_ns % 1000000000 / 1000);
	return value;
}

/** X-Sequence: the frame's sequence in its channel. @return @p value. */
static inline const char *jpeg_header_sequence(const struct jpeg *jpeg, char value[JPEG_HEADER_VALUE_SIZE])
{
	snprintf(value, JPEG_HEADER_VALUE_SIZE, "%" PRIu64, jpeg->sequence);
	return value;
}

/** X-Frame-Number: the camera's count, the same in all channels of the camera. @return @p value. */
static inline const char *jpeg_header_frame_number(const struct jpeg *jpeg, char value[JPEG_HEADER_VALUE_SIZE])
{
	snprintf(value, JPEG_HEADER_VALUE_SIZE, "%" PRIu64, jpeg->frame_number);
	return value;
}

#endif
