/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls: whether their user may, and whether their user calls too often. The kernel says who they are; nothing here
 * is taken from what they send.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "producer/producer.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

/*
 * A user's allowance of calls: each costs 1 ms of credit, and 512 ms can be saved up. All consumers of one user may
 * come back at the same moment, and tools may ask many times a second; only a flood is more.
 */
#define CALL_COST_NS  ZCF_NS_PER_MS
#define CALL_SAVED_NS (512 * ZCF_NS_PER_MS)
/* A process is in a few groups, with a large directory of users in some hundred. Of who is in more only its own counts.
 */
#define GROUPS_AT_MOST 1024

bool zcf_producer_identify_caller(int socket_fd, struct zcf_caller *ret_caller)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return false;
	*ret_caller = (struct zcf_caller){credentials.pid, credentials.uid, credentials.gid};
	return true;
}

static bool contains(const uint32_t *ids, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool is_in_an_allowed_group(const struct zcf_producer *producer, int socket_fd, const struct zcf_caller *caller)
{
	gid_t groups[GROUPS_AT_MOST];
	socklen_t size = sizeof(groups);

	if (contains(producer->allowed_groups, producer->allowed_group_count, caller->gid))
		return true;
	if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++)
		if (contains(producer->allowed_groups, producer->allowed_group_count, groups[i]))
			return true;
	return false;
}

bool zcf_producer_allows_caller(const struct zcf_producer *producer, int socket_fd, const struct zcf_caller *caller)
{
	if (producer->allowed_user_count == 0 && producer->allowed_group_count == 0)
		return true;
	/* Whom nothing could be kept from anyway. */
	if (caller->uid == 0 || caller->uid == geteuid())
		return true;
	return contains(producer->allowed_users, producer->allowed_user_count, caller->uid) ||
	       (producer->allowed_group_count > 0 && is_in_an_allowed_group(producer, socket_fd, caller));
}

/* The user's entry, or that of the user who has been quiet for longest. */
static struct zcf_call_budget *find_budget(struct zcf_producer *producer, uint32_t uid)
{
	struct zcf_call_budget *oldest = &producer->call_budgets[0];

	for (int i = 0; i < ZCF_CALL_BUDGETS; i++) {
		struct zcf_call_budget *budget = &producer->call_budgets[i];

		if (budget->full_ns != 0 && budget->uid == uid)
			return budget;
		if (budget->full_ns < oldest->full_ns)
			oldest = budget;
	}
	*oldest = (struct zcf_call_budget){.uid = uid};
	return oldest;
}

bool zcf_producer_spend_call(struct zcf_producer *producer, uint32_t uid, uint64_t now_ns)
{
	struct zcf_call_budget *budget = find_budget(producer, uid);

	if (budget->full_ns < now_ns)
		budget->full_ns = now_ns;
	/* What is over the allowance is not added up, so that a flood is forgotten as soon as it is over. */
	if (budget->full_ns - now_ns >= CALL_SAVED_NS)
		return false;
	budget->full_ns += CALL_COST_NS;
	return true;
}

uint32_t zcf_producer_count_user(const struct zcf_producer *producer, uint32_t uid)
{
	uint64_t lanes = producer->lanes_in_use;
	uint32_t count = 0;

	while (lanes)
		count += producer->lanes[zcf_take_lane(&lanes)].uid == uid;
	return count;
}

static int copy_ids(const char *channel, const uint32_t *ids, size_t count, uint32_t **ret_ids)
{
	if (count == 0)
		return 0;
	*ret_ids = malloc(count * sizeof(**ret_ids));
	if (!*ret_ids)
		return zcf_fail(-ENOMEM, "channel %s: out of memory", channel);
	memcpy(*ret_ids, ids, count * sizeof(**ret_ids));
	return 0;
}

int zcf_producer_set_allowed(struct zcf_producer *producer, const struct zcf_producer_options *options)
{
	int error = copy_ids(producer->channel, options->allowed_users, options->allowed_user_count,
			     &producer->allowed_users);

	if (error == 0)
		error = copy_ids(producer->channel, options->allowed_groups, options->allowed_group_count,
				 &producer->allowed_groups);
	if (error < 0)
		return error;
	producer->allowed_user_count = options->allowed_user_count;
	producer->allowed_group_count = options->allowed_group_count;
	producer->max_consumers_per_user =
		options->max_consumers_per_user ? options->max_consumers_per_user : options->max_consumers;
	return 0;
}
