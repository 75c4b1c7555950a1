/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_FORMAT_H
#define ZCF_FORMAT_H

#include <stdbool.h>
#include <string.h>

#include "zcframe/types.h"

/*
 * How many bytes of content a frame of a format can have, which zcf_format_check() has found right. Data is read from
 * the start of its only plane, so it has to end there too; pictures are read plane by plane.
 */
static inline uint64_t zcf_format_content_limit_bytes(const struct zcf_format *format, uint64_t buffer_size_bytes)
{
	return format->fourcc == ZCF_FOURCC_DATA ? format->planes[0].size_bytes : buffer_size_bytes;
}

/* Formats have no padding that is not named. */
static inline bool zcf_format_equal(const struct zcf_format *a, const struct zcf_format *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

#endif
