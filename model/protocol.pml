/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lease protocol of docs/protocol.md for a model checker (Spin). README.md says what is in it and what is not;
 * ./check runs it. The steps have the names that docs/protocol.md and the code give them.
 *
 * REMOVED=n in the environment takes a step away, or what it does for the order of things: then the checker has to find
 * what goes wrong.
 */
#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef BUFFERS
#define BUFFERS 3
#endif
/* How many frames come after those that are there at first; how many processes may die, consumers and the producer. */
#ifndef FRAMES
#define FRAMES 2
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef PRODUCER_CRASHES
#define PRODUCER_CRASHES 0
#endif
/* 1: leases run out, whenever it is worst. 1: a dequeue waits for a buffer instead of skipping the frame. */
#ifndef DEADLINES
#define DEADLINES 0
#endif
#ifndef DEQUEUE_WAITS
#define DEQUEUE_WAITS 0
#endif
/* So many frames are skipped at most. */
#ifndef SKIPS
#define SKIPS 1
#endif
/* 1: consumers sleep as they do. 0: they somehow know when there is a frame. */
#ifndef SLEEPS
#define SLEEPS 1
#endif

#define NOTHING    0
#define A0_A3      1
#define A1         2
#define A2         3
#define A3         4
#define V1         5
#define R2         6
#define R3         7
#define S2         8
#define S3         9
#define P1         10
#define P4         11
#define W1         12
#define W2         13
#define W3         14
#define W5         15
#define B2         16
#define SCAN_FIRST 17
#define REOFFER    18
#define LOOK_AGAIN 19
#define STEP_BACK  20
byte removed; /* Set at the start, see init. */
#define REMOVED removed

/* The order of a store, the fence of a step: as in the code, unless removed. */
#define ORDER(step)          (REMOVED == step -> RELAXED : RELEASE)
#define FENCE(step, process) (REMOVED == step || FENCED(process))

#include "memory.pml"

/* A frame in one word: 0 is none. The lane's hold word also shows here whether a release store wrote it. */
#define FRAME_WORD(sequence, buffer) ((sequence) * 4 + (buffer))
#define SEQUENCE(word)               (((word) & 63) / 4)
#define BUFFER(word)                 ((word) & 3)
#define RELEASED_BY                  64
#define WORD(hold)                   ((hold) & 63)

/* A generation word. */
#define CLOSED        64
#define GONE          128
#define OFFERED(word) ((word) != 0 && ((word) & (CLOSED | GONE)) == 0)

#define AWAKE           0
#define SLEEPS_IN_FUTEX 1
#define SLEEPS_IN_POLL  2

/* What the kernel knows. */
bit attached[CONSUMERS];  /* The producer has this lane. */
bit dead[CONSUMERS];      /* The process is gone, its end of the socket closed. */
bit producer_is_dead;
bit in_futex[CONSUMERS];
bit noticed[CONSUMERS];   /* A NOTICE lies in the consumer's socket. */
bit rung;                 /* A RELEASED lies in the producer's. */
bit producer_sleeps;
byte crashes_left = CRASHES;
byte producer_crashes_left = PRODUCER_CRASHES;

/*
 * What only the properties know. The frame that a consumer read, was told that it was good, and released, until the
 * producer has acquired the release: before that the source must not write there (a data race).
 */
byte unacquired[CONSUMERS];
byte last_seen[CONSUMERS];
/* Where the producer says that each buffer is. */
#define FREE        0
#define WITH_SOURCE 1
#define PUBLISHED   2
byte place[BUFFERS];

#include "producer.pml"
#include "consumer.pml"

#define WANTED(consumer)                                                                                               \
	(SEQUENCE(memory[NEWEST]) > last_seen[consumer] &&                                                             \
	 memory[GENERATION(BUFFER(memory[NEWEST]))] == SEQUENCE(memory[NEWEST]))

/* When nothing moves any more: nobody sleeps through a frame, nothing is still held, no buffer is lost. */
proctype Rest()
{
	byte i;

	timeout;
	i = 0;
	do
	:: i < CONSUMERS ->
		assert(dead[i] || producer_is_dead || !WANTED(i));
		assert(!attached[i] || dead[i] || WORD(memory[HOLD(i)]) == 0);
		i++
	:: else -> break
	od;
	assert(!producer_sleeps);
	i = 0;
	do
	:: i < BUFFERS -> assert(producer_is_dead || place[i] != WITH_SOURCE); i++
	:: else -> break
	od
}

init {
	byte i;

	atomic {
		c_code { now.removed = getenv("REMOVED") ? atoi(getenv("REMOVED")) : 0; };
		i = 0;
		do
		:: i < BUFFERS ->
			memory[PIXELS(i)] = i + 1;
			memory[GENERATION(i)] = i + 1;
			place[i] = PUBLISHED;
			i++
		:: else -> break
		od;
		memory[NEWEST] = FRAME_WORD(BUFFERS, BUFFERS - 1);
		i = 0;
		do
		:: i < CONSUMERS -> attached[i] = 1; run Memory(i); run Consumer(i); i++
		:: else -> break
		od;
		run Memory(PRODUCER);
		run Producer();
		run Rest()
	}
}
