/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include "../include/emulation_control.h"
#include "../shared/broker_connection.h"
#include "connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void write_holders(FILE *text, const struct buffer *buffer)
{
	const char *separator = "";
	for (struct connection *other = connection_first(); other; other = other->next) {
		for (struct reference *reference = other->client.references; reference; reference = reference->next) {
			if (reference->buffer != buffer)
				continue;
			fprintf(text, "%s%d", separator, other->client.pid);
			separator = ", ";
		}
	}
}

static void write_buffers(FILE *text)
{
	const char *separator = "";
	for (struct buffer *buffer = buffer_first(); buffer; buffer = buffer->next) {
		fprintf(text,
			"%s\n    {\"share_id\": %d, \"size\": %" PRIu64 ", \"phys_addr\": %" PRIu64
			", \"flags\": %" PRId64 ", \"share_count\": %d, \"consume_count\": %d, \"holders\": [",
			separator, buffer->share_id, buffer->size, buffer->phys_addr, buffer->flags,
			buffer->share_count, buffer->consume_count);
		write_holders(text, buffer);
		fputs("]}", text);
		separator = ",";
	}
}

static void write_clients(FILE *text)
{
	const char *separator = "";
	for (struct connection *other = connection_first(); other; other = other->next) {
		if (!other->is_client)
			continue;
		fprintf(text, "%s\n    {\"pid\": %d, \"references\": %zu}", separator, other->client.pid,
			other->client.reference_count);
		separator = ",";
	}
}

static void write_channel(FILE *text, pid_t pid, const struct emulated_channel_counters *channel)
{
	fprintf(text,
		"\n    {\"pid\": %d, \"node_type\": %u, \"node\": %u, \"channel\": %u, \"width\": %u, \"height\": %u, "
		"\"buffers\": %u, \"finished\": %u, \"held\": %u, \"completed\": %" PRIu64 ", \"overruns\": %" PRIu64
		", \"skipped\": %" PRIu64 ", \"taken\": %" PRIu64 ", \"released\": %" PRIu64 ", \"flushed\": %" PRIu64
		"}",
		pid, channel->node_type, channel->node_index, channel->channel, channel->width, channel->height,
		channel->buffers, channel->finished, channel->held, channel->completed, channel->overruns,
		channel->skipped, channel->taken, channel->released, channel->flushed);
}

/** Read with pread, not through a mapping: whoever published the table may shrink it at any time. */
static void write_channels(FILE *text)
{
	const char *separator = "";
	for (struct connection *other = connection_first(); other; other = other->next) {
		for (size_t i = 0; other->counters_fd >= 0 && i < EMULATED_CHANNELS_MAX; i++) {
			struct emulated_channel_counters channel;
			off_t place = (off_t)(i * sizeof(channel));
			if (pread(other->counters_fd, &channel, sizeof(channel), place) != sizeof(channel) ||
			    !channel.in_use)
				continue;
			fputs(separator, text);
			write_channel(text, other->client.pid, &channel);
			separator = ",";
		}
	}
}

int status_write(struct broker_reply *reply)
{
	int file = memfd_create("emulated-ion-status", MFD_CLOEXEC);
	FILE *text = file < 0 ? NULL : fdopen(dup(file), "w");
	if (!text) {
		reply->result = -1;
		return file;
	}
	fprintf(text, "{\n  \"pid\": %d,\n  \"clients\": [", getpid());
	write_clients(text);
	fputs("\n  ],\n  \"buffers\": [", text);
	write_buffers(text);
	fputs("\n  ],\n  \"channels\": [", text);
	write_channels(text);
	fputs("\n  ]\n}\n", text);
	reply->size = ftell(text) > 0 ? (uint64_t)ftell(text) : 0;
	fclose(text);
	return file;
}

int status_print(void)
{
	struct broker_request request = {.magic = BROKER_MAGIC, .type = BROKER_STATUS};
	struct broker_reply reply;
	char text[4096];
	int file;
	int line = broker_connect_to_running();
	if (line < 0) {
		fprintf(stderr,
			"zcf-emulated-ion: no broker runs (%s): no process has the emulated hb_mem module open\n",
			strerror(-line));
		return 1;
	}
	int error = broker_exchange(line, &request, -1, &reply, &file);
	if (error || file < 0) {
		fprintf(stderr, "zcf-emulated-ion: the broker does not answer: %s\n", strerror(-error));
		return 1;
	}
	for (off_t place = 0;;) {
		ssize_t length = pread(file, text, sizeof(text), place);
		if (length <= 0)
			return 0;
		fwrite(text, 1, (size_t)length, stdout);
		place += length;
	}
}
