/* SPDX-License-Identifier: Apache-2.0 */
/** @file result_reader.h
 * Reading results, which may come from a file: whatever is missing is 0 or empty. */
#ifndef ZCF_BENCH_RESULT_READER_H
#define ZCF_BENCH_RESULT_READER_H

#include <jansson.h>
#include <stddef.h>

double result_number(const json_t *object, const char *name);
const char *result_text(const json_t *object, const char *name);

/** The machine in one sentence. @return @p text. */
const char *result_machine_text(const json_t *machine, char *text, size_t size);

/** Entry of a contest by name and size. @param width_pixels  0: any. @return NULL if there is none. */
const json_t *result_find_entry(const json_t *contest, const char *name, unsigned width_pixels);

#endif
