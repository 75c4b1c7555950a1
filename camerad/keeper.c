/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper.h"

#include "app/fd_store.h"
#include "app/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A channel's name, a slash, and what it is. */
#define NAME_SIZE 128
/* For the service manager to take note of the last changes, before the process ends. */
#define LAST_WAIT_MS 1000

/* Something that the service manager is still to be told. */
struct change {
	char name[NAME_SIZE];
	int fd; /* -1: it is not needed any more. */
};

static struct {
	bool available, successor_expected;
	struct app_stored_fd *stored; /* NULL: nothing, or no longer needed. */
	struct zcf_kept_fd *kept;     /* The same, for the library. */
	size_t stored_count;
	struct change *changes;
	size_t change_count, change_capacity;
} keeper;

void keeper_open(void)
{
	int count;

	keeper.available = app_fd_store_is_available();
	if (!keeper.available)
		return;
	count = app_fd_store_receive(&keeper.stored);
	if (count <= 0)
		return;
	keeper.stored_count = (size_t)count;
	keeper.kept = calloc(keeper.stored_count, sizeof(*keeper.kept));
	for (size_t i = 0; keeper.kept != NULL && i < keeper.stored_count; i++)
		keeper.kept[i] = (struct zcf_kept_fd){keeper.stored[i].name, keeper.stored[i].fd};
	app_log(APP_LOG_INFO, "the process before left descriptors", "count=%d", count);
}

static struct change *find_change(const char *name)
{
	for (size_t i = 0; i < keeper.change_count; i++) {
		if (strcmp(keeper.changes[i].name, name) == 0)
			return &keeper.changes[i];
	}
	return NULL;
}

static struct change *add_change(const char *name)
{
	if (keeper.change_count == keeper.change_capacity) {
		size_t capacity = keeper.change_capacity * 2 + 16;
		struct change *changes = realloc(keeper.changes, capacity * sizeof(*changes));

		if (changes == NULL)
			return NULL;
		keeper.changes = changes;
		keeper.change_capacity = capacity;
	}
	struct change *change = &keeper.changes[keeper.change_count++];
	snprintf(change->name, sizeof(change->name), "%s", name);
	return change;
}

/* Of a consumer that came and went within a second nobody has to hear: who comes and goes all the time is no burden. */
static bool needs_no_word(const struct change *change, int fd)
{
	return fd < 0 && change->fd >= 0 && strstr(change->name, "/consumer-") != NULL;
}

/* The library's call. A descriptor stays open at least until its name is given back. */
static void keep(void *context, const char *name, int fd)
{
	struct change *change = find_change(name);

	(void)context;
	/* If a process before had it kept, its hanging up takes it out of the store. */
	if (change != NULL && needs_no_word(change, fd)) {
		*change = keeper.changes[--keeper.change_count];
		return;
	}
	if (change == NULL)
		change = add_change(name);
	/* Without memory for it the consumer is not kept, and attaches anew after a restart. */
	if (change != NULL)
		change->fd = fd;
}

void keeper_set_options(struct zcf_producer_options *options)
{
	if (!keeper.available)
		return;
	options->keep = keep;
	options->kept = keeper.kept;
	options->kept_count = keeper.kept != NULL ? keeper.stored_count : 0;
}

/* The name that a socket of ours has in the file system; see lib/transport/endpoint.c for the hidden one. */
static void remove_socket_name(int fd)
{
	struct sockaddr_un address = {0};
	socklen_t size = sizeof(address) - 1;
	char *slash, *suffix, path[sizeof(address.sun_path) + 8];
	struct stat status;

	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return;
	slash = strrchr(address.sun_path, '/');
	suffix = slash != NULL ? strstr(slash, ".new") : NULL;
	if (suffix == NULL || slash[1] != '.')
		return;
	snprintf(path, sizeof(path), "%.*s/%.*s.sock", (int)(slash - address.sun_path), address.sun_path,
		 (int)(suffix - slash - 2), slash + 2);
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(path);
}

/* Whether a channel has announced something under the name's first part since the start. */
static bool is_claimed(const char *name)
{
	size_t length = strcspn(name, "/") + 1;

	for (size_t i = 0; i < keeper.change_count; i++) {
		if (strncmp(keeper.changes[i].name, name, length) == 0)
			return true;
	}
	return false;
}

void keeper_close_rest(void)
{
	size_t count = keeper.stored_count;
	struct app_stored_fd *stored = keeper.stored;

	keeper.stored = NULL;
	keeper.stored_count = 0;
	free(keeper.kept);
	keeper.kept = NULL;
	for (size_t i = 0; i < count; i++) {
		int listens = 0;
		socklen_t size = sizeof(listens);

		if (is_claimed(stored[i].name))
			continue;
		if (getsockopt(stored[i].fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens)
			remove_socket_name(stored[i].fd);
		shutdown(stored[i].fd, SHUT_RDWR);
		app_fd_store_drop(stored[i].name);
	}
	app_fd_store_free(stored, count);
}

void keeper_flush(void)
{
	for (size_t i = 0; i < keeper.change_count; i++) {
		const struct change *change = &keeper.changes[i];

		/* A second descriptor under a name would not take the place of the first. */
		app_fd_store_drop(change->name);
		if (change->fd >= 0)
			app_fd_store_put(change->name, change->fd);
	}
	keeper.change_count = 0;
}

void keeper_expect_successor(void)
{
	if (!keeper.available)
		return;
	keeper_flush();
	app_fd_store_wait(LAST_WAIT_MS);
	keeper.successor_expected = true;
}

bool keeper_expects_successor(void)
{
	return keeper.successor_expected;
}

void keeper_close(void)
{
	if (!keeper.successor_expected)
		keeper_flush();
	/* What no channel came to claim stays in the store: the next attempt to start may. */
	app_fd_store_free(keeper.stored, keeper.stored_count);
	free(keeper.kept);
	free(keeper.changes);
	keeper.changes = NULL;
	keeper.change_count = keeper.change_capacity = 0;
}
