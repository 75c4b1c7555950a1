/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A consumer: lib/consumer/lease.c, lib/consumer/wait.c, lib/consumer/poll.c.
 *
 * An atomic block is one access to shared memory with what goes on in the process around it: its own stores too, since
 * nobody sees them before they reach memory. Before each it may die.
 */
#define OR_DIE :: atomic { crashes_left > 0 -> crashes_left--; goto dies }

/* A load that nothing keeps from being served when the last acquire was. */
inline load_early(target, early, now)
{
	if
	:: target = now
	:: target = early
	fi
}

/* What every load from here on finds at least: the pixels, if the acquire of A0 or A3 were missing. */
inline acquire_pixels()
{
	if
	:: REMOVED == A0_A3 ->
		old_pixels[0] = memory[PIXELS(0)];
		old_pixels[1] = memory[PIXELS(1)];
		old_pixels[BUFFERS - 1] = memory[PIXELS(BUFFERS - 1)]
	:: else
	fi
}

/* A1 */
inline announce()
{
	STORE(me, HOLD(me), word | (ORDER(A1) == RELEASE -> RELEASED_BY : 0), ORDER(A1))
}

inline forget()
{
	word = 0;
	i = 0;
	generation = 0;
	seen_generation = 0;
	seen_pixels = 0;
	event_since[me] = NOT_ASKED;
	intact = 0
}

proctype Consumer(byte me)
{
	byte old_pixels[BUFFERS];
	byte word, generation, seen_generation, seen_pixels, i, pixels, mode;
	bit intact;

	atomic { acquire_pixels() };
end_next:
	/* A0: the newest frame, or any that is offered: what a consumer prefers does not matter for what is promised. */
	if
	:: atomic {
		SLEEPS || SEQUENCE(memory[NEWEST]) > last_seen[me] || producer_is_dead;
		word = memory[NEWEST];
		if
		:: producer_is_dead -> forget(); goto leaves
		:: !producer_is_dead && SEQUENCE(word) <= last_seen[me] -> goto sleeps
		:: !producer_is_dead && SEQUENCE(word) > last_seen[me] -> i = BUFFER(word); announce()
		:: !producer_is_dead && SEQUENCE(word) > last_seen[me] -> word = 0
		fi
	   }
	:: atomic { DEQUEUE_WAITS -> goto wants_no_more }
	OR_DIE
	fi;
	if
	:: atomic { word != 0 }
	:: atomic {
		word == 0;
		if
		:: i = 0
		:: i = 1
#if BUFFERS > 2
		:: i = 2
#endif
		fi;
		generation = memory[GENERATION(i)];
		if
		:: OFFERED(generation) && generation > last_seen[me] ->
			word = FRAME_WORD(generation, i);
			generation = 0;
			announce()
		:: else ->
			forget();
			if
			:: SLEEPS -> goto sleeps
			:: !SLEEPS -> goto end_next
			fi
		fi
	   }
	OR_DIE
	fi;
	if
	:: atomic {
		FENCE(A2, me);                                            /* A2 */
		generation = memory[GENERATION(i)];                       /* A3 */
		seen_generation = generation;
		seen_pixels = (REMOVED == A0_A3 -> old_pixels[i] : memory[PIXELS(i)]);
		if
		:: generation == SEQUENCE(word) || REMOVED == A3
		:: else ->
			/* Step back: to a producer that is about to take the frame back that is a release like every other. */
			STORE(me, HOLD(me), RELEASED_BY, RELEASE);        /* R2 */
			if
			:: DEQUEUE_WAITS && (generation & CLOSED) && REMOVED != STEP_BACK -> forget(); goto rings
			:: else -> forget()
			fi;
			/* Try another, or, after so many tries, wait. */
			if
			:: goto end_next
			:: SLEEPS -> goto sleeps
			fi
		fi
	   }
	OR_DIE
	fi;

	/* C, and the reader's own look at the pixels, whenever that is. */
	if
	:: atomic {
		load_early(pixels, seen_pixels, memory[PIXELS(i)]);
		intact = (pixels == SEQUENCE(word));
		pixels = 0
	   }
	OR_DIE
	fi;
	if
	:: atomic {
		/* R1, that is V1 and V2. */
		if
		:: generation = memory[GENERATION(i)]
		:: REMOVED == V1 -> generation = seen_generation
		fi;
		if
		:: (generation & (255 - CLOSED)) == SEQUENCE(word) ->
			/* It learns of every frame that was overwritten. */
			assert(intact);
			unacquired[me] = word
		:: else
		fi;
		STORE(me, HOLD(me), (ORDER(R2) == RELEASE -> RELEASED_BY : 0), ORDER(R2)); /* R2 */
		last_seen[me] = SEQUENCE(word);
		acquire_pixels();
		forget();
		if
		:: !DEQUEUE_WAITS -> goto end_next
		:: else
		fi
	   }
	OR_DIE
	fi;
rings:
	if
	:: atomic {
		FENCE(R3, me);                                            /* R3 */
		if
		:: memory[PRODUCER_WAITS] -> rung = 1
		:: else
		fi
	   }
	OR_DIE
	fi;
	goto end_next;

sleeps:
	if
	:: atomic {
		forget();
		if
		:: mode = SLEEPS_IN_FUTEX
		:: mode = SLEEPS_IN_POLL; noticed[me] = 0
		fi;
		event_since[me] = UNCHANGED;                              /* S0 */
		STORE(me, WAITING(me), mode, RELEASE)                     /* S1 */
	   }
	OR_DIE
	fi;
	/* A wanted frame? One look at each buffer, one after the other. */
	if
	:: atomic {
		FENCE(S2, me);                                            /* S2 */
		i = (SEQUENCE(memory[NEWEST]) > last_seen[me] && REMOVED != LOOK_AGAIN -> 0 : BUFFERS)
	   }
	OR_DIE
	fi;
	do
	:: atomic { i == BUFFERS -> break }
	:: atomic {
		i < BUFFERS;
		generation = memory[GENERATION(i)];
		if
		:: OFFERED(generation) && generation > last_seen[me] -> goto wakes
		:: else -> i++; generation = 0
		fi
	   }
	OR_DIE
	od;
	/* S3: the kernel compares and puts to sleep in one. What its own barriers do is not counted on. */
	atomic {
		if
		:: mode == SLEEPS_IN_FUTEX && (event_since[me] == UNCHANGED || REMOVED == S3) -> in_futex[me] = 1
		:: else
		fi;
		forget()
	};
end_sleep:
	if
	:: atomic { mode == SLEEPS_IN_FUTEX && !in_futex[me] }
	:: atomic { mode == SLEEPS_IN_POLL && noticed[me] }
	/* It looks at its socket when the longest sleep is over. */
	:: atomic { producer_is_dead -> in_futex[me] = 0 }
	OR_DIE
	fi;
wakes:
	atomic {
		forget();
		mode = 0;
		noticed[me] = 0;
		STORE(me, WAITING(me), AWAKE, RELAXED)
	};
	goto end_next;

dies:
	atomic {
		lose_stores(me);
		forget();
		dead[me] = 1;
		in_futex[me] = 0;
		noticed[me] = 0;
		mode = 0
	};
end_dead:
	/* Another one takes the lane's number, with a page of its own. */
	atomic {
		!attached[me] && FENCED(me) && !producer_is_dead;
		memory[HOLD(me)] = 0;
		memory[WAITING(me)] = AWAKE;
		last_seen[me] = 0;
		dead[me] = 0;
		attached[me] = 1
	};
	goto end_next;

wants_no_more:
	/* Nobody needs to take frames as long as there are any. */
	last_seen[me] = SEQUENCE(63);

leaves:
	/* If it found its socket closed, it looks for the next producer's board. */
	skip
}
