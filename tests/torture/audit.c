/* SPDX-License-Identifier: Apache-2.0 */
#include "torture.h"

#include <signal.h>

/* So long nobody may take to do what he does a thousand times a second. */
#define PATIENT_UNTIL(until_ns) (test_now_ns() < (until_ns) && !atomic_load(&arena->failures))

/* Some may only now turn out to have died. */
static void pass_time(struct cast *cast)
{
	attend(cast);
	test_sleep_ns(NS_PER_MS / 2);
}

static void await_readers(struct cast *cast)
{
	uint64_t until_ns = test_now_ns() + (uint64_t)PATIENCE_NS;

	for (int i = 0; i < READERS; i++) {
		while (!atomic_load(&arena->paused[i]) && PATIENT_UNTIL(until_ns))
			pass_time(cast);
		if (!atomic_load(&arena->paused[i]))
			fail_torture("reader %d gets no frame any more", i);
	}
}

static void await_camera(struct cast *cast)
{
	uint64_t until_ns = test_now_ns() + (uint64_t)PATIENCE_NS;
	int wanted = atomic_fetch_add(&arena->audit_wanted, 1) + 1;

	while (atomic_load(&arena->audit_done) != wanted && PATIENT_UNTIL(until_ns))
		pass_time(cast);
	if (atomic_load(&arena->audit_done) != wanted)
		fail_torture("the camera does not go on");
}

/* Each reader gets a frame, whatever has happened to the others. */
static void await_progress(struct cast *cast)
{
	uint64_t until_ns = test_now_ns() + (uint64_t)PATIENCE_NS;
	unsigned long before[READERS];

	for (int i = 0; i < READERS; i++)
		before[i] = atomic_load(&arena->progress[i]);
	atomic_store(&arena->pause, false);
	for (int i = 0; i < READERS; i++) {
		while (atomic_load(&arena->progress[i]) == before[i] && PATIENT_UNTIL(until_ns))
			pass_time(cast);
		if (atomic_load(&arena->progress[i]) == before[i])
			fail_torture("reader %d gets no frame after the audit", i);
	}
}

void audit(struct cast *cast)
{
	for (int place = 0; place < PROCESSES; place++)
		kill(cast->pids[place], SIGCONT);
	atomic_store(&arena->pause, true);
	await_readers(cast);
	await_camera(cast);
	await_progress(cast);
	/* The socket, and nothing beside it. */
	if (test_runtime_directory_entries() != 1)
		fail_torture("%d names in the runtime directory", test_runtime_directory_entries());
}
