/* SPDX-License-Identifier: Apache-2.0 */
/* Latency histograms: every latency falls into a bucket whose bounds enclose it, and quantiles are such bounds. */
#include "latency.h"

#include "test.h"
#include "zcframe/snapshot.h"

static uint64_t bound_of(uint64_t latency_ns)
{
	uint32_t counts[ZCF_LATENCY_BUCKETS] = {0};

	counts[zcf_latency_bucket(latency_ns)] = 1;
	return zcf_latency_quantile_ns(counts, 1.0);
}

static void a_bound_is_never_below_the_latency_and_at_most_a_quarter_of_its_power_of_two_above(void **state)
{
	/* The last bucket takes all that is longer: 128 buckets reach to 8 s. */
	uint64_t longest_ns = UINT64_C(1) << 32;

	(void)state;
	for (uint64_t power = 1; power < longest_ns; power *= 2) {
		for (uint64_t step = 0; step < 64; step++) {
			uint64_t latency_ns = power + power * step / 64;
			uint64_t bound_ns = bound_of(latency_ns);

			REQUIRE(bound_ns >= latency_ns);
			REQUIRE(bound_ns - latency_ns <= power / 4);
		}
		REQUIRE_EQUAL(bound_of(2 * power - 1), 2 * power - 1);
	}
}

static void buckets_never_go_back_as_latencies_grow(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (uint64_t latency_ns = 0; latency_ns < 100000; latency_ns++) {
		uint32_t bucket = zcf_latency_bucket(latency_ns);

		REQUIRE(bucket == last || bucket == last + 1);
		last = bucket;
	}
}

static void the_longest_latencies_fall_into_the_last_bucket(void **state)
{
	(void)state;
	REQUIRE_EQUAL(zcf_latency_bucket(UINT64_MAX), ZCF_LATENCY_BUCKETS - 1);
	REQUIRE_EQUAL(zcf_latency_bucket(UINT64_C(1) << 63), ZCF_LATENCY_BUCKETS - 1);
	REQUIRE(bound_of(UINT64_MAX) >= UINT64_C(8) * NS_PER_S / 2);
}

static void a_quantile_is_the_bound_below_which_that_fraction_lies(void **state)
{
	uint32_t counts[ZCF_LATENCY_BUCKETS] = {0};

	(void)state;
	counts[zcf_latency_bucket(1000)] = 50;
	counts[zcf_latency_bucket(50000)] = 49;
	counts[zcf_latency_bucket(9000000)] = 1;
	REQUIRE_EQUAL(zcf_latency_quantile_ns(counts, 0.0), 0);
	REQUIRE_EQUAL(zcf_latency_quantile_ns(counts, 0.5), bound_of(1000));
	REQUIRE_EQUAL(zcf_latency_quantile_ns(counts, 0.51), bound_of(50000));
	REQUIRE_EQUAL(zcf_latency_quantile_ns(counts, 0.99), bound_of(50000));
	REQUIRE_EQUAL(zcf_latency_quantile_ns(counts, 0.999), bound_of(9000000));
	REQUIRE_EQUAL(zcf_latency_quantile_ns(counts, 1.0), bound_of(9000000));
}

static void counts_as_large_as_they_get_do_not_overflow(void **state)
{
	uint32_t counts[ZCF_LATENCY_BUCKETS];

	(void)state;
	for (int i = 0; i < ZCF_LATENCY_BUCKETS; i++)
		counts[i] = UINT32_MAX;
	REQUIRE(zcf_latency_quantile_ns(counts, 0.5) < zcf_latency_quantile_ns(counts, 1.0));
	REQUIRE(zcf_latency_quantile_ns(counts, 0.5) > 0);
}

static void without_counts_every_quantile_is_zero(void **state)
{
	uint32_t counts[ZCF_LATENCY_BUCKETS] = {0};

	(void)state;
	REQUIRE_EQUAL(zcf_latency_quantile_ns(counts, 0.5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bound_is_never_below_the_latency_and_at_most_a_quarter_of_its_power_of_two_above),
		TEST(buckets_never_go_back_as_latencies_grow),
		TEST(the_longest_latencies_fall_into_the_last_bucket),
		TEST(a_quantile_is_the_bound_below_which_that_fraction_lies),
		TEST(counts_as_large_as_they_get_do_not_overflow),
		TEST(without_counts_every_quantile_is_zero),
	};

	return TEST_RUN(tests);
}
