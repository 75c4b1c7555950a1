/* SPDX-License-Identifier: Apache-2.0 */
/** @file command.h
 * How zcf's commands describe themselves. One table (commands.c) drives dispatch, option parsing, --help,
 * `zcf help` and shell completion, so that none of them can forget a command or an option. */
#ifndef ZCF_CLI_COMMAND_H
#define ZCF_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Exit codes, documented in zcf(1). A signal ends zcf by that signal: 130 in a shell after Ctrl-C. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NO_CHANNEL = 3,
	CLI_TIMEOUT = 4,
};

/** What the shell offers for an argument or for the value of an option. */
enum cli_completion {
	CLI_COMPLETE_NOTHING = 0,
	CLI_COMPLETE_CHANNEL,
	CLI_COMPLETE_COMMAND,
	CLI_COMPLETE_FILE,
	CLI_COMPLETE_DIRECTORY,
};

enum cli_option_type {
	CLI_FLAG = 0, /**< bool */
	CLI_STRING,   /**< const char *, borrowed from argv */
	CLI_UINT32,   /**< uint32_t within minimum..maximum */
	CLI_DOUBLE,   /**< double within minimum..maximum */
	CLI_DURATION, /**< uint64_t nanoseconds, minimum..maximum in seconds; "2", "2s", "500ms", "1.5m" */
};

struct cli_option {
	const char *name;     /**< Long name; NULL ends a list. */
	char letter;          /**< Short name, or 0. */
	const char *argument; /**< How help names the value, such as "SECONDS"; NULL for a flag. */
	const char *help;
	enum cli_option_type type;
	void *value; /**< Holds the default; overwritten when the option is given. */
	double minimum, maximum;
	const char *choices; /**< Blank-separated values of a CLI_STRING; anything else is refused. */
	enum cli_completion completion;
};

struct cli_argument {
	const char *name; /**< NULL ends a list. */
	bool optional;
	enum cli_completion completion;
};

struct cli_invocation {
	const struct cli_command *command;
	bool json;
	int argument_count;
	char **arguments;
};

struct cli_command {
	const char *name;
	const char *summary;     /**< One line. */
	const char *description; /**< Paragraphs for --help, or NULL. */
	const char *examples;    /**< Lines for --help, or NULL. */
	const struct cli_argument *arguments;
	const struct cli_option *options;
	const struct cli_command *const *subcommands; /**< Ends with NULL. A command has these, `run`, or both. */
	const struct cli_command *parent;
	bool has_json;
	bool hidden; /**< Neither listed nor completed. */
	/** Takes its arguments as they are: nothing that looks like an option is parsed. */
	bool raw_arguments;
	/** @return One of enum cli_exit. */
	int (*run)(const struct cli_invocation *invocation);
};

/** Every command, in the order of the help; ends with NULL. */
extern const struct cli_command *const cli_commands[];

/** Find a command by name in a list that ends with NULL. @return NULL if there is none. */
const struct cli_command *cli_command_find(const struct cli_command *const *list, const char *name);

/** "zcf bench limit" into @p buffer. @return buffer. */
const char *cli_command_path(const struct cli_command *command, char *buffer, size_t size);

#endif
