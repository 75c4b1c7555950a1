/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static hb_mem_common_buf_t allocate(uint64_t size)
{
	hb_mem_common_buf_t buffer;
	assert_int_equal(hb_mem_alloc_com_buf(size, CPU_ACCESS, &buffer), 0);
	return buffer;
}

static struct peer_answer peer_import(const struct peer *peer, const hb_mem_common_buf_t *buffer)
{
	struct peer_order order = {.action = PEER_IMPORT_COMMON, .common = *buffer};
	struct peer_answer answer = peer_do(peer, &order);
	assert_int_equal(answer.result, 0);
	return answer;
}

static int32_t share_count(const hb_mem_common_buf_t *buffer)
{
	int32_t count = -1;
	assert_int_equal(hb_mem_get_share_info(buffer->fd, &count), 0);
	return count;
}

static int32_t consume_count(const hb_mem_common_buf_t *buffer)
{
	int32_t count = -1;
	assert_int_equal(hb_mem_get_consume_info_with_vaddr(VA(buffer->virt_addr), &count), 0);
	return count;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void lowest_free_number_is_used_again(void **state)
{
	hb_mem_common_buf_t first = allocate(100), second = allocate(100), third = allocate(100);
	(void)state;
	assert_int_equal(first.share_id, 1);
	assert_int_equal(second.share_id, 2);
	assert_int_equal(third.share_id, 3);
	assert_int_equal(hb_mem_free_buf(second.fd), 0);
	hb_mem_common_buf_t reused = allocate(100);
	assert_int_equal(reused.share_id, 2);
	/* The worst case: the dead buffer's description names a live one, and nothing in it tells. */
	assert_int_equal(reused.phys_addr, second.phys_addr);
	assert_int_equal(hb_mem_import_com_buf(&second, &reused), 0);
}

static void buffer_outlives_its_allocator_while_somebody_imports_it(void **state)
{
	(void)state;
	struct peer allocator = peer_start();
	struct peer_order order = {.action = PEER_ALLOCATE_COMMON, .number = 5000, .flags = CPU_ACCESS};
	struct peer_answer answer = peer_do(&allocator, &order);
	order = (struct peer_order){.action = PEER_WRITE, .address = VA(answer.common.virt_addr), .number = 21};
	peer_do(&allocator, &order);
	hb_mem_common_buf_t imported, again;
	assert_int_equal(hb_mem_import_com_buf(&answer.common, &imported), 0);
	peer_kill(&allocator);
	while (share_count(&imported) != 1)
		poll(NULL, 0, 1);
	assert_int_equal(imported.virt_addr[0], 21);
	/* The number still resolves, from anywhere. */
	struct peer late = peer_start();
	answer = peer_import(&late, &imported);
	order = (struct peer_order){.action = PEER_READ, .address = VA(answer.common.virt_addr)};
	assert_int_equal(peer_do(&late, &order).number, 21);
	peer_end(&late);
	assert_int_equal(hb_mem_free_buf(imported.fd), 0);
	assert_int_equal(hb_mem_import_com_buf(&imported, &again), HB_MEM_ERR_INVALID_PARAMS);
}

static void descriptor_alone_keeps_the_pages_but_not_the_number(void **state)
{
	hb_mem_common_buf_t buffer = allocate(5000), again;
	uint8_t byte = 0;
	(void)state;
	buffer.virt_addr[7] = 23;
	int pages = dup(buffer.fd);
	assert_true(pages >= 0);
	assert_int_equal(hb_mem_free_buf(buffer.fd), 0);
	assert_int_equal(hb_mem_import_com_buf(&buffer, &again), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(pread(pages, &byte, 1, 7), 1);
	assert_int_equal(byte, 23);
	close(pages);
}

static void share_count_follows_imports_and_frees_of_all_processes(void **state)
{
	hb_mem_common_buf_t buffer = allocate(5000), copy;
	(void)state;
	assert_int_equal(share_count(&buffer), 1);
	struct peer peer = peer_start();
	struct peer_answer answer = peer_import(&peer, &buffer);
	assert_int_equal(share_count(&buffer), 2);
	assert_int_equal(hb_mem_import_com_buf(&buffer, &copy), 0);
	assert_int_equal(share_count(&buffer), 3);
	struct peer_order order = {.action = PEER_FREE, .number = answer.common.fd};
	assert_int_equal(peer_do(&peer, &order).result, 0);
	assert_int_equal(share_count(&copy), 2);
	peer_end(&peer);
}

static void waits_say_failure_timeout_or_wrong_parameters(void **state)
{
	hb_mem_common_buf_t buffer = allocate(5000);
	(void)state;
	assert_int_equal(hb_mem_wait_share_status(buffer.fd, 1, 0), 0);
	assert_int_equal(hb_mem_wait_share_status(buffer.fd, 1, -1), 0);
	assert_int_equal(hb_mem_wait_share_status(buffer.fd, 0, 0), HB_MEM_ERR_WAIT_SHARE_FAILURE);
	int64_t before = now_ms();
	assert_int_equal(hb_mem_wait_share_status_with_vaddr(VA(buffer.virt_addr), 0, 30), HB_MEM_ERR_TIMEOUT);
	assert_true(now_ms() - before >= 29);
	assert_int_equal(hb_mem_wait_share_status(buffer.fd, -1, 0), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_wait_share_status(buffer.fd + 9, 0, 0), HB_MEM_ERR_INVALID_FD);
	assert_int_equal(hb_mem_wait_consume_status_with_vaddr(16, 0, 0), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(hb_mem_wait_consume_status(buffer.fd, 0, 0), 0);
	assert_int_equal(hb_mem_inc_com_buf_consume_cnt(&buffer), 0);
	assert_int_equal(hb_mem_wait_consume_status(buffer.fd, 0, 0), HB_MEM_ERR_WAIT_SHARE_FAILURE);
	assert_int_equal(hb_mem_wait_consume_status(buffer.fd, 0, 20), HB_MEM_ERR_TIMEOUT);
	assert_int_equal(hb_mem_wait_consume_status(buffer.fd, 1, 20), 0);
}

static void *wait_forever_for_one(void *argument)
{
	const hb_mem_common_buf_t *buffer = argument;
	return (void *)(intptr_t)hb_mem_wait_share_status(buffer->fd, 1, -1);
}

static void wait_ends_when_the_importer_is_killed_and_holds_no_lock_meanwhile(void **state)
{
	hb_mem_common_buf_t buffer = allocate(5000);
	pthread_t waiter;
	void *result;
	(void)state;
	struct peer peer = peer_start();
	peer_import(&peer, &buffer);
	assert_int_equal(pthread_create(&waiter, NULL, wait_forever_for_one, &buffer), 0);
	for (int i = 0; i < 50; i++) {
		hb_mem_common_buf_t other = allocate(100);
		assert_int_equal(hb_mem_free_buf(other.fd), 0);
		poll(NULL, 0, 1);
	}
	assert_int_equal(share_count(&buffer), 2);
	peer_kill(&peer);
	pthread_join(waiter, &result);
	assert_int_equal((intptr_t)result, 0);
	assert_int_equal(share_count(&buffer), 1);
}

static void on_signal(int number)
{
	(void)number;
}

static void *interrupt(void *argument)
{
	pthread_t sleeper = *(pthread_t *)argument;
	for (int i = 0; i < 20; i++) {
		poll(NULL, 0, 10);
		pthread_kill(sleeper, SIGUSR1);
	}
	return NULL;
}

static void interrupted_wait_says_invalid_parameters(void **state)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	hb_mem_common_buf_t buffer = allocate(100);
	pthread_t self = pthread_self(), interrupter;
	(void)state;
	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&interrupter, NULL, interrupt, &self);
	assert_int_equal(hb_mem_wait_share_status(buffer.fd, 0, -1), HB_MEM_ERR_INVALID_PARAMS);
	pthread_join(interrupter, NULL);
}

static void consume_count_needs_own_buffer_and_right_number(void **state)
{
	hb_mem_common_buf_t buffer = allocate(5000), wrong = buffer, copy;
	(void)state;
	assert_int_equal(consume_count(&buffer), 0);
	assert_int_equal(hb_mem_dec_consume_cnt(buffer.fd), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_inc_com_buf_consume_cnt(&buffer), 0);
	wrong.fd += 9;
	assert_int_equal(hb_mem_inc_com_buf_consume_cnt(&wrong), HB_MEM_ERR_INVALID_FD);
	wrong = buffer;
	wrong.share_id += 9;
	assert_int_equal(hb_mem_inc_com_buf_consume_cnt(&wrong), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(consume_count(&buffer), 1);
	/* A process's share counts for all its imports. */
	assert_int_equal(hb_mem_import_com_buf(&buffer, &copy), 0);
	assert_int_equal(hb_mem_dec_consume_cnt_with_vaddr(VA(copy.virt_addr)), 0);
	assert_int_equal(hb_mem_dec_consume_cnt(buffer.fd), HB_MEM_ERR_INVALID_PARAMS);
}

static void consume_count_of_a_killed_process_is_given_back(void **state)
{
	hb_mem_common_buf_t buffer = allocate(5000);
	(void)state;
	struct peer peer = peer_start();
	struct peer_answer answer = peer_import(&peer, &buffer);
	struct peer_order order = {.action = PEER_CONSUME, .common = answer.common};
	assert_int_equal(peer_do(&peer, &order).result, 0);
	assert_int_equal(peer_do(&peer, &order).result, 0);
	assert_int_equal(hb_mem_inc_com_buf_consume_cnt(&buffer), 0);
	assert_int_equal(consume_count(&buffer), 3);
	/* Each can take back only its own. */
	assert_int_equal(hb_mem_dec_consume_cnt(buffer.fd), 0);
	assert_int_equal(hb_mem_dec_consume_cnt(buffer.fd), HB_MEM_ERR_INVALID_PARAMS);
	peer_kill(&peer);
	assert_int_equal(hb_mem_wait_consume_status(buffer.fd, 0, -1), 0);
	assert_int_equal(consume_count(&buffer), 0);
}

static void separate_planes_are_consumed_together(void **state)
{
	hb_mem_graphic_buf_t picture;
	int32_t count;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 8, CPU_ACCESS, 0, 0, &picture), 0);
	assert_int_equal(hb_mem_inc_graph_buf_consume_cnt(&picture), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(hb_mem_get_consume_info(picture.fd[i], &count), 0);
		assert_int_equal(count, 1);
	}
	hb_mem_graphic_buf_t wrong = picture;
	wrong.share_id[1] = 4711;
	assert_int_equal(hb_mem_inc_graph_buf_consume_cnt(&wrong), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_get_consume_info(picture.fd[0], &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(hb_mem_dec_consume_cnt_with_vaddr(VA(picture.virt_addr[1])), 0);
	assert_int_equal(hb_mem_get_consume_info(picture.fd[0], &count), 0);
	assert_int_equal(count, 0);
}

static int32_t picture_count(const hb_mem_graphic_buf_t *picture)
{
	int32_t count = -1;
	assert_int_equal(hb_mem_get_consume_info(picture->fd[0], &count), 0);
	return count;
}

static void pictures_of_a_group_are_consumed_all_or_none(void **state)
{
	int32_t width[8] = {64, 64}, height[8] = {48, 48}, format[8] = {8, 22}, stride[8] = {0}, vstride[8] = {0};
	int64_t flags[8] = {CPU_ACCESS, CPU_ACCESS};
	hb_mem_graphic_buf_group_t group;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf_group(width, height, format, flags, stride, vstride, &group, 3), 0);
	const hb_mem_graphic_buf_t *first = &group.graph_group[0], *second = &group.graph_group[1];
	assert_int_equal(hb_mem_inc_graph_buf_group_consume_cnt(&group), 0);
	assert_int_equal(picture_count(first), 1);
	assert_int_equal(picture_count(second), 1);
	hb_mem_graphic_buf_group_t wrong = group;
	wrong.graph_group[1].share_id[0] = 4711;
	assert_int_equal(hb_mem_inc_graph_buf_group_consume_cnt(&wrong), HB_MEM_ERR_INVALID_PARAMS);
	wrong = group;
	wrong.graph_group[1].fd[0] += 99;
	assert_int_equal(hb_mem_inc_graph_buf_group_consume_cnt(&wrong), HB_MEM_ERR_INVALID_FD);
	assert_int_equal(picture_count(first), 1);
	assert_int_equal(hb_mem_dec_consume_cnt(second->fd[0]), 0);
	assert_int_equal(picture_count(first), 0);
	/* One picture can be counted alone, but not uncounted together with one that was not. */
	assert_int_equal(hb_mem_inc_graph_buf_consume_cnt(&group.graph_group[0]), 0);
	assert_int_equal(hb_mem_dec_consume_cnt(first->fd[0]), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(picture_count(first), 1);
	assert_int_equal(picture_count(second), 0);
}

static void user_count_makes_the_next_free_only_count(void **state)
{
	hb_mem_common_buf_t buffer = allocate(5000), found;
	(void)state;
	assert_int_equal(hb_mem_dec_user_consume_cnt(buffer.fd), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_inc_user_consume_cnt(buffer.fd), 0);
	assert_int_equal(hb_mem_free_buf(buffer.fd), 0);
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &found), 0);
	buffer.virt_addr[0] = 1;
	assert_int_equal(hb_mem_dec_user_consume_cnt_with_vaddr(VA(buffer.virt_addr)), 0);
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &found), HB_MEM_ERR_INVALID_FD);
}

static void process_info_lists_the_holders(void **state)
{
	hb_mem_common_buf_t buffer = allocate(5000);
	int32_t pids[16], count = -1;
	(void)state;
	struct peer peer = peer_start();
	peer_import(&peer, &buffer);
	assert_int_equal(hb_mem_get_buffer_process_info(VA(buffer.virt_addr), pids, 0, &count),
			 HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_get_buffer_process_info(VA(buffer.virt_addr), pids, 17, &count),
			 HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_get_buffer_process_info(VA(buffer.virt_addr), pids, 16, &count), 0);
	assert_int_equal(count, 2);
	assert_true((pids[0] == getpid() && pids[1] == peer.pid) || (pids[1] == getpid() && pids[0] == peer.pid));
	assert_int_equal(hb_mem_get_buffer_process_info_with_share_id(buffer.share_id, pids, 1, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(hb_mem_get_buffer_process_info_with_share_id(4711, pids, 16, &count), 0);
	assert_int_equal(count, 0);
	peer_end(&peer);
}

static void killed_processes_leave_nothing(void **state)
{
	struct peer peers[6];
	(void)state;
	for (int i = 0; i < 6; i++) {
		peers[i] = peer_start();
		struct peer_order order = {
			.action = PEER_ALLOCATE_COMMON, .number = 5000 * (i + 1), .flags = CPU_ACCESS};
		assert_int_equal(peer_do(&peers[i], &order).result, 0);
	}
	for (int i = 0; i < 6; i++)
		peer_kill(&peers[i]);
	/* Their numbers become free: the first of them is 1. */
	for (;;) {
		hb_mem_common_buf_t buffers[3] = {allocate(100), allocate(100), allocate(100)};
		bool all_free = buffers[2].share_id == 3;
		for (int i = 0; i < 3; i++)
			assert_int_equal(hb_mem_free_buf(buffers[i].fd), 0);
		if (all_free)
			return;
		poll(NULL, 0, 1);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(lowest_free_number_is_used_again),
		opened_test(buffer_outlives_its_allocator_while_somebody_imports_it),
		opened_test(descriptor_alone_keeps_the_pages_but_not_the_number),
		opened_test(share_count_follows_imports_and_frees_of_all_processes),
		opened_test(waits_say_failure_timeout_or_wrong_parameters),
		opened_test(wait_ends_when_the_importer_is_killed_and_holds_no_lock_meanwhile),
		opened_test(interrupted_wait_says_invalid_parameters),
		opened_test(consume_count_needs_own_buffer_and_right_number),
		opened_test(consume_count_of_a_killed_process_is_given_back),
		opened_test(separate_planes_are_consumed_together),
		opened_test(pictures_of_a_group_are_consumed_all_or_none),
		opened_test(user_count_makes_the_next_free_only_count),
		opened_test(process_info_lists_the_holders),
		opened_test(killed_processes_leave_nothing),
	};
	return HARNESS_RUN(argc, argv, tests);
}
