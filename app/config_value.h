/* SPDX-License-Identifier: Apache-2.0 */
/** @file config_value.h
 * One value of the configuration file, from its text to the field that it sets. */
#ifndef ZCFRAME_APP_CONFIG_VALUE_H
#define ZCFRAME_APP_CONFIG_VALUE_H

#include "config.h"

/**
 * Parse @p value as @p key says and store it in the struct @p target.
 *
 * @return 0; -EINVAL with a sentence in @p why; -ENOMEM.
 */
int config_value_set(const struct app_config_key *key, void *target, const char *value, char *why, size_t why_size);

#endif
