/* SPDX-License-Identifier: Apache-2.0 */
/** @file option_keys.h
 * The keys of the configuration file that fill struct options, and how each is parsed. */
#ifndef ZCFRAME_MJPEGD_OPTION_KEYS_H
#define ZCFRAME_MJPEGD_OPTION_KEYS_H

#include "app/config.h"

/** Of the section [mjpegd]. Ends with a name of NULL. */
extern const struct app_config_key mjpegd_keys[];

/** Of the section [runtime]. Ends with a name of NULL. */
extern const struct app_config_key runtime_keys[];

#endif
