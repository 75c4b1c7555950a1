/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The producer: lib/producer/publish.c, lib/producer/leases.c. No step of it waits for a consumer, but for the nap. As in
 * consumer.pml, an atomic block is one access to shared memory; before each the process may die.
 */
#define NONE 255

#define OR_PRODUCER_DIES :: atomic { producer_crashes_left > 0 -> producer_crashes_left--; goto dies }

#define DIED(consumer) (dead[consumer] && attached[consumer])
#if CONSUMERS == 1
#define SOMEBODY_DIED DIED(0)
#else
#define SOMEBODY_DIED (DIED(0) || DIED(1) || DIED(CONSUMERS - 1))
#endif

#define HOLDS_NONE(consumer) (dead[consumer] || WORD(memory[HOLD(consumer)]) == 0)
#if CONSUMERS == 1
#define NOBODY_HOLDS HOLDS_NONE(0)
#else
#define NOBODY_HOLDS (HOLDS_NONE(0) && HOLDS_NONE(1) && HOLDS_NONE(CONSUMERS - 1))
#endif

/* The consumers whose socket has closed are out of the next scan, whatever is in their lanes (lanes.c). */
inline hear_of_deaths()
{
	c = 0;
	do
	:: c < CONSUMERS ->
		if
		:: dead[c] -> attached[c] = 0; unacquired[c] = 0
		:: else
		fi;
		c++
	:: else -> break
	od;
	c = 0
}

#if SLEEPS
#define RAISE_EVENT STORE(PRODUCER, EVENT, 0, RELEASE)
#else
#define RAISE_EVENT skip
#endif

/* P3 is under way already. */
inline wake()
{
	if
	:: atomic { !SLEEPS -> c = CONSUMERS }
	:: atomic { SLEEPS && FENCE(P4, PRODUCER) }                             /* P4 */
	OR_PRODUCER_DIES
	fi;
	do
	:: atomic {
		c < CONSUMERS;                                            /* P5 */
		if
		:: attached[c] && memory[WAITING(c)] == SLEEPS_IN_FUTEX -> wakes[c] = 1
		:: attached[c] && memory[WAITING(c)] == SLEEPS_IN_POLL -> noticed[c] = 1
		:: else
		fi;
		c++
	   }
	:: atomic {
		c == CONSUMERS;
		/* One call wakes all of them. */
		c = 0;
		do
		:: c < CONSUMERS ->
			in_futex[c] = in_futex[c] && !wakes[c];
			wakes[c] = 0;
			c++
		:: else -> break
		od;
		c = 0;
		break
	   }
	OR_PRODUCER_DIES
	od
}

/* W3: one lane. A lease that the producer sees may be past its deadline already. */
inline look_at_lane()
{
	hold = memory[HOLD(c)];
	if
	:: (hold & RELEASED_BY) && WORD(hold) != unacquired[c] -> unacquired[c] = 0
	:: else
	fi;
	if
	:: attached[c] && WORD(hold) == FRAME_WORD(frame[b], b) ->
		if
		:: in_time = 1
		:: DEADLINES -> late[c] = WORD(hold)
		fi
	:: else
	fi;
	c++;
	hold = 0
}

/*
 * The source writes: whoever read here and was told that it was good must have done so before. The reads of a revoked
 * lease are not awaited: what it read counts only if V2 says so.
 */
inline acquire_all()
{
	do
	:: c < CONSUMERS ->
		if
		:: late[c] != 0 && unacquired[c] == late[c] -> unacquired[c] = 0
		:: else
		fi;
		late[c] = 0;
		assert(unacquired[c] == 0 || BUFFER(unacquired[c]) != b);
		c++
	:: else -> break
	od;
	c = 0
}

inline choose_free()
{
	if
	:: place[0] == FREE -> b = 0
	:: place[0] != FREE && place[1] == FREE -> b = 1
#if BUFFERS > 2
	:: place[0] != FREE && place[1] != FREE && place[2] == FREE -> b = 2
#endif
	:: else -> b = NONE
	fi
}

/* The oldest that was not tried yet; at last the newest. */
#define BEFORE(i, j)  (place[j] != PUBLISHED || tried[j] || frame[i] <= frame[j])
#define TRY_NEXT(i)   (place[i] == PUBLISHED && !tried[i] && BEFORE(i, 0) && BEFORE(i, 1) && BEFORE(i, BUFFERS - 1))

inline choose_published()
{
	if
	:: TRY_NEXT(0) -> b = 0
	:: TRY_NEXT(1) -> b = 1
#if BUFFERS > 2
	:: TRY_NEXT(2) -> b = 2
#endif
	:: else -> b = NONE
	fi
}

inline forget_tries()
{
	tried[0] = 0;
	tried[1] = 0;
	tried[BUFFERS - 1] = 0
}

proctype Producer()
{
	byte frame[BUFFERS];
	bit tried[BUFFERS];
	bit wakes[CONSUMERS];
	byte late[CONSUMERS];
	byte b, c, hold, skips;
	byte sequence = BUFFERS, newest = BUFFERS - 1;
	bit in_time, producer_waits;

	/* It begins when every buffer has been published once. */
	atomic {
		do
		:: b < BUFFERS -> place[b] = PUBLISHED; frame[b] = b + 1; b++
		:: else -> break
		od;
		b = 0
	};
dequeue:
	atomic {
		/* No camera goes on for ever. */
		if
		:: goto rests
		:: sequence < BUFFERS + FRAMES
		fi;
		hear_of_deaths()
	};
reclaim:
	atomic {
		choose_free();
		if
		:: b != NONE -> goto publish
		:: else
		fi;
		choose_published();
		if
		:: b == NONE -> goto has_none
		:: else
		fi;
		tried[b] = 1;
		in_time = 0;
		c = 0;
		if
		:: REMOVED != W1 && REMOVED != SCAN_FIRST ->
			STORE(PRODUCER, GENERATION(b), frame[b] | CLOSED, RELAXED) /* W1 */
		:: else
		fi
	};
	if
	:: atomic { REMOVED == SCAN_FIRST || FENCE(W2, PRODUCER) }        /* W2 */
	OR_PRODUCER_DIES
	fi;
	do
	:: atomic { c == CONSUMERS || REMOVED == W3 -> c = 0; break }
	:: atomic { c < CONSUMERS && REMOVED != W3 -> look_at_lane() }    /* W3 */
	OR_PRODUCER_DIES
	od;
	if
	:: atomic {
		REMOVED == SCAN_FIRST;
		STORE(PRODUCER, GENERATION(b), frame[b] | CLOSED, RELAXED) /* W1, too late */
	   }
	:: atomic { REMOVED != SCAN_FIRST }
	fi;
	atomic {
		if
		:: in_time ->
			/* Offer it again; or, if a newer frame came long ago, leave it closed for good. */
			if
			:: true ->
				STORE(PRODUCER, GENERATION(b), frame[b], RELEASE);
				if
				:: b == newest && REMOVED != REOFFER ->
					RAISE_EVENT /* P3 */
				:: else -> goto reclaim
				fi
			:: DEADLINES && b != newest -> goto reclaim
			fi
		:: else ->
			STORE(PRODUCER, GENERATION(b), frame[b] | GONE, RELAXED); /* W4 */
			place[b] = FREE;
			frame[b] = 0;
			if
			:: newest == b -> newest = NONE
			:: else
			fi;
			goto gone
		fi
	};
	wake();
	goto reclaim;
gone:
	if
	:: atomic { FENCE(W5, PRODUCER) }                                 /* W5 */
	OR_PRODUCER_DIES
	fi;
	goto reclaim;

publish:
	if
	:: atomic {
		forget_tries();
		if
		:: producer_waits ->
			producer_waits = 0;
			STORE(PRODUCER, PRODUCER_WAITS, 0, RELAXED)
		:: else
		fi;
		place[b] = WITH_SOURCE;
		acquire_all();
		sequence++;
		STORE(PRODUCER, PIXELS(b), sequence, RELAXED);            /* the pixels, and D */
		STORE(PRODUCER, GENERATION(b), sequence, ORDER(P1));      /* P1 */
		STORE(PRODUCER, NEWEST, FRAME_WORD(sequence, b), RELEASE); /* P2 */
		RAISE_EVENT;                                              /* P3 */
		place[b] = PUBLISHED;
		frame[b] = sequence;
		newest = b;
		b = 0
	   }
	OR_PRODUCER_DIES
	fi;
	wake();
	goto dequeue;

has_none:
	/* Every buffer has a holder that is in time: nothing else may keep the camera from one. */
	atomic {
		forget_tries();
		b = 0;
		if
		/* A frame is skipped, and the camera goes on; after SKIPS of them nothing new comes of trying again. */
		:: !DEQUEUE_WAITS && skips < SKIPS -> skips++; goto dequeue
		:: !DEQUEUE_WAITS && skips == SKIPS -> goto tries_later
		:: DEQUEUE_WAITS && !producer_waits ->
			producer_waits = 1;
			STORE(PRODUCER, PRODUCER_WAITS, 1, RELAXED)       /* B1 */
		:: DEQUEUE_WAITS && producer_waits -> goto naps
		fi
	};
	if
	:: atomic { FENCE(B2, PRODUCER) }                                 /* B2 */
	OR_PRODUCER_DIES
	fi;
	/* What the scan before all withdrawals finds held is not tried, so behind B2 nothing else may stand in for it. */
	do
	:: atomic { c == CONSUMERS -> c = 0; hold = 0; break }
	:: atomic {
		c < CONSUMERS;
		hold = memory[HOLD(c)];
		if
		:: attached[c] && WORD(hold) != 0 && SEQUENCE(hold) == frame[BUFFER(hold)] -> tried[BUFFER(hold)] = 1
		:: else
		fi;
		c++
	   }
	OR_PRODUCER_DIES
	od;
	goto dequeue;
tries_later:
	atomic { NOBODY_HOLDS };
	goto dequeue;
naps:
	producer_sleeps = 1;
end_nap:
	atomic {
		rung || SOMEBODY_DIED;
		producer_sleeps = 0;
		rung = 0
	};
	goto dequeue;

dies:
	atomic {
		lose_stores(PRODUCER);
		producer_is_dead = 1;
		b = 0;
		c = 0
	};

rests:
end_rests:
	do
	:: atomic {
		!producer_is_dead && SOMEBODY_DIED;
		hear_of_deaths()
	   }
	od
}
