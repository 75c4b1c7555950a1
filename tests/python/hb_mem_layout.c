/* SPDX-License-Identifier: Apache-2.0 */
/* Prints as JSON what a C compiler makes of the vendor's types and numbers, as the emulation declares them and the
 * facts of the board confirm. */
#include <emulated_hb_mem.h>
#include <emulated_hb_mem_layout.h>
#include <stddef.h>
#include <stdio.h>

#define FIELD(type, field) printf("\"%s\": %zu, ", #field, offsetof(type, field))
#define ERROR(name)                                                                                                    \
	printf("\"%s\": %d%s", #name, HB_MEM_ERR_##name, HB_MEM_ERR_##name == HB_MEM_ERR_INVALID_GROUPID ? "" : ", ")
#define USAGE(name) printf("\"%s\": %lld, ", #name, (long long)HB_MEM_USAGE_##name)

static void print_common(void)
{
	printf("\"common\": {");
	FIELD(hb_mem_common_buf_t, fd);
	FIELD(hb_mem_common_buf_t, share_id);
	FIELD(hb_mem_common_buf_t, flags);
	FIELD(hb_mem_common_buf_t, size);
	FIELD(hb_mem_common_buf_t, virt_addr);
	FIELD(hb_mem_common_buf_t, phys_addr);
	FIELD(hb_mem_common_buf_t, offset);
	printf("\"sizeof\": %zu},\n", sizeof(hb_mem_common_buf_t));
}

static void print_graphic(void)
{
	printf("\"graphic\": {");
	FIELD(hb_mem_graphic_buf_t, fd);
	FIELD(hb_mem_graphic_buf_t, plane_cnt);
	FIELD(hb_mem_graphic_buf_t, format);
	FIELD(hb_mem_graphic_buf_t, width);
	FIELD(hb_mem_graphic_buf_t, height);
	FIELD(hb_mem_graphic_buf_t, stride);
	FIELD(hb_mem_graphic_buf_t, vstride);
	FIELD(hb_mem_graphic_buf_t, is_contig);
	FIELD(hb_mem_graphic_buf_t, share_id);
	FIELD(hb_mem_graphic_buf_t, flags);
	FIELD(hb_mem_graphic_buf_t, size);
	FIELD(hb_mem_graphic_buf_t, virt_addr);
	FIELD(hb_mem_graphic_buf_t, phys_addr);
	FIELD(hb_mem_graphic_buf_t, offset);
	printf("\"sizeof\": %zu},\n", sizeof(hb_mem_graphic_buf_t));
}

static void print_errors(void)
{
	printf("\"errors\": {");
	ERROR(UNKNOWN);
	ERROR(INVALID_PARAMS);
	ERROR(INVALID_FD);
	ERROR(INVALID_VADDR);
	ERROR(INSUFFICIENT_MEM);
	ERROR(TOO_MANY_FD);
	ERROR(TIMEOUT);
	ERROR(MODULE_NOT_FOUND);
	ERROR(MODULE_OPEN_FAIL);
	ERROR(QUEUE_NOT_FOUND);
	ERROR(QUEUE_DESTROYED);
	ERROR(QUEUE_WRONG_SLOT);
	ERROR(QUEUE_NO_AVAILABLE_SLOT);
	ERROR(QUEUE_ALREADY_EXIST);
	ERROR(POOL_NOT_FOUND);
	ERROR(POOL_DESTROYED);
	ERROR(POOL_BUSY);
	ERROR(WAIT_SHARE_FAILURE);
	ERROR(NOT_ALLOW);
	ERROR(CHECK_VER_FAIL);
	ERROR(REGISTER_FAIL);
	ERROR(INVALID_GROUPID);
	printf("},\n");
}

static void print_values(void)
{
	printf("\"values\": {");
	USAGE(CPU_READ_OFTEN);
	USAGE(CPU_WRITE_OFTEN);
	USAGE(CPU_READ_MASK);
	USAGE(CPU_WRITE_MASK);
	USAGE(MAP_INITIALIZED);
	USAGE(MAP_UNINITIALIZED);
	USAGE(CACHED);
	USAGE(GRAPHIC_CONTIGUOUS_BUF);
	printf("\"NV12\": %d, \"YUV400\": %d}\n", MEM_PIX_FMT_NV12, MEM_PIX_FMT_YUV400);
}

int main(void)
{
	printf("{");
	print_common();
	print_graphic();
	print_errors();
	print_values();
	printf("}\n");
	return 0;
}
