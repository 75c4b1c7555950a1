/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ORIGINAL_TEST_BUS_ERROR_H
#define ORIGINAL_TEST_BUS_ERROR_H

#include "test.h"

/* The thread sanitizer holds a lock of its own during an atomic store: who jumps out of one that faults leaves it
 * locked for good. */
static inline void skip_where_bus_errors_cannot_be_survived(void)
{
#ifdef __SANITIZE_THREAD__
	print_message("skipped: no atomic store may fault under the thread sanitizer\n");
	skip();
#endif
}

#endif
