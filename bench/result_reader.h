/* SPDX-License-Identifier: Apache-2.0 */
/** @file result_reader.h
 * Reading results, which may come from a file: whatever is missing is 0 or empty. */
#ifndef ZCF_BENCH_RESULT_READER_H
#define ZCF_BENCH_RESULT_READER_H

#include <jansson.h>
#include <stddef.h>

double result_number(const json_t *object, const char *name);
const char *result_text(const json_t *object, const char *name);

/** A number by the names of the objects around it, which end with NULL; NAN if it is not there. */
double result_number_at(const json_t *value, const char *const *names);

/** A ratio of an entry: its median where it has one. */
double result_ratio(const json_t *entry, const char *name);

/** Our entry of a contest where a ratio is worst, or best, by number of consumers; NULL if there is none. */
const json_t *result_find_worst(const json_t *contest, const char *ratio, double consumers);
const json_t *result_find_best(const json_t *contest, const char *ratio, double consumers);

/** How many of so many consumers share a processor, at most. */
unsigned result_consumers_on_one(const json_t *machine, unsigned consumers);

/** The machine in one sentence. @return @p text. */
const char *result_machine_text(const json_t *machine, char *text, size_t size);

/** Entry of a contest by name and size. @param width_pixels  0: any. @return NULL if there is none. */
const json_t *result_find_entry(const json_t *contest, const char *name, unsigned width_pixels);

#endif
