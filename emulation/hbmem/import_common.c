/* SPDX-License-Identifier: Apache-2.0 */
#include "../shared/settings.h"
#include "common_buffer.h"

/** The design document's snippet fills in only share_id and size. The board's library refuses that, and so do we unless
 * asked not to. */
static bool share_id_suffices(const hb_mem_common_buf_t *in)
{
	return !in->phys_addr && emulation_setting_on("ZCF_EMULATION_SHARE_ID_SUFFICES");
}

static int32_t import_common(const hb_mem_common_buf_t *in, bool by_share_id, hb_mem_common_buf_t *out)
{
	int64_t flags = in->flags & ~POOL_FLAGS;
	if (by_share_id && !(flags & (HB_MEM_USAGE_CPU_READ_MASK | HB_MEM_USAGE_CPU_WRITE_MASK)))
		flags |= HB_MEM_USAGE_CPU_READ_OFTEN;
	struct broker_request request = {.type = BROKER_IMPORT,
					 .share_id = in->share_id,
					 .phys_addr = in->phys_addr,
					 .options = by_share_id ? BROKER_SHARE_ID_SUFFICES : 0};
	struct record *record;
	int32_t result = common_buffer_open(&request, in->size, flags, &record);
	if (result)
		return result;
	if (!by_share_id) {
		record->common.virt_addr += in->phys_addr - record->common.phys_addr;
		record->common.phys_addr = in->phys_addr;
	}
	record->common.offset = in->offset;
	*out = record->common;
	return 0;
}

int32_t hb_mem_import_com_buf(hb_mem_common_buf_t *in, hb_mem_common_buf_t *out)
{
	EMULATION_MAY_FAIL();
	if (!in || !out || in->share_id <= 0 || !in->size || in->offset >= in->size)
		return HB_MEM_ERR_INVALID_PARAMS;
	bool by_share_id = share_id_suffices(in);
	if (!in->phys_addr && !by_share_id)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	/* Nor does the snippet open the module. */
	if (result && by_share_id && !hb_mem_module_open())
		result = module_enter();
	return result ? result : module_leave(import_common(in, by_share_id, out));
}

/** Only memory of the emulated heaps can be mapped by its address: there is no other. */
static int32_t import_physical(uint64_t phys_addr, uint64_t size, int64_t flags, hb_mem_common_buf_t *out)
{
	struct broker_request request = {.type = BROKER_MAP_PHYSICAL, .phys_addr = phys_addr};
	struct record *record;
	int32_t result = common_buffer_open(&request, size, flags & ~POOL_FLAGS, &record);
	if (result)
		return result;
	record->common.virt_addr += phys_addr - record->common.phys_addr;
	record->common.phys_addr = phys_addr;
	*out = record->common;
	return 0;
}

int32_t hb_mem_import_com_buf_with_paddr(uint64_t phys_addr, uint64_t size, int64_t flags, hb_mem_common_buf_t *out)
{
	EMULATION_MAY_FAIL();
	if (!phys_addr || !size || !out)
		return HB_MEM_ERR_INVALID_PARAMS;
	int32_t result = module_enter();
	return result ? result : module_leave(import_physical(phys_addr, size, flags, out));
}
