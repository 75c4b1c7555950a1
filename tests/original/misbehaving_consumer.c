/* SPDX-License-Identifier: Apache-2.0 */
/* A program at the original endpoint that does not do as the design says: misbehaving_consumer NAME HOW. */
#include "camerad/original/zero_copy_frame.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct zero_copy_memory *memory;
static int fd;

static void take(void)
{
	if (sem_wait(&memory->design.new_frame_sem) != 0)
		exit(1);
}

static void give_back(int times)
{
	for (int i = 0; i < times; i++)
		if (sem_post(&memory->design.consumed_sem) != 0)
			exit(1);
}

static void say_it(void)
{
	static int said;

	if (!said++)
		puts("misbehaving");
	fflush(stdout);
}

/* Take a frame and keep it. */
static void hold(void)
{
	take();
	say_it();
	pause();
}

/* Take every frame, give none back. */
static void never(void)
{
	take();
	say_it();
}

/* Give every frame back when its time is long over. */
static void late(void)
{
	take();
	say_it();
	usleep(250000);
	give_back(1);
}

static void repeatedly(void)
{
	take();
	give_back(7);
	say_it();
}

/* Give back what was never taken, and take what was never offered. */
static void out_of_turn(void)
{
	give_back(3);
	sem_trywait(&memory->design.new_frame_sem);
	sem_post(&memory->design.new_frame_sem);
	say_it();
	usleep(3000);
}

/* Random bytes over all of it. Some times zeros, so that semaphores seem to be down. */
static void garbage(void)
{
	char *bytes = (char *)memory;

	for (int round = 0; round < 100; round++) {
		if (rand() % 3 == 0)
			memset(bytes, 0, 64);
		for (size_t i = 0; i < sizeof(*memory); i++)
			if (rand() % 3 == 0)
				bytes[i] = (char)(rand() >> 8);
	}
	say_it();
	usleep(500);
}

static void truncated(void)
{
	if (ftruncate(fd, 0) != 0)
		exit(1);
	say_it();
	usleep(2000);
}

static const struct {
	const char *name;
	void (*step)(void);
} ways[] = {
	{"hold", hold},
	{"never", never},
	{"late", late},
	{"repeatedly", repeatedly},
	{"out_of_turn", out_of_turn},
	{"garbage", garbage},
	{"truncate", truncated},
};

int main(int argument_count, char **arguments)
{
	char name[80];

	if (argument_count != 3)
		return 2;
	snprintf(name, sizeof(name), "/%s", arguments[1]);
	fd = shm_open(name, O_RDWR, 0);
	memory = mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || memory == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		while (strcmp(ways[i].name, arguments[2]) == 0)
			ways[i].step();
	return 2;
}
