/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include "clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define BAR_COLUMNS 24

static unsigned step_count, steps_begun;
static uint64_t start_ns;

void progress_begin(unsigned steps)
{
	step_count = steps;
	steps_begun = 0;
	start_ns = bench_now_ns();
}

static void draw_bar(void)
{
	unsigned done = steps_begun * BAR_COLUMNS / step_count;
	unsigned seconds = (unsigned)((bench_now_ns() - start_ns) / 1000000000);

	fputs("\r\033[K[", stderr);
	for (unsigned i = 0; i < BAR_COLUMNS; i++)
		fputc(i < done ? '#' : '.', stderr);
	fprintf(stderr, "] %u/%u  %u:%02u  ", steps_begun + 1, step_count, seconds / 60, seconds % 60);
}

void progress_step(const char *format, ...)
{
	va_list arguments;

	if (steps_begun + 1 > step_count)
		step_count = steps_begun + 1;
	if (isatty(STDERR_FILENO)) {
		draw_bar();
		va_start(arguments, format);
		vfprintf(stderr, format, arguments);
		va_end(arguments);
		fflush(stderr);
	}
	steps_begun++;
}

void progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}
