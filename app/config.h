/* SPDX-License-Identifier: Apache-2.0 */
/** @file config.h
 * The configuration file that all our programs share: INI, `[section]` or `[section argument]`, `key = value`.
 * Each program describes the sections that it reads as a table; a key or value that the table does not
 * know is an error that names file and line. Sections of the other programs are skipped; a section that no
 * program has is an error too. */
#ifndef ZCFRAME_APP_CONFIG_H
#define ZCFRAME_APP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Where the file is unless the command line names another. The build says it: below its sysconfdir. */
#ifndef APP_CONFIG_DEFAULT_PATH
#define APP_CONFIG_DEFAULT_PATH "/etc/zcframe/zcframe.conf"
#endif

enum app_config_type {
	APP_CONFIG_BOOL,     /**< bool: yes/no, true/false, on/off, 1/0 */
	APP_CONFIG_UINT32,   /**< uint32_t within minimum..maximum */
	APP_CONFIG_DOUBLE,   /**< double within minimum..maximum */
	APP_CONFIG_STRING,   /**< char * that is replaced by a strdup()ed value; free with app_config_free_strings() */
	APP_CONFIG_USER,     /**< like APP_CONFIG_STRING: the name of a user of this machine, or nothing */
	APP_CONFIG_DURATION, /**< uint64_t nanoseconds from "66ms", "2s", "500us" */
	APP_CONFIG_CUSTOM,   /**< parsed by `parse` */
};

struct app_config_key {
	const char *name;
	enum app_config_type type;
	size_t offset; /**< Of the field in the struct that the section fills. */
	double minimum, maximum;
	/** For APP_CONFIG_CUSTOM: @return 0, or -EINVAL with a sentence in @p why. */
	int (*parse)(void *field, const char *value, char *why, size_t why_size);
};

struct app_config_section {
	const char *name; /**< "camera", or "channel" for `[channel NAME]` */
	bool takes_argument;
	/** @return The struct that the section fills, or NULL with a sentence in @p why (a duplicate, too many). */
	void *(*begin)(void *context, const char *argument, char *why, size_t why_size);
	const struct app_config_key *keys; /**< Ends with a name of NULL. */
};

/**
 * Read a file.
 *
 * @param sections  Ends with a name of NULL.
 * @param error     Receives "PATH:LINE: what is wrong, and what would be right".
 * @return 0; -ENOENT if there is no such file; -EINVAL for what is wrong inside; another negative errno.
 */
int app_config_load(const char *path, const struct app_config_section *sections, void *context, char *error,
		    size_t error_size);

/** Free every APP_CONFIG_STRING and APP_CONFIG_USER of a struct that a section filled, and set it to NULL. */
void app_config_free_strings(const struct app_config_key *keys, void *target);

#endif
