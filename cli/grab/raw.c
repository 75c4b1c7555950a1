/* SPDX-License-Identifier: Apache-2.0 */
/* Frames as they are, without a header. */
#include "writer.h"

int grab_write_nv12(FILE *output, const struct picture *picture, const struct grab_settings *settings)
{
	(void)settings;
	fwrite(picture->bytes, 1, picture->size_bytes, output);
	if (picture->fourcc == ZCF_FOURCC_GREY)
		for (size_t i = 0; i < picture->size_bytes / 2; i++)
			putc(128, output); /* no colour */
	return 0;
}

int grab_write_data(FILE *output, const struct picture *picture, const struct grab_settings *settings)
{
	(void)settings;
	fwrite(picture->bytes, 1, picture->size_bytes, output);
	return 0;
}
