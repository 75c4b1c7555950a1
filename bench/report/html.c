/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"
#include "svg.h"
#include "xml_text.h"

#include <string.h>

static const char style[] =
	"body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1c2330;"
	"background:#fff}"
	"h1,h2,h3{line-height:1.2;margin:2em 0 .5em}h1{margin-top:0}p{max-width:46rem}code{font-size:.9em}"
	/* Tables are as wide as they are, and move within their own width. */
	"table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;margin:1rem 0}"
	"div.table{overflow-x:auto}th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #d9dee7;"
	"white-space:nowrap}th:first-child,td:first-child{text-align:left;padding-left:0;white-space:normal;"
	"min-width:9rem}"
	"th{color:#5a6577;font-weight:600}tr.ours{background:#e8f3ec;font-weight:600}summary{cursor:pointer;"
	"color:#5a6577}"
	/* Plots: labels beside the bars, or above them where there is no room. */
	"figure{margin:1.5rem 0}figcaption{font-weight:600;font-size:.85rem;margin-bottom:.5rem}"
	"div.bar{display:grid;grid-template-columns:minmax(0,25rem) minmax(0,2fr);gap:0 "
	".75rem;align-items:center;font-size:.85rem;"
	"line-height:1.25}div.bar span{text-align:right}svg{width:100%;display:block;overflow:visible}"
	"svg text{font:13px system-ui,sans-serif;fill:#1c2330}svg.axis text{fill:#5a6577;font-size:11px}"
	"line.grid{stroke:#8884}line.mark{stroke:#c23a3a;stroke-width:2}svg text.mark{fill:#c23a3a}"
	".legend{font-size:.85rem;margin:.5rem 0}.legend span{margin-right:1rem;white-space:nowrap}"
	".legend i{display:inline-block;width:14px;height:4px;margin-right:.4rem;vertical-align:middle}"
	"@media(max-width:48rem){div.bar{grid-template-columns:1fr}div.bar span{text-align:left;padding-top:.3rem}}"
	"@media(prefers-color-scheme:dark){body{background:#12161d;color:#dfe5ee}th,summary{color:#97a3b6}"
	"td,th{border-color:#2a3240}tr.ours{background:#17331f}svg text{fill:#dfe5ee}svg.axis text{fill:#97a3b6}}";

/* Commands stand between backticks. */
static void text_with_code(FILE *output, const char *text)
{
	bool is_code = false;

	for (const char *tick; (tick = strchr(text, '`')) != NULL; text = tick + 1) {
		xml_text_range(output, text, tick);
		is_code = !is_code;
		fputs(is_code ? "<code>" : "</code>", output);
	}
	xml_text(output, text);
	if (is_code)
		fputs("</code>", output);
}

static void begin(FILE *output, const char *title)
{
	fprintf(output, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			"<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	xml_text(output, title);
	fprintf(output, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>", style);
	xml_text(output, title);
	fputs("</h1>\n", output);
}

static void end(FILE *output)
{
	fputs("</body>\n</html>\n", output);
}

static void heading(FILE *output, int level, const char *text)
{
	fprintf(output, "<h%d>", level);
	xml_text(output, text);
	fprintf(output, "</h%d>\n", level);
}

static void paragraph(FILE *output, const char *text)
{
	fputs("<p>", output);
	text_with_code(output, text);
	fputs("</p>\n", output);
}

static void table_begin(FILE *output, const char *const *titles, size_t count)
{
	fputs("<div class=\"table\"><table>\n<tr>", output);
	for (size_t i = 0; i < count; i++) {
		fputs("<th>", output);
		xml_text(output, titles[i]);
		fputs("</th>", output);
	}
	fputs("</tr>\n", output);
}

static void row_begin(FILE *output, bool is_ours)
{
	fputs(is_ours ? "<tr class=\"ours\">" : "<tr>", output);
}

static void cell(FILE *output, const char *text)
{
	fputs("<td>", output);
	xml_text(output, text);
	fputs("</td>", output);
}

static void row_end(FILE *output)
{
	fputs("</tr>\n", output);
}

static void table_end(FILE *output)
{
	fputs("</table></div>\n", output);
}

static void details_begin(FILE *output, const char *summary)
{
	fputs("<details><summary>", output);
	xml_text(output, summary);
	fputs("</summary>\n", output);
}

static void details_end(FILE *output)
{
	fputs("</details>\n", output);
}

const struct document_format document_html = {
	.begin = begin,
	.end = end,
	.heading = heading,
	.paragraph = paragraph,
	.table_begin = table_begin,
	.row_begin = row_begin,
	.cell = cell,
	.row_end = row_end,
	.table_end = table_end,
	.details_begin = details_begin,
	.details_end = details_end,
	.bars = svg_bars,
	.lines = svg_lines,
};
