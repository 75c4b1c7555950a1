/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <zcframe/consumer.h>
#include <zcframe/snapshot.h>
#include <zcframe/types.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_command *current_command;

void cli_message_set_command(const struct cli_command *command)
{
	current_command = command;
}

static void print_message(const char *format, va_list arguments)
{
	char path[64];

	fflush(stdout);
	fprintf(stderr, "%s: ", cli_command_path(current_command, path, sizeof(path)));
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void cli_message(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
}

int cli_usage_error(const char *format, ...)
{
	char path[64];
	va_list arguments;

	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
	fprintf(stderr, "Try '%s --help'.\n", cli_command_path(current_command, path, sizeof(path)));
	return CLI_USAGE;
}

static int print_channel(void *context, const char *channel)
{
	size_t *count = context;

	fprintf(stderr, "%s%s", (*count)++ == 0 ? "Channels here: " : ", ", channel);
	return 0;
}

static void list_channels(void)
{
	char directory[PATH_MAX];
	size_t count = 0;

	if (zcf_runtime_directory(directory, sizeof(directory)) < 0)
		return;
	if (zcf_channel_for_each(NULL, print_channel, &count) < 0)
		return;
	if (count > 0)
		fprintf(stderr, ".\n");
	else
		fprintf(stderr, "There are no channels in %s. Is zcf-camerad running? 'zcf doctor' tells more.\n",
			directory);
}

int cli_channel_error(const char *channel, int error)
{
	/* A copy: listing the channels below calls the library, which ends the life of its sentence. */
	char detail[512];

	snprintf(detail, sizeof(detail), "%s", zcf_error_detail());
	if (detail[0] == '\0')
		snprintf(detail, sizeof(detail), "channel %s: %s", channel, strerror(-error));
	switch (error) {
	case -ENOENT:
	case -ENOTCONN:
		cli_message("%s", detail);
		list_channels();
		return CLI_NO_CHANNEL;
	case -EAGAIN:
	case -ETIMEDOUT:
		cli_message("%s", detail);
		return CLI_TIMEOUT;
	default:
		cli_message("%s", detail);
		return CLI_FAILED;
	}
}

int cli_finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (errno == EPIPE) {
		/* Only if somebody started us with SIGPIPE ignored. End as we would have otherwise. */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	cli_message("cannot write to standard output: %s", strerror(errno));
	return CLI_FAILED;
}

void *cli_allocate(size_t count, size_t size_bytes)
{
	void *memory = calloc(count != 0 ? count : 1, size_bytes != 0 ? size_bytes : 1);

	if (memory == NULL) {
		cli_message("out of memory");
		exit(CLI_FAILED);
	}
	return memory;
}
