/* SPDX-License-Identifier: Apache-2.0 */
/* zcf: look at channels, and at the frames in them, from the command line. */
#include "command.h"
#include "help.h"
#include "message.h"
#include "options.h"
#include "terminal.h"
#include "version.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rest of the program, and programs that it starts, then look in the right place by themselves. */
static int apply_globals(void)
{
	if (cli_globals.runtime_directory == NULL)
		return 0;
	if (setenv("ZCF_RUNTIME_DIR", cli_globals.runtime_directory, 1) < 0) {
		cli_message("cannot set the runtime directory: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int check_arguments(const struct cli_command *command, int count, char **arguments)
{
	const struct cli_argument *expected = command->arguments;
	int i = 0;

	for (; expected != NULL && expected->name != NULL; expected++, i++)
		if (i >= count && !expected->optional)
			return cli_usage_error("%s is missing", expected->name);
	if (count > i)
		return cli_usage_error("too many arguments: '%s'", arguments[i]);
	return CLI_OK;
}

static int run_command(const struct cli_command *command, int argc, char **argv)
{
	struct cli_invocation invocation = {.command = command};
	int first = 1;

	cli_message_set_command(command);
	if (!command->raw_arguments) {
		first = cli_parse_options(command, argc, argv);
		if (first < 0)
			return CLI_USAGE;
		if (cli_globals.help) {
			cli_print_help(stdout, command);
			return CLI_OK;
		}
		if (cli_globals.version)
			return cli_print_version(cli_globals.json);
		if (check_arguments(command, argc - first, argv + first) != CLI_OK)
			return CLI_USAGE;
		if (cli_globals.json && !command->has_json)
			return cli_usage_error("this command has no JSON output");
	}
	if (apply_globals() < 0)
		return CLI_FAILED;
	invocation.json = cli_globals.json;
	invocation.argument_count = argc - first;
	invocation.arguments = argv + first;
	return command->run(&invocation);
}

/* Some commands do something of their own if no subcommand follows. */
static bool runs_itself(const struct cli_command *command, int argc, char **argv)
{
	if (command == NULL || command->run == NULL)
		return false;
	for (int i = 1; i < argc; i++)
		if (cli_command_find(command->subcommands, argv[i]) != NULL)
			return false;
	return argc < 2 || argv[1][0] == '-';
}

/* Options may stand before the command, between its words and behind them. */
static int dispatch(int argc, char **argv)
{
	const struct cli_command *const *list = cli_commands;
	const struct cli_command *command = NULL;

	while (list != NULL && !runs_itself(command, argc, argv)) {
		int first = cli_parse_options(NULL, argc, argv);
		if (first < 0)
			return CLI_USAGE;
		if (first >= argc)
			break;
		argc -= first;
		argv += first;
		command = cli_command_find(list, argv[0]);
		if (command == NULL)
			return cli_usage_error("there is no command '%s'", argv[0]);
		list = command->subcommands;
		cli_message_set_command(command);
	}
	if (command != NULL && command->run != NULL)
		return run_command(command, argc, argv);
	if (cli_globals.version)
		return cli_print_version(cli_globals.json);
	cli_print_help(cli_globals.help ? stdout : stderr, command);
	return cli_globals.help ? CLI_OK : CLI_USAGE;
}

int main(int argc, char **argv)
{
	/* Whoever started us may have ignored it; `zcf ls | head` should end quietly all the same. */
	signal(SIGPIPE, SIG_DFL);
	terminal_init();
	return cli_finish_output(dispatch(argc, argv));
}
