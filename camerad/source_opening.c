/* SPDX-License-Identifier: Apache-2.0 */
#include "source_opening.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum state {
	UNDER_WAY,
	OVER,      /* The result is there, and the thread looks at nothing any more. */
	ABANDONED, /* Nobody waits for the result. */
};

struct source_opening {
	const struct source_ops *ops;
	struct source_settings settings;
	char *path; /* The settings' own. */
	atomic_int state;
	int error;
	struct source *source;
};

static void destroy(struct source_opening *opening)
{
	free(opening->path);
	free(opening);
}

/* Whoever comes second, this thread or the one that abandons, finds the other's word and clears away. */
static void *run(void *argument)
{
	struct source_opening *opening = argument;

	opening->error = source_open(opening->ops, &opening->settings, &opening->source);
	/* Pairs with the exchange of source_opening_abandon() and the load of source_opening_finish(). */
	if (atomic_exchange_explicit(&opening->state, OVER, memory_order_acq_rel) == ABANDONED) {
		source_close(opening->source);
		destroy(opening);
	}
	return NULL;
}

/* Not to be waited for at the end: a thread that hangs in a disk's driver cannot be ended. */
static int start_detached(struct source_opening *opening)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error = -pthread_attr_init(&attributes);

	if (error != 0)
		return error;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = -pthread_create(&thread, &attributes, run, opening);
	pthread_attr_destroy(&attributes);
	return error;
}

int source_opening_start(const struct source_ops *ops, const struct source_settings *settings,
			 struct source_opening **ret_opening)
{
	struct source_opening *opening = calloc(1, sizeof(*opening));
	int error;

	if (opening == NULL || (settings->path != NULL && (opening->path = strdup(settings->path)) == NULL)) {
		free(opening);
		return -ENOMEM;
	}
	opening->ops = ops;
	opening->settings = *settings;
	opening->settings.path = opening->path;
	/* Borrowed, and of no use without hardware. */
	opening->settings.vio = NULL;
	atomic_init(&opening->state, UNDER_WAY);
	error = start_detached(opening);
	if (error != 0) {
		destroy(opening);
		return error;
	}
	*ret_opening = opening;
	return 0;
}

int source_opening_finish(struct source_opening *opening, struct source **ret_source)
{
	int error;

	/* Pairs with the exchange of run(). */
	if (atomic_load_explicit(&opening->state, memory_order_acquire) == UNDER_WAY)
		return -EINPROGRESS;
	error = opening->error;
	if (error == 0)
		*ret_source = opening->source;
	destroy(opening);
	return error;
}

void source_opening_abandon(struct source_opening *opening)
{
	if (opening == NULL)
		return;
	/* Pairs with the exchange of run(). */
	if (atomic_exchange_explicit(&opening->state, ABANDONED, memory_order_acq_rel) == OVER) {
		source_close(opening->source);
		destroy(opening);
	}
}
