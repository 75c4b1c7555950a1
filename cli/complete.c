/* SPDX-License-Identifier: Apache-2.0 */
/* What the shell can offer next; completion/zcf.bash asks. Made from the table of commands, like everything
 * that has to know every command and option. */
#include "command.h"
#include "message.h"
#include "options.h"

#include <zcframe/snapshot.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines that tell the shell to offer file names itself: it knows quoting and directories better. */
#define OFFER_FILES       ":files"
#define OFFER_DIRECTORIES ":directories"

struct position {
	const struct cli_command *command; /* NULL: no command yet */
	int argument_count;                /* of the command, before the word */
	const struct cli_option *awaiting; /* the word is this option's value */
	bool options_ended;                /* after "--" */
};

static const struct cli_option *find_in(const struct cli_option *options, const char *word)
{
	for (; options != NULL && options->name != NULL; options++) {
		if (word[1] == '-' && strcmp(options->name, word + 2) == 0)
			return options;
		if (word[1] != '-' && word[1] == options->letter && word[2] == '\0')
			return options;
	}
	return NULL;
}

static const struct cli_option *find_option(const struct cli_command *command, const char *word)
{
	const struct cli_option *option = find_in(cli_global_options, word);

	return option != NULL || command == NULL ? option : find_in(command->options, word);
}

/* Offer one word if it goes on from what was typed. */
static int offer(void *typed, const char *word)
{
	if (strncmp(word, typed, strlen(typed)) == 0)
		printf("%s\n", word);
	return 0;
}

static void advance(struct position *position, const char *word)
{
	const struct cli_command *const *list;
	const struct cli_command *command;

	if (position->awaiting != NULL) {
		if (position->awaiting->value == &cli_globals.runtime_directory)
			setenv("ZCF_RUNTIME_DIR", word, 1);
		position->awaiting = NULL;
		return;
	}
	if (word[0] == '-' && word[1] != '\0' && !position->options_ended) {
		const struct cli_option *option = find_option(position->command, word);
		if (strcmp(word, "--") == 0)
			position->options_ended = true;
		if (option != NULL && option->argument != NULL)
			position->awaiting = option;
		return;
	}
	list = position->command == NULL ? cli_commands : position->command->subcommands;
	command = cli_command_find(list, word);
	if (command != NULL)
		position->command = command;
	else
		position->argument_count++;
}

static void offer_commands(const struct cli_command *const *commands, char *typed)
{
	for (; commands != NULL && *commands != NULL; commands++)
		if (!(*commands)->hidden)
			offer(typed, (*commands)->name);
}

static void offer_completion(enum cli_completion completion, char *typed)
{
	switch (completion) {
	case CLI_COMPLETE_NOTHING:
		break;
	case CLI_COMPLETE_CHANNEL:
		zcf_channel_for_each(NULL, offer, typed);
		break;
	case CLI_COMPLETE_COMMAND:
		offer_commands(cli_commands, typed);
		break;
	case CLI_COMPLETE_FILE:
		puts(OFFER_FILES);
		break;
	case CLI_COMPLETE_DIRECTORY:
		puts(OFFER_DIRECTORIES);
		break;
	}
}

static void offer_value(const struct cli_option *option, char *typed)
{
	char choices[256];
	char *rest = NULL;

	offer_completion(option->completion, typed);
	snprintf(choices, sizeof(choices), "%s", option->choices != NULL ? option->choices : "");
	for (char *word = strtok_r(choices, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		offer(typed, word);
}

static void offer_options(const struct cli_option *options, bool has_json, char *typed)
{
	for (; options != NULL && options->name != NULL; options++) {
		char word[64];
		if (options->value == &cli_globals.json && !has_json)
			continue;
		snprintf(word, sizeof(word), "--%s", options->name);
		offer(typed, word);
	}
}

static void offer_argument(const struct position *position, char *typed)
{
	const struct cli_argument *argument = position->command->arguments;

	for (int i = 0; argument != NULL && argument->name != NULL; argument++, i++)
		if (i == position->argument_count)
			offer_completion(argument->completion, typed);
}

/* zcf __complete WORD...: the words of the line behind "zcf"; the last one is the one being typed. */
static int run(const struct cli_invocation *invocation)
{
	struct position position = {0};
	int last = invocation->argument_count - 1;
	char *typed;

	if (last < 0)
		return CLI_USAGE;
	typed = invocation->arguments[last];
	for (int i = 0; i < last; i++)
		advance(&position, invocation->arguments[i]);
	if (position.awaiting != NULL) {
		offer_value(position.awaiting, typed);
		return CLI_OK;
	}
	if (typed[0] == '-' && !position.options_ended) {
		bool has_json = position.command == NULL || position.command->has_json;
		offer_options(position.command != NULL ? position.command->options : NULL, has_json, typed);
		offer_options(cli_global_options, has_json, typed);
		return CLI_OK;
	}
	if (position.command == NULL)
		offer_commands(cli_commands, typed);
	else if (position.command->subcommands != NULL)
		offer_commands(position.command->subcommands, typed);
	else
		offer_argument(&position, typed);
	return CLI_OK;
}

const struct cli_command cli_complete_command = {
	.name = "__complete",
	.summary = "Offer words to the shell",
	.hidden = true,
	.raw_arguments = true,
	.run = run,
};
