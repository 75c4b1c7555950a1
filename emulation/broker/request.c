/* SPDX-License-Identifier: Apache-2.0 */
#include "../include/emulated_hb_mem.h"
#include "connection.h"
#include "group.h"
#include "status.h"

#include <unistd.h>

static void answer_counts(const struct broker_request *request, struct broker_reply *reply)
{
	const struct buffer *buffer = buffer_by_share_id(request->share_id);
	reply->result = buffer ? 0 : HB_MEM_ERR_INVALID_PARAMS;
	reply->count = buffer ? buffer->share_count : 0;
	reply->second_count = buffer ? buffer->consume_count : 0;
}

static bool holds(const struct client *client, const struct buffer *buffer)
{
	for (const struct reference *reference = client->references; reference; reference = reference->next) {
		if (reference->buffer == buffer)
			return true;
	}
	return false;
}

/** An unknown number is no error: nobody holds it. */
static void answer_processes(const struct broker_request *request, struct broker_reply *reply)
{
	const struct buffer *buffer = buffer_by_share_id(request->share_id);
	for (struct connection *other = connection_first(); buffer && other; other = other->next) {
		if (reply->count < BROKER_PIDS_MAX && holds(&other->client, buffer))
			reply->pids[reply->count++] = other->client.pid;
	}
}

static void answer_remote_references(const struct connection *asking, const struct broker_request *request,
				     struct broker_reply *reply)
{
	const struct buffer *buffer = buffer_by_share_id(request->share_id);
	for (struct connection *other = connection_first(); buffer && other; other = other->next) {
		if (other == asking)
			continue;
		for (struct reference *reference = other->client.references; reference; reference = reference->next) {
			if (reference->buffer == buffer && reference->phys_addr < request->phys_addr + request->size &&
			    request->phys_addr < reference->phys_addr + reference->size)
				reply->count++;
		}
	}
}

static void begin_wait(struct connection *connection, const struct broker_request *request)
{
	const struct buffer *buffer = buffer_by_share_id(request->share_id);
	connection->wait_serial = buffer ? buffer->serial : UINT64_MAX;
	connection->wait_consume = request->options & BROKER_WAIT_CONSUME;
	connection->wait_target = request->amount;
}

static void answer_group(const struct broker_request *request, struct broker_reply *reply)
{
	for (uint32_t i = 0; i < request->id_count; i++) {
		if (!buffer_by_share_id(request->ids[i])) {
			reply->result = HB_MEM_ERR_INVALID_PARAMS;
			return;
		}
	}
	reply->count = group_register(request);
	reply->result = reply->count ? 0 : HB_MEM_ERR_INSUFFICIENT_MEM;
}

/** A camera's connector has one user, and a process that died has it no more. */
static int32_t answer_claim(struct connection *connection, const struct broker_request *request)
{
	uint32_t claim = 1u << ((uint32_t)request->amount & 31);
	if (request->type == BROKER_UNCLAIM) {
		connection->claims &= ~claim;
		return 0;
	}
	for (struct connection *other = connection_first(); other; other = other->next) {
		if (other->claims & claim)
			return -1;
	}
	connection->claims |= claim;
	return 0;
}

/** Requests that change or tell what a client holds. @return false for a type that is not of this kind. */
static bool answer_client(struct connection *connection, const struct broker_request *request,
			  struct broker_reply *reply, int *reply_fd)
{
	switch (request->type) {
	case BROKER_ALLOCATE:
		buffer_allocate(&connection->client, request, reply, reply_fd);
		return true;
	case BROKER_IMPORT:
		buffer_import(&connection->client, request, reply, reply_fd);
		return true;
	case BROKER_RELEASE:
		reply->result = buffer_release(&connection->client, request->reference) ? 0 : HB_MEM_ERR_INVALID_PARAMS;
		return true;
	case BROKER_CONSUME:
		reply->result = buffer_consume(&connection->client, request);
		return true;
	case BROKER_REGISTER_GROUP:
		answer_group(request, reply);
		return request->id_count > 0;
	case BROKER_CHECK_GROUP:
		reply->result = group_check(request);
		return true;
	case BROKER_REMOTE_REFERENCES:
		answer_remote_references(connection, request, reply);
		return true;
	case BROKER_MAP_PHYSICAL:
		buffer_map_physical(request, reply, reply_fd);
		return true;
	default:
		return false;
	}
}

static bool answer_anybody(struct connection *connection, const struct broker_request *request,
			   struct broker_reply *reply)
{
	switch (request->type) {
	case BROKER_HELLO:
		connection->is_client = true;
		reply->count = BROKER_MAJOR;
		reply->second_count = BROKER_MINOR;
		return true;
	case BROKER_COUNTS:
		answer_counts(request, reply);
		return true;
	case BROKER_CLAIM:
	case BROKER_UNCLAIM:
		reply->result = answer_claim(connection, request);
		return true;
	case BROKER_PROCESSES:
		answer_processes(request, reply);
		return true;
	default:
		return false;
	}
}

bool request_handle(struct connection *connection, const struct broker_request *request, int *fd)
{
	struct broker_reply reply = {.magic = BROKER_MAGIC};
	int reply_fd = -1;
	if (request->type == BROKER_WAIT) {
		begin_wait(connection, request);
		return true;
	}
	if (request->type == BROKER_STATUS) {
		int text = status_write(&reply);
		bool sent = connection_reply(connection, &reply, text);
		close(text);
		return sent;
	}
	if (request->type == BROKER_PUBLISH_COUNTERS && *fd >= 0) {
		if (connection->counters_fd >= 0)
			close(connection->counters_fd);
		connection->counters_fd = *fd;
		*fd = -1;
		return connection_reply(connection, &reply, -1);
	}
	if (!answer_anybody(connection, request, &reply) &&
	    !(connection->is_client && answer_client(connection, request, &reply, &reply_fd)))
		return false;
	return connection_reply(connection, &reply, reply_fd);
}
