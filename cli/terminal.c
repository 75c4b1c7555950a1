/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool has_colours;
static bool has_utf8;

void terminal_init(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	/* LC_CTYPE alone: numbers must keep their decimal point whatever the language. */
	setlocale(LC_CTYPE, "");
	has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	has_colours = isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') && term != NULL &&
		      strcmp(term, "dumb") != 0;
}

bool terminal_has_utf8(void)
{
	return has_utf8;
}

const char *terminal_text(const char *utf8, const char *ascii)
{
	return has_utf8 ? utf8 : ascii;
}

/* The sixteen colours that every terminal has, so that the user's own palette decides what they look like. */
const char *terminal_style_on(enum terminal_style style)
{
	static const char *const codes[] = {
		[TERMINAL_PLAIN] = "",        [TERMINAL_BOLD] = "\033[1m",     [TERMINAL_DIM] = "\033[2m",
		[TERMINAL_GOOD] = "\033[32m", [TERMINAL_WARNING] = "\033[33m", [TERMINAL_BAD] = "\033[1;31m",
		[TERMINAL_HELD] = "\033[36m", [TERMINAL_REVERSE] = "\033[7m",
	};

	return has_colours ? codes[style] : "";
}

const char *terminal_style_off(enum terminal_style style)
{
	return has_colours && style != TERMINAL_PLAIN ? "\033[0m" : "";
}

bool terminal_get_size(int *ret_columns, int *ret_rows)
{
	struct winsize size;

	*ret_columns = 80;
	*ret_rows = 24;
	if (!isatty(STDOUT_FILENO))
		return false;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		*ret_columns = size.ws_col;
		*ret_rows = size.ws_row;
	}
	return true;
}

int terminal_get_output_width(void)
{
	int columns, rows;

	return terminal_get_size(&columns, &rows) ? columns : 0;
}
