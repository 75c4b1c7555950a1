/* SPDX-License-Identifier: Apache-2.0 */
#include "event_log.h"

#include "app/log.h"
#include "monotonic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REPEAT_INTERVAL_NS UINT64_C(1000000000)
/* Refusals are counted together: those who are refused have no consumer's id. */
#define REFUSED_ID UINT64_MAX

void event_log_init(struct event_log *log, const char *channel, uint32_t camera_needs)
{
	*log = (struct event_log){.camera_needs = camera_needs, .refusals = {.consumer_id = REFUSED_ID}};
	snprintf(log->channel, sizeof(log->channel), "%s", channel);
}

/* The consumer's entry, or a free one, or the one that has been quiet for longest. */
static struct event_repeat *find_repeat(struct event_repeat *repeats, const struct zcf_snapshot_consumer *consumer)
{
	struct event_repeat *found = &repeats[0];

	for (int i = 0; i < ZCF_MAX_CONSUMERS; i++) {
		if (repeats[i].consumer_id == consumer->id)
			return &repeats[i];
		if (repeats[i].last_line_ns < found->last_line_ns)
			found = &repeats[i];
	}
	*found = (struct event_repeat){.consumer_id = consumer->id, .pid = consumer->pid};
	memcpy(found->label, consumer->label, sizeof(found->label));
	return found;
}

static void write_line(const struct event_log *log, const char *message, struct event_repeat *repeat, uint64_t now_ns)
{
	char label[4 * ZCF_LABEL_SIZE];

	app_log(APP_LOG_WARNING, message, "channel=%s pid=%d label=%s sequence=%" PRIu64 " count=%" PRIu64,
		log->channel, repeat->pid, app_log_quote(label, sizeof(label), repeat->label), repeat->sequence,
		repeat->count);
	repeat->count = 0;
	repeat->last_line_ns = now_ns;
}

static const char revoked_message[] = "a lease was revoked: the consumer held the frame past its deadline";
static const char skipped_message[] = "a camera frame was lost: consumers held every buffer";

static void note_repeat(struct event_log *log, struct event_repeat *repeats, const char *message,
			const struct zcf_event *event)
{
	struct event_repeat *repeat = find_repeat(repeats, event->consumer);
	uint64_t now_ns = monotonic_now_ns();

	repeat->count++;
	repeat->sequence = event->sequence;
	if (repeat->last_line_ns == 0 || now_ns - repeat->last_line_ns >= REPEAT_INTERVAL_NS)
		write_line(log, message, repeat, now_ns);
}

static void note_refusal(struct event_log *log, const struct zcf_event *event)
{
	uint64_t now_ns = monotonic_now_ns();
	char reason[512];

	log->refusals.count++;
	if (log->refusals.last_line_ns != 0 && now_ns - log->refusals.last_line_ns < REPEAT_INTERVAL_NS)
		return;
	app_log(APP_LOG_WARNING, "a consumer was refused", "channel=%s pid=%d uid=%u reason=%s count=%" PRIu64,
		log->channel, event->consumer != NULL ? event->consumer->pid : 0,
		event->consumer != NULL ? event->consumer->uid : 0,
		app_log_quote(reason, sizeof(reason), event->detail), log->refusals.count);
	log->refusals.count = 0;
	log->refusals.last_line_ns = now_ns;
}

/* Its last lines come before the one that says that it is gone. */
static void forget(struct event_log *log, uint64_t consumer_id)
{
	struct event_repeat *const tables[] = {log->revocations, log->skips};
	const char *const messages[] = {revoked_message, skipped_message};

	for (int table = 0; table < 2; table++) {
		for (int i = 0; i < ZCF_MAX_CONSUMERS; i++) {
			struct event_repeat *repeat = &tables[table][i];

			if (repeat->consumer_id != consumer_id)
				continue;
			if (repeat->count > 0)
				write_line(log, messages[table], repeat, repeat->last_line_ns);
			*repeat = (struct event_repeat){0};
		}
	}
}

static void note_life(const struct event_log *log, enum app_log_level level, const char *message,
		      const struct zcf_event *event)
{
	char label[4 * ZCF_LABEL_SIZE], detail[512];

	app_log(level, message, "channel=%s pid=%d uid=%u label=%s id=%" PRIu64 " detail=%s", log->channel,
		event->consumer->pid, event->consumer->uid, app_log_quote(label, sizeof(label), event->consumer->label),
		event->consumer->id, app_log_quote(detail, sizeof(detail), event->detail));
}

/* Who may hold how much, and whether together they could leave the camera without a buffer. */
static void note_grant(struct event_log *log, const struct zcf_event *event)
{
	uint64_t now_ns = monotonic_now_ns();
	const struct zcf_snapshot_consumer *consumer = event->consumer;
	uint32_t held = event->granted_leases, held_before = held - consumer->max_leases;
	bool first_to = held + log->camera_needs > event->buffer_count &&
			held_before + log->camera_needs <= event->buffer_count;
	char label[4 * ZCF_LABEL_SIZE];

	app_log(APP_LOG_INFO, "consumer may hold frames",
		"channel=%s pid=%d label=%s frames=%u deadline_ms=%.3f copies_out=%s all_consumers=%u buffers=%u",
		log->channel, consumer->pid, app_log_quote(label, sizeof(label), consumer->label), consumer->max_leases,
		(double)consumer->lease_deadline_ns / 1e6, consumer->copies_out ? "yes" : "no", event->granted_leases,
		event->buffer_count);
	/* Whoever comes and goes all the time must not fill the log. */
	if (!first_to || (log->last_grant_warning_ns != 0 && now_ns - log->last_grant_warning_ns < REPEAT_INTERVAL_NS))
		return;
	log->last_grant_warning_ns = now_ns;
	app_log(APP_LOG_WARNING,
		"together the consumers may hold more buffers than the camera can spare: it then loses frames "
		"until "
		"a deadline",
		"channel=%s all_consumers=%u buffers=%u camera_needs=%u advice=%s", log->channel, held,
		event->buffer_count, log->camera_needs,
		"\"more buffers, a shorter lease_deadline, or copy-out in slow consumers\"");
}

void event_log_listen(void *context, const struct zcf_event *event)
{
	struct event_log *log = context;

	switch (event->kind) {
	case ZCF_EVENT_ATTACHED:
		note_life(log, APP_LOG_INFO, "consumer attached", event);
		note_grant(log, event);
		break;
	case ZCF_EVENT_DETACHED:
		forget(log, event->consumer->id);
		note_life(log, APP_LOG_INFO, "consumer detached", event);
		break;
	case ZCF_EVENT_EXPELLED:
		forget(log, event->consumer->id);
		note_life(log, APP_LOG_WARNING, "consumer expelled", event);
		break;
	case ZCF_EVENT_REFUSED:
		note_refusal(log, event);
		break;
	case ZCF_EVENT_REVOKED:
		note_repeat(log, log->revocations, revoked_message, event);
		break;
	case ZCF_EVENT_SKIPPED:
		note_repeat(log, log->skips, skipped_message, event);
		break;
	case ZCF_EVENT_STATE:
		break; /* consumer_watch.c */
	}
}

static void flush_table(struct event_log *log, struct event_repeat *repeats, const char *message, uint64_t now_ns)
{
	for (int i = 0; i < ZCF_MAX_CONSUMERS; i++) {
		if (repeats[i].count > 0 && now_ns - repeats[i].last_line_ns >= REPEAT_INTERVAL_NS)
			write_line(log, message, &repeats[i], now_ns);
	}
}

void event_log_flush(struct event_log *log, uint64_t now_ns)
{
	flush_table(log, log->revocations, revoked_message, now_ns);
	flush_table(log, log->skips, skipped_message, now_ns);
}
