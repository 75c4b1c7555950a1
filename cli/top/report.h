/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_CLI_TOP_REPORT_H
#define ZCF_CLI_TOP_REPORT_H

#include "history.h"

#include <jansson.h>
#include <stdio.h>

/** Write the whole view as lines. @param width  Columns to make do with. */
void report_print(FILE *output, const struct history *history, int width);

/** The same as JSON. @return A new reference, or NULL. */
json_t *report_make_json(const struct history *history);

#endif
