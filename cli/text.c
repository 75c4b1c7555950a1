/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Length of the escape sequence at the start of the text, 0 if there is none. */
static size_t escape_length(const char *text)
{
	size_t length;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	length = 2 + strspn(text + 2, "0123456789;?");
	return text[length] != '\0' ? length + 1 : length;
}

/* Bytes and columns of the character at the start of the text, which is not empty. */
static size_t character_length(const char *text, size_t *ret_columns)
{
	mbstate_t state = {0};
	wchar_t character;
	size_t length = mbrtowc(&character, text, strlen(text), &state);
	int columns;

	if (length == (size_t)-1 || length == (size_t)-2 || length == 0) {
		*ret_columns = 1;
		return 1;
	}
	columns = wcwidth(character);
	*ret_columns = columns < 0 ? 0 : (size_t)columns;
	return length;
}

size_t text_width(const char *text)
{
	size_t width = 0, columns;

	while (*text != '\0') {
		size_t length = escape_length(text);
		if (length == 0) {
			length = character_length(text, &columns);
			width += columns;
		}
		text += length;
	}
	return width;
}

size_t text_print_clipped(FILE *output, const char *text, size_t columns)
{
	size_t used = 0, wide;

	while (*text != '\0') {
		size_t length = escape_length(text);
		if (length > 0) {
			fwrite(text, 1, length, output);
		} else {
			length = character_length(text, &wide);
			if (used + wide <= columns)
				fwrite(text, 1, length, output);
			used += wide;
		}
		text += length;
	}
	return used < columns ? used : columns;
}

const char *text_clean(char *buffer, size_t size, const char *text, size_t text_size)
{
	size_t used = 0, at = 0;

	while (at < text_size && text[at] != '\0' && used + 1 < size) {
		mbstate_t state = {0};
		wchar_t character;
		size_t length = mbrtowc(&character, text + at, text_size - at, &state);
		if (length == (size_t)-1 || length == (size_t)-2 || length == 0 || !iswprint((wint_t)character)) {
			buffer[used++] = '?';
			at += length == 0 || length > text_size ? 1 : length;
			continue;
		}
		if (used + length >= size)
			break;
		memcpy(buffer + used, text + at, length);
		used += length;
		at += length;
	}
	buffer[used] = '\0';
	return buffer;
}
