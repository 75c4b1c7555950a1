/* SPDX-License-Identifier: Apache-2.0 */
/** @file writer.h
 * The file formats of zcf grab. */
#ifndef ZCF_CLI_GRAB_WRITER_H
#define ZCF_CLI_GRAB_WRITER_H

#include "picture.h"

#include <stdio.h>

struct grab_settings {
	enum picture_range range;
	uint32_t jpeg_quality;
	uint64_t frame_interval_ns; /**< 0: unknown. */
};

struct grab_writer {
	const char *name;
	const char *extensions; /**< Blank-separated. */
	bool takes_pictures, takes_data;
	bool holds_sequences; /**< Many frames go into one file; otherwise each is numbered. */
	/** Called once for each file, before the first frame; may be NULL. @return As `write`. */
	int (*begin)(FILE *output, const struct picture *picture, const struct grab_settings *settings);
	/** @return 0, or a negative errno after a message; errors of the stream itself are left to the caller. */
	int (*write)(FILE *output, const struct picture *picture, const struct grab_settings *settings);
};

/** @return The writer of that name, or NULL. */
const struct grab_writer *grab_writer_find(const char *name);

/** @return The writer for the extension of a file's name, or NULL. */
const struct grab_writer *grab_writer_find_by_path(const char *path);

int grab_write_png(FILE *output, const struct picture *picture, const struct grab_settings *settings);
int grab_write_jpeg(FILE *output, const struct picture *picture, const struct grab_settings *settings);
int grab_write_nv12(FILE *output, const struct picture *picture, const struct grab_settings *settings);
int grab_write_data(FILE *output, const struct picture *picture, const struct grab_settings *settings);
int grab_begin_y4m(FILE *output, const struct picture *picture, const struct grab_settings *settings);
int grab_write_y4m(FILE *output, const struct picture *picture, const struct grab_settings *settings);

#endif
