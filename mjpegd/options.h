/* SPDX-License-Identifier: Apache-2.0 */
/** @file options.h
 * What the server is told: defaults, then the configuration file, then the command line. */
#ifndef ZCFRAME_MJPEGD_OPTIONS_H
#define ZCFRAME_MJPEGD_OPTIONS_H

#include "app/log.h"

#include <stdbool.h>
#include <stdint.h>

struct options {
	/* [mjpegd] */
	char *channel;
	char *listen;
	char *detections_channel; /**< NULL: none is read. */
	char *token_file;         /**< NULL: everybody may watch. */
	char *allowed_hosts;      /**< Names, separated by blanks or commas; may be NULL. */
	uint32_t quality;
	double max_rate_hz; /**< 0: every frame. */
	uint32_t max_viewers;
	uint64_t client_timeout_ns;
	uint64_t picture_timeout_ns;
	char *user;   /**< That a server started by root becomes; NULL: it stays root. */
	bool seccomp; /**< Give up system calls. */

	/* [runtime] */
	char *runtime_directory; /**< NULL: the library's default. */
	enum app_log_level log_level;

	/* The command line alone. */
	const char *config_path; /**< NULL: the default file, if there is one. */
	bool check_config;
};

/** What options_read() says. */
enum options_answer {
	OPTIONS_RUN,
	OPTIONS_DONE,  /**< --help or --version was answered. */
	OPTIONS_WRONG, /**< A message was printed. */
};

enum options_answer options_read(struct options *options, int argument_count, char **arguments);

void options_fini(struct options *options);

#endif
