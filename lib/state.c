/* SPDX-License-Identifier: Apache-2.0 */
/* The words for the states in a snapshot: everybody shows the same ones. */
#include "zcframe/snapshot.h"

const char *zcf_consumer_state_name(uint32_t state)
{
	switch (state) {
	case ZCF_CONSUMER_LIVE:
		return "live";
	case ZCF_CONSUMER_SLOW:
		return "slow";
	case ZCF_CONSUMER_STUCK:
		return "stuck";
	default:
		return "unknown";
	}
}

const char *zcf_source_state_name(uint32_t state)
{
	switch (state) {
	case ZCF_SOURCE_DELIVERS:
		return "delivers";
	case ZCF_SOURCE_SILENT:
		return "silent";
	default:
		return "unknown";
	}
}
