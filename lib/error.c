/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

#include "zcframe/types.h"

static _Thread_local char detail[512];

int zcf_fail(int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(detail, sizeof(detail), format, arguments);
	va_end(arguments);
	return error;
}

const char *zcf_error_detail(void)
{
	return detail;
}
