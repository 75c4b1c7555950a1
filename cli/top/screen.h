/* SPDX-License-Identifier: Apache-2.0 */
/** @file screen.h
 * The whole terminal for as long as it is open: other screen, no echo, no cursor. Whatever ends the program,
 * short of SIGKILL, the terminal is as it was before. */
#ifndef ZCF_CLI_TOP_SCREEN_H
#define ZCF_CLI_TOP_SCREEN_H

#include <stddef.h>
#include <stdint.h>

enum screen_key {
	SCREEN_NOTHING = 0, /**< The time is up. */
	SCREEN_RESIZED,
	SCREEN_SIGNAL, /**< One that ends the program, see screen_end_by_signal(). */
	SCREEN_QUIT,
	SCREEN_PAUSE,
	SCREEN_UP,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_OTHER,
};

/** Take the terminal over. @return 0 or a negative errno. */
int screen_open(void);

/** Give the terminal back. */
void screen_close(void);

/** Wait for a key, a signal, or the time (CLOCK_MONOTONIC). */
enum screen_key screen_wait(uint64_t until_ns);

/**
 * Show lines from the top, each cut to the terminal's width; those below the last row are not shown.
 *
 * @param text   Lines that end with a newline.
 * @param first  Leave that many lines out.
 * @param footer The last row.
 */
void screen_paint(const char *text, size_t first, const char *footer);

/** After SCREEN_SIGNAL and screen_close(): end by that signal. */
void screen_end_by_signal(void);

#endif
