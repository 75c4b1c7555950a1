/* SPDX-License-Identifier: Apache-2.0 */
/** @file terminal.h
 * What the terminal can show: colours, characters beyond ASCII, its width. */
#ifndef ZCF_CLI_TERMINAL_H
#define ZCF_CLI_TERMINAL_H

#include <stdbool.h>

enum terminal_style {
	TERMINAL_PLAIN = 0,
	TERMINAL_BOLD,
	TERMINAL_DIM,
	TERMINAL_GOOD,
	TERMINAL_WARNING,
	TERMINAL_BAD,
	TERMINAL_HELD,
	TERMINAL_REVERSE,
};

/** Look at the locale, standard output, $NO_COLOR and $TERM. Call first of all. */
void terminal_init(void);

/** @return Whether characters beyond ASCII can be printed. */
bool terminal_has_utf8(void);

/** @return @p utf8 if they can, else @p ascii. */
const char *terminal_text(const char *utf8, const char *ascii);

/** @return What switches a style on, or "" without colours. */
const char *terminal_style_on(enum terminal_style style);

/** @return What switches back to plain, or "" without colours or for TERMINAL_PLAIN. */
const char *terminal_style_off(enum terminal_style style);

/** Columns and rows of the terminal on standard output; 80x24 if it does not say. @return false: no terminal. */
bool terminal_get_size(int *ret_columns, int *ret_rows);

/** Columns that a listing may use: the terminal's, or 0 (no limit) where standard output is none. */
int terminal_get_output_width(void);

#endif
