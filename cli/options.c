/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "message.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* getopt_long() codes of options without a letter; above every character. */
#define FIRST_CODE   256
#define OPTION_LIMIT 32

struct cli_globals cli_globals;

const struct cli_option cli_global_options[] = {
	{.name = "runtime-dir",
	 .argument = "DIR",
	 .help = "look for channels in DIR instead of $ZCF_RUNTIME_DIR or the default",
	 .type = CLI_STRING,
	 .value = &cli_globals.runtime_directory,
	 .completion = CLI_COMPLETE_DIRECTORY},
	{.name = "json", .help = "print JSON, for scripts", .type = CLI_FLAG, .value = &cli_globals.json},
	{.name = "help", .letter = 'h', .help = "show this help", .type = CLI_FLAG, .value = &cli_globals.help},
	{.name = "version", .letter = 'V', .help = "show the version", .type = CLI_FLAG, .value = &cli_globals.version},
	{.name = NULL},
};

struct getopt_tables {
	const struct cli_option *options[OPTION_LIMIT];
	struct option long_options[OPTION_LIMIT + 1];
	char letters[2 * OPTION_LIMIT + 3];
	size_t count;
};

static void add_options(struct getopt_tables *tables, const struct cli_option *options)
{
	for (; options != NULL && options->name != NULL && tables->count < OPTION_LIMIT; options++) {
		size_t index = tables->count++;
		tables->options[index] = options;
		tables->long_options[index] = (struct option){
			.name = options->name,
			.has_arg = options->argument != NULL ? required_argument : no_argument,
			.val = FIRST_CODE + (int)index,
		};
		if (options->letter != 0) {
			size_t length = strlen(tables->letters);
			tables->letters[length++] = options->letter;
			if (options->argument != NULL)
				tables->letters[length] = ':';
		}
	}
}

static const struct cli_option *find_option(const struct getopt_tables *tables, int code)
{
	if (code >= FIRST_CODE)
		return tables->options[code - FIRST_CODE];
	for (size_t i = 0; i < tables->count; i++)
		if (tables->options[i]->letter == code)
			return tables->options[i];
	return NULL;
}

/* A number that uses up the whole text; strtod() would also take "nan", "0x10" and leading blanks. */
static bool parse_number(const char *text, double *ret_number, const char **ret_rest)
{
	char *end;

	if (strspn(text, "0123456789.") == 0)
		return false;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return false;
	errno = 0;
	*ret_number = strtod(text, &end);
	*ret_rest = end;
	return errno == 0 && end != text && isfinite(*ret_number);
}

bool cli_parse_duration(const char *text, uint64_t *ret_ns)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"m", 60}, {"min", 60}, {"h", 3600}};
	double number;
	const char *unit;

	if (!parse_number(text, &number, &unit))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double seconds = number * units[i].seconds;
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		if (seconds > 1e9)
			return false;
		*ret_ns = (uint64_t)(seconds * 1e9 + 0.5);
		return true;
	}
	return false;
}

static bool is_choice(const char *choices, const char *text)
{
	size_t length = strlen(text);

	for (const char *choice = choices; *choice != '\0';) {
		size_t choice_length = strcspn(choice, " ");
		if (choice_length == length && strncmp(choice, text, length) == 0)
			return true;
		choice += choice_length;
		choice += strspn(choice, " ");
	}
	return false;
}

static int refuse_value(const struct cli_option *option, const char *text)
{
	static const char *const kinds[] = {
		[CLI_UINT32] = "a whole number",
		[CLI_DOUBLE] = "a number",
		[CLI_DURATION] = "a time such as 2s or 500ms",
	};

	if (option->choices != NULL)
		cli_usage_error("--%s: '%s' is none of: %s", option->name, text, option->choices);
	else if (option->type == CLI_STRING)
		cli_usage_error("--%s needs a value that is not empty", option->name);
	else if (option->type == CLI_DURATION)
		cli_usage_error("--%s: '%s' is not %s, from %g s to %g s", option->name, text, kinds[option->type],
				option->minimum, option->maximum);
	else
		cli_usage_error("--%s: '%s' is not %s from %.*f to %.*f", option->name, text, kinds[option->type],
				option->type == CLI_UINT32 ? 0 : 3, option->minimum, option->type == CLI_UINT32 ? 0 : 3,
				option->maximum);
	return -1;
}

static int set_number(const struct cli_option *option, const char *text)
{
	uint64_t duration_ns = 0;
	double number = 0;
	const char *rest = "";
	bool valid;

	if (option->type == CLI_DURATION) {
		valid = cli_parse_duration(text, &duration_ns);
		number = (double)duration_ns / 1e9;
	} else {
		valid = parse_number(text, &number, &rest) && *rest == '\0' &&
			(option->type == CLI_DOUBLE || strspn(text, "0123456789") == strlen(text));
	}
	if (!valid || number < option->minimum || number > option->maximum)
		return refuse_value(option, text);
	if (option->type == CLI_DURATION)
		*(uint64_t *)option->value = duration_ns;
	else if (option->type == CLI_DOUBLE)
		*(double *)option->value = number;
	else
		*(uint32_t *)option->value = (uint32_t)number;
	return 0;
}

static int set_option(const struct cli_option *option, const char *text)
{
	switch (option->type) {
	case CLI_FLAG:
		*(bool *)option->value = true;
		return 0;
	case CLI_STRING:
		if (*text == '\0' || (option->choices != NULL && !is_choice(option->choices, text)))
			return refuse_value(option, text);
		*(const char **)option->value = text;
		return 0;
	case CLI_UINT32:
	case CLI_DOUBLE:
	case CLI_DURATION:
		return set_number(option, text);
	}
	return -1;
}

/* getopt_long() says the same of what is no option and of what is short for several. */
static void refuse_long_option(const struct getopt_tables *tables, const char *word)
{
	const char *name = word + strspn(word, "-");
	size_t length = strcspn(name, "=");
	char candidates[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < tables->count && used < sizeof(candidates); i++)
		if (length > 0 && strncmp(tables->options[i]->name, name, length) == 0)
			used += (size_t)snprintf(candidates + used, sizeof(candidates) - used, "%s--%s",
						 used > 0 ? ", " : "", tables->options[i]->name);
	if (used > 0)
		cli_usage_error("option %s is short for more than one: %s", word, candidates);
	else
		cli_usage_error("there is no option %s", word);
}

/* getopt_long() with our own messages: its own name neither the command nor the way to its help. */
int cli_parse_options(const struct cli_command *command, int argc, char **argv)
{
	struct getopt_tables tables = {.letters = ""};
	int code;

	strcpy(tables.letters, command == NULL ? "+:" : ":");
	add_options(&tables, cli_global_options);
	if (command != NULL)
		add_options(&tables, command->options);
	opterr = 0;
	optind = 0; /* 0, not 1: glibc starts afresh only then */
	while ((code = getopt_long(argc, argv, tables.letters, tables.long_options, NULL)) != -1) {
		const struct cli_option *option;
		if (code == ':') {
			option = find_option(&tables, optopt);
			cli_usage_error("option %s needs a value: %s", argv[optind - 1],
					option != NULL ? option->argument : "VALUE");
			return -1;
		}
		option = code == '?' ? NULL : find_option(&tables, code);
		if (option == NULL) {
			if (optopt > 0 && optopt < FIRST_CODE)
				cli_usage_error("there is no option -%c", optopt);
			else if (optopt >= FIRST_CODE)
				cli_usage_error("option --%s takes no value", find_option(&tables, optopt)->name);
			else
				refuse_long_option(&tables, argv[optind - 1]);
			return -1;
		}
		if (set_option(option, optarg) < 0)
			return -1;
	}
	return optind;
}
