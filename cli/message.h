/* SPDX-License-Identifier: Apache-2.0 */
/** @file message.h
 * What zcf says on standard error, and the exit code that goes with a library error. */
#ifndef ZCF_CLI_MESSAGE_H
#define ZCF_CLI_MESSAGE_H

#include "command.h"

/** Name the command that the messages come from ("zcf grab: ..."). */
void cli_message_set_command(const struct cli_command *command);

/** "zcf COMMAND: ..." on standard error. */
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** As cli_message(), with a hint at --help. @return CLI_USAGE. */
int cli_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * Report what a library call on a channel came to; must follow that call directly, for zcf_error_detail().
 * For a channel that does not exist, name those that do.
 *
 * @return The exit code for it.
 */
int cli_channel_error(const char *channel, int error);

/**
 * Flush standard output and report if it could not be written (a full disk, a closed pipe).
 *
 * @return @p code, or CLI_FAILED.
 */
int cli_finish_output(int code);

/** malloc() that ends the program with a message instead of failing; zeroed. */
void *cli_allocate(size_t count, size_t size_bytes);

#endif
