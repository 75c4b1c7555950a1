/* SPDX-License-Identifier: Apache-2.0 */
/** @file printable.h
 * Text that another process wrote, made fit to be shown. */
#ifndef ZCFRAME_MJPEGD_PRINTABLE_H
#define ZCFRAME_MJPEGD_PRINTABLE_H

#include <stddef.h>

/** End @p text within @p size bytes, and put '?' for every byte that is a control character or not UTF-8. */
void printable_clean(char *text, size_t size);

#endif
