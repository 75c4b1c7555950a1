/* SPDX-License-Identifier: Apache-2.0 */
/** @file buffer.h
 * The buffers that live on this machine, and who refers to them. A buffer dies with its last reference. */
#ifndef EMULATION_BROKER_BUFFER_H
#define EMULATION_BROKER_BUFFER_H

#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** More than any program here needs, and little enough that a runaway one cannot eat the machine. */
#define BUFFERS_MAX               4096
#define REFERENCES_PER_CLIENT_MAX 8192

struct buffer {
	struct buffer *next;
	uint64_t serial; /**< Never repeats, unlike the share_id. */
	int32_t share_id;
	uint32_t options;
	int memory_fd;
	uint64_t phys_addr;
	uint64_t size;
	int64_t flags;
	int32_t share_count;
	int32_t consume_count;
};

/** One allocation or import by one client. */
struct reference {
	struct reference *next;
	uint64_t id;
	struct buffer *buffer;
	uint64_t phys_addr;
	uint64_t size;
	int32_t consumed; /**< Of the buffer's consume count, what this client added. */
};

/** A client's part of it. */
struct client {
	pid_t pid;
	struct reference *references;
	size_t reference_count;
};

struct buffer *buffer_first(void);
struct buffer *buffer_by_share_id(int32_t share_id);
struct buffer *buffer_by_serial(uint64_t serial);
struct reference *reference_by_id(const struct client *client, uint64_t id);

/** Each answers a request: fills @p reply, sets its result. */
void buffer_allocate(struct client *client, const struct broker_request *request, struct broker_reply *reply, int *fd);
void buffer_import(struct client *client, const struct broker_request *request, struct broker_reply *reply, int *fd);
void buffer_map_physical(const struct broker_request *request, struct broker_reply *reply, int *fd);
int32_t buffer_consume(struct client *client, const struct broker_request *request);

/** @return false if the client has no such reference. */
bool buffer_release(struct client *client, uint64_t reference_id);

/** What the driver does when a process is gone. */
void buffer_release_all(struct client *client);

#endif
