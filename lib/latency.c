/* SPDX-License-Identifier: Apache-2.0 */
#include "latency.h"

#include "hot.h"

#include "zcframe/snapshot.h"

#define SUB_BUCKET_BITS 2
#define SUB_BUCKETS     (1u << SUB_BUCKET_BITS)

ZCF_HOT uint32_t zcf_latency_bucket(uint64_t latency_ns)
{
	if (latency_ns < SUB_BUCKETS)
		return (uint32_t)latency_ns;
	uint32_t exponent = 63 - (uint32_t)__builtin_clzll(latency_ns);
	uint32_t sub_bucket = (uint32_t)(latency_ns >> (exponent - SUB_BUCKET_BITS)) & (SUB_BUCKETS - 1);
	uint32_t bucket = (exponent - SUB_BUCKET_BITS + 1) * SUB_BUCKETS + sub_bucket;
	return bucket < ZCF_LATENCY_BUCKETS ? bucket : ZCF_LATENCY_BUCKETS - 1;
}

static uint64_t bucket_upper_bound_ns(uint32_t bucket)
{
	if (bucket < SUB_BUCKETS)
		return bucket;
	uint32_t shift = bucket / SUB_BUCKETS - 1;
	return ((uint64_t)(SUB_BUCKETS + bucket % SUB_BUCKETS + 1) << shift) - 1;
}

uint64_t zcf_latency_quantile_ns(const uint32_t counts[ZCF_LATENCY_BUCKETS], double quantile)
{
	uint64_t total = 0, below = 0;

	for (uint32_t i = 0; i < ZCF_LATENCY_BUCKETS; i++)
		total += counts[i];
	if (total == 0)
		return 0;
	for (uint32_t i = 0; i < ZCF_LATENCY_BUCKETS; i++) {
		below += counts[i];
		if ((double)below >= quantile * (double)total)
			return bucket_upper_bound_ns(i);
	}
	return bucket_upper_bound_ns(ZCF_LATENCY_BUCKETS - 1);
}
