/* SPDX-License-Identifier: Apache-2.0 */
/* YUV4MPEG2: the simplest container that players and encoders read, see yuv4mpeg(5). */
#include "writer.h"

#include "message.h"

#include <libyuv.h>

#include <inttypes.h>
#include <stdlib.h>

/* 33333333 ns means 30 frames a second, and 33366667 ns means 30000/1001: intervals are rounded to nanoseconds. */
static void find_frame_rate(uint64_t interval_ns, uint64_t *ret_numerator, uint64_t *ret_denominator)
{
	static const uint64_t denominators[] = {1, 1001, 2, 1000};

	for (size_t i = 0; i < sizeof(denominators) / sizeof(denominators[0]) && interval_ns > 0; i++) {
		uint64_t scaled = denominators[i] * 1000000000;
		uint64_t numerator = (scaled + interval_ns / 2) / interval_ns;
		uint64_t rounded_ns = numerator > 0 ? scaled / numerator : 0;
		uint64_t difference_ns = rounded_ns > interval_ns ? rounded_ns - interval_ns : interval_ns - rounded_ns;
		if (denominators[i] == 1001 && numerator % 1000 != 0)
			continue;
		if (numerator > 0 && difference_ns * 100000 <= interval_ns) {
			*ret_numerator = numerator;
			*ret_denominator = denominators[i];
			return;
		}
	}
	/* "0:0" is how the format says that the rate is unknown. */
	*ret_numerator = interval_ns > 0 ? 1000000000 : 0;
	*ret_denominator = interval_ns;
}

int grab_begin_y4m(FILE *output, const struct picture *picture, const struct grab_settings *settings)
{
	uint64_t numerator, denominator;

	find_frame_rate(settings->frame_interval_ns, &numerator, &denominator);
	fprintf(output, "YUV4MPEG2 W%" PRIu32 " H%" PRIu32 " F%" PRIu64 ":%" PRIu64 " Ip A1:1 %s XCOLORRANGE=%s\n",
		picture->width_pixels, picture->height_pixels, numerator, denominator,
		picture->fourcc == ZCF_FOURCC_NV12 ? "C420jpeg" : "Cmono",
		settings->range == PICTURE_RANGE_FULL ? "FULL" : "LIMITED");
	return 0;
}

int grab_write_y4m(FILE *output, const struct picture *picture, const struct grab_settings *settings)
{
	size_t luma_bytes = (size_t)picture->width_pixels * picture->height_pixels;
	int half_width = (int)picture->width_pixels / 2, half_height = (int)picture->height_pixels / 2;
	uint8_t *chroma;

	(void)settings;
	fputs("FRAME\n", output);
	fwrite(picture_luma(picture), 1, luma_bytes, output);
	if (picture->fourcc != ZCF_FOURCC_NV12)
		return 0;
	chroma = cli_allocate(luma_bytes / 2, 1);
	SplitUVPlane(picture_chroma(picture), 2 * half_width, chroma, half_width, chroma + luma_bytes / 4, half_width,
		     half_width, half_height);
	fwrite(chroma, 1, luma_bytes / 2, output);
	free(chroma);
	return 0;
}
