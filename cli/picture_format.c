/* SPDX-License-Identifier: Apache-2.0 */
#include "picture_format.h"

#include "units.h"

#include <inttypes.h>
#include <stdio.h>

const char *picture_fourcc_name(char buffer[PICTURE_FOURCC_SIZE], uint32_t fourcc)
{
	for (int i = 0; i < 4; i++) {
		unsigned character = fourcc >> (8 * i) & 0xff;
		if (character < 0x20 || character > 0x7e) {
			snprintf(buffer, PICTURE_FOURCC_SIZE, "0x%08" PRIx32, fourcc);
			return buffer;
		}
		buffer[i] = (char)character;
	}
	buffer[4] = '\0';
	return buffer;
}

const char *picture_size_name(char *buffer, size_t size, const struct zcf_format *format)
{
	char bytes[UNITS_SIZE];

	if (format->width_pixels == 0)
		snprintf(buffer, size, "%s", units_bytes(bytes, format->size_bytes));
	else
		snprintf(buffer, size, "%ux%u", format->width_pixels, format->height_pixels);
	return buffer;
}
