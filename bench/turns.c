/* SPDX-License-Identifier: Apache-2.0 */
#include "turns.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>

/* Of so many shuffled orders the best one is taken. */
#define ORDERS_TRIED 256

static uint32_t *followed(const struct turns *turns, const size_t *order, size_t turn)
{
	size_t before = order[turn == 0 ? turns->count - 1 : turn - 1];

	return &turns->followed[before * turns->count + order[turn]];
}

static void shuffle(struct turns *turns, size_t *order)
{
	for (size_t i = 0; i < turns->count; i++)
		order[i] = i;
	for (size_t i = turns->count; i > 1; i--) {
		turns->dice ^= turns->dice << 13;
		turns->dice ^= turns->dice >> 17;
		turns->dice ^= turns->dice << 5;
		size_t other = turns->dice % i, swapped = order[i - 1];
		order[i - 1] = order[other];
		order[other] = swapped;
	}
}

/* Squares: to repeat what has been twice is worse than to repeat two that have been once. */
static uint64_t count_repeats(const struct turns *turns, const size_t *order)
{
	uint64_t repeats = 0;

	for (size_t turn = 0; turn < turns->count; turn++) {
		uint64_t times = *followed(turns, order, turn);

		repeats += times * times;
	}
	return repeats;
}

void turns_init(struct turns *turns, size_t count)
{
	*turns = (struct turns){
		.count = count,
		.dice = 2463534242u,
		.followed = cli_allocate(count * count, sizeof(*turns->followed)),
	};
}

void turns_fini(struct turns *turns)
{
	free(turns->followed);
}

void turns_choose(struct turns *turns, size_t *order)
{
	size_t *tried = cli_allocate(turns->count, sizeof(*tried));
	uint64_t fewest = UINT64_MAX;

	for (int i = 0; i < ORDERS_TRIED; i++) {
		shuffle(turns, tried);
		uint64_t repeats = count_repeats(turns, tried);
		if (repeats >= fewest)
			continue;
		fewest = repeats;
		memcpy(order, tried, turns->count * sizeof(*order));
	}
	for (size_t turn = 0; turn < turns->count; turn++)
		(*followed(turns, order, turn))++;
	free(tried);
}
