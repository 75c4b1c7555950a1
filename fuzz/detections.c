/* SPDX-License-Identifier: Apache-2.0 */
/* The detections of a data channel, as a reader finds them in a frame. */
#include "fuzz.h"

#include "zcframe/detections.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t stages_ns[ZCF_DETECTIONS_STAGES];
	struct zcf_detections header;
	struct zcf_detection box;

	if (zcf_detections_read(data, size, &header) != ZCF_DETECTIONS_OK)
		return 0;
	REQUIRE(strnlen(header.model, sizeof(header.model)) < sizeof(header.model));
	REQUIRE(strnlen(header.source_channel, sizeof(header.source_channel)) < sizeof(header.source_channel));
	for (uint32_t i = 0; i < header.box_count; i++) {
		zcf_detections_get(data, &header, i, &box);
		REQUIRE(strnlen(box.label, sizeof(box.label)) < sizeof(box.label));
	}
	zcf_detections_get_stages(&header, 1, stages_ns);
	return 0;
}
