/* SPDX-License-Identifier: Apache-2.0 */
/** @file event_log.h
 * What happens to the consumers of a channel, as log lines. Events that can come with every frame (revoked
 * leases, skipped frames, refusals) make at most one line a second for each consumer, with their count. What a consumer
 * can bring about by coming and going warns at most once a second. */
#ifndef CAMERAD_EVENT_LOG_H
#define CAMERAD_EVENT_LOG_H

#include <zcframe/producer.h>

/** One repeating event of one consumer. */
struct event_repeat {
	uint64_t consumer_id; /**< 0: unused. */
	uint64_t last_line_ns;
	uint64_t count; /**< Since the last line. */
	uint64_t sequence;
	int32_t pid;
	char label[ZCF_LABEL_SIZE];
};

struct event_log {
	char channel[ZCF_CHANNEL_NAME_SIZE];
	uint32_t camera_needs; /**< Buffers without which a frame is lost. */
	struct event_repeat revocations[ZCF_MAX_CONSUMERS];
	struct event_repeat skips[ZCF_MAX_CONSUMERS];
	struct event_repeat refusals;
	uint64_t last_grant_warning_ns;
};

/**
 * @param camera_needs  So many buffers the camera needs when a frame comes: 1, or 2 where the buffers are the
 * hardware's own ring, which has to go on with one as soon as it has filled another.
 */
void event_log_init(struct event_log *log, const char *channel, uint32_t camera_needs);

/** The listener for zcf_producer_set_listener(); @p log is the struct event_log. */
void event_log_listen(void *log, const struct zcf_event *event);

/** Write the lines that were held back for a second or more. Call it now and then. */
void event_log_flush(struct event_log *log, uint64_t now_ns);

#endif
