/* SPDX-License-Identifier: Apache-2.0 */
/* Do the programs on this machine belong together, and would they start? */
#include "ask.h"
#include "checks.h"
#include "text.h"

#include <zcframe/version.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define VERSIONS          "versions"
#define CONFIGURATION     "configuration"
#define ENCODERS          "encoders"
#define LINE_SIZE         320
#define ANSWER_TIMEOUT_MS 5000
/* Python, and a model that is loaded to see whether it can be: on a board that takes a while. */
#define DETECTOR_TIMEOUT_MS 60000

struct program {
	const char *name;
	const char *purpose;      /* What it is for, if a machine without it is worth a word. */
	const char *build_folder; /* NULL: what is in the build tree works once it is installed. */
	int timeout_ms;
};

static const struct program camera_daemon = {
	.name = "zcf-camerad",
	.purpose = "the camera daemon",
	.build_folder = "camerad",
	.timeout_ms = ANSWER_TIMEOUT_MS,
};
static const struct program web_server = {
	.name = "zcf-mjpegd",
	.purpose = "the web page",
	.build_folder = "mjpegd",
	.timeout_ms = ANSWER_TIMEOUT_MS,
};
static const struct program detector = {
	.name = "zcf-yolod",
	.timeout_ms = DETECTOR_TIMEOUT_MS,
};
static const struct program streaming_server = {
	.name = "zcf-streamd",
	.build_folder = "streamd",
	.timeout_ms = ANSWER_TIMEOUT_MS,
};

static void check_library(struct findings *findings)
{
	char built[32];

	snprintf(built, sizeof(built), "%d.%d.%d", ZCF_VERSION_MAJOR, ZCF_VERSION_MINOR, ZCF_VERSION_PATCH);
	if (strcmp(built, zcf_version()) == 0) {
		findings_good(findings, VERSIONS, "zcf and libzcframe %s, protocol %u.%u", built, ZCF_PROTOCOL_MAJOR,
			      ZCF_PROTOCOL_MINOR);
		return;
	}
	findings_problem(findings, FINDING_WARNING, VERSIONS, "zcf %s runs with libzcframe %s", built, zcf_version());
	findings_remedy(findings,
			"install both from the same package, then run ldconfig; 'ldd $(command -v zcf)' shows "
			"which library is found");
}

/* The program's own line (it begins with its name) or else the first one, harmless to show: libraries may say
 * something before it. @return Whether it ended well and said something. */
static bool ask_for_line(const struct program *program, const char *path, const char *option, struct answer *answer,
			 char line[LINE_SIZE])
{
	char *const arguments[] = {(char *)path, (char *)option, NULL};
	const char *text = answer->text;
	size_t length = strlen(program->name);

	ask(arguments, program->timeout_ms, answer);
	while (text[0] != '\0' && strncmp(text, program->name, length) != 0) {
		text += strcspn(text, "\n");
		text += text[0] == '\n';
	}
	if (text[0] == '\0')
		text = answer->text;
	text_clean(line, LINE_SIZE, text, strcspn(text, "\n"));
	return answer->error == 0 && answer->exit_status == 0 && line[0] != '\0';
}

/* "zcf-camerad 0.1.0 (...)": does the version stand in it as a word? */
static bool mentions_version(const char *line, const char *version)
{
	size_t length = strlen(version);

	for (const char *word = line; *word != '\0'; word += strspn(word, " ,()")) {
		size_t word_length = strcspn(word, " ,()");
		if (word_length == length && strncmp(word, version, length) == 0)
			return true;
		word += word_length;
	}
	return false;
}

/* @return Whether the program starts at all. */
static bool check_version(struct findings *findings, const struct program *program, const char *path)
{
	struct answer answer;
	char line[LINE_SIZE];
	bool answered = ask_for_line(program, path, "--version", &answer, line);

	if (!answered) {
		findings_problem(findings, FINDING_BROKEN, VERSIONS, "%s does not start: %s", path,
				 answer.error != 0 ? strerror(-answer.error)
				 : line[0] != 0    ? line
						   : "no answer to --version");
		findings_remedy(findings, "'ldd %s' shows whether a library is missing", path);
	} else if (!mentions_version(line, zcf_version())) {
		findings_problem(findings, FINDING_WARNING, VERSIONS, "%s is of another version than libzcframe %s: %s",
				 path, zcf_version(), line);
		findings_remedy(findings, "install all of zcframe from the same release");
	} else {
		findings_good(findings, VERSIONS, "%s", line);
	}
	return answered;
}

/* @return Whether it is right. The detector has loaded its model by then. */
static bool check_configuration(struct findings *findings, const struct program *program, const char *path)
{
	struct answer answer;
	char line[LINE_SIZE];

	if (ask_for_line(program, path, "--check-config", &answer, line)) {
		findings_good(findings, CONFIGURATION, "%s", line);
		return true;
	}
	/* Of the detector: it is installed with the others, but what it needs from PyPI is not. */
	if (program == &detector && answer.exit_status == EX_UNAVAILABLE) {
		findings_problem(findings, FINDING_WARNING, CONFIGURATION, "%s", line);
		findings_remedy(findings,
				"if this machine is to run the detector: 'make install-detector' in zcframe's sources, "
				"or name a Python that has the packages with ZCF_PYTHON");
		return false;
	}
	findings_problem(findings, FINDING_BROKEN, CONFIGURATION, "%s",
			 answer.error == 0 && line[0] != '\0' ? line : "the configuration cannot be checked");
	findings_remedy(findings, "correct it; zcframe.conf(5) explains every line, '%s --check-config' tries again",
			path);
	return false;
}

/* @return Whether it is there and would start; @p path is where. */
static bool check_program(struct findings *findings, const struct program *program, char *path, size_t size)
{
	if (find_own_program(program->name, program->build_folder, path, size))
		return check_version(findings, program, path) && check_configuration(findings, program, path);
	if (program->purpose == NULL)
		return false;
	findings_problem(findings, FINDING_WARNING, VERSIONS, "%s, %s, is not installed", program->name,
			 program->purpose);
	findings_remedy(findings, "install it if this machine is to run it, or put it on $PATH");
	return false;
}

static void check_encoders(struct findings *findings, const char *path)
{
	char *const arguments[] = {(char *)path, "--encoders", NULL};
	struct answer answer;

	ask(arguments, streaming_server.timeout_ms, &answer);
	if (answer.exit_status == 0 && strstr(answer.text, " works\n") != NULL) {
		findings_good(findings, ENCODERS, "%s has an encoder of H.264 that works", streaming_server.name);
		return;
	}
	findings_problem(findings, FINDING_BROKEN, ENCODERS, "%s has no encoder of H.264 that works",
			 streaming_server.name);
	findings_remedy(
		findings,
		"'%s --encoders' says of each why; a libavcodec with libx264 (Debian's has it) works everywhere", path);
}

void check_programs(struct findings *findings)
{
	char path[PATH_MAX + 64];

	check_library(findings);
	check_program(findings, &camera_daemon, path, sizeof(path));
	check_program(findings, &web_server, path, sizeof(path));
	check_program(findings, &detector, path, sizeof(path));
	if (check_program(findings, &streaming_server, path, sizeof(path)))
		check_encoders(findings, path);
}
