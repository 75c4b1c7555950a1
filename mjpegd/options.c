/* SPDX-License-Identifier: Apache-2.0 */
/* Each key of [mjpegd] is an option of the command line too, with '-' for '_': one table, one way to parse. */
#include "options.h"

#include "clock.h"
#include "option_keys.h"
#include "token.h"

#include "app/config_value.h"

#include <zcframe/detections.h>
#include <zcframe/version.h>

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct command_line_option {
	char letter; /* 0: none. */
	const char *name;
	const char *key;      /* Of the configuration; NULL: of the command line alone. */
	const char *argument; /* As the help shows it; NULL: takes none. */
	const char *help;
};

static const struct command_line_option command_line_options[] = {
	{0, "channel", "channel", "NAME", "channel to show (pet_camera_mjpeg_zc)"},
	{0, "detections-channel", "detections_channel", "NAME",
	 "channel of detections to draw (pet_camera_detections), or none"},
	{0, "listen", "listen", "ADDRESS:PORT", "where to serve (127.0.0.1:8080); port 0 takes a free one"},
	{0, "quality", "quality", "1..100", "of the JPEGs (80)"},
	{0, "max-rate", "max_rate", "HZ", "pictures a second at most (0: as many as the camera takes)"},
	{0, "token-file", "token_file", "PATH", "serve only those who know the token in this file"},
	{0, "allowed-hosts", "allowed_hosts", "NAMES", "further names that this server is known by"},
	{0, "max-viewers", "max_viewers", "COUNT", "streams at the same time (32)"},
	{0, "client-timeout", "client_timeout", "DURATION",
	 "drop a client that does not read or ask for so long (10s)"},
	{0, "picture-timeout", "picture_timeout", "DURATION", "how long a request waits for a first picture (3s)"},
	{'l', "log-level", "log_level", "LEVEL", "error, warning, info or debug (info)"},
	{'d', "runtime-dir", "directory", "PATH", "where the channels' sockets are"},
	{'c', "config", NULL, "PATH", "configuration file (" APP_CONFIG_DEFAULT_PATH ")"},
	{0, "check-config", NULL, NULL, "check the configuration and exit"},
	{'h', "help", NULL, NULL, "show this help and exit"},
	{'V', "version", NULL, NULL, "show the version and exit"},
};

static void print_help(void)
{
	printf("Usage: zcf-mjpegd [OPTION]...\n"
	       "Show a channel of camera frames in the browser: page, MJPEG stream, snapshots, statistics.\n\n");
	for (size_t i = 0; i < COUNT(command_line_options); i++) {
		const struct command_line_option *option = &command_line_options[i];
		char letter[] = "    ", name[48];

		if (option->letter != 0)
			snprintf(letter, sizeof(letter), "-%c, ", option->letter);
		snprintf(name, sizeof(name), "--%s%s%s", option->name, option->argument != NULL ? " " : "",
			 option->argument != NULL ? option->argument : "");
		printf("  %s%-27s %s\n", letter, name, option->help);
	}
	printf("\nThe command line wins over the configuration file. See zcf-mjpegd(8) and zcframe.conf(5).\n\n"
	       "Exit status: 0 stopped as asked, 1 could not start or go on, 2 wrong options or configuration.\n");
}

static void *begin_section(void *context, const char *argument, char *why, size_t why_size)
{
	(void)argument;
	(void)why;
	(void)why_size;
	return context;
}

/* -ENOENT is fine for the default file. */
static int load_file(struct options *options, char *why, size_t why_size)
{
	static const struct app_config_section sections[] = {
		{"mjpegd", false, begin_section, mjpegd_keys},
		{"runtime", false, begin_section, runtime_keys},
		{0},
	};
	const char *path = options->config_path != NULL ? options->config_path : APP_CONFIG_DEFAULT_PATH;
	int error = app_config_load(path, sections, options, why, why_size);

	return error == -ENOENT && options->config_path == NULL ? 0 : error;
}

static const struct app_config_key *find_key(const struct app_config_key *keys, const char *name)
{
	while (keys->name != NULL && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name != NULL ? keys : NULL;
}

static int set_value(struct options *options, const char *name, const char *value, char *why, size_t why_size)
{
	const struct app_config_key *key = find_key(mjpegd_keys, name);

	if (key == NULL)
		key = find_key(runtime_keys, name);
	return config_value_set(key, options, value, why, why_size);
}

/* The next option of the command line, or NULL at its end; *ret_wrong if there is none of that name. */
static const struct command_line_option *next_option(int argument_count, char **arguments, bool *ret_wrong)
{
	struct option long_options[COUNT(command_line_options) + 1] = {0};
	char letters[COUNT(command_line_options) * 2 + 1] = "";
	char *letter = letters;
	int result, index = -1;

	for (size_t i = 0; i < COUNT(command_line_options); i++) {
		const struct command_line_option *option = &command_line_options[i];

		long_options[i] = (struct option){
			.name = option->name,
			.has_arg = option->argument != NULL ? required_argument : no_argument,
		};
		if (option->letter == 0)
			continue;
		*letter++ = option->letter;
		if (option->argument != NULL)
			*letter++ = ':';
	}
	result = getopt_long(argument_count, arguments, letters, long_options, &index);
	*ret_wrong = result == '?'; /* getopt_long() has said why. */
	for (size_t i = 0; i < COUNT(command_line_options); i++) {
		if (result == 0 ? (int)i == index : result > 0 && result == command_line_options[i].letter)
			return &command_line_options[i];
	}
	return NULL;
}

/* One round over the command line: the first finds the file, the second overrides what it says. */
static int read_command_line(struct options *options, int argument_count, char **arguments, bool values_too, char *why,
			     size_t why_size, const char **ret_special)
{
	const struct command_line_option *option;
	bool wrong = false;
	int error = 0;

	optind = 0; /* GNU: begin anew. */
	while (error == 0 && (option = next_option(argument_count, arguments, &wrong)) != NULL) {
		if (option->key != NULL && values_too)
			error = set_value(options, option->key, optarg, why, why_size);
		else if (strcmp(option->name, "config") == 0)
			options->config_path = optarg;
		else if (strcmp(option->name, "check-config") == 0)
			options->check_config = true;
		else if (option->key == NULL && *ret_special == NULL)
			*ret_special = option->name;
	}
	if (wrong)
		return -EINVAL;
	if (error == 0 && optind < argument_count) {
		snprintf(why, why_size, "unexpected argument '%s'", arguments[optind]);
		error = -EINVAL;
	}
	return error;
}

static int set_defaults(struct options *options)
{
	*options = (struct options){
		.channel = strdup("pet_camera_mjpeg_zc"),
		.listen = strdup("127.0.0.1:8080"),
		.detections_channel = strdup(ZCF_DETECTIONS_CHANNEL),
		.quality = 80,
		.max_viewers = 32,
		.client_timeout_ns = 10 * NANOSECONDS_PER_SECOND,
		.picture_timeout_ns = 3 * NANOSECONDS_PER_SECOND,
		.seccomp = true,
		.log_level = APP_LOG_INFO,
	};
	return options->channel != NULL && options->listen != NULL && options->detections_channel != NULL ? 0 : -ENOMEM;
}

/* `token_file =` is the default, as it stands in the file that is installed: no token. */
static int check_token_file(struct options *options, char *why, size_t why_size)
{
	struct token token;

	if (options->token_file != NULL && options->token_file[0] == '\0') {
		free(options->token_file);
		options->token_file = NULL;
	}
	return options->token_file != NULL ? token_load(options->token_file, &token, why, why_size) : 0;
}

static int read_all(struct options *options, int argument_count, char **arguments, char *why, size_t why_size,
		    const char **ret_special)
{
	int error = set_defaults(options);

	if (error == 0)
		error = read_command_line(options, argument_count, arguments, false, why, why_size, ret_special);
	if (error != 0 || *ret_special != NULL)
		return error;
	error = load_file(options, why, why_size);
	if (error == 0)
		error = read_command_line(options, argument_count, arguments, true, why, why_size, ret_special);
	return error != 0 ? error : check_token_file(options, why, why_size);
}

enum options_answer options_read(struct options *options, int argument_count, char **arguments)
{
	const char *special = NULL;
	char why[1024] = "";
	int error = read_all(options, argument_count, arguments, why, sizeof(why), &special);

	if (error != 0) {
		if (error == -ENOMEM)
			snprintf(why, sizeof(why), "out of memory");
		if (why[0] != '\0')
			fprintf(stderr, "zcf-mjpegd: %s\n", why);
		else
			fprintf(stderr, "Try 'zcf-mjpegd --help'.\n");
		return OPTIONS_WRONG;
	}
	if (special != NULL && strcmp(special, "help") == 0)
		print_help();
	else if (special != NULL)
		printf("zcf-mjpegd %s\n", zcf_version());
	else if (options->check_config)
		printf("zcf-mjpegd: the configuration is fine\n");
	else
		return OPTIONS_RUN;
	return OPTIONS_DONE;
}

void options_fini(struct options *options)
{
	app_config_free_strings(mjpegd_keys, options);
	app_config_free_strings(runtime_keys, options);
	free(options->channel);
	free(options->listen);
	free(options->detections_channel);
}
