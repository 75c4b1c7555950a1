/* SPDX-License-Identifier: Apache-2.0 */
/* Slow consumers and small rings: which frames the camera loses, and to whom that is charged. */
#include "board.h"

#include "child.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 150
/* A machine that stops for a while makes any camera lose a frame: one run of these must be without a loss. */
#define ATTEMPTS     5

#define YOLO_OUTPUT  1
#define MJPEG_OUTPUT 2

struct holding {
	const char *channel;
	int64_t hold_ns;
};

/* As a detector or an encoder does: the newest frame, work, release; until the parent ends it. */
static void hold_each_frame(void *context)
{
	const struct holding *holding = context;
	struct zcf_consumer *consumer = board_attach(holding->channel, 1);

	for (;;) {
		struct zcf_frame *frame = board_acquire(consumer);

		test_sleep_ns(holding->hold_ns);
		zcf_frame_release(frame);
	}
}

static void await_frames(uint32_t output, uint64_t count)
{
	while (board_get_output(&board_daemon, output).completed < count)
		test_sleep_ns(200 * NS_PER_MS);
}

/* Let YOLO hold each frame for 50 ms and MJPEG for 5 ms. @return The frames that the camera lost on any channel. */
static uint64_t run_with_two_consumers(const char *title, const char *configuration)
{
	struct holding yolo = {"pet_camera_yolo_zc", 50 * NS_PER_MS}, mjpeg = {"pet_camera_mjpeg_zc", 5 * NS_PER_MS};
	struct test_child children[2];
	uint64_t lost = 0;

	board_start(&board_daemon, configuration);
	test_child_start(&children[0], hold_each_frame, &yolo);
	test_child_start(&children[1], hold_each_frame, &mjpeg);
	await_frames(MJPEG_OUTPUT, FRAMES);
	for (uint32_t i = 0; i < 3; i++) {
		struct board_output output = board_get_output(&board_daemon, i);

		print_message("  %s: output %u of %u buffers: %" PRIu64 " frames, %" PRIu64 " lost\n", title, i,
			      output.buffers, output.completed, output.overruns);
		lost += output.overruns;
	}
	test_child_kill(&children[0]);
	test_child_kill(&children[1]);
	board_stop(&board_daemon);
	return lost;
}

static uint64_t least_lost(const char *title, const char *configuration)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < ATTEMPTS && least > 0; i++) {
		uint64_t lost = run_with_two_consumers(title, configuration);

		if (lost < least)
			least = lost;
	}
	return least;
}

#define CHANNELS(buffers)                                                                                              \
	"[channel pet_camera_active_zc]\nbuffers = " #buffers "\n"                                                     \
	"[channel pet_camera_yolo_zc]\nwidth = 640\nheight = 360\nbuffers = " #buffers "\n"                            \
	"[channel pet_camera_mjpeg_zc]\nbuffers = " #buffers "\n"

static void pools_of_four_lose_nothing_to_a_detector_and_an_encoder(void **state)
{
	(void)state;
	REQUIRE_EQUAL(least_lost("4 buffers", CHANNELS(4)), 0);
}

/*
 * With three, what YOLO holds and the newest frame are one too many. The newest goes back shortly before the next one,
 * which is enough on a machine that lets the daemon run when it is due; here, where others compute too, it is not
 * always.
 */
static void pools_of_three_lose_less_if_the_newest_frame_goes_back_in_time(void **state)
{
	uint64_t lost, lost_without;

	(void)state;
	lost = least_lost("3 buffers", CHANNELS(3));
	/* At a frame's very end it is too late to make room for it. */
	lost_without =
		run_with_two_consumers("3 buffers, without a margin", "[vio]\ngive_back_margin = 0\n" CHANNELS(3));
	print_message("  3 buffers: %" PRIu64 " of %d frames lost, %" PRIu64 " without a margin\n", lost, 3 * FRAMES,
		      lost_without);
	REQUIRE(lost * 2 < lost_without);
}

static struct zcf_snapshot snapshot;

static void a_consumer_that_never_lets_go_loses_its_frame_and_the_camera_none(void **state)
{
	struct zcf_consumer *holder, *other;
	struct zcf_frame *held;

	(void)state;
	board_start(&board_daemon, CHANNELS(4));
	holder = board_attach("pet_camera_active_zc", 1);
	other = board_attach("pet_camera_active_zc", 1);
	held = board_acquire(holder);
	for (int n = 0; n < FRAMES / 2; n++)
		zcf_frame_release(board_acquire(other));
	REQUIRE_EQUAL(zcf_frame_release(held), -ESTALE);
	REQUIRE_EQUAL(zcf_snapshot_query("pet_camera_active_zc", NULL, PATIENCE_NS, &snapshot), 0);
	REQUIRE_EQUAL(snapshot.revoked, 1);
	zcf_consumer_close(holder);
	zcf_consumer_close(other);
	board_stop(&board_daemon);
}

/* Another frame than that one. */
static struct zcf_frame *acquire_another(struct zcf_consumer *consumer, const struct zcf_frame *one)
{
	struct zcf_frame *frame = board_acquire(consumer);

	while (zcf_frame_get_info(frame)->sequence == zcf_frame_get_info(one)->sequence) {
		zcf_frame_release(frame);
		frame = board_acquire(consumer);
	}
	return frame;
}

/* Two frames of a ring of three are out: none can come until a deadline of one second has passed. */
static void frames_lost_to_holders_are_charged_to_them_as_the_hardware_counts(void **state)
{
	struct zcf_consumer *holders[2], *other;
	struct zcf_frame *held[2], *next;
	uint64_t gap;

	(void)state;
	board_start(&board_daemon, "[channel held]\nlease_deadline = 1s\n[channel free]\n");
	holders[0] = board_attach("held", 1);
	holders[1] = board_attach("held", 1);
	other = board_attach("held", 1);
	held[0] = board_acquire(holders[0]);
	held[1] = acquire_another(holders[1], held[0]);
	next = board_acquire(other);
	while (zcf_frame_get_info(next)->skipped_before == 0) {
		zcf_frame_release(next);
		next = board_acquire(other);
	}
	gap = zcf_frame_get_info(next)->frame_number - zcf_frame_get_info(held[1])->frame_number;
	/* On a machine that is too busy one frame may have been given up that was only late. */
	REQUIRE(zcf_frame_get_info(next)->skipped_before + 1 >= gap);
	REQUIRE(zcf_frame_get_info(next)->skipped_before <= gap);
	zcf_frame_release(next);
	/* The neighbour went on meanwhile. */
	REQUIRE(board_get_output(&board_daemon, 1).completed > board_get_output(&board_daemon, 0).completed + gap / 2);
	REQUIRE_EQUAL(zcf_snapshot_query("held", NULL, PATIENCE_NS, &snapshot), 0);
	REQUIRE(snapshot.skipped > 10);
	REQUIRE(snapshot.skipped >= board_get_output(&board_daemon, 0).overruns);
	REQUIRE(snapshot.skipped <= board_get_output(&board_daemon, 0).overruns + 1);
	/* But for the last one: the first lease may have ended since. */
	for (int i = 0; i < 2; i++)
		REQUIRE(snapshot.consumers[i].skips_caused + 1 >= snapshot.skipped);
	REQUIRE_EQUAL(snapshot.consumers[2].skips_caused, 0);
	zcf_frame_release(held[0]);
	zcf_frame_release(held[1]);
	zcf_consumer_close(holders[0]);
	zcf_consumer_close(holders[1]);
	zcf_consumer_close(other);
	board_stop(&board_daemon);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		BOARD_TEST(pools_of_four_lose_nothing_to_a_detector_and_an_encoder),
		BOARD_TEST(pools_of_three_lose_less_if_the_newest_frame_goes_back_in_time),
		BOARD_TEST(a_consumer_that_never_lets_go_loses_its_frame_and_the_camera_none),
		BOARD_TEST(frames_lost_to_holders_are_charged_to_them_as_the_hardware_counts),
	};

	return BOARD_TEST_RUN(tests, argument_count, arguments);
}
