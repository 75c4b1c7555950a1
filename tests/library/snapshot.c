/* SPDX-License-Identifier: Apache-2.0 */
/* What a channel tells of itself: to any process that asks, and to the program that publishes it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "raw_peer.h"
#include "test.h"
#include "zcframe/version.h"

struct query {
	pthread_t thread;
	int64_t timeout_ns;
	atomic_bool done;
	int result;
	char detail[512];
	struct zcf_snapshot snapshot;
};

static void *run_query(void *context)
{
	struct query *query = context;

	query->result = zcf_snapshot_query("snapshot", NULL, query->timeout_ns, &query->snapshot);
	strncpy(query->detail, zcf_error_detail(), sizeof(query->detail) - 1);
	atomic_store(&query->done, true);
	return NULL;
}

static struct query *query_start(int64_t timeout_ns)
{
	struct query *query = calloc(1, sizeof(*query));

	query->timeout_ns = timeout_ns;
	REQUIRE_EQUAL(pthread_create(&query->thread, NULL, run_query, query), 0);
	return query;
}

static void query_finish(struct query *query, struct zcf_producer *producer)
{
	while (producer && !atomic_load(&query->done))
		zcf_producer_wait(producer, test_now_ns() + NS_PER_MS);
	pthread_join(query->thread, NULL);
}

static void who_asks_gets_the_state_of_the_channel_and_does_not_become_a_consumer(void **state)
{
	struct zcf_consumer_options options;
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "snapshot", NULL);
	zcf_consumer_options_init(&options);
	options.label = "a reader";
	options.rate = ZCF_RATE_EVERY_NTH;
	options.rate_value = 2;
	struct zcf_consumer *holder = test_channel_attach(&channel, &options);
	struct zcf_consumer *other = test_channel_attach(&channel, NULL);
	test_channel_publish(&channel);
	test_channel_publish(&channel);
	struct zcf_frame *frame = test_acquire_now(holder);
	REQUIRE_EQUAL(zcf_frame_release(test_acquire_now(other)), 0);
	zcf_producer_skip(channel.producer, 4);
	struct query *query = query_start(PATIENCE_NS);
	query_finish(query, channel.producer);
	REQUIRE_EQUAL(query->result, 0);
	const struct zcf_snapshot *seen = &query->snapshot;
	REQUIRE(strcmp(seen->channel, "snapshot") == 0);
	REQUIRE(strcmp(seen->backend, "memfd") == 0);
	REQUIRE_EQUAL(seen->epoch, zcf_producer_get_epoch(channel.producer));
	REQUIRE_EQUAL(seen->producer_pid, getpid());
	REQUIRE_EQUAL(seen->published, 2);
	REQUIRE_EQUAL(seen->skipped, 4);
	REQUIRE_EQUAL(seen->buffer_count, 3);
	REQUIRE_EQUAL(seen->held_buffers, 1);
	REQUIRE_EQUAL(seen->free_buffers, 1);
	REQUIRE_EQUAL(seen->last_frame_number, 2);
	REQUIRE_EQUAL(seen->attached_total, 2);
	REQUIRE_EQUAL(seen->consumer_count, 2);
	REQUIRE_EQUAL(seen->format.width_pixels, 64);
	REQUIRE(strcmp(seen->consumers[0].label, "a reader") == 0);
	REQUIRE_EQUAL(seen->consumers[0].pid, getpid());
	REQUIRE_EQUAL(seen->consumers[0].uid, getuid());
	REQUIRE_EQUAL(seen->consumers[0].rate, ZCF_RATE_EVERY_NTH);
	REQUIRE_EQUAL(seen->consumers[0].rate_value, 2);
	REQUIRE_EQUAL(seen->consumers[0].acquired, 1);
	REQUIRE_EQUAL(seen->consumers[0].skips_caused, 4);
	REQUIRE_EQUAL(seen->consumers[0].lease_count, 1);
	REQUIRE_EQUAL(seen->consumers[0].leases[0].sequence, 2);
	REQUIRE_EQUAL(seen->consumers[0].leases[0].buffer_index, zcf_frame_get_info(frame)->buffer_index);
	REQUIRE(seen->consumers[0].leases[0].age_ns < (uint64_t)PATIENCE_NS);
	REQUIRE_EQUAL(seen->consumers[1].acquired, 1);
	/* Counted when a frame is given back. */
	REQUIRE(zcf_latency_quantile_ns(seen->consumers[1].latency_counts, 0.5) > 0);
	REQUIRE_EQUAL(seen->consumers[1].skips_caused, 0);
	REQUIRE_EQUAL(seen->consumers[1].lease_count, 0);
	REQUIRE(seen->consumers[0].id != seen->consumers[1].id);
	REQUIRE_EQUAL(zcf_producer_get_consumer_count(channel.producer), 2);
	free(query);
	zcf_frame_release(frame);
	zcf_consumer_close(holder);
	zcf_consumer_close(other);
	test_channel_close(&channel);
}

static void a_question_that_nobody_answers_ends_in_time(void **state)
{
	struct test_channel channel;
	struct zcf_snapshot *snapshot = malloc(sizeof(*snapshot));

	(void)state;
	REQUIRE_EQUAL(zcf_snapshot_query("snapshot", NULL, PATIENCE_NS, snapshot), -ENOENT);
	test_channel_open(&channel, "snapshot", NULL);
	uint64_t before_ns = test_now_ns();
	REQUIRE_EQUAL(zcf_snapshot_query("snapshot", NULL, 20 * NS_PER_MS, snapshot), -ETIMEDOUT);
	REQUIRE(test_now_ns() - before_ns >= 20 * (uint64_t)NS_PER_MS);
	REQUIRE_EQUAL(zcf_snapshot_query("snapshot", NULL, 0, snapshot), -ETIMEDOUT);
	/* A producer that goes away while it is asked. */
	struct query *query = query_start(PATIENCE_NS);
	test_sleep_ns(20 * NS_PER_MS);
	test_channel_close(&channel);
	query_finish(query, NULL);
	REQUIRE_EQUAL(query->result, -ENOENT);
	free(query);
	free(snapshot);
}

/* Let a query call, and give it this answer. */
static int ask_impostor(const void *answer, size_t size_bytes, char detail[512])
{
	int listen_fd = raw_listen("snapshot");
	struct query *query = query_start(PATIENCE_NS);
	int socket_fd = accept(listen_fd, NULL, NULL);

	REQUIRE(socket_fd >= 0);
	raw_send(socket_fd, answer, size_bytes, NULL, 0);
	query_finish(query, NULL);
	int result = query->result;
	/* Written on success only. */
	if (result < 0)
		REQUIRE_EQUAL(query->snapshot.header_size, 0);
	memcpy(detail, query->detail, sizeof(query->detail));
	free(query);
	close(socket_fd);
	raw_listen_end(listen_fd, "snapshot");
	return result;
}

static void an_answer_that_cannot_be_is_refused(void **state)
{
	struct zcf_message_snapshot *answer = calloc(1, sizeof(*answer));
	size_t size = offsetof(struct zcf_message_snapshot, snapshot.consumers) + sizeof(struct zcf_snapshot_consumer);
	char detail[512];

	(void)state;
	raw_header_init(&answer->header, ZCF_MESSAGE_SNAPSHOT, size);
	answer->snapshot.header_size = offsetof(struct zcf_snapshot, consumers);
	answer->snapshot.consumer_size = sizeof(struct zcf_snapshot_consumer);
	answer->snapshot.consumer_count = 1;
	REQUIRE_EQUAL(ask_impostor(answer, size, detail), 0);
#define REQUIRE_BROKEN(statement)                                                                                      \
	do {                                                                                                           \
		struct zcf_message_snapshot good = *answer;                                                            \
		statement;                                                                                             \
		REQUIRE_EQUAL(ask_impostor(answer, size, detail), -EPROTO);                                            \
		*answer = good;                                                                                        \
	} while (0)
	REQUIRE_BROKEN(answer->snapshot.consumer_count = 0);
	REQUIRE_BROKEN(answer->snapshot.consumer_count = 2);
	REQUIRE_BROKEN(answer->snapshot.consumer_count = UINT32_MAX);
	REQUIRE_BROKEN(answer->snapshot.consumer_size--);
	REQUIRE_BROKEN(answer->snapshot.header_size = 0);
	REQUIRE_BROKEN(answer->snapshot.consumers[0].lease_count = ZCF_MAX_LEASES + 1);
	REQUIRE_BROKEN(answer->header.size_bytes--);
	REQUIRE_BROKEN(answer->header.type = ZCF_MESSAGE_WELCOME);
	REQUIRE_BROKEN(answer->header.magic = 0);
	answer->header.protocol_major = ZCF_PROTOCOL_MAJOR + 1;
	REQUIRE_EQUAL(ask_impostor(answer, size, detail), -EPROTONOSUPPORT);
	REQUIRE(strstr(detail, "upgrade the consumer") != NULL);
	free(answer);
}

struct event_log {
	int count;
	enum zcf_event_kind kinds[8];
	uint64_t ids[8];
	char label[ZCF_LABEL_SIZE];
};

static void note_event(void *context, const struct zcf_event *event)
{
	struct event_log *log = context;

	log->kinds[log->count] = event->kind;
	log->ids[log->count] = event->consumer->id;
	memcpy(log->label, event->consumer->label, sizeof(log->label));
	log->count++;
}

static void the_publishing_program_is_told_who_comes_and_goes(void **state)
{
	struct zcf_consumer_options options;
	struct event_log log = {0};
	struct test_channel channel;

	(void)state;
	test_channel_open(&channel, "snapshot", NULL);
	zcf_producer_set_listener(channel.producer, note_event, &log);
	zcf_consumer_options_init(&options);
	options.label = "a label that is much longer than thirty-one characters";
	for (int i = 0; i < 2; i++) {
		struct zcf_consumer *consumer = test_channel_attach(&channel, &options);

		REQUIRE(strncmp(log.label, options.label, ZCF_LABEL_SIZE - 1) == 0);
		REQUIRE_EQUAL(strlen(log.label), ZCF_LABEL_SIZE - 1);
		zcf_consumer_close(consumer);
		test_channel_await_consumers(&channel, 0);
		REQUIRE_EQUAL(log.count, 2 * i + 2);
		REQUIRE_EQUAL(log.kinds[2 * i], ZCF_EVENT_ATTACHED);
		REQUIRE_EQUAL(log.kinds[2 * i + 1], ZCF_EVENT_DETACHED);
		REQUIRE_EQUAL(log.ids[2 * i], log.ids[2 * i + 1]);
	}
	REQUIRE(log.ids[0] != log.ids[2]);
	test_channel_close(&channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_asks_gets_the_state_of_the_channel_and_does_not_become_a_consumer),
		TEST(a_question_that_nobody_answers_ends_in_time),
		TEST(an_answer_that_cannot_be_is_refused),
		TEST(the_publishing_program_is_told_who_comes_and_goes),
	};

	return TEST_RUN(tests);
}
