/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"

#include "../shared/broker_connection.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TABLE_SIZE (EMULATED_CHANNELS_MAX * sizeof(struct emulated_channel_counters))

static int line = -1;
static struct emulated_channel_counters *table;

static bool ask(struct broker_request *request, int sent_fd)
{
	struct broker_reply reply;
	request->magic = BROKER_MAGIC;
	return line >= 0 && broker_exchange(line, request, sent_fd, &reply, NULL) == 0 && reply.result == 0;
}

static bool publish_table(void)
{
	struct broker_request request = {.type = BROKER_PUBLISH_COUNTERS};
	int file = memfd_create("emulated-channel-counters", MFD_CLOEXEC);
	if (file < 0)
		return false;
	void *address = MAP_FAILED;
	if (!ftruncate(file, (off_t)TABLE_SIZE))
		address = mmap(NULL, TABLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	bool published = address != MAP_FAILED && ask(&request, file);
	close(file);
	table = address == MAP_FAILED ? NULL : address;
	return published;
}

bool hardware_open(void)
{
	line = broker_connect();
	if (line >= 0 && publish_table())
		return true;
	hardware_close();
	return false;
}

void hardware_close(void)
{
	if (table)
		munmap(table, TABLE_SIZE);
	if (line >= 0)
		close(line);
	table = NULL;
	line = -1;
}

struct emulated_channel_counters *counters_take(void)
{
	for (size_t i = 0; i < EMULATED_CHANNELS_MAX; i++) {
		if (!table[i].in_use) {
			memset(&table[i], 0, sizeof(table[i]));
			table[i].in_use = 1;
			return &table[i];
		}
	}
	return calloc(1, sizeof(struct emulated_channel_counters));
}

void counters_give_back(struct emulated_channel_counters *counters)
{
	if (!counters)
		return;
	if (counters >= table && counters < table + EMULATED_CHANNELS_MAX)
		counters->in_use = 0;
	else
		free(counters);
}

bool hardware_claim_host(uint32_t host)
{
	struct broker_request request = {.type = BROKER_CLAIM, .amount = (int32_t)host};
	return ask(&request, -1);
}

void hardware_release_host(uint32_t host)
{
	struct broker_request request = {.type = BROKER_UNCLAIM, .amount = (int32_t)host};
	ask(&request, -1);
}
