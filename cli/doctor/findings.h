/* SPDX-License-Identifier: Apache-2.0 */
/** @file findings.h
 * What zcf doctor found: one line for each thing that it looked at. */
#ifndef ZCF_CLI_DOCTOR_FINDINGS_H
#define ZCF_CLI_DOCTOR_FINDINGS_H

#include <jansson.h>
#include <stddef.h>

enum finding_verdict {
	FINDING_GOOD,
	FINDING_WARNING, /**< Works, but not as well as it could, or not for everybody. */
	FINDING_BROKEN,  /**< Something will not work. */
};

struct findings;

struct findings *findings_create(void);
void findings_destroy(struct findings *findings);

/** Note that something is as it should be. @param check  Name for scripts, such as "runtime-directory". */
void findings_good(struct findings *findings, const char *check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Note a problem. The remedy comes with findings_remedy(). */
void findings_problem(struct findings *findings, enum finding_verdict verdict, const char *check, const char *format,
		      ...) __attribute__((format(printf, 4, 5)));

/** What mends the problem noted last. */
void findings_remedy(struct findings *findings, const char *format, ...) __attribute__((format(printf, 2, 3)));

size_t findings_count(const struct findings *findings, enum finding_verdict verdict);

void findings_print(const struct findings *findings);

/** @return A new reference, or NULL. */
json_t *findings_make_json(const struct findings *findings);

#endif
