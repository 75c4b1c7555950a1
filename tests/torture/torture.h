/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A camera and its readers, each a process, and a torturer that injects faults into them one after the other. What they
 * know of one another is in one shared page: the fault that each is to suffer, and what each has found out.
 *
 *   torture.c   main: runs, counts, says what came of it    camera.c  the producer's process
 *   schedule.c  which fault comes next, and doing it        reader.c  a consumer's process
 *   fault.c     in the victim: dying, stopping, forking     audit.c   whether all is as before
 */
#ifndef ZCF_TORTURE_H
#define ZCF_TORTURE_H

#include "test.h"

#include <stdatomic.h>
#include <sys/types.h>

#include "fault_points.h"
#include "zcframe/zcframe.h"

#define CHANNEL     "torture"
#define READERS     4
#define PROCESSES   (1 + READERS)
#define CAMERA      0 /* The camera's place among the processes; the readers' follow. */
#define BUFFERS     4
#define DEADLINE_NS (8 * NS_PER_MS)

enum fault_kind {
	FAULT_KILL, /* SIGKILL, at a fault point or anywhere */
	FAULT_STOP, /* SIGSTOP, and SIGCONT up to four deadlines later */
	FAULT_FORK, /* a child that keeps copies of everything for a while */
	FAULT_CUT,  /* a caller that hangs up in the middle of a handshake */
	FAULT_NOFILE,
	FAULT_MEMORY,
	FAULT_CLOCK,
	FAULT_KINDS
};

#define NO_POINT (-1)

/* What a process is to suffer, and where. */
struct plan {
	atomic_int point;
	atomic_int countdown; /* The n-th time that it comes there. */
	atomic_int kind;
	atomic_ulong fired;
};

struct arena {
	struct plan plans[PROCESSES];
	atomic_ulong faults[FAULT_KINDS];
	atomic_ulong at_point[ZCF_FAULT_POINT_COUNT][FAULT_FORK + 1];
	_Atomic int64_t wall_offset_ns; /* How far CLOCK_REALTIME has been moved. */

	atomic_bool over;

	/* The camera's. */
	atomic_ulong epoch;
	atomic_ulong published;
	atomic_ulong skipped;
	atomic_ulong revoked;
	atomic_int audit_wanted;
	atomic_int audit_done;

	/* The readers'. */
	atomic_bool pause;
	atomic_bool hold_on; /* Hold frames for long, so that the camera has to wait. */
	atomic_bool paused[READERS];
	atomic_ulong progress[READERS];
	atomic_ulong verified; /* Released with 0, and intact at every look. */
	atomic_ulong stale;    /* Released with -ESTALE. */
	atomic_ulong torn;     /* Of those, seen to be overwritten. */
	atomic_ulong forked_while_held;

	atomic_int failures;
	char failure[512]; /* The first. */
};

extern struct arena *arena;
/* This process's place, once it is a camera or a reader; -1 in the torturer. */
extern int own_place;

/* Something that must not be. The first sentence is kept. */
void fail_torture(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Every byte of a frame depends on these. */
uint64_t frame_stamp(uint64_t epoch, uint64_t sequence);
uint64_t next_random(uint64_t *state);

/* The processes' bodies. */
void run_camera(uint64_t seed);
void run_reader(int reader, uint64_t seed);

/* fault.c */
void plan_fault(int place, enum fault_kind kind, int point, int countdown);
void forget_fault(int place);

/* schedule.c: the processes, and faults for them. */
struct cast {
	pid_t pids[PROCESSES];
	unsigned long deaths[PROCESSES];
	uint64_t seed;
	unsigned long unreached; /* Points that the victim did not come to in time. */
};

void start_process(struct cast *cast, int place);
/* Let the stopped go on, and replace the dead: only who was killed may be dead. */
void attend(struct cast *cast);
/* Kill every point's visitor, stop it, fork it: each at least once. */
void inject_everywhere(struct cast *cast);
/* One fault, by the seed. */
void inject_any(struct cast *cast);
void end_all(struct cast *cast);

/* audit.c: let everybody rest, and see that nothing was lost. */
void audit(struct cast *cast);

#endif
