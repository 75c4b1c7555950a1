/* SPDX-License-Identifier: Apache-2.0 */
#include "detections.h"

#include "json_output.h"
#include "terminal.h"
#include "text.h"
#include "units.h"

#include <zcframe/consumer.h>

#include <math.h>
#include <string.h>

/* More would not fit on a line. */
#define CLASSES_SHOWN 8
/* So that they fit into 60 columns. */
#define STAGES_OF_A_LINE 3

struct class_count {
	const char *label;
	unsigned count;
	float best_score;
};

/* Classes in the order of the boxes, which is that of falling scores. @return How many. */
static size_t count_classes(const struct detections *detections, struct class_count *classes)
{
	size_t class_count = 0;

	for (uint32_t i = 0; i < detections->header.box_count; i++) {
		const struct zcf_detection *box = &detections->boxes[i];
		size_t at = 0;

		while (at < class_count && strcmp(classes[at].label, box->label) != 0)
			at++;
		if (at == class_count)
			classes[class_count++] = (struct class_count){box->label, 0, box->score};
		classes[at].count++;
	}
	return class_count;
}

static void read_frame(struct detections *detections, struct zcf_frame *frame)
{
	const struct zcf_frame_info *info = zcf_frame_get_info(frame);
	const void *data = zcf_frame_get_plane(frame, 0);

	/* A frame may be of another format than the channel. */
	detections->known = info->format.fourcc == ZCF_FOURCC_DATA &&
			    zcf_detections_read(data, info->bytes_used, &detections->header) == ZCF_DETECTIONS_OK;
	for (uint32_t i = 0; detections->known && i < detections->header.box_count; i++)
		zcf_detections_get(data, &detections->header, i, &detections->boxes[i]);
	detections->publish_time_ns = info->publish_time_ns;
	if (zcf_frame_release(frame) < 0)
		detections->known = false;
}

void detections_update(struct detections *detections, const struct channel *channel, int64_t timeout_ns)
{
	const struct zcf_snapshot *snapshot = &channel->snapshot;
	struct zcf_consumer_options options;
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;

	if (channel->error < 0 || snapshot->format.fourcc != ZCF_FOURCC_DATA || snapshot->published == 0) {
		detections->known = false;
		return;
	}
	if (detections->epoch == snapshot->epoch && detections->published == snapshot->published)
		return;
	zcf_consumer_options_init(&options);
	options.rate = ZCF_RATE_NEWEST_ONLY;
	options.label = "zcf top";
	if (zcf_consumer_open(channel->name, &options, timeout_ns, &consumer) < 0)
		return;
	if (zcf_consumer_acquire(consumer, 0, &frame) == 0) {
		detections->epoch = snapshot->epoch;
		detections->published = snapshot->published;
		read_frame(detections, frame);
	}
	zcf_consumer_close(consumer);
}

static void print_classes(FILE *output, const struct detections *detections)
{
	struct class_count classes[ZCF_DETECTIONS_MAX_BOXES];
	size_t count = count_classes(detections, classes);
	char label[ZCF_DETECTIONS_LABEL_SIZE];

	fputs("  found  ", output);
	if (count == 0)
		fprintf(output, "%snothing%s", terminal_style_on(TERMINAL_DIM), terminal_style_off(TERMINAL_DIM));
	for (size_t i = 0; i < count && i < CLASSES_SHOWN; i++)
		fprintf(output, "%s%s%s%s %u (%.2f)", i > 0 ? ", " : "", terminal_style_on(TERMINAL_BOLD),
			text_clean(label, sizeof(label), classes[i].label, ZCF_DETECTIONS_LABEL_SIZE),
			terminal_style_off(TERMINAL_BOLD), classes[i].count, (double)classes[i].best_score);
	if (count > CLASSES_SHOWN)
		fprintf(output, ", %zu more classes", count - CLASSES_SHOWN);
	fputc('\n', output);
}

static void print_picture(FILE *output, const struct detections *detections)
{
	const struct zcf_detections *header = &detections->header;
	char channel[ZCF_DETECTIONS_NAME_SIZE], model[ZCF_DETECTIONS_NAME_SIZE], age[UNITS_SIZE];
	uint64_t total_ns = zcf_detections_elapsed_ns(header->source_capture_time_ns, detections->publish_time_ns);

	fprintf(output, "  in     frame %llu of %s, %ux%u\n  by     %s, %s after the camera\n",
		(unsigned long long)header->source_frame_number,
		text_clean(channel, sizeof(channel), header->source_channel, ZCF_DETECTIONS_NAME_SIZE),
		header->image_width_pixels, header->image_height_pixels,
		text_clean(model, sizeof(model), header->model, ZCF_DETECTIONS_NAME_SIZE),
		units_duration(age, total_ns));
}

static void print_stages(FILE *output, const struct detections *detections)
{
	uint64_t stages_ns[ZCF_DETECTIONS_STAGES];
	char duration[UNITS_SIZE];

	zcf_detections_get_stages(&detections->header, detections->publish_time_ns, stages_ns);
	fputs("  took   ", output);
	for (int i = 0; i < ZCF_DETECTIONS_STAGES; i++)
		fprintf(output, "%s%s %s",
			i == 0                  ? ""
			: i == STAGES_OF_A_LINE ? ",\n         "
						: ", ",
			zcf_detections_stage_name(i), units_duration(duration, stages_ns[i]));
	fputc('\n', output);
}

void detections_print(FILE *output, const struct detections *detections)
{
	if (!detections->known)
		return;
	print_classes(output, detections);
	print_picture(output, detections);
	print_stages(output, detections);
}

static json_t *make_classes(const struct detections *detections)
{
	struct class_count classes[ZCF_DETECTIONS_MAX_BOXES];
	size_t count = count_classes(detections, classes);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_pack("{s:o, s:I, s:o}", "label",
						       json_output_string(classes[i].label, ZCF_DETECTIONS_LABEL_SIZE),
						       "count", (json_int_t)classes[i].count, "best_score",
						       isfinite(classes[i].best_score)
							       ? json_real((double)classes[i].best_score)
							       : json_null()));
	return array;
}

json_t *detections_make_json(const struct detections *detections)
{
	const struct zcf_detections *header = &detections->header;
	uint64_t stages_ns[ZCF_DETECTIONS_STAGES];
	json_t *stages;

	if (!detections->known)
		return json_null();
	stages = json_object();
	zcf_detections_get_stages(header, detections->publish_time_ns, stages_ns);
	for (int i = 0; i < ZCF_DETECTIONS_STAGES; i++)
		json_object_set_new(stages, zcf_detections_stage_name(i), json_integer((json_int_t)stages_ns[i]));
	return json_pack("{s:I, s:o, s:o, s:o, s:o}", "source_frame_number", (json_int_t)header->source_frame_number,
			 "source_channel", json_output_string(header->source_channel, ZCF_DETECTIONS_NAME_SIZE),
			 "model", json_output_string(header->model, ZCF_DETECTIONS_NAME_SIZE), "classes",
			 make_classes(detections), "stages_ns", stages);
}
