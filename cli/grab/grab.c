/* SPDX-License-Identifier: Apache-2.0 */
/* zcf grab: frames of a channel into picture files. */
#include "command.h"
#include "frames.h"
#include "interrupt.h"
#include "message.h"
#include "numbering.h"
#include "output_file.h"
#include "picture_format.h"
#include "writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t frame_count = 1;
static uint64_t timeout_ns = 5000000000;
static const char *format_name;
static const char *range_name = "full";
static uint32_t jpeg_quality = 90;
static bool wait_for_producer;

struct grab {
	const char *channel;
	const char *path;
	const struct grab_writer *writer;
	struct grab_settings settings;
	struct grab_frames *frames;
	struct picture picture;
	struct picture first; /* geometry only: what a sequence must keep to */
	uint64_t missed_count;
};

static const struct grab_writer *choose_writer(const char *path)
{
	const struct grab_writer *writer;

	if (format_name != NULL)
		return grab_writer_find(format_name);
	if (strcmp(path, "-") == 0) {
		cli_usage_error("standard output has no extension to tell the format: add --format");
		return NULL;
	}
	writer = grab_writer_find_by_path(path);
	if (writer == NULL)
		cli_usage_error("%s: the extension is none of .png .jpg .nv12 .y4m .bin; add --format", path);
	return writer;
}

static int check_kind(const struct grab *grab)
{
	bool is_data = grab->picture.fourcc == ZCF_FOURCC_DATA;

	if (is_data ? grab->writer->takes_data : grab->writer->takes_pictures)
		return CLI_OK;
	if (is_data)
		cli_message("channel %s carries data, not pictures: use --format data", grab->channel);
	else
		cli_message("channel %s carries pictures: use --format png, jpg, nv12 or y4m", grab->channel);
	return CLI_FAILED;
}

/* Frames of one file must be of one size; a restarted producer may have another. */
static int check_geometry(struct grab *grab, uint32_t index)
{
	if (index == 0)
		grab->first = (struct picture){.fourcc = grab->picture.fourcc,
					       .width_pixels = grab->picture.width_pixels,
					       .height_pixels = grab->picture.height_pixels};
	if (!grab->writer->holds_sequences ||
	    (grab->first.fourcc == grab->picture.fourcc && grab->first.width_pixels == grab->picture.width_pixels &&
	     grab->first.height_pixels == grab->picture.height_pixels))
		return CLI_OK;
	cli_message("channel %s changed from %" PRIu32 "x%" PRIu32 " to %" PRIu32 "x%" PRIu32 " after %" PRIu32
		    " frames: they cannot go into one file",
		    grab->channel, grab->first.width_pixels, grab->first.height_pixels, grab->picture.width_pixels,
		    grab->picture.height_pixels, index);
	return CLI_FAILED;
}

static int next_picture(struct grab *grab, uint32_t index)
{
	int code = grab_frames_next(grab->frames, &grab->picture);

	if (code != CLI_OK)
		return code;
	if (index > 0)
		grab->missed_count += grab->picture.sequence_gap;
	code = check_kind(grab);
	return code == CLI_OK ? check_geometry(grab, index) : code;
}

static int write_picture(struct grab *grab, struct output_file *file, bool first)
{
	FILE *stream = output_file_get_stream(file);
	int error = 0;

	if (first && grab->writer->begin != NULL)
		error = grab->writer->begin(stream, &grab->picture, &grab->settings);
	if (error == 0)
		error = grab->writer->write(stream, &grab->picture, &grab->settings);
	return error == 0 ? CLI_OK : CLI_FAILED;
}

static int grab_into_one_file(struct grab *grab)
{
	struct output_file *file = NULL;
	int code = CLI_OK;

	for (uint32_t i = 0; i < frame_count && code == CLI_OK; i++) {
		code = next_picture(grab, i);
		/* Only now: without a frame there is no file, and "no such channel" comes before "cannot create". */
		if (code == CLI_OK && file == NULL && (file = output_file_create(grab->path)) == NULL)
			return CLI_FAILED;
		if (code == CLI_OK)
			code = write_picture(grab, file, i == 0);
		if (code == CLI_OK && ferror(output_file_get_stream(file)))
			break; /* the commit reports it */
	}
	if (code == CLI_OK)
		return output_file_commit(file) < 0 ? CLI_FAILED : CLI_OK;
	output_file_discard(file);
	return code;
}

static int grab_into_numbered_files(struct grab *grab)
{
	int code = CLI_OK;

	for (uint32_t i = 0; i < frame_count && code == CLI_OK; i++) {
		code = next_picture(grab, i);
		if (code != CLI_OK)
			break;
		char *path = grab_numbered_path(grab->path, i + 1, frame_count);
		struct output_file *file = output_file_create(path);
		code = file != NULL ? write_picture(grab, file, true) : CLI_FAILED;
		if (code != CLI_OK)
			output_file_discard(file);
		else if (output_file_commit(file) < 0)
			code = CLI_FAILED;
		free(path);
	}
	return code;
}

static void report(const struct grab *grab)
{
	char fourcc[PICTURE_FOURCC_SIZE];

	if (grab->missed_count > 0)
		cli_message("%" PRIu64 " frames were published in between and could not be fetched in time",
			    grab->missed_count);
	if (grab_frames_get_stale_count(grab->frames) > 0)
		cli_message("%" PRIu64 " frames were overwritten while they were copied; others took their place",
			    grab_frames_get_stale_count(grab->frames));
	if (isatty(STDERR_FILENO) && strcmp(grab->path, "-") != 0)
		cli_message("%" PRIu32 " of %s, %s %" PRIu32 "x%" PRIu32 ", up to frame %" PRIu64, frame_count,
			    grab->channel, picture_fourcc_name(fourcc, grab->picture.fourcc),
			    grab->picture.width_pixels, grab->picture.height_pixels, grab->picture.frame_number);
}

static int run(const struct cli_invocation *invocation)
{
	struct grab grab = {.channel = invocation->arguments[0], .path = invocation->arguments[1]};
	bool to_output = strcmp(grab.path, "-") == 0;
	int code;

	grab.writer = choose_writer(grab.path);
	if (grab.writer == NULL)
		return CLI_USAGE;
	if (to_output && isatty(STDOUT_FILENO))
		return cli_usage_error("not writing a picture to a terminal: redirect standard output");
	code = grab_frames_open(grab.channel, frame_count > 1, wait_for_producer, timeout_ns, &grab.frames);
	if (code == CLI_OK) {
		grab.settings = (struct grab_settings){
			.range = strcmp(range_name, "full") == 0 ? PICTURE_RANGE_FULL : PICTURE_RANGE_LIMITED,
			.jpeg_quality = jpeg_quality,
			.frame_interval_ns = grab_frames_get_interval_ns(grab.frames),
		};
		if (frame_count == 1 || grab.writer->holds_sequences || to_output)
			code = grab_into_one_file(&grab);
		else
			code = grab_into_numbered_files(&grab);
		if (code == CLI_OK)
			report(&grab);
	}
	grab_frames_close(grab.frames);
	picture_free(&grab.picture);
	interrupt_end_by_signal();
	return code;
}

const struct cli_command cli_grab_command = {
	.name = "grab",
	.summary = "Save frames as PNG, JPEG, NV12 or Y4M",
	.description =
		"The extension of FILE says the format: .png, .jpg, .nv12 (pixels without header), .y4m (video that\n"
		"players open), .bin (what a data channel carries). With --count, .nv12 and .y4m hold all the frames;\n"
		"the others are numbered: out-001.png, out-002.png, ... '-' is standard output and needs --format.\n\n"
		"A frame that was overwritten while it was copied is never saved: the next one takes its place. A "
		"file\n"
		"appears when it is complete, and not at all if something fails.\n",
	.arguments = (const struct cli_argument[]){{"CHANNEL", false, CLI_COMPLETE_CHANNEL},
						   {"FILE", false, CLI_COMPLETE_FILE},
						   {.name = NULL}},
	.options =
		(const struct cli_option[]){{.name = "count",
					     .letter = 'n',
					     .argument = "N",
					     .help = "save N frames that follow each other (default 1)",
					     .type = CLI_UINT32,
					     .value = &frame_count,
					     .minimum = 1,
					     .maximum = 100000000},
					    {.name = "format",
					     .letter = 'f',
					     .argument = "FORMAT",
					     .help = "png, jpg, nv12, y4m or data, whatever the extension",
					     .type = CLI_STRING,
					     .value = &format_name,
					     .choices = "png jpg nv12 y4m data"},
					    {.name = "timeout",
					     .letter = 't',
					     .argument = "TIME",
					     .help = "give up after TIME without a frame (default 5s)",
					     .type = CLI_DURATION,
					     .value = &timeout_ns,
					     .maximum = 86400},
					    {.name = "wait",
					     .letter = 'w',
					     .help = "wait up to the timeout for a producer to appear, too",
					     .type = CLI_FLAG,
					     .value = &wait_for_producer},
					    {.name = "quality",
					     .letter = 'q',
					     .argument = "N",
					     .help = "of JPEG, 1 to 100 (default 90)",
					     .type = CLI_UINT32,
					     .value = &jpeg_quality,
					     .minimum = 1,
					     .maximum = 100},
					    {.name = "range",
					     .argument = "RANGE",
					     .help = "the pixels are full (cameras; default) or limited (video) range",
					     .type = CLI_STRING,
					     .value = &range_name,
					     .choices = "full limited"},
					    {.name = NULL}},
	.examples = "  zcf grab pet_camera_active_zc cat.png\n"
		    "  zcf grab pet_camera_active_zc --count 300 cat.y4m && ffplay cat.y4m\n"
		    "  zcf grab --format jpg pet_camera_active_zc - | ssh desk 'cat > cat.jpg'\n",
	.run = run,
};
