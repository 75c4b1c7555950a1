/* SPDX-License-Identifier: Apache-2.0 */
/** @file options.h
 * The command line of zcf-camerad. */
#ifndef CAMERAD_OPTIONS_H
#define CAMERAD_OPTIONS_H

#include "settings.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_DONE,  /**< --help or --version was answered. */
	OPTIONS_WRONG, /**< The mistake was named on standard error. */
};

struct options {
	struct settings_overrides overrides;
};

enum options_action options_parse(struct options *options, int argument_count, char **arguments);

#endif
