/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include "clock.h"
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS UINT64_C(10000000000)

/* What trial.c says, it says through zcf's own function, which peers do not have. */
void cli_message(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

const char *peer_socket_path(const struct trial *trial, char *path, size_t size)
{
	snprintf(path, size, "%s/%s.peer", trial->directory, trial->channel);
	return path;
}

int peer_wait_for_file(const char *path)
{
	uint64_t deadline_ns = bench_now_ns() + PATIENCE_NS;

	while (access(path, F_OK) < 0) {
		if (bench_now_ns() > deadline_ns) {
			cli_message("%s does not appear", path);
			return -ETIMEDOUT;
		}
		bench_sleep_until(bench_now_ns() + 1000000);
	}
	return 0;
}

int peer_main(int argument_count, char **arguments, const struct peer *peer)
{
	struct trial *trial;
	int error = -EINVAL;

	if (argument_count == 2 && strcmp(arguments[1], "available") == 0)
		return peer->is_available == NULL || peer->is_available() ? 0 : 1;
	if (argument_count != 4) {
		cli_message("this is started by `zcf bench peers`");
		return 2;
	}
	trial = trial_map(atoi(arguments[2]));
	if (trial == NULL) {
		cli_message("%s is no trial", arguments[2]);
		return 1;
	}
	if (strcmp(arguments[1], "producer") == 0) {
		error = peer->produce(trial);
		atomic_store(&trial->stopping, 1);
	} else if (strcmp(arguments[1], "consumer") == 0)
		error = peer->consume(trial, (uint32_t)atoi(arguments[3]));
	else if (strcmp(arguments[1], "daemon") == 0 && peer->serve != NULL)
		error = peer->serve(trial);
	return error == 0 ? 0 : 1;
}
