/* SPDX-License-Identifier: Apache-2.0 */
/** @file source_opening.h
 * A source that is being opened on a thread of its own. A file on a disk that does not answer, or in which the first
 * picture is far behind damage, takes as long as it takes; the loop has consumers to serve meanwhile.
 */
#ifndef CAMERAD_SOURCE_OPENING_H
#define CAMERAD_SOURCE_OPENING_H

#include "source.h"

struct source_opening;

/**
 * Begin.
 *
 * @param ops       Of a source without hardware.
 * @param settings  Copied, its path too.
 * @return 0 or a negative errno.
 */
int source_opening_start(const struct source_ops *ops, const struct source_settings *settings,
			 struct source_opening **ret_opening);

/**
 * Take the result, if there is one. Does not wait.
 *
 * @return -EINPROGRESS while it goes on. Else the opening is over and freed: 0 with the source, or the negative errno
 *         of source_open(), which has logged why.
 */
int source_opening_finish(struct source_opening *opening, struct source **ret_source);

/** Do without the result; its thread closes what still comes. Does not wait. NULL is none. */
void source_opening_abandon(struct source_opening *opening);

#endif
