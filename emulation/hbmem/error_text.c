/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdio.h>

static const char *const texts[] = {
	"success",
	"unknown error",
	"invalid parameter",
	"invalid file descriptor",
	"invalid virtual address",
	"not enough memory",
	"too many open file descriptors",
	"timed out",
	"the memory module is not open in this process",
	"the memory module cannot be opened",
	"no such buffer queue",
	"the buffer queue was destroyed",
	"wrong slot of the buffer queue",
	"no slot of the buffer queue is available",
	"the buffer queue exists already",
	"no such pool",
	"the pool was destroyed",
	"the pool still has buffers in use",
	"the buffer's count is not yet at the target",
	"not allowed for this buffer",
	"the driver has another version",
	"registration failed",
	"no such group of buffers",
};

int32_t hb_mem_strerror(int32_t error, char *text, int32_t size)
{
	EMULATION_MAY_FAIL();
	if (!text || size <= 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	/* The low byte counts from HB_MEM_ERR_UNKNOWN, whose number is 1. */
	int64_t number = error ? (int64_t)error - HB_MEM_ERR_UNKNOWN + 1 : 0;
	if (number < 0 || number >= (int64_t)(sizeof(texts) / sizeof(texts[0])))
		snprintf(text, (size_t)size, "error %d is none of hb_mem's", error);
	else
		snprintf(text, (size_t)size, "%s", texts[number]);
	return 0;
}
