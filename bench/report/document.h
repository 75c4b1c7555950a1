/* SPDX-License-Identifier: Apache-2.0 */
/** @file document.h
 * A report that is written once, and comes out as HTML, as Markdown, or for a terminal. Text is plain, but that
 * commands stand between backticks: each format escapes what it must. */
#ifndef ZCF_BENCH_REPORT_DOCUMENT_H
#define ZCF_BENCH_REPORT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** A bar, with a mark behind it, such as p50 and p99. */
struct bar {
	char label[80];
	double value, mark; /**< 0: none. */
	bool is_ours;
	bool falls_short;
};

/** Values of one way, from left to right. */
struct line {
	char label[80];
	double values[16];
	bool is_ours;
};

struct document_format {
	void (*begin)(FILE *output, const char *title);
	void (*end)(FILE *output);
	void (*heading)(FILE *output, int level, const char *text);
	void (*paragraph)(FILE *output, const char *text);
	/** Numbers stand on the right, except in the first column. */
	void (*table_begin)(FILE *output, const char *const *titles, size_t count);
	void (*row_begin)(FILE *output, bool is_ours);
	void (*cell)(FILE *output, const char *text);
	void (*row_end)(FILE *output);
	void (*table_end)(FILE *output);
	/** What is between them need not be seen at once. */
	void (*details_begin)(FILE *output, const char *summary);
	void (*details_end)(FILE *output);
	void (*bars)(FILE *output, const char *title, const struct bar *bars, size_t count);
	/** @param ticks  Of the horizontal axis. */
	void (*lines)(FILE *output, const char *title, const char *const *ticks, size_t tick_count,
		      const struct line *lines, size_t line_count);
};

extern const struct document_format document_html, document_markdown, document_terminal;

struct document {
	const struct document_format *format;
	FILE *output;
};

/* Of formats in which all is seen at once. */
void document_no_details_begin(FILE *output, const char *summary);
void document_no_details_end(FILE *output);

/* Of formats without pictures: a table with the same numbers always stands beside them. */
void document_no_bars(FILE *output, const char *title, const struct bar *bars, size_t count);
void document_no_lines(FILE *output, const char *title, const char *const *ticks, size_t tick_count,
		       const struct line *lines, size_t line_count);

void document_paragraph(const struct document *document, const char *format, ...) __attribute__((format(printf, 2, 3)));
void document_cell(const struct document *document, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
