/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#include "message.h"
#include "options.h"

#include <string.h>

static void print_commands(FILE *output, const struct cli_command *const *commands)
{
	int width = 0;

	for (size_t i = 0; commands[i] != NULL; i++)
		if (!commands[i]->hidden && (int)strlen(commands[i]->name) > width)
			width = (int)strlen(commands[i]->name);
	for (; *commands != NULL; commands++)
		if (!(*commands)->hidden)
			fprintf(output, "  %-*s  %s\n", width, (*commands)->name, (*commands)->summary);
}

static void print_options(FILE *output, const struct cli_option *options, bool has_json)
{
	for (; options != NULL && options->name != NULL; options++) {
		char left[48];
		if (options->value == &cli_globals.json && !has_json)
			continue;
		int length = options->letter != 0 ? snprintf(left, sizeof(left), "-%c, ", options->letter)
						  : snprintf(left, sizeof(left), "    ");
		snprintf(left + length, sizeof(left) - (size_t)length, "--%s%s%s", options->name,
			 options->argument != NULL ? " " : "", options->argument != NULL ? options->argument : "");
		fprintf(output, "  %-26s %s\n", left, options->help);
	}
}

static void print_usage_line(FILE *output, const struct cli_command *command)
{
	char path[64];
	const struct cli_argument *argument = command->arguments;

	fprintf(output, "Usage: %s", cli_command_path(command, path, sizeof(path)));
	if (command->subcommands != NULL)
		fprintf(output, command->run != NULL ? " [COMMAND]" : " COMMAND");
	if (!command->raw_arguments)
		fprintf(output, " [OPTION...]");
	for (; argument != NULL && argument->name != NULL; argument++)
		fprintf(output, argument->optional ? " [%s]" : " %s", argument->name);
	fprintf(output, "\n");
}

static void print_command_help(FILE *output, const struct cli_command *command)
{
	print_usage_line(output, command);
	fprintf(output, "%s\n", command->summary);
	if (command->description != NULL)
		fprintf(output, "\n%s", command->description);
	if (command->subcommands != NULL) {
		fprintf(output, "\nCommands:\n");
		print_commands(output, command->subcommands);
	}
	fprintf(output, "\nOptions:\n");
	print_options(output, command->options, command->has_json);
	print_options(output, cli_global_options, command->has_json);
	if (command->examples != NULL)
		fprintf(output, "\nExamples:\n%s", command->examples);
}

void cli_print_help(FILE *output, const struct cli_command *command)
{
	if (command != NULL) {
		print_command_help(output, command);
		return;
	}
	fprintf(output, "Usage: zcf [OPTION...] COMMAND [ARGUMENT...]\n"
			"Look at camera frames that processes share without copying them.\n\nCommands:\n");
	print_commands(output, cli_commands);
	fprintf(output, "\nOptions, for every command:\n");
	print_options(output, cli_global_options, true);
	fprintf(output, "\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 no such channel or no producer, 4 timeout;\n"
			"130 after Ctrl-C. 'zcf help COMMAND' has options and examples; zcf(1) has it all.\n");
}

static int run(const struct cli_invocation *invocation)
{
	const struct cli_command *const *list = cli_commands;
	const struct cli_command *command = NULL;

	for (int i = 0; i < invocation->argument_count; i++) {
		command = cli_command_find(list, invocation->arguments[i]);
		if (command == NULL || command->hidden)
			return cli_usage_error("there is no command '%s'", invocation->arguments[i]);
		list = command->subcommands;
	}
	cli_print_help(stdout, command);
	return CLI_OK;
}

const struct cli_command cli_help_command = {
	.name = "help",
	.summary = "Explain a command",
	.arguments = (const struct cli_argument[]){{"COMMAND", true, CLI_COMPLETE_COMMAND},
						   {"SUBCOMMAND", true, CLI_COMPLETE_NOTHING},
						   {.name = NULL}},
	.examples = "  zcf help grab\n  zcf help bench limit\n",
	.run = run,
};
