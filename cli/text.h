/* SPDX-License-Identifier: Apache-2.0 */
/** @file text.h
 * Text on a terminal: how wide it is, cut to a width, and made harmless when other processes wrote it. */
#ifndef ZCF_CLI_TEXT_H
#define ZCF_CLI_TEXT_H

#include <stddef.h>
#include <stdio.h>

/** Columns that @p text takes; escape sequences of terminal_style_on() take none. */
size_t text_width(const char *text);

/** Print as much of @p text as fits into @p columns. Escape sequences are kept to the end. @return Columns used. */
size_t text_print_clipped(FILE *output, const char *text, size_t columns);

/**
 * Copy a name that another process chose: whatever could move the cursor or is no character becomes '?'.
 * The source need not end with a zero.
 *
 * @return buffer.
 */
const char *text_clean(char *buffer, size_t size, const char *text, size_t text_size);

#endif
