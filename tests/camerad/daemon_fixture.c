/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WATCHDOG_S 120

struct process process, second;
char daemon_config[64], daemon_video[64];

void daemon_write_config(const char *text)
{
	FILE *file = fopen(daemon_config, "we");

	REQUIRE(file != NULL);
	REQUIRE(fputs(text, file) >= 0);
	REQUIRE_EQUAL(fclose(file), 0);
}

struct zcf_consumer *daemon_attach(const char *channel)
{
	struct zcf_consumer *consumer = NULL;

	if (zcf_consumer_open(channel, NULL, PATIENCE_NS, &consumer) != 0)
		print_error("%s\n", zcf_error_detail());
	REQUIRE(consumer != NULL);
	return consumer;
}

struct zcf_frame *daemon_acquire(struct zcf_consumer *consumer)
{
	struct zcf_frame *frame = NULL;

	REQUIRE_EQUAL(zcf_consumer_acquire(consumer, PATIENCE_NS, &frame), 0);
	return frame;
}

void daemon_stop(struct process *daemon, int signal_number)
{
	process_signal(daemon, signal_number);
	REQUIRE_EQUAL(process_finish(daemon), 0);
}

int daemon_test_run(const struct CMUnitTest *tests, size_t count, int argument_count, char **arguments)
{
	char directory[] = "/tmp/zcf-test-daemon-XXXXXX";
	int failed;

	if (argument_count != 2 || mkdtemp(directory) == NULL)
		return 1;
	process_program = arguments[1];
	snprintf(daemon_config, sizeof(daemon_config), "%s/zcframe.conf", directory);
	snprintf(daemon_video, sizeof(daemon_video), "%s/video", directory);
	failed = test_run(tests, count, WATCHDOG_S);
	unlink(daemon_config);
	unlink(daemon_video);
	rmdir(directory);
	return failed;
}
