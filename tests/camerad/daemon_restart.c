/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon is restarted, upgraded or killed under a service manager that keeps its descriptors. */
#include "daemon_fixture.h"
#include "service_manager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Nobody loses a frame for being slow here. */
#define ONE_CHANNEL "[camera]\nrate = 100\n[channel one]\nwidth = 64\nheight = 64\nlease_deadline = 60s\n"

/* The next frame, which goes on where the one before ended. */
static struct zcf_frame *acquire_following(struct zcf_consumer *consumer, uint64_t *epoch, uint64_t *sequence,
					   uint64_t *number)
{
	struct zcf_frame *frame = daemon_acquire(consumer);
	const struct zcf_frame_info *info = zcf_frame_get_info(frame);

	REQUIRE_EQUAL(info->epoch, *epoch);
	REQUIRE(info->sequence > *sequence);
	REQUIRE(info->frame_number > *number);
	REQUIRE_EQUAL(info->flags, 0);
	*sequence = info->sequence;
	*number = info->frame_number;
	return frame;
}

static void restart(int signal_number)
{
	process_signal(&process, signal_number);
	REQUIRE_EQUAL(process_finish(&process), signal_number == SIGKILL ? -SIGKILL : 0);
	SERVICE_START(&process, "--config", daemon_config);
}

static void consumers_stay_attached_over(int signal_number)
{
	struct zcf_consumer_counters counters;
	struct zcf_consumer *consumers[2];
	uint64_t epochs[2], sequences[2], numbers[2], ended_ns;
	char path[128];

	daemon_write_config(ONE_CHANNEL);
	service_manager_open();
	SERVICE_START(&process, "--config", daemon_config);
	for (int i = 0; i < 2; i++) {
		struct zcf_frame *frame;

		consumers[i] = daemon_attach("one");
		frame = daemon_acquire(consumers[i]);
		epochs[i] = zcf_frame_get_info(frame)->epoch;
		sequences[i] = zcf_frame_get_info(frame)->sequence;
		numbers[i] = zcf_frame_get_info(frame)->frame_number;
		zcf_frame_release(frame);
	}
	for (int life = 0; life < 3; life++) {
		struct zcf_frame *held;

		service_manager_await("one/consumer-", 2);
		/* One holds a frame over the restart, one waits for the next. */
		held = acquire_following(consumers[0], &epochs[0], &sequences[0], &numbers[0]);
		REQUIRE_EQUAL(zcf_frame_check(held), 0);
		ended_ns = test_now_ns();
		restart(signal_number);
		REQUIRE_EQUAL(zcf_frame_check(held), 0);
		for (int n = 0; n < 3; n++)
			zcf_frame_release(acquire_following(consumers[1], &epochs[1], &sequences[1], &numbers[1]));
		print_message("  after signal %d: %.1f ms to the end of three frames at 100 a second\n", signal_number,
			      (double)(test_now_ns() - ended_ns) / 1e6);
		process_await(&process, "consumers of the process before stay attached");
		REQUIRE(process_said(&process, "channel=one count=2"));
		REQUIRE_EQUAL(zcf_frame_release(held), 0);
		for (int n = 0; n < 3; n++)
			zcf_frame_release(acquire_following(consumers[0], &epochs[0], &sequences[0], &numbers[0]));
	}
	for (int i = 0; i < 2; i++) {
		zcf_consumer_get_counters(consumers[i], &counters);
		REQUIRE_EQUAL(counters.reattached, 0);
		zcf_consumer_close(consumers[i]);
	}
	/* Who leaves is not kept. */
	service_manager_await("one/consumer-", 0);
	REQUIRE_EQUAL(service_manager_count("one/"), 3);
	daemon_stop(&process, SIGTERM);
	service_manager_close();
	/* The name is the service manager's to remove, with the runtime directory. */
	snprintf(path, sizeof(path), "%s/one.sock", test_runtime_directory());
	REQUIRE_EQUAL(unlink(path), 0);
}

static void consumers_stay_attached_over_a_restart(void **state)
{
	(void)state;
	consumers_stay_attached_over(SIGTERM);
}

static void consumers_stay_attached_over_sigkill(void **state)
{
	(void)state;
	consumers_stay_attached_over(SIGKILL);
}

static void a_channel_that_changed_or_went_lets_its_consumers_go(void **state)
{
	struct zcf_consumer *changed, *gone;
	struct zcf_frame *frame;
	uint32_t width;
	int error;

	(void)state;
	daemon_write_config(ONE_CHANNEL "[channel two]\nwidth = 64\nheight = 64\n");
	service_manager_open();
	SERVICE_START(&process, "--config", daemon_config);
	changed = daemon_attach("one");
	gone = daemon_attach("two");
	service_manager_await("one/consumer-", 1);
	service_manager_await("two/consumer-", 1);
	process_signal(&process, SIGTERM);
	REQUIRE_EQUAL(process_finish(&process), 0);
	daemon_write_config("[camera]\nrate = 100\n[channel one]\nwidth = 96\nheight = 64\n");
	SERVICE_START(&process, "--config", daemon_config);
	process_await(&process, "consumers of the process before have to attach anew");
	REQUIRE(process_said(&process, "another format"));
	do {
		frame = daemon_acquire(changed);
		width = zcf_frame_get_info(frame)->format.width_pixels;
		REQUIRE_EQUAL(zcf_frame_release(frame), 0);
	} while (width != 96);
	/* Nothing of the other channel is left, its name neither. */
	service_manager_await("two/", 0);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 1);
	while ((error = zcf_consumer_acquire(gone, 0, &frame)) != -ENOTCONN)
		if (error == 0)
			zcf_frame_release(frame);
	zcf_consumer_close(changed);
	zcf_consumer_close(gone);
	/* Ctrl-C is the end of it, whoever started the daemon. */
	daemon_stop(&process, SIGINT);
	service_manager_await("", 0);
	REQUIRE_EQUAL(test_runtime_directory_entries(), 0);
	service_manager_close();
}

static void when_the_service_manager_lets_go_consumers_look_for_another_daemon(void **state)
{
	struct zcf_consumer *consumer;
	struct zcf_frame *frame;
	uint64_t epoch, next_epoch;

	(void)state;
	daemon_write_config(ONE_CHANNEL);
	service_manager_open();
	SERVICE_START(&process, "--config", daemon_config);
	consumer = daemon_attach("one");
	frame = daemon_acquire(consumer);
	epoch = zcf_frame_get_info(frame)->epoch;
	zcf_frame_release(frame);
	service_manager_await("one/consumer-", 1);
	daemon_stop(&process, SIGTERM);
	service_manager_close();
	PROCESS_START(&process, "--config", daemon_config);
	do {
		frame = daemon_acquire(consumer);
		next_epoch = zcf_frame_get_info(frame)->epoch;
		zcf_frame_release(frame);
	} while (next_epoch == epoch);
	zcf_consumer_close(consumer);
	daemon_stop(&process, SIGTERM);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(consumers_stay_attached_over_a_restart),
		TEST(consumers_stay_attached_over_sigkill),
		TEST(a_channel_that_changed_or_went_lets_its_consumers_go),
		TEST(when_the_service_manager_lets_go_consumers_look_for_another_daemon),
	};

	return DAEMON_TEST_RUN(tests, argument_count, arguments);
}
