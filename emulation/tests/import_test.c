/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <signal.h>
#include <string.h>

#define CACHED_ACCESS (CPU_ACCESS | HB_MEM_USAGE_CACHED)

static int32_t try_common(hb_mem_common_buf_t in)
{
	hb_mem_common_buf_t out;
	int32_t result = hb_mem_import_com_buf(&in, &out);
	if (!result)
		assert_int_equal(hb_mem_free_buf(out.fd), 0);
	return result;
}

#define REFUSED_COMMON(buffer, change)                                                                                 \
	do {                                                                                                           \
		hb_mem_common_buf_t in = buffer;                                                                       \
		change;                                                                                                \
		assert_int_equal(try_common(in), HB_MEM_ERR_INVALID_PARAMS);                                           \
	} while (0)

#define ACCEPTED_COMMON(buffer, change)                                                                                \
	do {                                                                                                           \
		hb_mem_common_buf_t in = buffer;                                                                       \
		change;                                                                                                \
		assert_int_equal(try_common(in), 0);                                                                   \
	} while (0)

static void common_import_needs_number_size_address_and_cache_flag(void **state)
{
	hb_mem_common_buf_t buffer;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CACHED_ACCESS, &buffer), 0);
	ACCEPTED_COMMON(buffer, (void)in);
	REFUSED_COMMON(buffer, in.share_id = 0);
	REFUSED_COMMON(buffer, in.share_id = -1);
	REFUSED_COMMON(buffer, in.share_id = 4711);
	REFUSED_COMMON(buffer, in.size = 0);
	REFUSED_COMMON(buffer, in.phys_addr = 0);
	REFUSED_COMMON(buffer, in.phys_addr += 8192);
	REFUSED_COMMON(buffer, in.phys_addr -= 1);
	REFUSED_COMMON(buffer, in.offset = 5000);
	REFUSED_COMMON(buffer, in.flags = 0);
	REFUSED_COMMON(buffer, in.flags = CPU_ACCESS);
	REFUSED_COMMON(buffer, in.flags |= HB_MEM_USAGE_MAP_INITIALIZED);
	REFUSED_COMMON(buffer, in.flags |= HB_MEM_USAGE_MAP_UNINITIALIZED);
	REFUSED_COMMON(buffer, in.size = 8193);
	ACCEPTED_COMMON(buffer, in.size = 8192);
	ACCEPTED_COMMON(buffer, in.flags = HB_MEM_USAGE_CACHED);
	ACCEPTED_COMMON(buffer, in.flags |= 0x2000 | HB_MEM_USAGE_PRIV_HEAP_RESERVED);
	ACCEPTED_COMMON(buffer, in.fd = -1);
	ACCEPTED_COMMON(buffer, in.fd = 12345);
	ACCEPTED_COMMON(buffer, in.virt_addr = NULL);
	assert_int_equal(hb_mem_import_com_buf(NULL, &buffer), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_import_com_buf(&buffer, NULL), HB_MEM_ERR_INVALID_PARAMS);
}

static void own_import_is_a_second_mapping_of_the_same_memory(void **state)
{
	hb_mem_common_buf_t buffer, copy;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CACHED_ACCESS, &buffer), 0);
	hb_mem_common_buf_t in = buffer;
	in.offset = 12;
	in.flags |= HB_MEM_USAGE_MEM_POOL | HB_MEM_USAGE_MEM_SHARE_POOL;
	assert_int_equal(hb_mem_import_com_buf(&in, &copy), 0);
	assert_true(copy.fd != buffer.fd && copy.virt_addr != buffer.virt_addr);
	assert_int_equal(copy.share_id, buffer.share_id);
	assert_int_equal(copy.flags, CACHED_ACCESS);
	assert_int_equal(copy.offset, 12);
	assert_int_equal(copy.phys_addr, buffer.phys_addr);
	buffer.virt_addr[4999] = 42;
	assert_int_equal(copy.virt_addr[4999], 42);
	assert_int_equal(hb_mem_free_buf(buffer.fd), 0);
	assert_int_equal(copy.virt_addr[4999], 42);
	assert_int_equal(hb_mem_free_buf(copy.fd), 0);
}

static void part_of_a_buffer_can_be_imported(void **state)
{
	hb_mem_common_buf_t buffer, part;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	buffer.virt_addr[100] = 33;
	hb_mem_common_buf_t in = buffer;
	in.phys_addr += 100;
	in.size = 100;
	assert_int_equal(hb_mem_import_com_buf(&in, &part), 0);
	assert_int_equal(part.size, 100);
	assert_int_equal(part.phys_addr, buffer.phys_addr + 100);
	assert_int_equal(part.virt_addr[0], 33);
	in.size = 8192 - 100 + 1;
	assert_int_equal(try_common(in), HB_MEM_ERR_INVALID_PARAMS);
}

static int32_t try_picture(hb_mem_graphic_buf_t in)
{
	hb_mem_graphic_buf_t out;
	int32_t result = hb_mem_import_graph_buf(&in, &out);
	if (!result)
		assert_int_equal(hb_mem_free_buf(out.fd[0]), 0);
	return result;
}

#define REFUSED_PICTURE(picture, change)                                                                               \
	do {                                                                                                           \
		hb_mem_graphic_buf_t in = picture;                                                                     \
		change;                                                                                                \
		assert_int_equal(try_picture(in), HB_MEM_ERR_INVALID_PARAMS);                                          \
	} while (0)

#define ACCEPTED_PICTURE(picture, change)                                                                              \
	do {                                                                                                           \
		hb_mem_graphic_buf_t in = picture;                                                                     \
		change;                                                                                                \
		assert_int_equal(try_picture(in), 0);                                                                  \
	} while (0)

static void check_both_kinds(hb_mem_graphic_buf_t picture)
{
	ACCEPTED_PICTURE(picture, (void)in);
	ACCEPTED_PICTURE(picture, in.format = MEM_PIX_FMT_NV21);
	ACCEPTED_PICTURE(picture, in.stride = 64; in.vstride = 48);
	ACCEPTED_PICTURE(picture, in.flags ^= HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF);
	ACCEPTED_PICTURE(picture, in.fd[0] = -1; in.fd[1] = 99; in.virt_addr[0] = NULL);
	ACCEPTED_PICTURE(picture, in.offset[2] = 1 << 20);
	REFUSED_PICTURE(picture, in.width = 0);
	REFUSED_PICTURE(picture, in.height = -48);
	REFUSED_PICTURE(picture, in.format = 30);
	REFUSED_PICTURE(picture, in.format = MEM_PIX_FMT_YUV420P);
	REFUSED_PICTURE(picture, in.stride = 32);
	REFUSED_PICTURE(picture, in.stride = 80);
	REFUSED_PICTURE(picture, in.vstride = 47);
	REFUSED_PICTURE(picture, in.plane_cnt = 1);
	REFUSED_PICTURE(picture, in.plane_cnt = 3);
	REFUSED_PICTURE(picture, in.size[0]++);
	REFUSED_PICTURE(picture, in.size[1]--);
	REFUSED_PICTURE(picture, in.size[1] = 0);
	REFUSED_PICTURE(picture, in.is_contig = 2);
	REFUSED_PICTURE(picture, in.is_contig = !in.is_contig);
	REFUSED_PICTURE(picture, in.share_id[0] = 0);
	REFUSED_PICTURE(picture, in.share_id[0] = 4711);
	REFUSED_PICTURE(picture, in.phys_addr[0] = 0);
	REFUSED_PICTURE(picture, in.phys_addr[0] += 4096);
	REFUSED_PICTURE(picture, in.phys_addr[1]++);
	REFUSED_PICTURE(picture, in.offset[1] = in.size[1]);
	REFUSED_PICTURE(picture, in.flags = 0);
	REFUSED_PICTURE(picture, in.flags &= ~HB_MEM_USAGE_CACHED);
	REFUSED_PICTURE(picture, in.flags |= HB_MEM_USAGE_MAP_INITIALIZED);
	REFUSED_PICTURE(picture, in.flags |= HB_MEM_USAGE_MAP_UNINITIALIZED);
}

static void picture_import_needs_everything_right(void **state)
{
	hb_mem_graphic_buf_t picture;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, MEM_PIX_FMT_NV12, CACHED_ACCESS, 0, 0, &picture), 0);
	check_both_kinds(picture);
	REFUSED_PICTURE(picture, in.share_id[1] = 0);
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, MEM_PIX_FMT_NV12,
						CACHED_ACCESS | HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF, 0, 0, &picture),
			 0);
	check_both_kinds(picture);
	ACCEPTED_PICTURE(picture, in.share_id[1] = 99);
}

static void single_plane_picture_is_always_contiguous(void **state)
{
	hb_mem_graphic_buf_t picture;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, MEM_PIX_FMT_YUV400, CACHED_ACCESS, 0, 0, &picture), 0);
	assert_int_equal(picture.is_contig, 1);
	ACCEPTED_PICTURE(picture, (void)in);
	REFUSED_PICTURE(picture, in.is_contig = 0);
}

static void imported_picture_is_completely_filled_in_another_process(void **state)
{
	hb_mem_graphic_buf_t picture;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, MEM_PIX_FMT_NV12,
						CACHED_ACCESS | HB_MEM_USAGE_GRAPHIC_CONTIGUOUS_BUF, 64, 48, &picture),
			 0);
	picture.virt_addr[1][5] = 99;
	struct peer peer = peer_start();
	struct peer_order order = {.action = PEER_IMPORT_PICTURE, .picture = picture};
	memset(order.picture.fd, 0x55, sizeof(order.picture.fd));
	order.picture.share_id[1] = order.picture.share_id[2] = 77;
	order.picture.offset[2] = 1 << 20;
	order.picture.flags |= HB_MEM_USAGE_MEM_POOL;
	struct peer_answer answer = peer_do(&peer, &order);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.picture.fd[1], -1);
	assert_int_equal(answer.picture.fd[2], -1);
	assert_int_equal(answer.picture.share_id[0], picture.share_id[0]);
	assert_int_equal(answer.picture.share_id[1], 0);
	assert_int_equal(answer.picture.share_id[2], 0);
	assert_int_equal(answer.picture.offset[2], 0);
	assert_int_equal(answer.picture.flags, order.picture.flags);
	assert_ptr_equal(answer.picture.virt_addr[1], answer.picture.virt_addr[0] + 3072);
	assert_int_equal(answer.picture.phys_addr[1], picture.phys_addr[1]);
	order = (struct peer_order){.action = PEER_READ, .address = VA(answer.picture.virt_addr[1]) + 5};
	assert_int_equal(peer_do(&peer, &order).number, 99);
	peer_end(&peer);
}

static void plane_of_a_picture_can_be_imported_as_memory(void **state)
{
	hb_mem_graphic_buf_t picture;
	hb_mem_common_buf_t plane;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf(64, 48, MEM_PIX_FMT_NV12, CACHED_ACCESS, 0, 0, &picture), 0);
	picture.virt_addr[1][7] = 11;
	hb_mem_common_buf_t in = {.share_id = picture.share_id[1],
				  .size = picture.size[1],
				  .phys_addr = picture.phys_addr[1],
				  .flags = picture.flags};
	assert_int_equal(hb_mem_import_com_buf(&in, &plane), 0);
	assert_int_equal(plane.virt_addr[7], 11);
	in.flags = 0;
	assert_int_equal(try_common(in), HB_MEM_ERR_INVALID_PARAMS);
}

static void import_without_write_flag_cannot_be_written(void **state)
{
	hb_mem_common_buf_t buffer;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	struct peer peer = peer_start();
	struct peer_order order = {.action = PEER_IMPORT_COMMON, .common = buffer};
	order.common.flags = HB_MEM_USAGE_CPU_READ_OFTEN;
	struct peer_answer answer = peer_do(&peer, &order);
	assert_int_equal(answer.result, 0);
	order = (struct peer_order){.action = PEER_READ, .address = VA(answer.common.virt_addr)};
	assert_int_equal(peer_do(&peer, &order).result, 0);
	order.action = PEER_WRITE;
	assert_int_equal(peer_do_and_die(&peer, &order), SIGSEGV);
}

static void mapping_without_cpu_flags_cannot_be_touched(void **state)
{
	(void)state;
	struct peer peer = peer_start();
	struct peer_order order = {.action = PEER_ALLOCATE_COMMON, .number = 5000};
	struct peer_answer answer = peer_do(&peer, &order);
	assert_int_equal(answer.result, 0);
	order = (struct peer_order){.action = PEER_READ, .address = VA(answer.common.virt_addr)};
	assert_int_equal(peer_do_and_die(&peer, &order), SIGSEGV);
}

static void group_is_shared_as_one(void **state)
{
	int32_t width[8] = {64, 0, 32}, height[8] = {48, 0, 24}, format[8] = {8, 0, 22}, stride[8] = {0},
		vstride[8] = {0};
	int64_t flags[8] = {CPU_ACCESS, 0, CPU_ACCESS};
	hb_mem_graphic_buf_group_t group, again;
	hb_mem_graphic_buf_t picture;
	hb_mem_buffer_type_t type;
	(void)state;
	assert_int_equal(hb_mem_alloc_graph_buf_group(width, height, format, flags, stride, vstride, &group, 0),
			 HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf_group(width, height, format, flags, stride, vstride, &group, 0x7),
			 HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_alloc_graph_buf_group(width, height, format, flags, stride, vstride, &group, 0x5), 0);
	assert_int_equal(group.bit_map, 0x5);
	assert_true(group.group_id > 0);
	assert_int_equal(hb_mem_get_graph_buf(group.graph_group[2].fd[0], &picture), HB_MEM_ERR_INVALID_FD);
	assert_int_equal(hb_mem_get_graph_buf_group(group.graph_group[2].fd[0], &again), 0);
	assert_memory_equal(&again, &group, sizeof(group));
	assert_int_equal(hb_mem_get_buf_type_with_vaddr(VA(group.graph_group[0].virt_addr[1]), &type), 0);
	assert_int_equal(type, HB_MEM_BUFFER_TYPE_GRAPHIC_GROUP);
	/* In the same process an import only counts. */
	assert_int_equal(hb_mem_import_graph_buf_group(&group, &again), 0);
	assert_memory_equal(&again, &group, sizeof(group));
	group.graph_group[2].virt_addr[0][3] = 17;
	struct peer peer = peer_start();
	struct peer_order order = {.action = PEER_IMPORT_GROUP, .group = group};
	struct peer_answer answer = peer_do(&peer, &order);
	assert_int_equal(answer.result, 0);
	order = (struct peer_order){.action = PEER_READ, .address = VA(answer.group.graph_group[2].virt_addr[0]) + 3};
	assert_int_equal(peer_do(&peer, &order).number, 17);
	order = (struct peer_order){.action = PEER_IMPORT_GROUP, .group = group};
	order.group.group_id = 4711;
	assert_int_equal(peer_do(&peer, &order).result, HB_MEM_ERR_INVALID_GROUPID);
	/* Any descriptor frees one reference of all of it. */
	assert_int_equal(hb_mem_free_buf(group.graph_group[0].fd[1]), 0);
	assert_int_equal(hb_mem_get_graph_buf_group(group.graph_group[2].fd[0], &again), 0);
	assert_int_equal(hb_mem_free_buf(group.graph_group[2].fd[0]), 0);
	assert_int_equal(hb_mem_get_graph_buf_group(group.graph_group[2].fd[0], &again), HB_MEM_ERR_INVALID_FD);
	peer_end(&peer);
}

static void memory_can_be_mapped_by_physical_address(void **state)
{
	hb_mem_common_buf_t buffer, mapped;
	(void)state;
	assert_int_equal(hb_mem_alloc_com_buf(5000, CPU_ACCESS, &buffer), 0);
	buffer.virt_addr[50] = 5;
	assert_int_equal(hb_mem_import_com_buf_with_paddr(buffer.phys_addr + 50, 100, CPU_ACCESS, &mapped), 0);
	assert_int_equal(mapped.virt_addr[0], 5);
	assert_int_equal(mapped.phys_addr, buffer.phys_addr + 50);
	assert_int_equal(hb_mem_free_buf(mapped.fd), 0);
	assert_int_equal(hb_mem_import_com_buf_with_paddr(0, 100, CPU_ACCESS, &mapped), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_import_com_buf_with_paddr(4096, 100, CPU_ACCESS, &mapped), HB_MEM_ERR_INVALID_PARAMS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(common_import_needs_number_size_address_and_cache_flag),
		opened_test(own_import_is_a_second_mapping_of_the_same_memory),
		opened_test(part_of_a_buffer_can_be_imported),
		opened_test(picture_import_needs_everything_right),
		opened_test(single_plane_picture_is_always_contiguous),
		opened_test(imported_picture_is_completely_filled_in_another_process),
		opened_test(plane_of_a_picture_can_be_imported_as_memory),
		opened_test(import_without_write_flag_cannot_be_written),
		opened_test(mapping_without_cpu_flags_cannot_be_touched),
		opened_test(group_is_shared_as_one),
		opened_test(memory_can_be_mapped_by_physical_address),
	};
	return HARNESS_RUN(argc, argv, tests);
}
