/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a channel's producer for its snapshot. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/message.h"
#include "clock.h"
#include "error.h"
#include "transport/endpoint.h"
#include "transport/message.h"
#include "transport/runtime_directory.h"
#include "zcframe/snapshot.h"
#include "zcframe/version.h"

static int wait_for_answer(int socket_fd, const char *channel, int64_t timeout_ns)
{
	uint64_t until_ns = zcf_deadline_ns(timeout_ns);
	struct pollfd poll_fd = {.fd = socket_fd, .events = POLLIN};

	for (;;) {
		uint64_t now_ns = zcf_now_ns();
		struct timespec rest = zcf_timespec_from_ns(until_ns > now_ns ? until_ns - now_ns : 0);
		int ready = ppoll(&poll_fd, 1, until_ns == UINT64_MAX ? NULL : &rest, NULL);
		if (ready > 0)
			return 0;
		if (ready < 0)
			return zcf_fail(-errno, "channel %s: waiting for the answer: %s", channel, strerror(errno));
		if (zcf_now_ns() >= until_ns)
			return zcf_fail(-ETIMEDOUT, "channel %s: its producer is there but does not answer", channel);
	}
}

static int broken_answer(const char *channel)
{
	return zcf_fail(-EPROTO,
			"channel %s: the producer's answer cannot be right; it is broken or not a zcframe program",
			channel);
}

/* Check the answer, which is ours alone by now, and copy it. */
static int understand(const char *channel, const struct zcf_message_snapshot *answer, size_t size,
		      struct zcf_snapshot *ret_snapshot)
{
	const struct zcf_message_refused *refused = (const void *)answer;
	const struct zcf_snapshot *snapshot = &answer->snapshot;
	size_t before_consumers = offsetof(struct zcf_message_snapshot, snapshot.consumers);

	if (!zcf_message_header_valid(&answer->header, size))
		return broken_answer(channel);
	if (answer->header.type == ZCF_MESSAGE_REFUSED && size == sizeof(*refused))
		return zcf_fail(refused->error < 0 && refused->error > -4096 ? refused->error : -EPROTO, "%.*s",
				(int)sizeof(refused->detail), refused->detail);
	if (answer->header.protocol_major != ZCF_PROTOCOL_MAJOR)
		return zcf_fail(-EPROTONOSUPPORT,
				"channel %s: its producer speaks protocol %u, this program %u: upgrade the %s", channel,
				answer->header.protocol_major, ZCF_PROTOCOL_MAJOR,
				answer->header.protocol_major < ZCF_PROTOCOL_MAJOR ? "producer" : "consumer");
	if (answer->header.type != ZCF_MESSAGE_SNAPSHOT || size < before_consumers ||
	    snapshot->header_size != offsetof(struct zcf_snapshot, consumers) ||
	    snapshot->consumer_size != sizeof(snapshot->consumers[0]) || snapshot->consumer_count > ZCF_MAX_CONSUMERS ||
	    size != before_consumers + snapshot->consumer_count * sizeof(snapshot->consumers[0]))
		return broken_answer(channel);
	for (uint32_t i = 0; i < snapshot->consumer_count; i++)
		if (snapshot->consumers[i].lease_count > ZCF_MAX_LEASES)
			return broken_answer(channel);
	memset(ret_snapshot, 0, sizeof(*ret_snapshot));
	memcpy(ret_snapshot, snapshot, size - sizeof(answer->header));
	for (uint32_t i = 0; i < ret_snapshot->consumer_count; i++)
		ret_snapshot->consumers[i].label[ZCF_LABEL_SIZE - 1] = '\0';
	ret_snapshot->channel[sizeof(ret_snapshot->channel) - 1] = '\0';
	ret_snapshot->backend[sizeof(ret_snapshot->backend) - 1] = '\0';
	return 0;
}

static int ask(int socket_fd, const char *channel, int64_t timeout_ns, struct zcf_snapshot *ret_snapshot)
{
	struct zcf_message_hello hello = {.purpose = ZCF_HELLO_QUERY};

	zcf_message_header_init(&hello.header, ZCF_MESSAGE_HELLO, sizeof(hello));
	int error = zcf_message_send(socket_fd, &hello, sizeof(hello), NULL, 0);
	if (error == 0)
		error = wait_for_answer(socket_fd, channel, timeout_ns);
	if (error == -EPIPE)
		error = zcf_fail(-ENOENT, "channel %s: its producer went away", channel);
	if (error < 0)
		return error;
	struct zcf_message_snapshot *answer = malloc(sizeof(*answer));
	if (!answer)
		return zcf_fail(-ENOMEM, "channel %s: out of memory", channel);
	long size = zcf_message_receive(socket_fd, answer, sizeof(*answer), NULL, 0, NULL);
	if (size > 0)
		error = understand(channel, answer, (size_t)size, ret_snapshot);
	else
		error = size == -EMSGSIZE ? broken_answer(channel)
					  : zcf_fail(-ENOENT, "channel %s: its producer went away", channel);
	free(answer);
	return error;
}

int zcf_snapshot_query(const char *channel, const char *runtime_directory, int64_t timeout_ns,
		       struct zcf_snapshot *ret_snapshot)
{
	char directory[512];
	int socket_fd;
	int error = zcf_channel_name_check(channel);

	if (error == 0)
		error = zcf_runtime_directory_resolve(runtime_directory, directory, sizeof(directory));
	if (error == 0)
		error = zcf_endpoint_connect(directory, channel, &socket_fd);
	if (error < 0)
		return error;
	error = ask(socket_fd, channel, timeout_ns, ret_snapshot);
	close(socket_fd);
	return error;
}
