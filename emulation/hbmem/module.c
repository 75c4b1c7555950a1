/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "../include/emulated_hb_mem_layout.h"
#include "../shared/broker_connection.h"
#include "../shared/settings.h"
#include "queue.h"
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

pthread_mutex_t module_lock = PTHREAD_MUTEX_INITIALIZER;

static int open_count;
static int driver_line = -1;

/** A forked child shares our line to the driver, as it would share /dev/ion: this keeps their exchanges apart. */
static pthread_mutex_t *line_lock;

static void before_fork(void)
{
	pthread_mutex_lock(&module_lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&module_lock);
}

static void follow_forks(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}

int32_t module_enter(void)
{
	pthread_mutex_lock(&module_lock);
	if (open_count)
		return 0;
	pthread_mutex_unlock(&module_lock);
	return HB_MEM_ERR_MODULE_NOT_FOUND;
}

int32_t module_leave(int32_t result)
{
	pthread_mutex_unlock(&module_lock);
	return result;
}

static int32_t exchange(struct broker_request *request, struct broker_reply *reply, int *fd)
{
	/* A process that died with the lock held leaves a line on which a reply may be due; only a fork's family
	 * shares it, and then all of them lose the driver rather than read one another's replies. */
	if (pthread_mutex_lock(line_lock) == EOWNERDEAD) {
		pthread_mutex_consistent(line_lock);
		close(driver_line);
		driver_line = -1;
	}
	int error = broker_exchange(driver_line, request, -1, reply, fd);
	pthread_mutex_unlock(line_lock);
	if (error == -EMFILE)
		return HB_MEM_ERR_TOO_MANY_FD;
	return error ? HB_MEM_ERR_UNKNOWN : reply->result;
}

int32_t driver_request(struct broker_request *request, struct broker_reply *reply, int *fd)
{
	request->magic = BROKER_MAGIC;
	int32_t result = exchange(request, reply, fd);
	if (result == HB_MEM_ERR_TOO_MANY_FD && reply->reference) {
		struct broker_request release = {
			.magic = BROKER_MAGIC, .type = BROKER_RELEASE, .reference = reply->reference};
		struct broker_reply ignored;
		exchange(&release, &ignored, NULL);
	}
	return result;
}

static int create_line_lock(void)
{
	pthread_mutexattr_t attributes;
	void *shared = mmap(NULL, sizeof(*line_lock), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -ENOMEM;
	line_lock = shared;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(line_lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return 0;
}

static void close_driver(void)
{
	if (driver_line >= 0)
		close(driver_line);
	driver_line = -1;
	munmap(line_lock, sizeof(*line_lock));
	line_lock = NULL;
}

/** A broker that was killed may still be there when we connect and gone when we speak: then the next try starts
 * another. */
static int32_t say_hello(struct broker_reply *reply)
{
	struct broker_request hello = {.type = BROKER_HELLO};
	int32_t result = HB_MEM_ERR_UNKNOWN;
	for (int tries = 0; tries < 20 && result == HB_MEM_ERR_UNKNOWN; tries++) {
		if (driver_line >= 0)
			close(driver_line);
		driver_line = broker_connect();
		result = driver_line < 0 ? HB_MEM_ERR_MODULE_OPEN_FAIL : driver_request(&hello, reply, NULL);
	}
	return result ? HB_MEM_ERR_MODULE_OPEN_FAIL : 0;
}

static int32_t open_driver(void)
{
	struct broker_reply reply;
	if (create_line_lock())
		return HB_MEM_ERR_INSUFFICIENT_MEM;
	int32_t result = say_hello(&reply);
	if (!result && (reply.count != BROKER_MAJOR || reply.second_count < BROKER_MINOR))
		result = HB_MEM_ERR_CHECK_VER_FAIL;
	if (result)
		close_driver();
	return result;
}

int32_t hb_mem_module_open(void)
{
	static pthread_once_t forks_followed = PTHREAD_ONCE_INIT;
	EMULATION_MAY_FAIL();
	pthread_once(&forks_followed, follow_forks);
	pthread_mutex_lock(&module_lock);
	int32_t result = open_count ? 0 : open_driver();
	if (!result)
		open_count++;
	return module_leave(result);
}

int32_t hb_mem_module_close(void)
{
	EMULATION_MAY_FAIL();
	int32_t result = module_enter();
	if (result)
		return result;
	if (--open_count == 0) {
		queue_destroy_all();
		table_free_all();
		close_driver();
	}
	return module_leave(0);
}

int32_t hb_mem_get_version(uint32_t *major, uint32_t *minor, uint32_t *patch)
{
	EMULATION_MAY_FAIL();
	if (!major || !minor || !patch)
		return HB_MEM_ERR_INVALID_PARAMS;
	*major = 1;
	*minor = *patch = 0;
	/* A test may want a program to meet a library that is not the one it knows. */
	char version[32];
	if (emulation_setting("ZCF_EMULATION_HBMEM_VERSION", version, sizeof(version)) &&
	    sscanf(version, "%u.%u.%u", major, minor, patch) != 3)
		fprintf(stderr, "emulation: ZCF_EMULATION_HBMEM_VERSION=%s is no version such as 1.0.0\n", version);
	return 0;
}
