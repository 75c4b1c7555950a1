/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeping until a count has come down. The module's lock is free meanwhile: each wait has a line to the broker of its
 * own, and giving up is closing it. */
#include "../shared/broker_connection.h"
#include "counters.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

struct wait {
	int32_t share_id;
	bool consume;
	int32_t target;
	int64_t timeout_ms;
};

static int32_t sleep_on(int line, int64_t timeout_ms)
{
	struct pollfd wake = {.fd = line, .events = POLLIN};
	struct timespec limit = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};
	int ready = ppoll(&wake, 1, timeout_ms < 0 ? NULL : &limit, NULL);
	if (ready < 0)
		return HB_MEM_ERR_INVALID_PARAMS; /* what the board's library says when a signal interrupts it */
	if (!ready)
		return HB_MEM_ERR_TIMEOUT;
	struct broker_reply reply;
	return broker_receive(line, &reply, NULL) ? HB_MEM_ERR_UNKNOWN : reply.result;
}

static int32_t wait_for(const struct wait *wait)
{
	struct broker_request request = {.magic = BROKER_MAGIC,
					 .type = BROKER_WAIT,
					 .options = wait->consume ? BROKER_WAIT_CONSUME : 0,
					 .share_id = wait->share_id,
					 .amount = wait->target};
	int line = broker_connect_to_running();
	if (line < 0)
		return line == -EMFILE ? HB_MEM_ERR_TOO_MANY_FD : HB_MEM_ERR_UNKNOWN;
	int32_t result = broker_send(line, &request, -1) ? HB_MEM_ERR_UNKNOWN : sleep_on(line, wait->timeout_ms);
	close(line);
	return result;
}

/** Called with the module's lock, which it gives up. */
static int32_t begin_wait(const struct place *place, bool consume, int32_t target, int64_t timeout_ms)
{
	struct wait wait = {place_share_id(place), consume, target, timeout_ms};
	int32_t share_count, consume_count;
	int32_t result = driver_counts(wait.share_id, &share_count, &consume_count);
	if (result || (consume ? consume_count : share_count) <= target)
		return module_leave(result);
	if (!timeout_ms)
		return module_leave(HB_MEM_ERR_WAIT_SHARE_FAILURE);
	module_leave(0);
	return wait_for(&wait);
}

static int32_t wait_by_fd(int32_t fd, bool consume, int32_t target, int64_t timeout_ms)
{
	struct place place;
	if (fd < 0 || target < 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_fd(fd, &place))
		return module_leave(HB_MEM_ERR_INVALID_FD);
	return begin_wait(&place, consume, target, timeout_ms);
}

static int32_t wait_by_address(uint64_t virt_addr, bool consume, int32_t target, int64_t timeout_ms)
{
	struct place place;
	if (!virt_addr || target < 0)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	if (result)
		return result;
	if (!table_find_address(virt_addr, &place))
		return module_leave(HB_MEM_ERR_INVALID_VADDR);
	return begin_wait(&place, consume, target, timeout_ms);
}

int32_t hb_mem_wait_share_status(int32_t fd, int32_t target, int64_t timeout_ms)
{
	EMULATION_MAY_FAIL();
	return wait_by_fd(fd, false, target, timeout_ms);
}

int32_t hb_mem_wait_share_status_with_vaddr(uint64_t virt_addr, int32_t target, int64_t timeout_ms)
{
	EMULATION_MAY_FAIL();
	return wait_by_address(virt_addr, false, target, timeout_ms);
}

int32_t hb_mem_wait_consume_status(int32_t fd, int32_t target, int64_t timeout_ms)
{
	EMULATION_MAY_FAIL();
	return wait_by_fd(fd, true, target, timeout_ms);
}

int32_t hb_mem_wait_consume_status_with_vaddr(uint64_t virt_addr, int32_t target, int64_t timeout_ms)
{
	EMULATION_MAY_FAIL();
	return wait_by_address(virt_addr, true, target, timeout_ms);
}
