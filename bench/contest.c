/* SPDX-License-Identifier: Apache-2.0 */
#include "contest.h"

#include "clock.h"
#include "message.h"
#include "process.h"
#include "summary.h"
#include "turns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is needed to start the processes of one entry. */
struct side {
	const struct contest *contest;
	const struct entry *entry;
	struct trial *trial;
	int fd;
	void *state;
};

struct role {
	const struct side *side;
	uint32_t consumer;
};

static void allow_for_round(const struct contest *contest)
{
	bench_allow(contest->frames * contest->interval_ns);
}

static int run_producer(void *context)
{
	const struct role *role = context;
	const struct side *side = role->side;
	int error;

	allow_for_round(side->contest);
	error = side->entry->contender->program != NULL
			? bench_become_program(side->entry->contender->program, "producer", side->fd, 0)
			: side->entry->contender->produce(side->trial, side->state);

	atomic_store(&side->trial->stopping, 1);
	return error;
}

static int run_consumer(void *context)
{
	const struct role *role = context;
	const struct side *side = role->side;

	allow_for_round(side->contest);
	return side->entry->contender->program != NULL
		       ? bench_become_program(side->entry->contender->program, "consumer", side->fd, role->consumer)
		       : side->entry->contender->consume(side->trial, side->state, role->consumer);
}

static int run_daemon(void *context)
{
	const struct role *role = context;

	allow_for_round(role->side->contest);
	return bench_become_program(role->side->entry->contender->program, "daemon", role->side->fd, 0);
}

/* When every producer has its consumers, time begins. It is a process, so that waiting for processes is all that is
 * left to do, and one that fails ends the rest. */
struct starter {
	struct side *sides;
	size_t count;
};

static int run_starter(void *context)
{
	const struct starter *starter = context;
	uint64_t start_ns;

	for (size_t i = 0; i < starter->count; i++)
		while (atomic_load(&starter->sides[i].trial->producer_ready) == 0)
			bench_sleep_until(bench_now_ns() + 500000);
	start_ns = bench_now_ns() + 5000000;
	for (size_t i = 0; i < starter->count; i++)
		atomic_store(&starter->sides[i].trial->start_ns, start_ns);
	return 0;
}

static int open_side(const struct contest *contest, size_t index, size_t turn, uint32_t round, struct side *side)
{
	const struct entry *entry = &contest->entries[index];
	struct trial *trial = trial_create(entry->consumers, contest->frames, &side->fd);

	side->contest = contest;
	side->entry = entry;
	side->trial = trial;
	if (trial == NULL)
		return -ENOMEM;
	trial->first_counted = contest->frames / 8 > 6 ? contest->frames / 8 : 6;
	trial->width_pixels = entry->width_pixels;
	trial->height_pixels = entry->height_pixels;
	trial->frame_size_bytes = (uint64_t)entry->width_pixels * entry->height_pixels * 3 / 2;
	trial->touches_pixels = contest->touches_pixels;
	trial->interval_ns = contest->interval_ns;
	trial->offset_ns = turn * contest->interval_ns / contest->entry_count;
	snprintf(trial->directory, sizeof(trial->directory), "%s", contest->directory);
	snprintf(trial->channel, sizeof(trial->channel), "%s-%zu-%u", entry->contender->name, index, round);
	return entry->contender->prepare != NULL ? entry->contender->prepare(trial, &side->state) : 0;
}

static void close_side(struct side *side)
{
	if (side->trial == NULL)
		return;
	if (side->entry->contender->clean != NULL && side->state != NULL)
		side->entry->contender->clean(side->trial, side->state);
	trial_destroy(side->trial, side->fd);
}

static size_t count_processes(const struct contest *contest)
{
	size_t count = 1;

	for (size_t i = 0; i < contest->entry_count; i++)
		count += 2 + contest->entries[i].consumers;
	return count;
}

static int run_processes(const struct contest *contest, struct side *sides)
{
	size_t most = count_processes(contest), count = 0;
	pid_t *processes = cli_allocate(most, sizeof(*processes));
	struct role *roles = cli_allocate(most, sizeof(*roles));
	struct starter starter = {.sides = sides, .count = contest->entry_count};
	int error;

	for (size_t i = 0; i < contest->entry_count; i++) {
		struct side *side = &sides[i];
		if (side->entry->contender->has_daemon) {
			roles[count] = (struct role){.side = side};
			processes[count] = bench_fork(-1, run_daemon, &roles[count]);
			count++;
		}
		for (uint32_t consumer = 0; consumer < side->entry->consumers; consumer++, count++) {
			roles[count] = (struct role){.side = side, .consumer = consumer};
			processes[count] = bench_fork(machine_consumer_processor(contest->machine, consumer),
						      run_consumer, &roles[count]);
		}
		roles[count] = (struct role){.side = side};
		processes[count] = bench_fork(contest->machine->producer_processor, run_producer, &roles[count]);
		count++;
	}
	processes[count++] = bench_fork(-1, run_starter, &starter);
	error = bench_wait_all(processes, count);
	free(roles);
	free(processes);
	return error;
}

static int run_round(const struct contest *contest, uint32_t round, struct turns *turns,
		     struct summary *const *summaries)
{
	struct side *sides = cli_allocate(contest->entry_count, sizeof(*sides));
	size_t *order = cli_allocate(contest->entry_count, sizeof(*order));
	int error = 0;

	turns_choose(turns, order);
	for (size_t turn = 0; turn < contest->entry_count && error == 0; turn++)
		error = open_side(contest, order[turn], turn, round, &sides[turn]);
	if (error == 0)
		error = run_processes(contest, sides);
	for (size_t turn = 0; turn < contest->entry_count; turn++) {
		if (error == 0)
			summary_add(summaries[order[turn]], sides[turn].trial);
		close_side(&sides[turn]);
	}
	free(order);
	free(sides);
	return error;
}

struct result *contest_run(const struct contest *contest)
{
	struct result *results = cli_allocate(contest->entry_count, sizeof(*results));
	struct summary **summaries = cli_allocate(contest->entry_count, sizeof(struct summary *));
	struct turns turns;
	int error = 0;

	turns_init(&turns, contest->entry_count);
	for (size_t i = 0; i < contest->entry_count; i++)
		summaries[i] = summary_create(contest->rounds, contest->frames, contest->entries[i].consumers);
	for (uint32_t round = 0; round < contest->rounds && error == 0; round++)
		error = run_round(contest, round, &turns, summaries);
	for (size_t i = 0; i < contest->entry_count; i++) {
		if (error == 0)
			summary_finish(summaries[i], &results[i]);
		summary_destroy(summaries[i]);
	}
	free(summaries);
	turns_fini(&turns);
	if (error == 0)
		return results;
	contest_free(contest, results);
	return NULL;
}

void contest_free(const struct contest *contest, struct result *results)
{
	for (size_t i = 0; results != NULL && i < contest->entry_count; i++)
		free(results[i].rounds);
	free(results);
}
