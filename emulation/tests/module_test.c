/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void version_is_told_without_an_open_module(void **state)
{
	uint32_t major = 9, minor = 9, patch = 9;
	(void)state;
	assert_int_equal(hb_mem_get_version(&major, &minor, &patch), 0);
	assert_int_equal(major, 1);
	assert_int_equal(minor, 0);
	assert_int_equal(patch, 0);
	assert_int_equal(hb_mem_get_version(NULL, &minor, &patch), HB_MEM_ERR_INVALID_PARAMS);
	harness_set("ZCF_EMULATION_HBMEM_VERSION", "2.1.3");
	assert_int_equal(hb_mem_get_version(&major, &minor, &patch), 0);
	harness_set("ZCF_EMULATION_HBMEM_VERSION", NULL);
	assert_int_equal(major, 2);
	assert_int_equal(patch, 3);
}

static void opens_are_counted_and_only_the_last_close_releases(void **state)
{
	hb_mem_common_buf_t buffer;
	int fds = harness_count_fds();
	(void)state;
	assert_int_equal(hb_mem_module_close(), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_module_open(), 0);
	assert_int_equal(hb_mem_module_open(), 0);
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
	assert_int_equal(hb_mem_module_close(), 0);
	buffer.virt_addr[0] = 1;
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &buffer), 0);
	assert_int_equal(hb_mem_module_close(), 0);
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &buffer), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(harness_count_fds(), fds);
	harness_await_nothing_left();
}

static void parameters_are_checked_before_the_module(void **state)
{
	hb_mem_common_buf_t buffer = {0};
	hb_mem_graphic_buf_t picture = {0};
	int32_t count;
	uint64_t address;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(0, CPU_ACCESS, &buffer), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_com_buf(1, CPU_ACCESS, NULL), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_com_buf(1, CPU_ACCESS, &buffer), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_alloc_graph_buf(0, 1, 8, 0, 0, 0, &picture), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 8, 0, 0, 0, &picture), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_free_buf(-1), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_free_buf(0), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_free_buf_with_vaddr(0), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_import_com_buf(&buffer, &buffer), HB_MEM_ERR_INVALID_PARAMS);
	buffer = (hb_mem_common_buf_t){.share_id = 1, .size = 1, .phys_addr = 4096};
	assert_int_equal(hb_mem_import_com_buf(&buffer, &buffer), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_import_graph_buf(&picture, &picture), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_flush_buf(0, 0, 0), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_flush_buf(0, 0, 1), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_wait_share_status(3, -1, 0), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_wait_share_status(3, 0, 0), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_get_share_info(3, NULL), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_get_share_info(3, &count), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_get_phys_addr(0, &address), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_get_phys_addr(1, &address), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_pool_create(0, 0, NULL), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_pool_destroy(3), HB_MEM_ERR_MODULE_NOT_FOUND);
	assert_int_equal(hb_mem_dma_copy(1, 1, 0), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_dma_copy(1, 1, 1), HB_MEM_ERR_MODULE_NOT_FOUND);
}

static void errors_have_texts_even_unknown_ones(void **state)
{
	char text[64], unknown[64];
	(void)state;
	for (int32_t error = HB_MEM_ERR_UNKNOWN; error <= HB_MEM_ERR_INVALID_GROUPID; error++) {
		text[0] = 0;
		assert_int_equal(hb_mem_strerror(error, text, sizeof(text)), 0);
		assert_true(strlen(text) > 0);
		assert_null(strstr(text, "none of hb_mem's"));
	}
	assert_int_equal(hb_mem_strerror(-77, unknown, sizeof(unknown)), 0);
	assert_non_null(strstr(unknown, "-77"));
	assert_int_equal(hb_mem_strerror(INT32_MIN, unknown, sizeof(unknown)), 0);
	assert_int_equal(hb_mem_strerror(INT32_MAX, unknown, sizeof(unknown)), 0);
	assert_int_equal(hb_mem_strerror(0, text, 3), 0);
	assert_int_equal(strlen(text), 2);
	assert_int_equal(hb_mem_strerror(0, NULL, 3), HB_MEM_ERR_INVALID_PARAMS);
}

static void open_fails_when_there_is_no_driver(void **state)
{
	int fds = harness_count_fds();
	(void)state;
	harness_set("ZCF_EMULATION_BROKER", "/nonexistent/broker");
	assert_int_equal(hb_mem_module_open(), HB_MEM_ERR_MODULE_OPEN_FAIL);
	harness_set("ZCF_EMULATION_BROKER", NULL);
	assert_int_equal(harness_count_fds(), fds);
	assert_int_equal(hb_mem_module_open(), 0);
	assert_int_equal(hb_mem_module_close(), 0);
	harness_await_nothing_left();
}

static void library_exports_what_is_documented_and_nothing_else(void **state)
{
	static const char *const hidden[] = {"broker_connect", "driver_request",   "module_enter",
					     "table_find_fd",  "mapping_open",     "emulation_injected",
					     "pool_take",      "queue_destroy_all"};
	void *library = dlopen("libhbmem.so.1", RTLD_NOW);
	(void)state;
	assert_non_null(library);
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		assert_null(dlsym(library, hidden[i]));
	assert_non_null(dlsym(library, "hb_mem_import_graph_buf"));
	dlclose(library);
}

/** In a forked child; its exit code is the number of what failed. */
static int use_inherited_module(const hb_mem_common_buf_t *inherited)
{
	hb_mem_common_buf_t own;
	for (int i = 0; i < 200; i++) {
		int32_t count;
		if (hb_mem_get_share_info(inherited->fd, &count) || count != 1)
			return 1;
		if (hb_mem_alloc_com_buf(4096, CPU_ACCESS, &own) || hb_mem_free_buf(own.fd))
			return 2;
	}
	return 0;
}

static void forked_child_shares_the_driver_line_without_mixing_replies(void **state)
{
	hb_mem_common_buf_t buffer;
	int status;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	pid_t child = fork();
	if (child == 0)
		_exit(use_inherited_module(&buffer));
	assert_int_equal(use_inherited_module(&buffer), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_is_told_without_an_open_module),
		cmocka_unit_test(opens_are_counted_and_only_the_last_close_releases),
		cmocka_unit_test(parameters_are_checked_before_the_module),
		cmocka_unit_test(errors_have_texts_even_unknown_ones),
		cmocka_unit_test(open_fails_when_there_is_no_driver),
		cmocka_unit_test(library_exports_what_is_documented_and_nothing_else),
		opened_test(forked_child_shares_the_driver_line_without_mixing_replies),
	};
	return HARNESS_RUN(argc, argv, tests);
}
