/* SPDX-License-Identifier: Apache-2.0 */
/* Everything here comes from another process: text is cleaned, and what is no number is left out. */
#include "detection_json.h"

#include "printable.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* Of pixels and scores. */
#define SIGNIFICANT_DIGITS 6

static json_t *text_json(const char *text, char *copy, size_t size)
{
	snprintf(copy, size, "%s", text);
	printable_clean(copy, size);
	return json_string(copy);
}

/* As text: JavaScript has no integers of 64 bits. */
static json_t *epoch_json(uint64_t epoch)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, epoch);
	return json_string(text);
}

static json_t *box_json(const struct zcf_detection *box)
{
	char label[ZCF_DETECTIONS_LABEL_SIZE];

	if (!isfinite(box->x) || !isfinite(box->y) || !isfinite(box->width) || !isfinite(box->height) ||
	    !isfinite(box->score))
		return NULL;
	return json_pack("{s:I, s:o, s:f, s:f, s:f, s:f, s:f}", "class_id", (json_int_t)box->class_id, "label",
			 text_json(box->label, label, sizeof(label)), "score", (double)box->score, "x", (double)box->x,
			 "y", (double)box->y, "width", (double)box->width, "height", (double)box->height);
}

static json_t *boxes_json(const struct detection_result *result, unsigned *ret_invalid_boxes)
{
	json_t *array = json_array();

	*ret_invalid_boxes = 0;
	for (uint32_t i = 0; i < result->header.box_count; i++) {
		json_t *box = box_json(&result->boxes[i]);

		if (box == NULL)
			++*ret_invalid_boxes;
		else
			json_array_append_new(array, box);
	}
	return array;
}

static json_t *source_json(const struct zcf_detections *header)
{
	char channel[ZCF_DETECTIONS_NAME_SIZE];

	return json_pack("{s:o, s:I, s:o, s:I, s:I, s:I, s:I, s:I}", "channel",
			 text_json(header->source_channel, channel, sizeof(channel)), "sequence",
			 (json_int_t)header->source_sequence, "epoch", epoch_json(header->source_epoch), "frame_number",
			 (json_int_t)header->source_frame_number, "capture_wall_us",
			 (json_int_t)(header->source_capture_wall_ns / 1000), "camera_id",
			 (json_int_t)header->source_camera_id, "width", (json_int_t)header->image_width_pixels,
			 "height", (json_int_t)header->image_height_pixels);
}

static json_t *timing_json(const struct detection_result *result)
{
	uint64_t stages_ns[ZCF_DETECTIONS_STAGES];
	json_t *object = json_object();
	char key[32];

	zcf_detections_get_stages(&result->header, result->info.publish_time_ns, stages_ns);
	for (int i = 0; i < ZCF_DETECTIONS_STAGES; i++) {
		snprintf(key, sizeof(key), "%s_ns", zcf_detections_stage_name(i));
		json_object_set_new(object, key, json_integer((json_int_t)stages_ns[i]));
	}
	json_object_set_new(object, "total_ns",
			    json_integer((json_int_t)zcf_detections_elapsed_ns(result->header.source_capture_time_ns,
									       result->info.publish_time_ns)));
	return object;
}

char *detection_json(const struct detection_result *result, unsigned *ret_invalid_boxes)
{
	char model[ZCF_DETECTIONS_NAME_SIZE];
	json_t *root = json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:I}", "sequence", (json_int_t)result->info.sequence,
				 "epoch", epoch_json(result->info.epoch), "source", source_json(&result->header),
				 "model", text_json(result->header.model, model, sizeof(model)), "timing",
				 timing_json(result), "boxes", boxes_json(result, ret_invalid_boxes), "boxes_dropped",
				 (json_int_t)result->header.boxes_dropped);
	char *text = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(SIGNIFICANT_DIGITS));

	json_decref(root);
	return text;
}
