/* SPDX-License-Identifier: Apache-2.0 */
#include "config_value.h"

#include <errno.h>
#include <math.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int set_bool(const struct app_config_key *key, void *field, const char *value, char *why, size_t why_size)
{
	static const char *const words[][2] = {{"yes", "no"}, {"true", "false"}, {"on", "off"}, {"1", "0"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (int no = 0; no < 2; no++) {
			if (strcasecmp(value, words[i][no]) == 0) {
				*(bool *)field = !no;
				return 0;
			}
		}
	}
	snprintf(why, why_size, "%s must be yes or no, not '%s'", key->name, value);
	return -EINVAL;
}

static int set_uint32(const struct app_config_key *key, void *field, const char *value, char *why, size_t why_size)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	/* strtoull() takes a sign and turns -1 into a huge number; a digit must come first. */
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number > UINT32_MAX ||
	    (double)number < key->minimum || (double)number > key->maximum) {
		snprintf(why, why_size, "%s must be a whole number from %.0f to %.0f, not '%s'", key->name,
			 key->minimum, key->maximum, value);
		return -EINVAL;
	}
	*(uint32_t *)field = (uint32_t)number;
	return 0;
}

static int set_double(const struct app_config_key *key, void *field, const char *value, char *why, size_t why_size)
{
	char *end;
	double number = strtod(value, &end);

	if (end == value || *end != '\0' || !isfinite(number) || number < key->minimum || number > key->maximum) {
		snprintf(why, why_size, "%s must be a number from %g to %g, not '%s'", key->name, key->minimum,
			 key->maximum, value);
		return -EINVAL;
	}
	*(double *)field = number;
	return 0;
}

static int set_string(void *field, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return -ENOMEM;
	free(*(char **)field);
	*(char **)field = copy;
	return 0;
}

static int set_user(const struct app_config_key *key, void *field, const char *value, char *why, size_t why_size)
{
	if (*value != '\0' && getpwnam(value) == NULL) {
		snprintf(why, why_size, "%s: there is no user '%s'", key->name, value);
		return -EINVAL;
	}
	return set_string(field, value);
}

static double duration_unit_ns(const char *unit)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name) == 0)
			return units[i].ns;
	}
	return NAN;
}

/* In the largest unit that leaves no fraction, as somebody would write it. */
static const char *format_duration(double ns, char *text, size_t size)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"min", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ns >= units[i].ns && fmod(ns, units[i].ns) == 0) {
			snprintf(text, size, "%.0f%s", ns / units[i].ns, units[i].name);
			return text;
		}
	}
	snprintf(text, size, ns == 0 ? "0" : "%.0fns", ns);
	return text;
}

static int set_duration(const struct app_config_key *key, void *field, const char *value, char *why, size_t why_size)
{
	char *unit;
	double number = strtod(value, &unit);
	char least[32], most[32];
	double ns;

	while (*unit == ' ' || *unit == '\t')
		unit++;
	ns = number * duration_unit_ns(unit);
	/* A plain 0 needs no unit; everything else does. A NaN fails every comparison. */
	if (unit != value && *unit == '\0' && number == 0)
		ns = 0;
	if (unit == value || !(ns >= key->minimum) || !(ns <= key->maximum)) {
		snprintf(why, why_size,
			 "%s must be a duration such as 66ms (ns, us, ms, s, min), from %s to %s, not '%s'", key->name,
			 format_duration(key->minimum, least, sizeof(least)),
			 format_duration(key->maximum, most, sizeof(most)), value);
		return -EINVAL;
	}
	*(uint64_t *)field = (uint64_t)ns;
	return 0;
}

static int set_custom(const struct app_config_key *key, void *field, const char *value, char *why, size_t why_size)
{
	char reason[256] = "";
	int error = key->parse(field, value, reason, sizeof(reason));

	if (error == -EINVAL)
		snprintf(why, why_size, "%s: %s", key->name, reason);
	return error;
}

int config_value_set(const struct app_config_key *key, void *target, const char *value, char *why, size_t why_size)
{
	void *field = (char *)target + key->offset;

	switch (key->type) {
	case APP_CONFIG_BOOL:
		return set_bool(key, field, value, why, why_size);
	case APP_CONFIG_UINT32:
		return set_uint32(key, field, value, why, why_size);
	case APP_CONFIG_DOUBLE:
		return set_double(key, field, value, why, why_size);
	case APP_CONFIG_STRING:
		return set_string(field, value);
	case APP_CONFIG_USER:
		return set_user(key, field, value, why, why_size);
	case APP_CONFIG_DURATION:
		return set_duration(key, field, value, why, why_size);
	case APP_CONFIG_CUSTOM:
		return set_custom(key, field, value, why, why_size);
	}
	return -EINVAL;
}
