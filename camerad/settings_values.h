/* SPDX-License-Identifier: Apache-2.0 */
/** @file settings_values.h
 * Parsers of the values that only our sections have. Each stores into its field and returns 0, or returns
 * -EINVAL with a sentence in @p why (see app_config_key.parse). */
#ifndef CAMERAD_SETTINGS_VALUES_H
#define CAMERAD_SETTINGS_VALUES_H

#include <stddef.h>
#include <sys/types.h>

int parse_source_name(void *source_ops, const char *value, char *why, size_t why_size);
int parse_rate(void *rate_millihertz, const char *value, char *why, size_t why_size);
int parse_playback(void *playback, const char *value, char *why, size_t why_size);
int parse_even_size(void *size_pixels, const char *value, char *why, size_t why_size);
int parse_crop(void *crop, const char *value, char *why, size_t why_size);
int parse_format(void *fourcc, const char *value, char *why, size_t why_size);
int parse_log_level(void *level, const char *value, char *why, size_t why_size);
int parse_backend(void *backend, const char *value, char *why, size_t why_size);
int parse_endpoint_choice(void *choice, const char *value, char *why, size_t why_size);
int parse_mode(void *mode, const char *value, char *why, size_t why_size);
int parse_user(void *uid, const char *value, char *why, size_t why_size);
int parse_socket_group(void *gid, const char *value, char *why, size_t why_size);
int parse_users(void *id_list, const char *value, char *why, size_t why_size);
int parse_groups(void *id_list, const char *value, char *why, size_t why_size);
int parse_group(void *gid, const char *value, char *why, size_t why_size);

/** The group of sockets if nothing is said: video, or (gid_t)-1, which leaves it, where that cannot be given. */
gid_t settings_default_group(void);

#endif
