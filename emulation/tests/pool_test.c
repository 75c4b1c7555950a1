/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <string.h>

static void pool_hands_out_whole_pages(void **state)
{
	hb_mem_pool_t pool;
	hb_mem_common_buf_t small, large, more, out;
	(void)state;
	assert_int_equal(hb_mem_pool_create(16384, CPU_ACCESS, &pool), 0);
	assert_int_equal(pool.page_size, 4096);
	assert_int_equal(pool.total_page_cnt, 4);
	assert_int_equal(pool.avail_page_cnt, 4);
	assert_int_equal(hb_mem_pool_alloc_buf(pool.fd, 100, &small), 0);
	assert_int_equal(hb_mem_pool_alloc_buf(pool.fd, 5000, &large), 0);
	assert_int_equal(small.fd, pool.fd);
	assert_int_equal(small.size, 100);
	assert_int_equal(small.flags, CPU_ACCESS | HB_MEM_USAGE_MEM_POOL);
	assert_true(large.phys_addr - small.phys_addr == 4096);
	memset(large.virt_addr, 1, 5000);
	assert_int_equal(hb_mem_pool_get_info(pool.fd, &pool), 0);
	assert_int_equal(pool.avail_page_cnt, 1);
	assert_int_equal(hb_mem_pool_alloc_buf(pool.fd, 4097, &more), HB_MEM_ERR_INSUFFICIENT_MEM);
	assert_int_equal(hb_mem_get_com_buf_with_vaddr(VA(large.virt_addr) + 7, &out), 0);
	assert_int_equal(out.size, 5000);
	assert_int_equal(out.offset, 7);
	assert_int_equal(hb_mem_import_com_buf(&large, &out), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_pool_destroy(pool.fd), HB_MEM_ERR_POOL_BUSY);
	assert_int_equal(hb_mem_free_buf(pool.fd), HB_MEM_ERR_POOL_BUSY);
	assert_int_equal(hb_mem_pool_free_buf(VA(small.virt_addr)), 0);
	assert_int_equal(hb_mem_pool_free_buf(VA(small.virt_addr)), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(hb_mem_pool_free_buf(VA(large.virt_addr) + 10), 0);
	assert_int_equal(hb_mem_pool_destroy(pool.fd), 0);
	assert_int_equal(hb_mem_pool_destroy(pool.fd), HB_MEM_ERR_POOL_NOT_FOUND);
	assert_int_equal(hb_mem_pool_alloc_buf(pool.fd, 1, &more), HB_MEM_ERR_POOL_NOT_FOUND);
	assert_int_equal(hb_mem_pool_get_info(pool.fd, &pool), HB_MEM_ERR_POOL_NOT_FOUND);
}

static void share_pool_buffer_is_not_free_while_another_process_has_it(void **state)
{
	hb_mem_share_pool_t pool;
	hb_mem_common_buf_t buffers[3], more;
	(void)state;
	assert_int_equal(hb_mem_share_pool_create(3, 5000, CPU_ACCESS, &pool), 0);
	assert_int_equal(pool.size, 5000);
	assert_int_equal(pool.total_buf_cnt, 3);
	assert_int_equal(pool.avail_buf_cnt, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(hb_mem_share_pool_alloc_buf(pool.fd, &buffers[i]), 0);
		assert_int_equal(buffers[i].flags, CPU_ACCESS | HB_MEM_USAGE_MEM_SHARE_POOL);
		buffers[i].virt_addr[4999] = (uint8_t)(i + 1);
	}
	assert_int_equal(hb_mem_share_pool_alloc_buf(pool.fd, &more), HB_MEM_ERR_INSUFFICIENT_MEM);
	assert_int_equal(hb_mem_free_buf(buffers[0].fd), HB_MEM_ERR_NOT_ALLOW);
	assert_int_equal(hb_mem_free_buf_with_vaddr(VA(buffers[0].virt_addr)), HB_MEM_ERR_NOT_ALLOW);
	struct peer peer = peer_start();
	struct peer_order order = {.action = PEER_IMPORT_COMMON, .common = buffers[1]};
	struct peer_answer answer = peer_do(&peer, &order);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.common.flags, CPU_ACCESS);
	order = (struct peer_order){.action = PEER_READ, .address = VA(answer.common.virt_addr) + 4999};
	assert_int_equal(peer_do(&peer, &order).number, 2);
	for (int i = 0; i < 3; i++)
		assert_int_equal(hb_mem_share_pool_free_buf(VA(buffers[i].virt_addr)), 0);
	assert_int_equal(hb_mem_share_pool_get_info(pool.fd, &pool), 0);
	assert_int_equal(pool.avail_buf_cnt, 2);
	assert_int_equal(hb_mem_share_pool_destroy(pool.fd), HB_MEM_ERR_POOL_BUSY);
	peer_kill(&peer);
	do {
		assert_int_equal(hb_mem_share_pool_get_info(pool.fd, &pool), 0);
	} while (pool.avail_buf_cnt != 3);
	assert_int_equal(hb_mem_share_pool_destroy(pool.fd), 0);
	assert_int_equal(hb_mem_share_pool_get_info(pool.fd, &pool), HB_MEM_ERR_POOL_NOT_FOUND);
}

static void the_two_kinds_of_pool_are_not_confused(void **state)
{
	hb_mem_pool_t simple;
	hb_mem_share_pool_t shared;
	hb_mem_common_buf_t buffer, plain;
	(void)state;
	assert_int_equal(hb_mem_pool_create(8192, CPU_ACCESS, &simple), 0);
	assert_int_equal(hb_mem_share_pool_create(2, 100, CPU_ACCESS, &shared), 0);
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &plain), 0);
	assert_int_equal(hb_mem_pool_alloc_buf(shared.fd, 100, &buffer), HB_MEM_ERR_POOL_NOT_FOUND);
	assert_int_equal(hb_mem_share_pool_alloc_buf(simple.fd, &buffer), HB_MEM_ERR_POOL_NOT_FOUND);
	assert_int_equal(hb_mem_pool_free_buf(VA(plain.virt_addr)), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(hb_mem_pool_alloc_buf(simple.fd, 100, &buffer), 0);
	assert_int_equal(hb_mem_share_pool_free_buf(VA(buffer.virt_addr)), HB_MEM_ERR_INVALID_VADDR);
	/* Closing the module with all this open is fine: it is freed. */
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(pool_hands_out_whole_pages),
		opened_test(share_pool_buffer_is_not_free_while_another_process_has_it),
		opened_test(the_two_kinds_of_pool_are_not_confused),
	};
	return HARNESS_RUN(argc, argv, tests);
}
