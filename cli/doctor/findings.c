/* SPDX-License-Identifier: Apache-2.0 */
#include "findings.h"

#include "json_output.h"
#include "message.h"
#include "terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct finding {
	enum finding_verdict verdict;
	const char *check;
	char sentence[640];
	char remedy[640];
	struct finding *next;
};

struct findings {
	struct finding *first, *last;
};

static const char *const verdict_names[] = {"ok", "warning", "broken"};

struct findings *findings_create(void)
{
	return cli_allocate(1, sizeof(struct findings));
}

void findings_destroy(struct findings *findings)
{
	while (findings->first != NULL) {
		struct finding *next = findings->first->next;
		free(findings->first);
		findings->first = next;
	}
	free(findings);
}

static void add(struct findings *findings, enum finding_verdict verdict, const char *check, const char *format,
		va_list arguments)
{
	struct finding *finding = cli_allocate(1, sizeof(*finding));

	finding->verdict = verdict;
	finding->check = check;
	vsnprintf(finding->sentence, sizeof(finding->sentence), format, arguments);
	if (findings->last != NULL)
		findings->last->next = finding;
	else
		findings->first = finding;
	findings->last = finding;
}

void findings_good(struct findings *findings, const char *check, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(findings, FINDING_GOOD, check, format, arguments);
	va_end(arguments);
}

void findings_problem(struct findings *findings, enum finding_verdict verdict, const char *check, const char *format,
		      ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(findings, verdict, check, format, arguments);
	va_end(arguments);
}

void findings_remedy(struct findings *findings, const char *format, ...)
{
	va_list arguments;

	if (findings->last == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(findings->last->remedy, sizeof(findings->last->remedy), format, arguments);
	va_end(arguments);
}

size_t findings_count(const struct findings *findings, enum finding_verdict verdict)
{
	size_t count = 0;

	for (const struct finding *finding = findings->first; finding != NULL; finding = finding->next)
		count += finding->verdict == verdict;
	return count;
}

void findings_print(const struct findings *findings)
{
	static const enum terminal_style styles[] = {TERMINAL_GOOD, TERMINAL_WARNING, TERMINAL_BAD};
	const char *const marks[] = {terminal_text("✓", "ok"), terminal_text("!", "! "), terminal_text("✗", "X ")};
	const char *indent = terminal_text("  ", "   ");

	for (const struct finding *finding = findings->first; finding != NULL; finding = finding->next) {
		enum terminal_style style = styles[finding->verdict];
		printf("%s%s%s %s\n", terminal_style_on(style), marks[finding->verdict], terminal_style_off(style),
		       finding->sentence);
		if (finding->remedy[0] != '\0')
			printf("%s%s %s\n", indent, terminal_text("→", "->"), finding->remedy);
	}
}

json_t *findings_make_json(const struct findings *findings)
{
	json_t *array = json_array();

	for (const struct finding *finding = findings->first; finding != NULL; finding = finding->next) {
		json_t *object = json_pack("{s:s, s:s, s:o}", "check", finding->check, "verdict",
					   verdict_names[finding->verdict], "message",
					   json_output_string(finding->sentence, sizeof(finding->sentence)));
		if (finding->remedy[0] != '\0')
			json_object_set_new(object, "remedy",
					    json_output_string(finding->remedy, sizeof(finding->remedy)));
		json_array_append_new(array, object);
	}
	return array;
}
