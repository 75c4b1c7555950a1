/* SPDX-License-Identifier: Apache-2.0 */
/** @file units.h
 * Numbers for people: short, with a unit. Each function returns its buffer, so it can stand in an argument list. */
#ifndef ZCF_CLI_UNITS_H
#define ZCF_CLI_UNITS_H

#include <stddef.h>
#include <stdint.h>

/** Enough for every function here. */
#define UNITS_SIZE 24

/** "850ns", "24µs", "3.2ms", "1.5s", "2m03s", "3h12m", "4d02h" ("us" without UTF-8). */
const char *units_duration(char buffer[UNITS_SIZE], uint64_t duration_ns);

/** "512 B", "450.0 KiB", "1.4 MiB". */
const char *units_bytes(char buffer[UNITS_SIZE], uint64_t bytes);

/** "0", "12345", "1.23M". */
const char *units_count(char buffer[UNITS_SIZE], uint64_t count);

/** Frames a second with as many digits as make sense: "30.0", "0.50", "120". */
const char *units_rate(char buffer[UNITS_SIZE], double per_second);

#endif
