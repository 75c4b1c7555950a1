/* SPDX-License-Identifier: Apache-2.0 */
#include "../include/emulated_hbn.h"

#include <stddef.h>

static const char *const texts[] = {
	[0] = "success",
	[EMULATED_HBN_INVALID_NODE] = "no such node",
	[EMULATED_HBN_INVALID_NULL_PTR] = "null pointer, or a channel without buffers",
	[EMULATED_HBN_ILLEGAL_ATTR] = "attributes that the hardware refuses",
	[EMULATED_HBN_INVALID_FLOW] = "no such flow",
	[EMULATED_HBN_FLOW_UNEXIST] = "no such flow",
	[EMULATED_HBN_TIMEOUT] = "timed out",
	[EMULATED_HBN_NOT_SUPPORT] = "channel not supported or not configured",
	[EMULATED_HBN_NOMEM] = "not enough memory",
	[EMULATED_HBN_INVALID_VNODE_FD] = "no such type of node",
	[EMULATED_HBN_OPEN_ICHN_FAIL] = "the node's device cannot be opened",
	[EMULATED_HBN_JSON_PARSE_FAIL] = "flow description not understood",
	[EMULATED_HBN_REQ_BUF_FAIL] = "buffers refused",
	[EMULATED_HBN_NODE_START_FAIL] = "the node cannot be started",
	[EMULATED_HBN_NODE_DEQUE_ERROR] = "no frame",
	[EMULATED_HBN_ILLEGAL_BUF_INDEX] = "no such buffer",
	[EMULATED_HBN_NODE_QUE_ERROR] = "buffer refused",
	[EMULATED_HBN_FLUSH_FRAME_ERROR] = "frames cannot be flushed",
	[EMULATED_HBN_ADD_NODE_FAIL] = "the node cannot be added to the flow",
	[EMULATED_HBN_BIND_NODE_FAIL] = "the nodes cannot be bound",
	[EMULATED_HBN_MEM_INIT_FAIL] = "the memory module cannot be opened",
	[EMULATED_HBN_MEM_IMPORT_FAIL] = "a buffer cannot be imported",
};

/** Node-specific codes carry the node's type above 16 bits. */
static unsigned magnitude(int error)
{
	return error < 0 ? 0u - (unsigned)error : (unsigned)error;
}

const char *hbn_err_info(int error)
{
	unsigned number = magnitude(error) & 0xFFFF;
	const char *text = number < sizeof(texts) / sizeof(texts[0]) ? texts[number] : NULL;
	return text ? text : "unknown error";
}

const char *hbn_err_type(int error)
{
	static const char *const types[] = {"VIN or general", "ISP", "VSE"};
	unsigned type = magnitude(error) >> 16;
	return type < sizeof(types) / sizeof(types[0]) ? types[type] : "other node";
}
