/* SPDX-License-Identifier: Apache-2.0 */
#include "offer.h"

#include "../monotonic.h"
#include "shared_semaphore.h"

#include <string.h>

/* At least so often a wait looks whether it is to stop. */
#define SLICE_NS UINT64_C(50000000)

/* Everything anew each time: whatever a consumer has written in there is gone. Nothing of it is ever read. */
static void describe(const struct frame_description *description, struct zero_copy_memory *memory)
{
	memcpy(&memory->design.frame, &description->design, sizeof(description->design));
	memcpy(&memory->extension, &description->extension, sizeof(description->extension));
}

/* Wait for a post until then, or until it is time to look around. */
static bool wait_for_post(struct zero_copy_memory *memory, uint64_t until_ns)
{
	uint64_t slice_ns = monotonic_now_ns() + SLICE_NS;

	return shared_semaphore_wait(&memory->design.consumed_sem, until_ns < slice_ns ? until_ns : slice_ns);
}

/*
 * A post that comes while nobody has taken the frame is not about this frame. Nor is one that is still owed for an
 * earlier one. But if no second one comes, it was about this frame after all, and the debtor is dead: that costs the
 * next program one frame that is held for longer than it needs.
 */
static enum offer_outcome await_outcome(struct offer *offer, struct zero_copy_memory *memory)
{
	sem_t *new_frame = &memory->design.new_frame_sem;
	bool taken = false, debt_paid = false;

	while (!atomic_load(offer->stopping)) {
		uint64_t until_ns = taken ? offer->lease_until_ns : offer->until_ns;

		if (wait_for_post(memory, until_ns)) {
			taken = !shared_semaphore_is_up(new_frame);
			if (taken && !offer->owed)
				return OFFER_RETURNED;
			debt_paid = taken;
			offer->owed = false;
		} else if (monotonic_now_ns() < until_ns) {
			continue;
		} else if (taken) {
			offer->owed = !debt_paid;
			return debt_paid ? OFFER_RETURNED : OFFER_OVERDUE;
		} else if (shared_semaphore_retract(new_frame)) {
			return OFFER_UNTAKEN;
		} else {
			taken = true;
		}
	}
	return shared_semaphore_retract(new_frame) ? OFFER_UNTAKEN : OFFER_OVERDUE;
}

void offer_make(struct offer *offer, struct zero_copy_memory *memory)
{
	if (shared_semaphore_begin_wait(&memory->design.consumed_sem) != 0)
		offer->owed = false;
	describe(&offer->description, memory);
	shared_semaphore_offer(&memory->design.new_frame_sem);
	offer->outcome = await_outcome(offer, memory);
	/* Before the buffer goes back: who reads this afterwards knows what his reading is worth. */
	__atomic_store_n(&memory->extension.held_sequence, 0, __ATOMIC_SEQ_CST);
	shared_semaphore_end_wait(&memory->design.consumed_sem);
}
