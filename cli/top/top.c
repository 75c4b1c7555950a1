/* SPDX-License-Identifier: Apache-2.0 */
/* zcf top: channels and consumers as they are now, again and again. */
#include "command.h"
#include "history.h"
#include "json_output.h"
#include "message.h"
#include "report.h"
#include "screen.h"
#include "terminal.h"
#include "units.h"

#include <zcframe/consumer.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Short, so that one producer that hangs does not hold the view of all the others up. */
#define QUERY_TIMEOUT_NS 200000000
/* Where standard output is no terminal. */
#define REPORT_WIDTH 100

static uint64_t interval_ns = 1000000000;
static bool once;

struct view {
	struct history history;
	char *text; /* the report, rendered for the present width */
	size_t line_count, first_line;
	bool paused;
	int error; /* of the last update */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void print_title(FILE *output, const struct view *view, int width)
{
	char directory[PATH_MAX] = "?", interval[UNITS_SIZE], clock[16];
	time_t now = time(NULL);
	struct tm local;
	int used;

	zcf_runtime_directory(directory, sizeof(directory));
	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &local));
	fprintf(output, "%szcf top%s", terminal_style_on(TERMINAL_BOLD), terminal_style_off(TERMINAL_BOLD));
	used = (int)strlen("zcf top") + fprintf(output, "  %zu channel%s, every %s, in %s", view->history.count,
						view->history.count == 1 ? "" : "s",
						units_duration(interval, interval_ns), directory);
	fprintf(output, "%*s\n\n", width - used > 10 ? width - used : 10, clock);
}

static void render(struct view *view)
{
	size_t size = 0;
	int columns, rows;
	FILE *output;

	free(view->text);
	view->text = NULL;
	output = open_memstream(&view->text, &size);
	if (output == NULL)
		return;
	terminal_get_size(&columns, &rows);
	print_title(output, view, columns);
	if (view->error < 0)
		fprintf(output, "cannot list the channels: %s\n", strerror(-view->error));
	else if (view->history.count == 0)
		fprintf(output, "No channels yet. Is zcf-camerad running? 'zcf doctor' tells more.\n");
	report_print(output, &view->history, columns);
	fclose(output);
	view->line_count = 0;
	for (const char *text = view->text; text != NULL && *text != '\0'; text++)
		view->line_count += *text == '\n';
}

static void paint(struct view *view)
{
	char footer[160];
	int columns, rows;
	size_t visible;

	terminal_get_size(&columns, &rows);
	visible = rows > 1 ? (size_t)rows - 1 : 1;
	if (view->line_count <= visible)
		view->first_line = 0;
	else if (view->first_line > view->line_count - visible)
		view->first_line = view->line_count - visible;
	if (view->line_count > visible)
		snprintf(footer, sizeof(footer), " q quit  space %s  %s scroll (%zu-%zu of %zu)",
			 view->paused ? "go on" : "pause", terminal_text("↑↓", "j/k"), view->first_line + 1,
			 view->first_line + visible, view->line_count);
	else
		snprintf(footer, sizeof(footer), " q quit  space %s", view->paused ? "go on (paused)" : "pause");
	screen_paint(view->text != NULL ? view->text : "", view->first_line, footer);
}

static void scroll(struct view *view, enum screen_key key)
{
	int columns, rows;
	size_t page;

	terminal_get_size(&columns, &rows);
	page = rows > 3 ? (size_t)rows - 3 : 1;
	if (key == SCREEN_UP && view->first_line > 0)
		view->first_line--;
	else if (key == SCREEN_DOWN)
		view->first_line++;
	else if (key == SCREEN_PAGE_UP)
		view->first_line = view->first_line > page ? view->first_line - page : 0;
	else if (key == SCREEN_PAGE_DOWN)
		view->first_line += page;
	else if (key == SCREEN_HOME)
		view->first_line = 0;
	else if (key == SCREEN_END)
		view->first_line = view->line_count; /* paint() brings it back to the last page */
}

static int run_screen(void)
{
	struct view view = {.first_line = 0};
	uint64_t next_ns = now_ns();
	enum screen_key key = SCREEN_NOTHING;
	int error = screen_open();

	if (error < 0) {
		screen_close();
		cli_message("cannot take over the terminal: %s", strerror(-error));
		return CLI_FAILED;
	}
	for (;;) {
		if (key == SCREEN_NOTHING && !view.paused)
			view.error = history_update(&view.history, QUERY_TIMEOUT_NS);
		/* From now, not from the last time: after a slow answer there is nothing to catch up with. */
		if (key == SCREEN_NOTHING)
			next_ns = now_ns() + interval_ns;
		if (key == SCREEN_NOTHING || key == SCREEN_RESIZED || key == SCREEN_PAUSE)
			render(&view);
		paint(&view);
		key = screen_wait(next_ns);
		if (key == SCREEN_QUIT || key == SCREEN_SIGNAL)
			break;
		if (key == SCREEN_PAUSE)
			view.paused = !view.paused;
		scroll(&view, key);
	}
	screen_close();
	screen_end_by_signal();
	history_free(&view.history);
	free(view.text);
	return CLI_OK;
}

/* Two looks at the channels: there is no rate in one. */
static int run_once(bool json)
{
	struct timespec pause = {.tv_sec = (time_t)(interval_ns / 1000000000),
				 .tv_nsec = (long)(interval_ns % 1000000000)};
	struct history history = {0};
	int error = history_update(&history, QUERY_TIMEOUT_NS);
	int code = CLI_OK;

	if (error == 0 && history.count > 0) {
		nanosleep(&pause, NULL);
		error = history_update(&history, QUERY_TIMEOUT_NS);
	}
	if (error < 0) {
		cli_message("cannot list the channels: %s", strerror(-error));
		code = CLI_FAILED;
	} else if (json) {
		code = json_output_print(report_make_json(&history));
	} else {
		int width = terminal_get_output_width();
		char directory[PATH_MAX] = "?";

		zcf_runtime_directory(directory, sizeof(directory));
		report_print(stdout, &history, width > 0 ? width : REPORT_WIDTH);
		if (history.count == 0)
			cli_message("no channels in %s. Is zcf-camerad running? 'zcf doctor' tells more.", directory);
	}
	history_free(&history);
	return code;
}

static int run(const struct cli_invocation *invocation)
{
	const char *term = getenv("TERM");

	if (once || invocation->json || terminal_get_output_width() == 0)
		return run_once(invocation->json);
	if (term == NULL || strcmp(term, "dumb") == 0) {
		cli_message("this terminal (TERM=%s) cannot be painted on; printing one report",
			    term != NULL ? term : "");
		return run_once(false);
	}
	return run_screen();
}

const struct cli_command cli_top_command = {
	.name = "top",
	.summary = "Watch channels, consumers and buffers live",
	.description =
		"For each channel its buffers as a row of cells: who holds each one, and for how long. For each "
		"consumer:\n\n"
		"  RATE      frames it acquires in a second\n"
		"  P50, P99  time from publish to acquire, over the last ten intervals\n"
		"  SKIPS     camera frames that were lost while it held a buffer\n"
		"  REVOKED   buffers taken from it past the lease's deadline\n"
		"  MISSED    frames that it wanted and did not fetch in time\n"
		"  HOLDS     buffer:age of each frame that it holds now\n\n"
		"For a channel of detections also what the newest result says: classes with counts and best scores, "
		"the picture,\nand how long the detector took for it, stage by stage.\n\n"
		"Keys: q quits, space pauses, arrows, j, k and page keys scroll. Where standard output is no "
		"terminal, and\n"
		"with --once or --json, it looks twice, an interval apart, and prints one report.\n",
	.options =
		(const struct cli_option[]){
			{.name = "interval",
			 .letter = 'i',
			 .argument = "TIME",
			 .help = "look every TIME (default 1s)",
			 .type = CLI_DURATION,
			 .value = &interval_ns,
			 .minimum = 0.05,
			 .maximum = 3600},
			{.name = "once", .letter = '1', .help = "print one report", .type = CLI_FLAG, .value = &once},
			{.name = NULL}},
	.examples = "  zcf top --interval 200ms\n"
		    "  zcf top --once --json | jq '.channels[].consumers[]? | {\"label\", rate_hz}'\n",
	.has_json = true,
	.run = run,
};
