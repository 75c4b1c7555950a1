/* SPDX-License-Identifier: Apache-2.0 */
/** @file options.h
 * Parse a command line by the tables of command.h. */
#ifndef ZCF_CLI_OPTIONS_H
#define ZCF_CLI_OPTIONS_H

#include "command.h"

/** What the options that every command takes said. */
struct cli_globals {
	const char *runtime_directory;
	bool json;
	bool help;
	bool version;
};

extern struct cli_globals cli_globals;
/** Ends with a name of NULL. */
extern const struct cli_option cli_global_options[];

/**
 * Parse options into where their tables point, and sort them before the other arguments.
 *
 * @param command  NULL: the global options only, and stop at the first argument that is no option.
 * @return Index of the first argument that is no option, or -1 after a message on standard error.
 */
int cli_parse_options(const struct cli_command *command, int argc, char **argv);

/** Parse "2", "2s", "500ms", "250us", "1.5m". @return false if it is none of these. */
bool cli_parse_duration(const char *text, uint64_t *ret_ns);

#endif
