/* SPDX-License-Identifier: Apache-2.0 */
/* Of the daemons that systemd was told to run: do they? */
#include "ask.h"
#include "checks.h"
#include "text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define CHECK             "services"
#define ANSWER_TIMEOUT_MS 5000
#define WORD_SIZE         32

/* What systemd says of a unit: "ActiveState=failed" and so on, a line each. @return false if it says nothing of it. */
static bool read_property(const struct answer *answer, const char *property, char word[WORD_SIZE])
{
	char key[WORD_SIZE];
	const char *found;

	snprintf(key, sizeof(key), "%s=", property);
	found = strstr(answer->text, key);
	if (found == NULL)
		return false;
	found += strlen(key);
	text_clean(word, WORD_SIZE, found, strcspn(found, "\n"));
	return true;
}

/* @return Whether systemd knows it at all and there is something to say. */
static bool check_service(struct findings *findings, const char *name, const struct answer *answer)
{
	char active[WORD_SIZE] = "", sub[WORD_SIZE] = "", result[WORD_SIZE] = "";

	read_property(answer, "ActiveState", active);
	read_property(answer, "SubState", sub);
	read_property(answer, "Result", result);
	if (strcmp(active, "active") == 0) {
		findings_good(findings, CHECK, "the service %s runs", name);
		return true;
	}
	if (strcmp(active, "failed") == 0)
		findings_problem(findings, FINDING_BROKEN, CHECK, "the service %s has failed (%s)", name, result);
	else if (strcmp(sub, "auto-restart") == 0)
		findings_problem(findings, FINDING_BROKEN, CHECK,
				 "the service %s ends (%s) and systemd starts it again and again", name, result);
	else
		return false;
	findings_remedy(findings, "'journalctl -eu %s' says why; then: systemctl restart %s", name, name);
	return true;
}

void check_services(struct findings *findings)
{
	static const char *const names[] = {"zcf-camerad", "zcf-mjpegd", "zcf-yolod", "zcf-streamd"};
	char path[PATH_MAX], word[WORD_SIZE];
	struct answer answer = {.text = ""};
	bool noted = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char unit[WORD_SIZE];
		char *const arguments[] = {path, "show", "--property=ActiveState,SubState,Result", unit, NULL};

		snprintf(unit, sizeof(unit), "%s.service", names[i]);
		if (find_program("systemctl", path, sizeof(path)))
			ask(arguments, ANSWER_TIMEOUT_MS, &answer);
		if (!read_property(&answer, "ActiveState", word)) {
			findings_good(findings, CHECK, "systemd does not run here, so no daemon does by itself");
			return;
		}
		noted |= check_service(findings, names[i], &answer);
	}
	if (!noted)
		findings_good(findings, CHECK, "no daemon was started by systemd");
}
