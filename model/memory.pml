/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A memory that is as weak as the C11 orders in the code let it be.
 *
 * Stores wait in their process's buffer and reach memory in any order, but for three rules: two stores to one word keep
 * their order; a release store comes after all that were issued before it; a fence waits until the buffer is empty. A
 * process that is killed has its stores still reach memory, or has not made them.
 *
 * Loads find what memory holds, or, if no acquire stands in between, what it held when the last acquire did (the
 * consumer keeps those values in `seen_...`). So a load may be served before another that comes earlier in the program.
 */

/* The words that processes share. */
#define GENERATION(buffer) (buffer)
#define PIXELS(buffer)     (BUFFERS + (buffer))
#define NEWEST             (2 * BUFFERS)
#define EVENT              (2 * BUFFERS + 1)
#define PRODUCER_WAITS     (2 * BUFFERS + 2)
#define HOLD(consumer)     (2 * BUFFERS + 3 + (consumer))
#define WAITING(consumer)  (2 * BUFFERS + 3 + CONSUMERS + (consumer))
#define WORDS              (2 * BUFFERS + 3 + 2 * CONSUMERS)

#define PROCESSES (CONSUMERS + 1)
#define PRODUCER  CONSUMERS
/* So many stores a processor has under way; with one more it waits. Between two fences of ours there are fewer. */
#define DEPTH     6

#define RELAXED 0
#define RELEASE 1

typedef Stores {
	byte count;
	byte word[DEPTH];
	byte value[DEPTH];
	bit order[DEPTH];
}

byte memory[WORDS];
Stores stores[PROCESSES];

#define STORE(process, to, what, how)                                                                                  \
	stores[process].count < DEPTH;                                                                                 \
	stores[process].word[stores[process].count] = to;                                                              \
	stores[process].value[stores[process].count] = what;                                                           \
	stores[process].order[stores[process].count] = how;                                                            \
	stores[process].count++

#define FENCED(process) (stores[process].count == 0)

/* Whether the store at place k may reach memory before those in front of it. */
#define OTHER_WORD(p, k, j) (stores[p].word[k] != stores[p].word[j])
#define RELAXED_AT(p, k)    (k < stores[p].count && stores[p].order[k] == RELAXED)

/* A process dies after any of the stores that are not in memory yet: those behind it it has not made. */
inline lose_stores(process)
{
	do
	:: stores[process].count > 0 ->
		stores[process].count--;
		stores[process].word[stores[process].count] = 0;
		stores[process].value[stores[process].count] = 0;
		stores[process].order[stores[process].count] = 0
	:: break
	od
}

/*
 * The event word counts, and all that a consumer asks is whether it has changed since S0. So that is what is kept of it.
 */
#define NOT_ASKED 0
#define UNCHANGED 1
#define CHANGED   2
byte event_since[CONSUMERS];

inline event_changes()
{
	shift = 0;
	do
	:: shift < CONSUMERS ->
		event_since[shift] = (event_since[shift] == NOT_ASKED -> NOT_ASKED : CHANGED);
		shift++
	:: else -> break
	od
}

inline reach_memory(process, place)
{
	if
	:: stores[process].word[place] == EVENT -> event_changes()
	:: else -> memory[stores[process].word[place]] = stores[process].value[place]
	fi;
	shift = place;
	do
	:: shift + 1 < stores[process].count ->
		stores[process].word[shift] = stores[process].word[shift + 1];
		stores[process].value[shift] = stores[process].value[shift + 1];
		stores[process].order[shift] = stores[process].order[shift + 1];
		shift++
	:: else -> break
	od;
	stores[process].word[shift] = 0;
	stores[process].value[shift] = 0;
	stores[process].order[shift] = 0;
	stores[process].count--;
	shift = 0
}

proctype Memory(byte process)
{
	byte shift;

end_memory:
	do
	:: d_step { stores[process].count > 0 -> reach_memory(process, 0) }
	:: d_step { RELAXED_AT(process, 1) && OTHER_WORD(process, 1, 0) -> reach_memory(process, 1) }
	:: d_step {
		RELAXED_AT(process, 2) && OTHER_WORD(process, 2, 0) && OTHER_WORD(process, 2, 1) ->
			reach_memory(process, 2)
	   }
	:: d_step {
		RELAXED_AT(process, 3) && OTHER_WORD(process, 3, 0) && OTHER_WORD(process, 3, 1) &&
			OTHER_WORD(process, 3, 2) -> reach_memory(process, 3)
	   }
	:: d_step {
		RELAXED_AT(process, 4) && OTHER_WORD(process, 4, 0) && OTHER_WORD(process, 4, 1) &&
			OTHER_WORD(process, 4, 2) && OTHER_WORD(process, 4, 3) -> reach_memory(process, 4)
	   }
	:: d_step {
		RELAXED_AT(process, 5) && OTHER_WORD(process, 5, 0) && OTHER_WORD(process, 5, 1) &&
			OTHER_WORD(process, 5, 2) && OTHER_WORD(process, 5, 3) && OTHER_WORD(process, 5, 4) ->
			reach_memory(process, 5)
	   }
	od
}
