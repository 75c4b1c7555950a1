/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes die, stop, fork and run out of everything at every step of the protocol, and what the invariants promise
 * holds: a frame whose release said 0 was intact, the camera gets its buffers back, nothing is lost, nothing stays.
 *
 * ZCF_TEST_SECONDS says for how long (20); ZCF_TEST_SEED repeats which faults come where and in which order, but not
 * how the scheduler mixes them with what the processes do.
 */
#include "torture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FAULTS_BETWEEN_AUDITS 24

static const char *const kind_names[FAULT_KINDS] = {
	[FAULT_KILL] = "kill",          [FAULT_STOP] = "stop",     [FAULT_FORK] = "fork",   [FAULT_CUT] = "cut",
	[FAULT_NOFILE] = "descriptors", [FAULT_MEMORY] = "memory", [FAULT_CLOCK] = "clock",
};

struct arena *arena;
int own_place = -1;

void fail_torture(const char *format, ...)
{
	va_list arguments;

	if (atomic_fetch_add(&arena->failures, 1) > 0)
		return;
	va_start(arguments, format);
	vsnprintf(arena->failure, sizeof(arena->failure), format, arguments);
	va_end(arguments);
}

uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

uint64_t frame_stamp(uint64_t epoch, uint64_t sequence)
{
	return epoch * UINT64_C(0xd1342543de82ef95) ^ sequence;
}

static unsigned long all_faults(void)
{
	unsigned long sum = 0;

	for (int kind = 0; kind < FAULT_KINDS; kind++)
		sum += atomic_load(&arena->faults[kind]);
	return sum;
}

static void print_state(const struct cast *cast, const char *end)
{
	printf("%lu faults:", all_faults());
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		printf(" %s %lu", kind_names[kind], atomic_load(&arena->faults[kind]));
	printf("; %lu not reached; frames published %lu, skipped %lu; verified %lu, stale %lu, of these torn %lu; "
	       "leases "
	       "revoked %lu; failures %d%s",
	       cast->unreached, atomic_load(&arena->published), atomic_load(&arena->skipped),
	       atomic_load(&arena->verified), atomic_load(&arena->stale), atomic_load(&arena->torn),
	       atomic_load(&arena->revoked), atomic_load(&arena->failures), end);
	fflush(stdout);
}

/* A camera that ends as it should takes its socket's name away, also after one that could not. */
static void end_in_order(void)
{
	struct zcf_producer *producer;
	struct zcf_format format;
	struct zcf_pool *pool;

	REQUIRE_EQUAL(zcf_format_init(&format, ZCF_FOURCC_GREY, 64, 64, 0), 0);
	REQUIRE_EQUAL(zcf_pool_create(NULL, &format, 2, &pool), 0);
	REQUIRE_EQUAL(zcf_producer_create(CHANNEL, pool, NULL, &producer), 0);
	zcf_producer_destroy(producer);
	zcf_pool_destroy(pool);
}

static void torture_for(struct cast *cast, int64_t seconds)
{
	bool terminal = isatty(STDOUT_FILENO);
	uint64_t end_ns = test_now_ns() + (uint64_t)(seconds * NS_PER_S), said_ns = 0;

	inject_everywhere(cast);
	while (test_now_ns() < end_ns && !atomic_load(&arena->failures)) {
		for (int i = 0; i < FAULTS_BETWEEN_AUDITS; i++)
			inject_any(cast);
		audit(cast);
		if (seconds > 60 && test_now_ns() - said_ns > (terminal ? 1 : 60) * (uint64_t)NS_PER_S) {
			said_ns = test_now_ns();
			print_state(cast, terminal ? "  \r" : "\n");
		}
	}
}

static void nothing_is_lost_whatever_dies_stops_or_runs_out_at_whatever_step(void **state)
{
	const char *wanted = getenv("ZCF_TEST_SECONDS");
	uint64_t seed = getenv("ZCF_TEST_SEED") ? strtoull(getenv("ZCF_TEST_SEED"), NULL, 0) : test_now_ns() | 1;
	struct cast cast = {.seed = seed};

	(void)state;
	if (test_emulator_lacks("processes that are stopped, and short of memory, at every step"))
		skip();
	arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(arena != MAP_FAILED);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	print_message("ZCF_TEST_SEED=%llu\n", (unsigned long long)seed);
	for (int place = 0; place < PROCESSES; place++) {
		forget_fault(place);
		start_process(&cast, place);
	}
	torture_for(&cast, wanted ? atoll(wanted) : 20);
	if (atomic_load(&arena->failures)) {
		print_error("ZCF_TEST_SEED=%llu: %s; processes:", (unsigned long long)seed, arena->failure);
		for (int place = 0; place < PROCESSES; place++)
			print_error(" %d", (int)cast.pids[place]);
		print_error("\n");
	}
	end_all(&cast);
	end_in_order();
	print_state(&cast, "\n");
	REQUIRE_EQUAL(atomic_load(&arena->failures), 0);
	/* It was a fight. */
	REQUIRE(atomic_load(&arena->verified) > 1000);
	REQUIRE(atomic_load(&arena->stale) > 10);
	REQUIRE(atomic_load(&arena->torn) > 0);
	munmap(arena, sizeof(*arena));
	arena = NULL;
}

int main(void)
{
	const char *wanted = getenv("ZCF_TEST_SECONDS");
	const struct CMUnitTest tests[] = {TEST(nothing_is_lost_whatever_dies_stops_or_runs_out_at_whatever_step)};

	return test_run(tests, 1, 500 + (wanted ? (unsigned)atoi(wanted) : 0));
}
