/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer's description as a consumer finds it on the board and gives it to the vendor's import. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"

static struct zcf_backend_buffer buffer;

static void begin(void)
{
	struct zcf_format format;

	if (!fuzz_begin())
		return;
	setenv("ZCF_EMULATION_DIR", test_runtime_directory(), 1);
	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_NV12, 64, 64, 0), 0);
	REQUIRE_EQUAL(zcf_backend_hbmem.create(&format, 0, &buffer), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zcf_backend_mapping mapping = {0};
	struct zcf_buffer_record record;
	struct input input = {data, size};

	begin();
	record = buffer.record;
	for (int count = 1 + take_byte(&input) % 4; count > 0; count--) {
		size_t at = take_byte(&input) % sizeof(record);
		uint64_t word = take_word(&input);

		memcpy((uint8_t *)&record + at, &word, sizeof(record) - at < 8 ? sizeof(record) - at : 8);
	}
	if (zcf_backend_hbmem.import(&record, -1, &mapping) < 0)
		return 0;
	/* What it says to have mapped is there. */
	const volatile uint8_t *bytes = mapping.base;
	REQUIRE(mapping.size_bytes > 0);
	(void)bytes[0];
	(void)bytes[mapping.size_bytes - 1];
	zcf_backend_hbmem.release(&mapping);
	return 0;
}
