/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"
#include "svg.h"
#include "xml_text.h"

static const char style[] =
	"body{font:16px/1.5 system-ui,sans-serif;max-width:88rem;margin:2rem auto;padding:0 1rem;color:#1c2330;"
	"background:#fff}"
	"h1,h2,h3{line-height:1.2;margin:2em 0 .5em}h1{margin-top:0}p{max-width:46rem}"
	"table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;margin:1rem 0}"
	"div.table{overflow-x:auto}th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #d9dee7;"
	"white-space:nowrap}th:first-child,td:first-child{text-align:left}th{color:#5a6577;font-weight:600}"
	"tr.ours{background:#e8f3ec;font-weight:600}svg{max-width:100%;height:auto;display:block;margin:1rem 0}"
	"svg text{font:13px system-ui,sans-serif;fill:#1c2330}svg .axis{fill:#5a6577;font-size:11px}svg "
	".beyond{fill:#c23a3a}"
	"@media(prefers-color-scheme:dark){body{background:#12161d;color:#dfe5ee}th,svg "
	".axis{color:#97a3b6;fill:#97a3b6}"
	"td,th{border-color:#2a3240}tr.ours{background:#17331f}svg text{fill:#dfe5ee}}";

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
	xml_text(output, text);
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
	.bars = svg_bars,
	.lines = svg_lines,
};
