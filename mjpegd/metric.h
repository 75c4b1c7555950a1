/* SPDX-License-Identifier: Apache-2.0 */
/** @file metric.h
 * One family of numbers in the text format of Prometheus, and where they come from. */
#ifndef ZCFRAME_MJPEGD_METRIC_H
#define ZCFRAME_MJPEGD_METRIC_H

#include "channel_report.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct metric {
	const char *name;
	const char *type;
	const char *help;
	size_t offset; /**< Of the number, in the struct that it is about. */
	size_t size;   /**< Of the number: that of uint32_t or uint64_t. */
};

/** Offset and size. */
#define METRIC_FIELD(type, field) offsetof(struct type, field), sizeof(((struct type *)NULL)->field)
#define METRIC_COUNT(array)       (sizeof(array) / sizeof((array)[0]))

struct metric_channels {
	struct channel_report *const *reports;
	size_t count;
};

void metric_write_heading(FILE *out, const char *name, const char *type, const char *help);

/** @return The number in @p target, which nobody writes to meanwhile. */
uint64_t metric_read(const struct metric *metric, const void *target);

/** Every number of every consumer. */
void metrics_write_consumers(FILE *out, const struct metric_channels *channels);

#endif
