/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_CLI_TOP_BUFFERS_H
#define ZCF_CLI_TOP_BUFFERS_H

#include <zcframe/snapshot.h>

#include <stdio.h>

/** Draw a channel's buffers as cells, side by side: who holds each, and for how long. @param width  Columns. */
void buffers_draw(FILE *output, const struct zcf_snapshot *snapshot, int width);

#endif
