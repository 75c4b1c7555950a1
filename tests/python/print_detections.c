/* SPDX-License-Identifier: Apache-2.0 */
/* Reads detections from a file with detections.h, as a program in C would from a frame, and prints them. */
#include <stdio.h>
#include <zcframe/detections.h>

int main(int argument_count, char **arguments)
{
	static char data[2 * ZCF_DETECTIONS_CAPACITY];
	struct zcf_detections header;
	FILE *file = argument_count == 2 ? fopen(arguments[1], "rb") : NULL;
	enum zcf_detections_verdict verdict;

	if (!file)
		return 99;
	verdict = zcf_detections_read(data, fread(data, 1, sizeof(data), file), &header);
	fclose(file);
	if (verdict != ZCF_DETECTIONS_OK)
		return (int)verdict;
	printf("%llu %llu %llu %lld %ux%u %s %s %d %u\n", (unsigned long long)header.source_frame_number,
	       (unsigned long long)header.source_sequence, (unsigned long long)header.source_epoch,
	       (long long)header.source_capture_wall_ns, header.image_width_pixels, header.image_height_pixels,
	       header.source_channel, header.model, header.source_camera_id, header.boxes_dropped);
	for (uint32_t i = 0; i < header.box_count; i++) {
		struct zcf_detection box;

		zcf_detections_get(data, &header, i, &box);
		printf("%u %s %.3f %.1f %.1f %.1f %.1f\n", box.class_id, box.label, box.score, box.x, box.y, box.width,
		       box.height);
	}
	return 0;
}
