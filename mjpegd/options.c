/* SPDX-License-Identifier: Apache-2.0 */
/* Each key of [mjpegd] is an option of the command line too, with '-' for '_': one table, one way to parse. */
#include "options.h"

#include "clock.h"
#include "listener.h"
#include "token.h"

#include "app/config.h"
#include "app/config_value.h"

#include <zcframe/types.h>
#include <zcframe/version.h>

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(field) offsetof(struct options, field)
#define SECOND       1e9
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int replace_string(char **field, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int parse_channel(void *field, const char *value, char *why, size_t why_size)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	if (value[0] == '\0' || value[0] == '.' || value[strspn(value, allowed)] != '\0' ||
	    strlen(value) >= ZCF_CHANNEL_NAME_SIZE) {
		snprintf(why, why_size, "'%s' is no channel name; one has 1 to %d letters, digits, _ - and .", value,
			 ZCF_CHANNEL_NAME_SIZE - 1);
		return -EINVAL;
	}
	return replace_string(field, value);
}

static int parse_listen(void *field, const char *value, char *why, size_t why_size)
{
	int error = listener_check(value, why, why_size);

	return error != 0 ? error : replace_string(field, value);
}

static int parse_max_rate(void *field, const char *value, char *why, size_t why_size)
{
	char *end;
	double rate_hz = strtod(value, &end);

	if (end == value || *end != '\0' || !(rate_hz == 0 || (rate_hz >= 0.001 && rate_hz <= 1000))) {
		snprintf(why, why_size, "must be frames a second from 0.001 to 1000, or 0 for all, not '%s'", value);
		return -EINVAL;
	}
	*(double *)field = rate_hz;
	return 0;
}

static int parse_log_level(void *field, const char *value, char *why, size_t why_size)
{
	int error = app_log_level_parse(value, field);

	if (error != 0)
		snprintf(why, why_size, "must be error, warning, info or debug, not '%s'", value);
	return error;
}

/* [runtime] belongs to the camera daemon; we read where the sockets are and leave the rest to it. */
static int ignore(void *field, const char *value, char *why, size_t why_size)
{
	(void)field;
	(void)value;
	(void)why;
	(void)why_size;
	return 0;
}

static const struct app_config_key mjpegd_keys[] = {
	{"channel", APP_CONFIG_CUSTOM, FIELD(channel), 0, 0, parse_channel},
	{"listen", APP_CONFIG_CUSTOM, FIELD(listen), 0, 0, parse_listen},
	{"quality", APP_CONFIG_UINT32, FIELD(quality), 1, 100, NULL},
	{"max_rate", APP_CONFIG_CUSTOM, FIELD(max_rate_hz), 0, 0, parse_max_rate},
	{"token_file", APP_CONFIG_STRING, FIELD(token_file), 0, 0, NULL},
	{"allowed_hosts", APP_CONFIG_STRING, FIELD(allowed_hosts), 0, 0, NULL},
	{"max_viewers", APP_CONFIG_UINT32, FIELD(max_viewers), 1, 500, NULL},
	{"client_timeout", APP_CONFIG_DURATION, FIELD(client_timeout_ns), 1 * SECOND, 600 * SECOND, NULL},
	{"picture_timeout", APP_CONFIG_DURATION, FIELD(picture_timeout_ns), 0.1 * SECOND, 60 * SECOND, NULL},
	{"log_level", APP_CONFIG_CUSTOM, FIELD(log_level), 0, 0, parse_log_level},
	{0},
};

static const struct app_config_key runtime_keys[] = {
	{"directory", APP_CONFIG_STRING, FIELD(runtime_directory), 0, 0, NULL},
	{"socket_mode", APP_CONFIG_CUSTOM, 0, 0, 0, ignore},
	{"socket_owner", APP_CONFIG_CUSTOM, 0, 0, 0, ignore},
	{"socket_group", APP_CONFIG_CUSTOM, 0, 0, 0, ignore},
	{0},
};

struct command_line_option {
	const char *name;
	const struct app_config_key *key; /* NULL: handled by handle_special(). */
	const char *argument;             /* As the help shows it; NULL: takes none. */
	const char *help;
};

static const struct command_line_option command_line_options[] = {
	{"channel", &mjpegd_keys[0], "NAME", "channel to show (pet_camera_mjpeg_zc)"},
	{"listen", &mjpegd_keys[1], "ADDRESS:PORT", "where to serve (127.0.0.1:8080); port 0 takes a free one"},
	{"quality", &mjpegd_keys[2], "1..100", "of the JPEGs (80)"},
	{"max-rate", &mjpegd_keys[3], "HZ", "pictures a second at most (0: as many as the camera takes)"},
	{"token-file", &mjpegd_keys[4], "PATH", "serve only those who know the token in this file"},
	{"allowed-hosts", &mjpegd_keys[5], "NAMES", "further names that this server is known by"},
	{"max-viewers", &mjpegd_keys[6], "COUNT", "streams at the same time (32)"},
	{"client-timeout", &mjpegd_keys[7], "DURATION", "drop a client that does not read or ask for so long (10s)"},
	{"picture-timeout", &mjpegd_keys[8], "DURATION", "how long a request waits for a first picture (3s)"},
	{"log-level", &mjpegd_keys[9], "LEVEL", "error, warning, info or debug (info)"},
	{"runtime-dir", &runtime_keys[0], "PATH", "where the channels' sockets are"},
	{"config", NULL, "PATH", "configuration file (" APP_CONFIG_DEFAULT_PATH ")"},
	{"check-config", NULL, NULL, "check the configuration and exit"},
	{"help", NULL, NULL, "show this help and exit"},
	{"version", NULL, NULL, "show the version and exit"},
};

static void print_help(void)
{
	printf("Usage: zcf-mjpegd [OPTION]...\n"
	       "Show a channel of camera frames in the browser: page, MJPEG stream, snapshots, statistics.\n\n");
	for (size_t i = 0; i < COUNT(command_line_options); i++) {
		const struct command_line_option *option = &command_line_options[i];
		char left[48];

		snprintf(left, sizeof(left), "--%s%s%s", option->name, option->argument != NULL ? " " : "",
			 option->argument != NULL ? option->argument : "");
		printf("  %-27s %s\n", left, option->help);
	}
	printf("\nThe command line wins over the configuration file. See zcf-mjpegd(8) and zcframe.conf(5).\n");
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

/* One round over the command line: the first finds the file, the second overrides what it says. */
static int read_command_line(struct options *options, int argument_count, char **arguments, bool values_too, char *why,
			     size_t why_size, const char **ret_special)
{
	struct option long_options[COUNT(command_line_options) + 1] = {0};
	int index, error = 0;

	for (size_t i = 0; i < COUNT(command_line_options); i++)
		long_options[i] = (struct option){
			.name = command_line_options[i].name,
			.has_arg = command_line_options[i].argument != NULL ? required_argument : no_argument,
		};
	optind = 0; /* GNU: begin anew. */
	while (error == 0) {
		const struct command_line_option *option;
		int result = getopt_long(argument_count, arguments, "", long_options, &index);

		if (result == -1)
			break;
		if (result != 0)
			return -EINVAL; /* getopt_long() has said why. */
		option = &command_line_options[index];
		if (option->key != NULL && values_too) {
			error = config_value_set(option->key, options, optarg, why, why_size);
		} else if (option->key == NULL && !values_too) {
			if (strcmp(option->name, "config") == 0)
				options->config_path = optarg;
			else if (strcmp(option->name, "check-config") == 0)
				options->check_config = true;
			else if (*ret_special == NULL)
				*ret_special = option->name;
		}
	}
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
		.quality = 80,
		.max_viewers = 32,
		.client_timeout_ns = 10 * NANOSECONDS_PER_SECOND,
		.picture_timeout_ns = 3 * NANOSECONDS_PER_SECOND,
		.log_level = APP_LOG_INFO,
	};
	return options->channel != NULL && options->listen != NULL ? 0 : -ENOMEM;
}

static int check_token_file(const struct options *options, char *why, size_t why_size)
{
	struct token token;

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
}
