/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what zcf-mjpegd sent from standard input, and says what is wrong with it.
 *
 *   check-pictures stream N   the body of /stream.mjpg, until N pictures are checked; prints
 *                             "FIRST LAST GAPS": sequences, and how many were left out between them
 *   check-pictures picture    the body of /snapshot.jpg; prints the sequence that it shows */
#include "picture_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <jpeglib.h>

#define BOUNDARY  "--zcframe-picture\r\n"
#define MAX_BYTES (64u << 20)

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("check-pictures: ", stderr);
	vfprintf(stderr, format, arguments);
	fputs("\n", stderr);
	va_end(arguments);
	exit(EXIT_FAILURE);
}

static void reject_jpeg(j_common_ptr common)
{
	char reason[JMSG_LENGTH_MAX];

	common->err->format_message(common, reason);
	fail("not a whole JPEG: %s", reason);
}

/* Returns the number that the picture shows. */
static uint32_t decode(const unsigned char *data, size_t size_bytes)
{
	struct jpeg_decompress_struct decompress;
	struct jpeg_error_mgr errors;
	uint32_t top = 0, bottom = 0;
	JSAMPROW row;

	decompress.err = jpeg_std_error(&errors);
	errors.error_exit = reject_jpeg;
	jpeg_create_decompress(&decompress);
	jpeg_mem_src(&decompress, data, size_bytes);
	jpeg_read_header(&decompress, TRUE);
	if (decompress.image_width < PICTURE_CODE_MIN_WIDTH || decompress.image_height < PICTURE_CODE_MIN_HEIGHT)
		fail("a picture of %ux%u", decompress.image_width, decompress.image_height);
	if (decompress.num_components != 3 || decompress.comp_info[0].h_samp_factor != 2)
		fail("not 4:2:0");
	decompress.out_color_space = JCS_GRAYSCALE;
	jpeg_start_decompress(&decompress);
	row = malloc(decompress.output_width);
	while (decompress.output_scanline < decompress.output_height) {
		uint32_t y = decompress.output_scanline;

		jpeg_read_scanlines(&decompress, &row, 1);
		if (y == PICTURE_CODE_SQUARE / 2)
			top = picture_code_read(row);
		if (y == decompress.output_height - PICTURE_CODE_SQUARE / 2)
			bottom = picture_code_read(row);
	}
	jpeg_finish_decompress(&decompress);
	if (errors.num_warnings > 0)
		fail("a damaged JPEG");
	jpeg_destroy_decompress(&decompress);
	free(row);
	if ((top ^ bottom) != (1u << PICTURE_CODE_BITS) - 1)
		fail("a torn picture: %u above, %u below", top, bottom ^ ((1u << PICTURE_CODE_BITS) - 1));
	return top;
}

struct part {
	unsigned long size_bytes;
	unsigned long sequence;
	double timestamp;
	bool is_jpeg;
};

static void read_line(char *line, int size)
{
	if (fgets(line, size, stdin) == NULL)
		fail("the stream ended");
	if (strlen(line) < 2 || strcmp(line + strlen(line) - 2, "\r\n") != 0)
		fail("a line that does not end with CR LF: %s", line);
}

static struct part read_part_header(void)
{
	struct part part = {0};
	char line[256];

	for (;;) {
		read_line(line, sizeof(line));
		if (strcmp(line, "\r\n") == 0)
			break;
		sscanf(line, "Content-Length: %lu", &part.size_bytes);
		sscanf(line, "X-Sequence: %lu", &part.sequence);
		sscanf(line, "X-Timestamp: %lf", &part.timestamp);
		part.is_jpeg |= strcmp(line, "Content-Type: image/jpeg\r\n") == 0;
	}
	if (!part.is_jpeg || part.size_bytes == 0 || part.size_bytes > MAX_BYTES || part.sequence == 0)
		fail("a part's header is incomplete");
	/* Of this century, in seconds. */
	if (part.timestamp < 9.5e8 || part.timestamp > 4.1e9)
		fail("X-Timestamp is %f", part.timestamp);
	return part;
}

static void check_stream(unsigned long count)
{
	unsigned long first = 0, last = 0, gaps = 0;
	char line[256];

	read_line(line, sizeof(line));
	for (unsigned long i = 0; i < count; i++) {
		struct part part;
		unsigned char *data;
		uint32_t shown;

		if (strcmp(line, BOUNDARY) != 0)
			fail("not a boundary: %s", line);
		part = read_part_header();
		data = malloc(part.size_bytes);
		if (fread(data, part.size_bytes, 1, stdin) != 1)
			fail("the stream ended inside a picture");
		shown = decode(data, part.size_bytes);
		free(data);
		if (shown != part.sequence)
			fail("X-Sequence is %lu, but the picture shows %u", part.sequence, shown);
		if (last != 0 && part.sequence <= last)
			fail("sequence %lu after %lu", part.sequence, last);
		first = first != 0 ? first : part.sequence;
		gaps += last != 0 ? part.sequence - last - 1 : 0;
		last = part.sequence;
		/* The boundary belongs to the part before it, and comes without waiting for the next. */
		read_line(line, sizeof(line));
		if (strcmp(line, "\r\n") != 0)
			fail("no line end behind a picture");
		read_line(line, sizeof(line));
	}
	printf("%lu %lu %lu\n", first, last, gaps);
}

static void check_picture(void)
{
	unsigned char *data = malloc(MAX_BYTES);
	size_t size_bytes = fread(data, 1, MAX_BYTES, stdin);

	printf("%u\n", decode(data, size_bytes));
	free(data);
}

int main(int argument_count, char **arguments)
{
	if (argument_count == 3 && strcmp(arguments[1], "stream") == 0)
		check_stream(strtoul(arguments[2], NULL, 10));
	else if (argument_count == 2 && strcmp(arguments[1], "picture") == 0)
		check_picture();
	else
		fail("usage: check-pictures stream N | picture");
	return EXIT_SUCCESS;
}
