/* SPDX-License-Identifier: Apache-2.0 */
#include "rate_name.h"

#include <zcframe/consumer.h>

#include <inttypes.h>
#include <stdio.h>

const char *rate_name(uint32_t rate)
{
	switch (rate) {
	case ZCF_RATE_EVERY_FRAME:
		return "every_frame";
	case ZCF_RATE_EVERY_NTH:
		return "every_nth";
	case ZCF_RATE_AT_MOST_MILLIHERTZ:
		return "at_most_millihertz";
	case ZCF_RATE_NEWEST_ONLY:
		return "newest_only";
	default:
		return "unknown";
	}
}

const char *rate_sentence(char *buffer, size_t size, uint32_t rate, uint32_t rate_value)
{
	switch (rate) {
	case ZCF_RATE_EVERY_FRAME:
		snprintf(buffer, size, "every frame");
		break;
	case ZCF_RATE_EVERY_NTH:
		snprintf(buffer, size, "1 frame in %" PRIu32, rate_value);
		break;
	case ZCF_RATE_AT_MOST_MILLIHERTZ:
		snprintf(buffer, size, "at most %g a second", rate_value / 1000.0);
		break;
	case ZCF_RATE_NEWEST_ONLY:
		snprintf(buffer, size, "the newest only");
		break;
	default:
		snprintf(buffer, size, "unknown (%" PRIu32 ")", rate);
		break;
	}
	return buffer;
}
