/* SPDX-License-Identifier: Apache-2.0 */
/** @file media_open.h
 * The inside of struct media, and how it is opened: each thing that a file can lack is found and named here. */
#ifndef CAMERAD_MEDIA_OPEN_H
#define CAMERAD_MEDIA_OPEN_H

#include "media.h"

#include <libavformat/avformat.h>

struct media {
	char *path;
	AVFormatContext *container;
	AVCodecContext *decoder;
	AVPacket *packet;
	int stream_index;
	int64_t first_time; /* Of the first picture, in the stream's time base; AV_NOPTS_VALUE: not known yet. */
	/* Where the first packet was found, and its size, to know it again; a size of 0: not read yet. */
	int64_t first_packet_position;
	int first_packet_size;
	struct media_info info;
	struct media_damage damage;

	/* See media_set_allocator(); kept for a reopening. */
	int (*get_buffer)(AVCodecContext *decoder, AVFrame *frame, int flags);
	void *get_buffer_context;
};

/** As media_open(), in a struct that is all zero except for its path and allocator. */
int media_open_streams(struct media *media, char *why, size_t why_size);
void media_close_streams(struct media *media);

#endif
