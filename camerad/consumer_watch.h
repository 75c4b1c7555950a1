/* SPDX-License-Identifier: Apache-2.0 */
/** @file consumer_watch.h
 * How each consumer of a channel does: looked at once a second, each change logged once, and what the configuration
 * says is done about it. */
#ifndef CAMERAD_CONSUMER_WATCH_H
#define CAMERAD_CONSUMER_WATCH_H

#include "app/config.h"

#include <zcframe/producer.h>

/** The section [watchdog]. */
struct consumer_watch_settings {
	uint64_t stuck_after_ns;
	bool disconnect; /**< Whoever is stuck. */
	char *command;   /**< Run at each change; NULL: none. */
};

extern const struct app_config_key consumer_watch_keys[];

/** A change that has been seen and not dealt with yet. */
struct consumer_change {
	struct zcf_snapshot_consumer consumer;
	char why[128];
	bool gone;
};

struct consumer_watch {
	const char *channel;
	struct consumer_change *changes; /**< Room for each consumer's state, and for as many that are gone. */
	size_t change_count, gone_count;
};

/** @return 0 or -ENOMEM. @p channel is borrowed. */
int consumer_watch_init(struct consumer_watch *watch, const char *channel);
void consumer_watch_fini(struct consumer_watch *watch);

/** To be called with every event of the producer. */
void consumer_watch_listen(struct consumer_watch *watch, const struct zcf_event *event);

/** Look, log and act. To be called once a second. */
void consumer_watch_look(struct consumer_watch *watch, struct zcf_producer *producer,
			 const struct consumer_watch_settings *settings);

#endif
