/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

static void common_buffer_has_the_requested_size_and_flags_without_pool_bits(void **state)
{
	hb_mem_common_buf_t buffer, again;
	(void)state;
	int64_t flags = CPU_ACCESS | HB_MEM_USAGE_CACHED | 0x2000;
	assert_int_equal(
		hb_mem_alloc_com_buf(5000, flags | HB_MEM_USAGE_MEM_POOL | HB_MEM_USAGE_MEM_SHARE_POOL, &buffer), 0);
	assert_int_equal(buffer.size, 5000);
	assert_int_equal(buffer.flags, flags);
	assert_int_equal(buffer.offset, 0);
	assert_true(buffer.fd >= 0 && buffer.share_id > 0);
	assert_true(fcntl(buffer.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(buffer.phys_addr && buffer.phys_addr % 4096 == 0);
	assert_int_equal(hb_mem_get_com_buf(buffer.fd, &again), 0);
	assert_memory_equal(&again, &buffer, sizeof(buffer));
	assert_int_equal(hb_mem_get_com_buf(buffer.fd + 100, &again), HB_MEM_ERR_INVALID_FD);
	memset(buffer.virt_addr, 7, 5000);
	assert_int_equal(hb_mem_free_buf(buffer.fd), 0);
	assert_int_equal(hb_mem_free_buf(buffer.fd), HB_MEM_ERR_INVALID_FD);
}

static void too_large_a_buffer_is_insufficient_memory(void **state)
{
	hb_mem_common_buf_t buffer;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(UINT64_C(1) << 40, CPU_ACCESS, &buffer), HB_MEM_ERR_INSUFFICIENT_MEM);
	assert_int_equal(hb_mem_alloc_com_buf(UINT64_MAX, CPU_ACCESS, &buffer), HB_MEM_ERR_INSUFFICIENT_MEM);
}

static void full_heap_falls_back_to_another(void **state)
{
	hb_mem_common_buf_t first, second;
	int64_t flags = CPU_ACCESS | HB_MEM_USAGE_PRIV_HEAP_2_RESERVED;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(UINT64_C(300) << 20, flags, &first), 0);
	assert_int_equal(hb_mem_alloc_com_buf(UINT64_C(300) << 20, flags, &second), 0);
	assert_true(second.phys_addr >= first.phys_addr + first.size);
}

static void interior_address_finds_base_and_offset_up_to_the_requested_size(void **state)
{
	hb_mem_common_buf_t buffer, found;
	hb_mem_graphic_buf_t picture;
	uint64_t start, size, physical;
	int64_t flags;
	int32_t valid = 77;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	assert_int_equal(hb_mem_get_com_buf_with_vaddr(VA(buffer.virt_addr) + 4999, &found), 0);
	assert_int_equal(found.offset, 4999);
	assert_ptr_equal(found.virt_addr, buffer.virt_addr);
	assert_int_equal(found.phys_addr, buffer.phys_addr);
	assert_int_equal(hb_mem_get_com_buf_with_vaddr(VA(buffer.virt_addr) + 5000, &found), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(hb_mem_get_graph_buf_with_vaddr(VA(buffer.virt_addr), &picture), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(hb_mem_get_graph_buf(buffer.fd, &picture), HB_MEM_ERR_INVALID_FD);
	assert_int_equal(hb_mem_get_phys_addr(VA(buffer.virt_addr) + 10, &physical), 0);
	assert_int_equal(physical, buffer.phys_addr + 10);
	assert_int_equal(hb_mem_get_phys_addr(16, &physical), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(hb_mem_get_buf_info(VA(buffer.virt_addr) + 10, &start, &size, &flags), 0);
	assert_int_equal(start, VA(buffer.virt_addr));
	assert_int_equal(size, 5000);
	assert_int_equal(flags, CPU_ACCESS);
	assert_int_equal(hb_mem_is_valid_buf(VA(buffer.virt_addr) + 1000, 4000, &valid), 0);
	assert_int_equal(valid, 1);
	assert_int_equal(hb_mem_is_valid_buf(VA(buffer.virt_addr) + 1000, 4001, &valid), 0);
	assert_int_equal(valid, 0);
	valid = 77;
	assert_int_equal(hb_mem_is_valid_buf(16, 1, &valid), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(valid, 77);
}

static void plane_sizes_follow_the_format(void **state)
{
	/* 64x48: format, planes, sizes */
	static const struct {
		int32_t format, planes;
		uint64_t sizes[3];
	} expected[] = {
		{0, 1, {6144}},        {1, 1, {9216}},        {2, 1, {9216}},
		{3, 1, {12288}},       {6, 1, {12288}},       {7, 3, {3072, 768, 768}},
		{8, 2, {3072, 1536}},  {9, 2, {3072, 1536}},  {10, 3, {3072, 1536, 1536}},
		{11, 2, {3072, 3072}}, {12, 2, {3072, 3072}}, {13, 1, {6144}},
		{16, 1, {6144}},       {17, 1, {9216}},       {18, 3, {3072, 3072, 3072}},
		{19, 2, {3072, 6144}}, {20, 2, {3072, 6144}}, {21, 3, {3072, 1536, 1536}},
		{22, 1, {3072}},       {23, 1, {3072}},       {24, 1, {3840}},
		{25, 1, {4608}},       {26, 1, {5376}},       {27, 1, {6144}},
		{28, 1, {7680}},       {29, 1, {9216}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		hb_mem_graphic_buf_t picture;
		assert_int_equal(hb_mem_alloc_graph_buf(64, 48, expected[i].format, CPU_ACCESS, 0, 0, &picture), 0);
		assert_int_equal(picture.plane_cnt, expected[i].planes);
		for (int plane = 0; plane < 3; plane++)
			assert_int_equal(picture.size[plane], expected[i].sizes[plane]);
		assert_int_equal(picture.is_contig, expected[i].planes == 1);
		assert_int_equal(hb_mem_free_buf(picture.fd[0]), 0);
	}
}

static void odd_and_strided_pictures_are_not_aligned(void **state)
{
	hb_mem_graphic_buf_t picture;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(63, 47, MEM_PIX_FMT_NV12, CPU_ACCESS, 0, 0, &picture), 0);
	assert_int_equal(picture.size[0], 2961);
	assert_int_equal(picture.size[1], 1480);
	assert_int_equal(picture.stride, 0);
	assert_int_equal(hb_mem_alloc_graph_buf(63, 47, MEM_PIX_FMT_NV12, CPU_ACCESS, 64, 48, &picture), 0);
	assert_int_equal(picture.size[0], 3072);
	assert_int_equal(picture.stride, 64);
	assert_int_equal(picture.vstride, 48);
	/* A packed format's stride counts bytes, and may be too small for the picture. */
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, MEM_PIX_FMT_YUYV422, CPU_ACCESS, 64, 0, &picture), 0);
	assert_int_equal(picture.size[0], 3072);
}

static void impossible_pictures_are_refused(void **state)
{
	hb_mem_graphic_buf_t picture;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, -1, CPU_ACCESS, 0, 0, &picture), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 30, CPU_ACCESS, 0, 0, &picture), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(64, -1, 8, CPU_ACCESS, 0, 0, &picture), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 8, CPU_ACCESS, 63, 0, &picture), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 8, CPU_ACCESS, -64, 0, &picture), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 8, CPU_ACCESS, 0, 47, &picture), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 8, CPU_ACCESS, 0, 0, NULL), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(INT32_MAX, INT32_MAX, 19, CPU_ACCESS, 0, 0, &picture),
			 HB_MEM_ERR_INSUFFICIENT_MEM);
}

static void contiguous_planes_follow_one_another(void **state)
{
	hb_mem_graphic_buf_t picture, found;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, MEM_PIX_FMT_NV12,
						CPU_ACCESS | HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF, 0, 0, &picture),
			 0);
	assert_int_equal(picture.is_contig, 1);
	assert_int_equal(picture.fd[1], -1);
	assert_int_equal(picture.fd[2], -1);
	assert_int_equal(picture.share_id[1], 0);
	assert_ptr_equal(picture.virt_addr[1], picture.virt_addr[0] + 3072);
	assert_int_equal(picture.phys_addr[1], picture.phys_addr[0] + 3072);
	assert_int_equal(picture.size[1], 1536);
	assert_int_equal(hb_mem_get_graph_buf(picture.fd[0], &found), 0);
	assert_memory_equal(&found, &picture, sizeof(picture));
	assert_int_equal(hb_mem_get_graph_buf_with_vaddr(VA(picture.virt_addr[1]) + 5, &found), 0);
	assert_int_equal(found.offset[0], 0);
	assert_int_equal(found.offset[1], 5);
}

static void separate_planes_are_buffers_of_their_own(void **state)
{
	hb_mem_graphic_buf_t picture, found;
	hb_mem_common_buf_t plane;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, MEM_PIX_FMT_YUV420P, CPU_ACCESS, 0, 0, &picture), 0);
	assert_int_equal(picture.is_contig, 0);
	for (int i = 0; i < 3; i++)
		assert_true(picture.fd[i] >= 0 && picture.share_id[i] > 0 && picture.phys_addr[i] % 4096 == 0);
	assert_true(picture.share_id[0] != picture.share_id[1] && picture.share_id[1] != picture.share_id[2]);
	assert_int_equal(hb_mem_get_graph_buf(picture.fd[2], &found), 0);
	assert_int_equal(hb_mem_get_com_buf(picture.fd[2], &plane), HB_MEM_ERR_INVALID_FD);
	assert_int_equal(hb_mem_get_com_buf_with_vaddr(VA(picture.virt_addr[2]), &plane), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(hb_mem_free_buf(picture.fd[2]), 0);
	assert_int_equal(hb_mem_free_buf(picture.fd[0]), HB_MEM_ERR_INVALID_FD);
}

static void cache_calls_check_their_range(void **state)
{
	hb_mem_common_buf_t buffer;
	hb_mem_graphic_buf_t contiguous, separate;
	int64_t flags = CPU_ACCESS | HB_MEM_USAGE_CACHED;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, flags, &buffer), 0);
	assert_int_equal(hb_mem_flush_buf(buffer.fd, 0, 5000), 0);
	assert_int_equal(hb_mem_flush_buf(buffer.fd, 1, 5000), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_flush_buf(buffer.fd, UINT64_MAX, 2), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_flush_buf(buffer.fd + 50, 0, 1), HB_MEM_ERR_INVALID_FD);
	assert_int_equal(hb_mem_invalidate_buf_with_vaddr(VA(buffer.virt_addr) + 4000, 1000), 0);
	assert_int_equal(hb_mem_invalidate_buf_with_vaddr(VA(buffer.virt_addr) + 4000, 1001),
			 HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_invalidate_buf_with_vaddr(16, 1), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(
		hb_mem_alloc_graph_buf(64, 48, 8, flags | HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF, 0, 0, &contiguous), 0);
	assert_int_equal(hb_mem_invalidate_buf(contiguous.fd[0], 0, 3072 + 1536), 0);
	assert_int_equal(hb_mem_invalidate_buf_with_vaddr(VA(contiguous.virt_addr[1]), 1536), 0);
	assert_int_equal(hb_mem_invalidate_buf_with_vaddr(VA(contiguous.virt_addr[1]), 1537),
			 HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 8, flags, 0, 0, &separate), 0);
	assert_int_equal(hb_mem_invalidate_buf(separate.fd[0], 0, 3072), 0);
	assert_int_equal(hb_mem_invalidate_buf(separate.fd[0], 0, 3073), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_flush_buf_with_vaddr(VA(separate.virt_addr[1]), 1536), 0);
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	assert_int_equal(hb_mem_flush_buf(buffer.fd, 1, 5000), HB_MEM_ERR_INVALID_PARAMS);
}

static void dma_copies_between_known_buffers_only(void **state)
{
	hb_mem_common_buf_t from, to;
	uint8_t elsewhere[16];
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &from), 0);
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &to), 0);
	memset(from.virt_addr, 9, 5000);
	assert_int_equal(hb_mem_dma_copy(VA(to.virt_addr) + 100, VA(from.virt_addr), 4900), 0);
	assert_int_equal(to.virt_addr[99], 0);
	assert_int_equal(to.virt_addr[100], 9);
	assert_int_equal(to.virt_addr[4999], 9);
	assert_int_equal(hb_mem_dma_copy(VA(to.virt_addr) + 100, VA(from.virt_addr), 4901), HB_MEM_ERR_INVALID_VADDR);
	assert_int_equal(hb_mem_dma_copy(VA(elsewhere), VA(from.virt_addr), 16), HB_MEM_ERR_INVALID_VADDR);
}

static void types_are_told_by_address(void **state)
{
	hb_mem_common_buf_t buffer, common;
	hb_mem_graphic_buf_t contiguous, separate, graphic;
	hb_mem_buffer_type_t type;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	assert_int_equal(
		hb_mem_alloc_graph_buf(64, 48, 8, CPU_ACCESS | HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF, 0, 0, &contiguous),
		0);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, 8, CPU_ACCESS, 0, 0, &separate), 0);
	assert_int_equal(hb_mem_get_buf_type_with_vaddr(VA(buffer.virt_addr), &type), 0);
	assert_int_equal(type, HB_MEM_BUFFER_TYPE_COMMON);
	assert_int_equal(hb_mem_get_buf_type_with_vaddr(VA(separate.virt_addr[1]), &type), 0);
	assert_int_equal(type, HB_MEM_BUFFER_TYPE_GRAPHIC);
	/* A contiguous picture is also a piece of memory; one of separate planes is not. */
	assert_int_equal(hb_mem_get_buf_type_and_buf_with_vaddr(VA(contiguous.virt_addr[1]), &type, &common, NULL), 0);
	assert_int_equal(type, HB_MEM_BUFFER_TYPE_GRAPHIC);
	assert_int_equal(common.share_id, contiguous.share_id[0]);
	assert_int_equal(common.size, 3072 + 1536);
	assert_int_equal(common.offset, 3072);
	assert_int_equal(hb_mem_get_buf_type_and_buf_with_vaddr(VA(separate.virt_addr[0]), &type, &common, NULL),
			 HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_get_buf_type_and_buf_with_vaddr(VA(separate.virt_addr[0]), &type, NULL, &graphic), 0);
	assert_int_equal(hb_mem_get_buf_type_and_buf_with_vaddr(VA(separate.virt_addr[0]), &type, NULL, NULL),
			 HB_MEM_ERR_INVALID_PARAMS);
}

static void physical_addresses_never_overlap(void **state)
{
	enum { COUNT = 40 };
	hb_mem_common_buf_t buffers[COUNT];
	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < COUNT; i++)
			assert_int_equal(hb_mem_alloc_com_buf((uint64_t)(1 + i * 3000), CPU_ACCESS, &buffers[i]), 0);
		for (int i = 0; i < COUNT; i++) {
			for (int j = 0; j < i; j++)
				assert_true(buffers[i].phys_addr + buffers[i].size <= buffers[j].phys_addr ||
					    buffers[j].phys_addr + buffers[j].size <= buffers[i].phys_addr);
		}
		for (int i = round % 2; i < COUNT; i += 2)
			assert_int_equal(hb_mem_free_buf(buffers[i].fd), 0);
	}
}

static void descriptors_run_out_as_too_many(void **state)
{
	hb_mem_common_buf_t buffer, last;
	struct rlimit before, few = {.rlim_cur = 48, .rlim_max = 48};
	int32_t result, share_count;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &last), 0);
	while ((result = hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer)) == 0)
		last = buffer;
	assert_int_equal(result, HB_MEM_ERR_TOO_MANY_FD);
	assert_int_equal(hb_mem_import_com_buf(&last, &buffer), HB_MEM_ERR_TOO_MANY_FD);
	assert_int_equal(hb_mem_get_share_info(last.fd, &share_count), 0);
	assert_int_equal(share_count, 1);
	assert_int_equal(hb_mem_free_buf(last.fd), 0);
	assert_int_equal(hb_mem_alloc_com_buf(100, CPU_ACCESS, &buffer), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(common_buffer_has_the_requested_size_and_flags_without_pool_bits),
		opened_test(too_large_a_buffer_is_insufficient_memory),
		opened_test(full_heap_falls_back_to_another),
		opened_test(interior_address_finds_base_and_offset_up_to_the_requested_size),
		opened_test(plane_sizes_follow_the_format),
		opened_test(odd_and_strided_pictures_are_not_aligned),
		opened_test(impossible_pictures_are_refused),
		opened_test(contiguous_planes_follow_one_another),
		opened_test(separate_planes_are_buffers_of_their_own),
		opened_test(cache_calls_check_their_range),
		opened_test(dma_copies_between_known_buffers_only),
		opened_test(types_are_told_by_address),
		opened_test(physical_addresses_never_overlap),
		opened_test(descriptors_run_out_as_too_many),
	};
	return HARNESS_RUN(argc, argv, tests);
}
