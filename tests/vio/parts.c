/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the source `vio` that need no board. */
#include "camerad/sources/vio/frame_layout.h"
#include "camerad/sources/vio/numbering.h"
#include "camerad/sources/vio/outputs.h"
#include "camerad/sources/vio/pace.h"
#include "camerad/sources/vio/sensor_clock.h"
#include "camerad/sources/vio/vendor_error.h"
#include "test.h"

#include <string.h>
#include <time.h>

#define INTERVAL_NS 33333333

static void gaps_in_the_numbers_are_lost_frames(void **state)
{
	struct vio_numbering numbering;

	(void)state;
	vio_numbering_init(&numbering, 100, 0, 0);
	REQUIRE_EQUAL(vio_numbering_take(&numbering, 5), 0);
	REQUIRE_EQUAL(numbering.number, 105);
	REQUIRE_EQUAL(vio_numbering_take(&numbering, 6), 0);
	REQUIRE_EQUAL(vio_numbering_take(&numbering, 10), 3);
	REQUIRE_EQUAL(numbering.number, 110);
	/* One of these two is known already. */
	vio_numbering_lose(&numbering);
	REQUIRE_EQUAL(vio_numbering_take(&numbering, 13), 1);
}

static void numbers_go_on_where_the_sensor_begins_anew_or_wraps(void **state)
{
	struct vio_numbering numbering;

	(void)state;
	vio_numbering_init(&numbering, 0, 30, 30);
	vio_numbering_take(&numbering, UINT32_MAX - 1);
	REQUIRE_EQUAL(vio_numbering_take(&numbering, 1), 2);
	REQUIRE_EQUAL(numbering.number, UINT64_C(0x100000001));
	REQUIRE_EQUAL(vio_numbering_take(&numbering, 0), 0);
	REQUIRE_EQUAL(numbering.number, UINT64_C(0x100000002));
	REQUIRE_EQUAL(vio_numbering_take(&numbering, 0), 0);
	REQUIRE_EQUAL(numbering.number, UINT64_C(0x100000003));
}

/* Whatever phase the hardware's rate control is in, what it leaves out is not lost; what is lost is noticed. */
static void frames_that_rate_control_leaves_out_are_not_lost(void **state)
{
	(void)state;
	for (uint32_t phase = 0; phase < 30; phase++) {
		struct vio_numbering numbering;
		uint64_t lost = 0;

		vio_numbering_init(&numbering, 0, 30, 20);
		for (uint32_t id = 1; id <= 3000; id++) {
			bool delivered = (id * 20 + phase) / 30 != ((id - 1) * 20 + phase) / 30;

			if (delivered && (id < 1000 || id > 1090))
				lost += vio_numbering_take(&numbering, id);
			if (id == 1000)
				REQUIRE_EQUAL(lost, 0);
		}
		REQUIRE(lost >= 59 && lost <= 61);
	}
}

static void the_next_frame_is_due_an_interval_after_the_earliest(void **state)
{
	struct vio_pace pace;
	uint64_t now = 1000000000;

	(void)state;
	vio_pace_init(&pace, INTERVAL_NS, 1);
	for (uint64_t n = 1; n <= 100; n++, now += INTERVAL_NS) {
		/* Every fourth is 5 ms late. */
		vio_pace_frame(&pace, now + (n % 4 == 0 ? 5000000 : 0), now - 3000000, n);
		REQUIRE(pace.due_ns >= now + INTERVAL_NS - 1000);
		REQUIRE(pace.due_ns <= now + INTERVAL_NS + 1000000);
	}
	/* Three that did not come do not move the fourth. */
	now += 3 * (uint64_t)INTERVAL_NS;
	vio_pace_frame(&pace, now, now - 3000000, 104);
	REQUIRE(pace.due_ns <= now + INTERVAL_NS + 1000000);
}

static void the_interval_is_learned_from_the_sensor(void **state)
{
	struct vio_pace pace;
	uint64_t now = 1000000000;

	(void)state;
	vio_pace_init(&pace, INTERVAL_NS, 1);
	for (uint64_t n = 1; n <= 200; n++, now += 40000000)
		vio_pace_frame(&pace, now, now - 3000000, n);
	REQUIRE(pace.interval_ns > 39900000 && pace.interval_ns < 40100000);
}

static void time_stamps_that_cannot_be_are_now(void **state)
{
	struct timespec raw;
	uint64_t now = test_now_ns(), raw_ns, capture;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
	raw_ns = (uint64_t)raw.tv_sec * 1000000000 + (uint64_t)raw.tv_nsec;
	capture = vio_capture_time_ns(raw_ns - 20000000, now);
	REQUIRE(capture <= now - 20000000 && capture > now - 1000000000);
	REQUIRE_EQUAL(vio_capture_time_ns(0, now), now);
	REQUIRE_EQUAL(vio_capture_time_ns(UINT64_MAX, now), now);
}

static void errors_name_call_object_code_and_cure(void **state)
{
	char text[512];

	(void)state;
	vio_vendor_error_describe("hbn_vnode_open", "VSE", -131102, text, sizeof(text));
	REQUIRE(strstr(text, "hbn_vnode_open for VSE: error -131102 (OPEN_ICHN_FAIL): ") == text);
	vio_vendor_error_describe("hbn_vflow_start", "", -36, text, sizeof(text));
	REQUIRE(strstr(text, "another program may use this camera") != NULL);
	vio_vendor_error_describe("hbn_vnode_start", "", -36, text, sizeof(text));
	REQUIRE(strstr(text, "another program") == NULL);
	/* Never heard of. */
	vio_vendor_error_describe("hbn_new", "x", INT32_MIN, text, sizeof(text));
	REQUIRE(strstr(text, "hbn_new for x: error -2147483648") == text);
	vio_vendor_error_describe("hbn_new", "", 7777, text, 10);
	REQUIRE_EQUAL(strlen(text), 9);
}

static struct zcf_hb_mem_graphic picture_of(int32_t width, int32_t height)
{
	return (struct zcf_hb_mem_graphic){.fd = {7, -1, -1},
					   .plane_count = 2,
					   .format = ZCF_HB_MEM_NV12,
					   .width = width,
					   .height = height,
					   .share_id = {9}};
}

static void frames_are_read_as_either_release_describes_them(void **state)
{
	union hbn_frame frame = {
		.image = {.frame_id = 4711, .timestamp_ns = 100, .buffer_index = 3, .buffer = picture_of(640, 480)}};
	struct vio_frame read;

	(void)state;
	REQUIRE(vio_frame_read(&frame, 640, 480, &read));
	REQUIRE(read.frame_id == 4711 && read.timestamp_ns == 100 && read.buffer_index == 3 &&
		read.buffer.share_id[0] == 9);
	frame = (union hbn_frame){
		.later_image = {
			.frame_id = 4712, .timestamp_ns = 101, .buffer_index = 2, .buffer = picture_of(640, 480)}};
	REQUIRE(vio_frame_read(&frame, 640, 480, &read));
	REQUIRE(read.frame_id == 4712 && read.timestamp_ns == 101 && read.buffer_index == 2 &&
		read.buffer.share_id[0] == 9);
}

static void frames_that_no_known_release_describes_are_not_read(void **state)
{
	union hbn_frame frame = {0};
	struct vio_frame read;

	(void)state;
	REQUIRE(!vio_frame_read(&frame, 640, 480, &read));
	/* Shifted by yet another field. */
	*(struct zcf_hb_mem_graphic *)&frame.room[72] = picture_of(640, 480);
	REQUIRE(!vio_frame_read(&frame, 640, 480, &read));
	/* Of another size than was asked for. */
	frame = (union hbn_frame){.image.buffer = picture_of(640, 360)};
	REQUIRE(!vio_frame_read(&frame, 640, 480, &read));
}

static void a_buffer_is_named_where_either_release_looks_for_it(void **state)
{
	union hbn_frame frame;

	(void)state;
	vio_frame_name_buffer(&frame, 5);
	REQUIRE_EQUAL(frame.image.buffer_index, 5);
	REQUIRE_EQUAL(frame.later_image.buffer_index, 5);
}

static struct channel_settings channel_of(uint32_t width, uint32_t height)
{
	return (struct channel_settings){.name = "x",
					 .width_pixels = width,
					 .height_pixels = height,
					 .buffer_count = 3,
					 .fourcc = ZCF_FOURCC_NV12};
}

static void channels_get_the_first_output_that_can_make_them(void **state)
{
	struct vio_settings camera = {.width_pixels = 1920, .height_pixels = 1080, .rate_hertz = 30};
	struct channel_settings channels[] = {channel_of(640, 480), channel_of(1920, 1080), channel_of(1280, 720),
					      channel_of(640, 360), channel_of(2560, 1440), channel_of(320, 240)};
	static const uint32_t expected[] = {0, 1, 2, 3, 5, 4};
	struct vio_output outputs[7];
	char why[512];

	(void)state;
	REQUIRE_EQUAL(vio_outputs_plan(channels, 6, &camera, outputs, why, sizeof(why)), 0);
	for (int i = 0; i < 6; i++)
		REQUIRE_EQUAL(outputs[i].number, expected[i]);
	channels[3] = channel_of(1920, 1080);
	REQUIRE(vio_outputs_plan(channels, 6, &camera, outputs, why, sizeof(why)) < 0);
	REQUIRE(strstr(why, "no output of the scaler is left") != NULL);
	REQUIRE(vio_outputs_plan(channels, 7, &camera, outputs, why, sizeof(why)) < 0);
}

static void rates_are_shares_in_whole_numbers(void **state)
{
	struct vio_settings camera = {.width_pixels = 1920, .height_pixels = 1080, .rate_hertz = 30};
	struct channel_settings channel = channel_of(640, 480);
	struct vio_output output;
	char why[512];

	(void)state;
	channel.rate_millihertz = 20000;
	REQUIRE_EQUAL(vio_outputs_plan(&channel, 1, &camera, &output, why, sizeof(why)), 0);
	REQUIRE(output.rate.from == 30 && output.rate.to == 20);
	channel.rate_millihertz = 7500;
	REQUIRE_EQUAL(vio_outputs_plan(&channel, 1, &camera, &output, why, sizeof(why)), 0);
	REQUIRE(output.rate.from == 4 && output.rate.to == 1);
	channel.rate_millihertz = 30000;
	REQUIRE_EQUAL(vio_outputs_plan(&channel, 1, &camera, &output, why, sizeof(why)), 0);
	REQUIRE(output.rate.from == 0 && output.rate.to == 0);
	channel.rate_millihertz = 7123;
	REQUIRE(vio_outputs_plan(&channel, 1, &camera, &output, why, sizeof(why)) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gaps_in_the_numbers_are_lost_frames),
		TEST(numbers_go_on_where_the_sensor_begins_anew_or_wraps),
		TEST(frames_that_rate_control_leaves_out_are_not_lost),
		TEST(the_next_frame_is_due_an_interval_after_the_earliest),
		TEST(the_interval_is_learned_from_the_sensor),
		TEST(time_stamps_that_cannot_be_are_now),
		TEST(errors_name_call_object_code_and_cure),
		TEST(frames_are_read_as_either_release_describes_them),
		TEST(frames_that_no_known_release_describes_are_not_read),
		TEST(a_buffer_is_named_where_either_release_looks_for_it),
		TEST(channels_get_the_first_output_that_can_make_them),
		TEST(rates_are_shares_in_whole_numbers),
	};

	return TEST_RUN(tests);
}
