/* SPDX-License-Identifier: Apache-2.0 */
/* zcf bench report: a page, and a document, from results that were saved. */
#include "command.h"
#include "message.h"
#include "output_file.h"
#include "report.h"

#include <jansson.h>

static const char *html_path, *markdown_path;

extern const struct cli_command cli_bench_command, cli_bench_report_command;

static int write_file(const char *path, const struct document_format *format, const json_t *results)
{
	struct output_file *file = output_file_create(path);
	struct document document = {.format = format};

	if (file == NULL)
		return CLI_FAILED;
	document.output = output_file_get_stream(file);
	report_write(&document, results);
	return output_file_commit(file) < 0 ? CLI_FAILED : CLI_OK;
}

static int run(const struct cli_invocation *invocation)
{
	const char *path = invocation->arguments[0];
	json_error_t error;
	json_t *results = json_load_file(path, 0, &error);
	int code = CLI_OK;

	if (results == NULL || json_object_get(results, "machine") == NULL) {
		cli_message("%s holds no results of `zcf bench --json`%s%s", path, results == NULL ? ": " : "",
			    results == NULL ? error.text : "");
		json_decref(results);
		return CLI_FAILED;
	}
	if (html_path != NULL)
		code = write_file(html_path, &document_html, results);
	if (code == CLI_OK && (markdown_path != NULL || html_path == NULL))
		code = write_file(markdown_path != NULL ? markdown_path : "-", &document_markdown, results);
	json_decref(results);
	return code;
}

const struct cli_command cli_bench_report_command = {
	.name = "report",
	.parent = &cli_bench_command,
	.summary = "Make a page or a document from saved results",
	.description = "Without an option the document goes to standard output.\n",
	.arguments = (const struct cli_argument[]){{"RESULTS", false, CLI_COMPLETE_FILE}, {.name = NULL}},
	.options = (const struct cli_option[]){{.name = "html",
						.argument = "FILE",
						.help = "a page with plots, which needs nothing else",
						.type = CLI_STRING,
						.value = &html_path,
						.completion = CLI_COMPLETE_FILE},
					       {.name = "markdown",
						.argument = "FILE",
						.help = "the same as Markdown",
						.type = CLI_STRING,
						.value = &markdown_path,
						.completion = CLI_COMPLETE_FILE},
					       {.name = NULL}},
	.examples = "  zcf bench --json >results.json && zcf bench report results.json --html report.html\n",
	.run = run,
};
