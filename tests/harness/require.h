/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that work in every process and thread of a test. cmocka's own assertions jump back to the runner, which in a
 * forked child would run the rest of the suite a second time.
 */
#ifndef ZCF_TEST_REQUIRE_H
#define ZCF_TEST_REQUIRE_H

#include <stdint.h>

void test_require_failed(const char *file, int line, const char *text);
void test_require_equal_failed(const char *file, int line, const char *text, int64_t actual, int64_t expected);

#define REQUIRE(condition)                                                                                             \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			test_require_failed(__FILE__, __LINE__, #condition);                                           \
	} while (0)

#define REQUIRE_EQUAL(actual, expected)                                                                                \
	do {                                                                                                           \
		int64_t test_actual_ = (int64_t)(actual), test_expected_ = (int64_t)(expected);                        \
		if (test_actual_ != test_expected_)                                                                    \
			test_require_equal_failed(__FILE__, __LINE__, #actual " == " #expected, test_actual_,          \
						  test_expected_);                                                     \
	} while (0)

#endif
