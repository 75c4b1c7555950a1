/* SPDX-License-Identifier: Apache-2.0 */
#include "settings_values.h"

#include "settings.h"

#include <errno.h>
#include <grp.h>
#include <math.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Rates below one frame in ten seconds or above a thousand a second are typing errors. */
#define MINIMUM_RATE 0.1
#define MAXIMUM_RATE 1000.0

/* Digits only: strtoul() would also take blanks and signs. @return Behind the number, NULL if there is none
 * or it is too large to be any of our values. */
static const char *parse_digits(const char *text, int base, uint32_t *ret_number)
{
	unsigned long number;
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	errno = 0;
	number = strtoul(text, &end, base);
	if (errno != 0 || number > UINT32_MAX - 1)
		return NULL;
	*ret_number = (uint32_t)number;
	return end;
}

int parse_source_name(void *source_ops, const char *value, char *why, size_t why_size)
{
	const struct source_ops *ops = source_find(value);
	size_t length;

	if (ops != NULL) {
		*(const struct source_ops **)source_ops = ops;
		return 0;
	}
	length = (size_t)snprintf(why, why_size, "there is no source '%s'; known are", value);
	for (size_t i = 0; (ops = source_list(i)) != NULL && length < why_size; i++)
		length += (size_t)snprintf(why + length, why_size - length, "%s %s", i > 0 ? "," : "", ops->name);
	return -EINVAL;
}

int parse_rate(void *rate_millihertz, const char *value, char *why, size_t why_size)
{
	char *end;
	double rate;

	if (strcmp(value, "source") == 0) {
		*(uint32_t *)rate_millihertz = 0;
		return 0;
	}
	rate = strtod(value, &end);
	if (end == value || *end != '\0' || !(rate >= MINIMUM_RATE && rate <= MAXIMUM_RATE)) {
		snprintf(why, why_size,
			 "must be frames per second from %g to %g, or 'source' for the rate of the source itself, not "
			 "'%s'",
			 MINIMUM_RATE, MAXIMUM_RATE, value);
		return -EINVAL;
	}
	*(uint32_t *)rate_millihertz = (uint32_t)lround(rate * 1000);
	return 0;
}

int parse_playback(void *playback, const char *value, char *why, size_t why_size)
{
	if (strcmp(value, "natural") == 0) {
		*(enum source_playback *)playback = SOURCE_PLAYBACK_NATURAL;
	} else if (strcmp(value, "every_frame") == 0) {
		*(enum source_playback *)playback = SOURCE_PLAYBACK_EVERY_FRAME;
	} else {
		snprintf(why, why_size, "must be natural or every_frame, not '%s'", value);
		return -EINVAL;
	}
	return 0;
}

int parse_even_size(void *size_pixels, const char *value, char *why, size_t why_size)
{
	uint32_t number;
	const char *end = parse_digits(value, 10, &number);

	if (end == NULL || *end != '\0' || number < 2 || number > ZCF_MAX_DIMENSION || number % 2 != 0) {
		snprintf(why, why_size, "must be an even number from 2 to %d, not '%s'", ZCF_MAX_DIMENSION, value);
		return -EINVAL;
	}
	*(uint32_t *)size_pixels = number;
	return 0;
}

/* WIDTHxHEIGHT+X+Y, all of it. */
static bool parse_crop_numbers(struct crop *crop, const char *text)
{
	text = parse_digits(text, 10, &crop->width_pixels);
	if (text == NULL || *text != 'x')
		return false;
	text = parse_digits(text + 1, 10, &crop->height_pixels);
	if (text == NULL || *text != '+')
		return false;
	text = parse_digits(text + 1, 10, &crop->x);
	if (text == NULL || *text != '+')
		return false;
	text = parse_digits(text + 1, 10, &crop->y);
	return text != NULL && *text == '\0';
}

int parse_crop(void *crop, const char *value, char *why, size_t why_size)
{
	struct crop parsed = {0};

	if (strcmp(value, "none") != 0 &&
	    (!parse_crop_numbers(&parsed, value) || parsed.width_pixels < 2 || parsed.height_pixels < 2 ||
	     parsed.width_pixels > ZCF_MAX_DIMENSION || parsed.height_pixels > ZCF_MAX_DIMENSION ||
	     parsed.x > ZCF_MAX_DIMENSION || parsed.y > ZCF_MAX_DIMENSION)) {
		snprintf(why, why_size,
			 "must be WIDTHxHEIGHT+X+Y in pixels of the source, such as 320x240+160+120, or none, not '%s'",
			 value);
		return -EINVAL;
	}
	*(struct crop *)crop = parsed;
	return 0;
}

int parse_format(void *fourcc, const char *value, char *why, size_t why_size)
{
	if (strcmp(value, "nv12") != 0) {
		snprintf(why, why_size, "must be nv12, not '%s'", value);
		return -EINVAL;
	}
	*(uint32_t *)fourcc = ZCF_FOURCC_NV12;
	return 0;
}

int parse_log_level(void *level, const char *value, char *why, size_t why_size)
{
	if (app_log_level_parse(value, level) == 0)
		return 0;
	snprintf(why, why_size, "must be error, warning, info or debug, not '%s'", value);
	return -EINVAL;
}

int parse_backend(void *backend, const char *value, char *why, size_t why_size)
{
	static const char *const names[] = {"memfd", "hbmem"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			*(const char **)backend = names[i];
			return 0;
		}
	}
	snprintf(why, why_size, "must be memfd or hbmem, not '%s'", value);
	return -EINVAL;
}

int parse_endpoint_choice(void *choice, const char *value, char *why, size_t why_size)
{
	enum endpoint_choice parsed;

	if (strcmp(value, "auto") == 0) {
		parsed = ENDPOINT_AUTO;
	} else if (strcmp(value, "yes") == 0) {
		parsed = ENDPOINT_YES;
	} else if (strcmp(value, "no") == 0) {
		parsed = ENDPOINT_NO;
	} else {
		snprintf(why, why_size, "must be auto, yes or no, not '%s'", value);
		return -EINVAL;
	}
	*(enum endpoint_choice *)choice = parsed;
	return 0;
}

int parse_mode(void *mode, const char *value, char *why, size_t why_size)
{
	uint32_t number;
	const char *end = parse_digits(value, 8, &number);

	if (end == NULL || *end != '\0' || number > 0777) {
		snprintf(why, why_size, "must be permissions in octal such as 0660, not '%s'", value);
		return -EINVAL;
	}
	*(mode_t *)mode = (mode_t)number;
	return 0;
}

int parse_user(void *uid, const char *value, char *why, size_t why_size)
{
	const struct passwd *user = getpwnam(value);
	uint32_t number;
	const char *end = parse_digits(value, 10, &number);

	if (*value == '\0') {
		*(uid_t *)uid = (uid_t)-1;
	} else if (user != NULL) {
		*(uid_t *)uid = user->pw_uid;
	} else if (end != NULL && *end == '\0') {
		*(uid_t *)uid = (uid_t)number;
	} else {
		snprintf(why, why_size, "there is no user '%s'", value);
		return -EINVAL;
	}
	return 0;
}

int parse_group(void *gid, const char *value, char *why, size_t why_size)
{
	const struct group *group = getgrnam(value);
	uint32_t number;
	const char *end = parse_digits(value, 10, &number);

	if (*value == '\0') {
		*(gid_t *)gid = (gid_t)-1;
	} else if (group != NULL) {
		*(gid_t *)gid = group->gr_gid;
	} else if (end != NULL && *end == '\0') {
		*(gid_t *)gid = (gid_t)number;
	} else {
		snprintf(why, why_size, "there is no group '%s'", value);
		return -EINVAL;
	}
	return 0;
}

/* Names or numbers with blanks between. */
static int parse_ids(struct id_list *list, const char *value, int (*parse)(void *, const char *, char *, size_t),
		     char *why, size_t why_size)
{
	char copy[512], *rest = copy, *word;

	*list = (struct id_list){0};
	if (snprintf(copy, sizeof(copy), "%s", value) >= (int)sizeof(copy)) {
		snprintf(why, why_size, "is longer than %zu characters", sizeof(copy) - 1);
		return -EINVAL;
	}
	while ((word = strsep(&rest, " \t,")) != NULL) {
		int error;

		if (*word == '\0')
			continue;
		if (list->count == SETTINGS_MAX_IDS) {
			snprintf(why, why_size, "names more than %d", SETTINGS_MAX_IDS);
			return -EINVAL;
		}
		error = parse(&list->ids[list->count++], word, why, why_size);
		if (error != 0)
			return error;
	}
	return 0;
}

int parse_users(void *id_list, const char *value, char *why, size_t why_size)
{
	return parse_ids(id_list, value, parse_user, why, why_size);
}

int parse_groups(void *id_list, const char *value, char *why, size_t why_size)
{
	return parse_ids(id_list, value, parse_group, why, why_size);
}

gid_t settings_default_group(void)
{
	const struct group *video = getgrnam("video");
	int fd = video != NULL ? memfd_create("zcframe-group", MFD_CLOEXEC) : -1;
	/* Whether we can give something to the group is seen by doing it: in a container even root may not. */
	bool can_give = fd >= 0 && fchown(fd, (uid_t)-1, video->gr_gid) == 0;

	if (fd >= 0)
		close(fd);
	return can_give ? video->gr_gid : (gid_t)-1;
}

int parse_socket_group(void *gid, const char *value, char *why, size_t why_size)
{
	if (*value != '\0')
		return parse_group(gid, value, why, why_size);
	*(gid_t *)gid = settings_default_group();
	return 0;
}
