/* SPDX-License-Identifier: Apache-2.0 */
#include "option_keys.h"

#include "listener.h"
#include "options.h"

#include <zcframe/types.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(field) offsetof(struct options, field)
#define SECOND       1e9

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

static int parse_detections_channel(void *field, const char *value, char *why, size_t why_size)
{
	char **channel = field;

	if (strcmp(value, "none") != 0)
		return parse_channel(field, value, why, why_size);
	free(*channel);
	*channel = NULL;
	return 0;
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

const struct app_config_key mjpegd_keys[] = {
	{"channel", APP_CONFIG_CUSTOM, FIELD(channel), 0, 0, parse_channel},
	{"detections_channel", APP_CONFIG_CUSTOM, FIELD(detections_channel), 0, 0, parse_detections_channel},
	{"listen", APP_CONFIG_CUSTOM, FIELD(listen), 0, 0, parse_listen},
	{"quality", APP_CONFIG_UINT32, FIELD(quality), 1, 100, NULL},
	{"max_rate", APP_CONFIG_CUSTOM, FIELD(max_rate_hz), 0, 0, parse_max_rate},
	{"token_file", APP_CONFIG_STRING, FIELD(token_file), 0, 0, NULL},
	{"allowed_hosts", APP_CONFIG_STRING, FIELD(allowed_hosts), 0, 0, NULL},
	{"max_viewers", APP_CONFIG_UINT32, FIELD(max_viewers), 1, 500, NULL},
	{"client_timeout", APP_CONFIG_DURATION, FIELD(client_timeout_ns), 1 * SECOND, 600 * SECOND, NULL},
	{"picture_timeout", APP_CONFIG_DURATION, FIELD(picture_timeout_ns), 0.1 * SECOND, 60 * SECOND, NULL},
	{"user", APP_CONFIG_USER, FIELD(user), 0, 0, NULL},
	{"seccomp", APP_CONFIG_BOOL, FIELD(seccomp), 0, 0, NULL},
	{"log_level", APP_CONFIG_CUSTOM, FIELD(log_level), 0, 0, parse_log_level},
	{0},
};

const struct app_config_key runtime_keys[] = {
	{"directory", APP_CONFIG_STRING, FIELD(runtime_directory), 0, 0, NULL},
	{"socket_mode", APP_CONFIG_CUSTOM, 0, 0, 0, ignore},
	{"socket_owner", APP_CONFIG_CUSTOM, 0, 0, 0, ignore},
	{"socket_group", APP_CONFIG_CUSTOM, 0, 0, 0, ignore},
	{0},
};
