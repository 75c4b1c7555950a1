/* SPDX-License-Identifier: Apache-2.0 */
/* What was expected, and what was found. */
#include "expectations.h"
#include "message.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>

/* With so many digits, two at least, that what falls short does not look as if it were met. */
static const char *write_measured(double measured, double limit, char *text, size_t size)
{
	for (int digits = 2; digits <= 6; digits++) {
		snprintf(text, size, "%.*f", digits, measured);
		if (measured <= limit || strtod(text, NULL) > limit)
			break;
	}
	return text;
}

static const char *write_command(const char *question, char *text, size_t size)
{
	snprintf(text, size, "zcf bench %s", question);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '_')
			*c = '-';
	return text;
}

static void write_row(const struct document *document, const struct expectation *expectation, double measured)
{
	char text[48];

	document->format->row_begin(document->output, false);
	document_cell(document, "%s", expectation->claim);
	document_cell(document, "%.2f", expectation->limit);
	if (isnan(measured))
		document_cell(document, "-");
	else
		document_cell(document, "%s", write_measured(measured, expectation->limit, text, sizeof(text)));
	document_cell(document, "%s",
		      isnan(measured)                  ? "not measured"
		      : measured <= expectation->limit ? "met"
						       : "falls short");
	document_cell(document, "%s", write_command(expectation->question, text, sizeof(text)));
	document->format->row_end(document->output);
}

static void write_reasons(const struct document *document, const json_t *results)
{
	bool begun = false;

	for (size_t i = 0; i < expectation_count; i++) {
		const struct expectation *expectation = &expectations[i];
		double measured = expectation->measure(results);
		struct reason reason = {.length = 0};
		char text[48];
		if (isnan(measured) || measured <= expectation->limit)
			continue;
		if (!begun)
			document->format->heading(document->output, 3,
						  "What falls short, and what this run says of why");
		begun = true;
		expectation->explain(results, &reason);
		document_paragraph(document, "%s, %s instead of %.2f: %s", expectation->claim,
				   write_measured(measured, expectation->limit, text, sizeof(text)), expectation->limit,
				   reason.text);
	}
}

static bool deals_with(const json_t *results, const struct expectation *expectation)
{
	return json_object_get(results, expectation->question) != NULL;
}

static bool deals_with_any(const json_t *results)
{
	for (size_t i = 0; i < expectation_count; i++)
		if (deals_with(results, &expectations[i]))
			return true;
	return false;
}

/* All on one scale: beyond the mark is what falls short. */
static void write_bars(const struct document *document, const json_t *results)
{
	struct bar *bars = cli_allocate(expectation_count, sizeof(*bars));
	size_t count = 0;

	for (size_t i = 0; i < expectation_count; i++) {
		double measured = expectations[i].measure(results);
		if (isnan(measured))
			continue;
		snprintf(bars[count].label, sizeof(bars[0].label), "%s", expectations[i].claim);
		bars[count].value = measured / expectations[i].limit;
		bars[count].mark = 1;
		bars[count].is_ours = true;
		bars[count++].falls_short = measured > expectations[i].limit;
	}
	document->format->bars(document->output,
			       "What was measured, as a share of what was expected at most (red line): green if met, "
			       "orange if it falls short",
			       bars, count);
	free(bars);
}

void report_write_verdicts(const struct document *document, const json_t *results, bool all)
{
	static const char *const titles[] = {"expected", "at most", "measured", "", "command"};

	if (!all && !deals_with_any(results))
		return;
	document->format->heading(document->output, 2,
				  json_is_true(json_object_get(json_object_get(results, "bench"), "quick"))
					  ? "In short, by --quick, which is not for figures"
					  : "In short");
	write_bars(document, results);
	document->format->table_begin(document->output, titles, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < expectation_count; i++)
		if (all || deals_with(results, &expectations[i]))
			write_row(document, &expectations[i], expectations[i].measure(results));
	document->format->table_end(document->output);
	write_reasons(document, results);
}
