/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t take_bytes(struct input *input, void *bytes, size_t capacity)
{
	size_t count = input->size < capacity ? input->size : capacity;

	memset(bytes, 0, capacity);
	if (count > 0)
		memcpy(bytes, input->data, count);
	input->data += count;
	input->size -= count;
	return count;
}

uint8_t take_byte(struct input *input)
{
	uint8_t byte;

	take_bytes(input, &byte, sizeof(byte));
	return byte;
}

uint64_t take_word(struct input *input)
{
	uint64_t word;

	take_bytes(input, &word, sizeof(word));
	return word;
}

static void remove_runtime_directory(void)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf '%s'", test_runtime_directory());
	if (system(command) != 0)
		fprintf(stderr, "%s: could not be removed\n", test_runtime_directory());
}

bool fuzz_begin(void)
{
	static bool begun;

	if (begun)
		return false;
	begun = true;
	REQUIRE_EQUAL(test_setup(NULL), 0);
	atexit(remove_runtime_directory);
	return true;
}
