/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include <stdio.h>

static const char *const texts[] = {
	"success",
	"unknown error",
	"no such codec",
	"the codec cannot be opened",
	"the codec does not answer",
	"the codec cannot be initialized",
	"not allowed in this state",
	"not enough resources",
	"no instance is free",
	"invalid parameter",
	"no such instance",
	"invalid buffer",
	"invalid command",
	"timed out",
	"file operation failed",
	"the parameters cannot be set",
	"the parameters cannot be read",
	"coding failed",
	"the output buffer is full",
	"not supported",
	"invalid priority",
};

hb_s32 hb_mm_strerror(hb_s32 error, char *text, size_t size)
{
	EMULATION_MAY_FAIL();
	if (!text || !size)
		return HB_MEDIA_ERR_INVALID_PARAMS;
	/* Numbers count from HB_MEDIA_ERR_UNKNOWN, which is the first. */
	int64_t number = error ? (int64_t)error - HB_MEDIA_ERR_UNKNOWN + 1 : 0;
	if (number < 0 || number >= (int64_t)(sizeof(texts) / sizeof(texts[0])))
		snprintf(text, size, "error %d is none of the codec's", error);
	else
		snprintf(text, size, "%s", texts[number]);
	return 0;
}
