/* SPDX-License-Identifier: Apache-2.0 */
/* The switches that make the emulation stricter, or kinder, than a board. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void incoherent_cache_shows_a_missing_invalidate(void **state)
{
	hb_mem_common_buf_t buffer;
	(void)state;
	harness_set("ZCF_EMULATION_INCOHERENT_CACHES", "1");
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS | HB_MEM_USAGE_CACHED, &buffer), 0);
	struct peer peer = peer_start();
	struct peer_order order = {.action = PEER_IMPORT_COMMON, .common = buffer};
	order.common.flags = HB_MEM_USAGE_CPU_READ_OFTEN | HB_MEM_USAGE_CACHED;
	struct peer_answer answer = peer_do(&peer, &order);
	assert_int_equal(answer.result, 0);
	struct peer_order look = {.action = PEER_READ, .address = VA(answer.common.virt_addr) + 4500};
	struct peer_order invalidate = {
		.action = PEER_INVALIDATE, .address = VA(answer.common.virt_addr), .number = 5000};
	buffer.virt_addr[4500] = 8;
	assert_int_equal(peer_do(&peer, &invalidate).result, 0);
	assert_int_equal(peer_do(&peer, &look).number, 0); /* not flushed here */
	assert_int_equal(hb_mem_flush_buf(buffer.fd, 4500, 1), 0);
	assert_int_equal(peer_do(&peer, &look).number, 0); /* not invalidated there */
	assert_int_equal(peer_do(&peer, &invalidate).result, 0);
	assert_int_equal(peer_do(&peer, &look).number, 8);
	peer_end(&peer);
}

static void uncached_buffer_stays_coherent_in_that_mode(void **state)
{
	hb_mem_common_buf_t buffer, copy;
	(void)state;
	harness_set("ZCF_EMULATION_INCOHERENT_CACHES", "1");
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	assert_int_equal(hb_mem_import_com_buf(&buffer, &copy), 0);
	buffer.virt_addr[0] = 3;
	assert_int_equal(copy.virt_addr[0], 3);
}

static void dma_sees_memory_and_not_caches(void **state)
{
	hb_mem_common_buf_t from, to;
	(void)state;
	harness_set("ZCF_EMULATION_INCOHERENT_CACHES", "1");
	assert_int_equal(hb_mem_alloc_com_buf(4096, CPU_ACCESS | HB_MEM_USAGE_CACHED, &from), 0);
	assert_int_equal(hb_mem_alloc_com_buf(4096, CPU_ACCESS, &to), 0);
	from.virt_addr[0] = 5;
	assert_int_equal(hb_mem_dma_copy(VA(to.virt_addr), VA(from.virt_addr), 1), 0);
	assert_int_equal(to.virt_addr[0], 0);
	assert_int_equal(hb_mem_flush_buf(from.fd, 0, 1), 0);
	assert_int_equal(hb_mem_dma_copy(VA(to.virt_addr), VA(from.virt_addr), 1), 0);
	assert_int_equal(to.virt_addr[0], 5);
}

static void number_is_never_used_again_when_asked(void **state)
{
	int32_t last = 0;
	(void)state;
	harness_set("ZCF_EMULATION_NEVER_REUSE_SHARE_ID", "1");
	for (int i = 0; i < 20; i++) {
		hb_mem_common_buf_t buffer, stale;
		assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
		assert_true(buffer.share_id > last);
		last = buffer.share_id;
		assert_int_equal(hb_mem_free_buf(buffer.fd), 0);
		assert_int_equal(hb_mem_import_com_buf(&buffer, &stale), HB_MEM_ERR_INVALID_PARAMS);
		if (i == 10) { /* not even by another broker */
			assert_int_equal(hb_mem_module_close(), 0);
			while (access(harness_socket_path(), F_OK) == 0)
				;
			assert_int_equal(hb_mem_module_open(), 0);
		}
	}
}

static void error_is_injected_at_the_call_that_was_named(void **state)
{
	hb_mem_common_buf_t buffer, copy;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
	harness_set("ZCF_EMULATION_INJECT", "hb_mem_import_com_buf:-16777213:2,hb_mem_get_com_buf:0xFF000001:2+");
	assert_int_equal(hb_mem_import_com_buf(&buffer, &copy), 0);
	assert_int_equal(hb_mem_import_com_buf(&buffer, &copy), HB_MEM_ERR_INVALID_FD);
	assert_int_equal(hb_mem_import_com_buf(&buffer, &copy), 0);
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &copy), 0);
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &copy), HB_MEM_ERR_UNKNOWN);
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &copy), HB_MEM_ERR_UNKNOWN);
	harness_set("ZCF_EMULATION_INJECT", NULL);
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &copy), 0);
}

static void control_file_switches_a_running_program(void **state)
{
	hb_mem_common_buf_t buffer;
	char path[128];
	(void)state;
	snprintf(path, sizeof(path), "%s/control", getenv("ZCF_EMULATION_DIR"));
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("ZCF_OTHER=1\nZCF_EMULATION_INJECT=hb_mem_alloc_com_buf:-16777211\n", file);
	fclose(file);
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), HB_MEM_ERR_INSUFFICIENT_MEM);
	remove(path);
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
}

static void design_snippet_is_accepted_only_when_asked(void **state)
{
	hb_mem_common_buf_t buffer, out;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS | HB_MEM_USAGE_CACHED, &buffer), 0);
	buffer.virt_addr[1] = 66;
	hb_mem_common_buf_t in = {.share_id = buffer.share_id, .size = 5000};
	assert_int_equal(hb_mem_import_com_buf(&in, &out), HB_MEM_ERR_INVALID_PARAMS);
	harness_set("ZCF_EMULATION_SHARE_ID_SUFFICES", "1");
	assert_int_equal(hb_mem_import_com_buf(&in, &out), 0);
	assert_int_equal(out.virt_addr[1], 66);
	in.share_id = 4711;
	assert_int_equal(hb_mem_import_com_buf(&in, &out), HB_MEM_ERR_INVALID_PARAMS);
	in.share_id = buffer.share_id;
	in.size = 8193;
	assert_int_equal(hb_mem_import_com_buf(&in, &out), HB_MEM_ERR_INVALID_PARAMS);
}

static void design_snippet_need_not_open_the_module_only_when_asked(void **state)
{
	hb_mem_common_buf_t in = {.share_id = 4711, .size = 5000}, out;
	(void)state;
	assert_int_equal(hb_mem_module_close(), 0);
	in.phys_addr = 4096;
	assert_int_equal(hb_mem_import_com_buf(&in, &out), HB_MEM_ERR_MODULE_NOT_FOUND);
	harness_set("ZCF_EMULATION_SHARE_ID_SUFFICES", "1");
	assert_int_equal(hb_mem_import_com_buf(&in, &out), HB_MEM_ERR_MODULE_NOT_FOUND);
	in.phys_addr = 0;
	assert_int_equal(hb_mem_import_com_buf(&in, &out), HB_MEM_ERR_INVALID_PARAMS);
	/* It is open now. */
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &out), 0);
	in.share_id = out.share_id;
	assert_int_equal(hb_mem_import_com_buf(&in, &out), 0);
}

static void heap_can_be_made_small(void **state)
{
	hb_mem_common_buf_t buffer;
	(void)state;
	assert_int_equal(hb_mem_module_close(), 0);
	harness_await_nothing_left();
	harness_set("ZCF_EMULATION_HEAP_MB", "1"); /* read by the broker: each of its three heaps */
	assert_int_equal(hb_mem_module_open(), 0);
	assert_int_equal(hb_mem_alloc_com_buf((1 << 20) + 1, CPU_ACCESS, &buffer), HB_MEM_ERR_INSUFFICIENT_MEM);
	for (int i = 0; i < 3; i++)
		assert_int_equal(hb_mem_alloc_com_buf(1 << 20, CPU_ACCESS, &buffer), 0);
	assert_int_equal(hb_mem_alloc_com_buf(1, CPU_ACCESS, &buffer), HB_MEM_ERR_INSUFFICIENT_MEM);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(incoherent_cache_shows_a_missing_invalidate),
		opened_test(uncached_buffer_stays_coherent_in_that_mode),
		opened_test(dma_sees_memory_and_not_caches),
		opened_test(number_is_never_used_again_when_asked),
		opened_test(error_is_injected_at_the_call_that_was_named),
		opened_test(control_file_switches_a_running_program),
		opened_test(design_snippet_is_accepted_only_when_asked),
		opened_test(design_snippet_need_not_open_the_module_only_when_asked),
		opened_test(heap_can_be_made_small),
	};
	return HARNESS_RUN(argc, argv, tests);
}
