/* SPDX-License-Identifier: Apache-2.0 */
/** @file json_output.h
 * What --json prints. Names and units are those of snapshot.h; numbers above 2^53 are strings. */
#ifndef ZCF_CLI_JSON_OUTPUT_H
#define ZCF_CLI_JSON_OUTPUT_H

#include <zcframe/snapshot.h>

#include <jansson.h>

/** Print a value and a newline, and let go of the value. NULL means that memory ran out. @return Exit code. */
int json_output_print(json_t *value);

/** Everything about a channel that answered. @return A new reference, or NULL. */
json_t *json_output_snapshot(const struct zcf_snapshot *snapshot);

/** A string of another process, made valid UTF-8. @return A new reference, or NULL. */
json_t *json_output_string(const char *text, size_t size);

#endif
