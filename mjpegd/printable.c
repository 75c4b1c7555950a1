/* SPDX-License-Identifier: Apache-2.0 */
#include "printable.h"

#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 character that begins at @p bytes, or 0 if none does. */
static size_t character_length(const unsigned char *bytes)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = bytes[0] < 0x80       ? 1
			: bytes[0] >> 5 == 6  ? 2
			: bytes[0] >> 4 == 14 ? 3
			: bytes[0] >> 3 == 30 ? 4
					      : 0;
	uint32_t code;

	if (length <= 1)
		return length == 1 && bytes[0] >= ' ' && bytes[0] != 0x7f;
	code = bytes[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		/* The terminating zero is no continuation either. */
		if (bytes[i] >> 6 != 2)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	/* Longer than need be, half of a pair, beyond the last one, or a control character. */
	if (code < smallest[length] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff || code < 0xa0)
		return 0;
	return length;
}

void printable_clean(char *text, size_t size)
{
	unsigned char *bytes = (unsigned char *)text;

	bytes[size - 1] = '\0';
	while (*bytes != '\0') {
		size_t length = character_length(bytes);

		if (length == 0) {
			*bytes = '?';
			length = 1;
		}
		bytes += length;
	}
}
