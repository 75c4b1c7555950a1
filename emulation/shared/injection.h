/* SPDX-License-Identifier: Apache-2.0 */
/** @file injection.h
 * Errors on demand. `ZCF_EMULATION_INJECT=function:code[:calls],...` makes that function return that code;
 * calls is `3` (the third only), `3+` (from the third on), or nothing (always). Calls are counted in each process
 * from when the setting last changed. */
#ifndef EMULATION_INJECTION_H
#define EMULATION_INJECTION_H

#include <stdbool.h>
#include <stdint.h>

/** Count a call of @p function. @return true if it must return @p code at once. */
bool emulation_injected(const char *function, int32_t *code);

/** First line of every exported function: fail here if the test asked for it. */
#define EMULATION_MAY_FAIL()                                                                                           \
	do {                                                                                                           \
		int32_t injected_code;                                                                                 \
		if (emulation_injected(__func__, &injected_code))                                                      \
			return injected_code;                                                                          \
	} while (0)

#endif
