/* SPDX-License-Identifier: Apache-2.0 */
#include "detector.h"

#include "text.h"
#include "units.h"

#include <inttypes.h>

#define CHECK "detections"
/* Older results are of little use to whoever draws them over the picture. */
#define LATE_NS 1000000000ull

void detector_look(struct zcf_frame *frame, struct detector_result *ret_result)
{
	const struct zcf_frame_info *info = zcf_frame_get_info(frame);
	bool is_data = info->format.fourcc == ZCF_FOURCC_DATA;

	*ret_result = (struct detector_result){.publish_time_ns = info->publish_time_ns};
	if (is_data)
		ret_result->verdict =
			zcf_detections_read(zcf_frame_get_plane(frame, 0), info->bytes_used, &ret_result->header);
	ret_result->valid = zcf_frame_release(frame) == 0 && is_data;
}

void check_detector(struct findings *findings, const char *channel, const struct detector_result *result)
{
	const struct zcf_detections *header = &result->header;
	uint64_t age_ns = result->publish_time_ns - header->source_publish_time_ns;
	char model[ZCF_DETECTIONS_NAME_SIZE + 1], source[ZCF_DETECTIONS_NAME_SIZE + 1];
	char age[UNITS_SIZE], inference[UNITS_SIZE];

	if (!result->valid || result->verdict == ZCF_DETECTIONS_DAMAGED)
		return;
	if (result->verdict == ZCF_DETECTIONS_OTHER_VERSION) {
		findings_problem(findings, FINDING_BROKEN, CHECK, "channel %s: detections of another version than %d",
				 channel, ZCF_DETECTIONS_VERSION_MAJOR);
		findings_remedy(findings, "install all of zcframe from the same release, then restart the detector");
		return;
	}
	text_clean(model, sizeof(model), header->model, sizeof(header->model));
	text_clean(source, sizeof(source), header->source_channel, sizeof(header->source_channel));
	units_duration(age, age_ns);
	units_duration(inference, header->inference_ns);
	if (age_ns <= LATE_NS) {
		findings_good(findings, CHECK, "channel %s: what %s finds in %s, %s after the frame", channel, model,
			      source, age);
		return;
	}
	findings_problem(findings, FINDING_WARNING, CHECK,
			 "channel %s: what %s finds in %s comes %s after the frame; the model alone takes %s", channel,
			 model, source, age, inference);
	findings_remedy(findings, "run a smaller model ('zcf-yolod --download' names some), or leave the detector more "
				  "of the processors");
}
