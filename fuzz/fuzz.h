/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the targets share: each is one function that takes bytes as some other process could have written them. With
 * -Dfuzzing=enabled (clang) libFuzzer makes them up; in every build the kept ones are replayed (replay.c).
 */
#ifndef ZCF_FUZZ_H
#define ZCF_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, taken piece by piece; zeros when it is at its end. */
struct input {
	const uint8_t *data;
	size_t size;
};

uint8_t take_byte(struct input *input);
uint64_t take_word(struct input *input);
/* Up to `capacity` bytes into `bytes`, the rest zeros. Returns how many there were. */
size_t take_bytes(struct input *input, void *bytes, size_t capacity);

/*
 * Whether this is the first input of the process, for which a target opens what it needs. There is a runtime directory
 * by then, which is removed at the end.
 */
bool fuzz_begin(void);

#endif
