/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor_error.h"

#include <stdio.h>
#include <string.h>

/* Codes that come from one node have its type above this. */
#define NODE_SHIFT 16

struct meaning {
	const char *call; /* NULL: any. The first line that fits is taken. */
	uint32_t number;  /* 0: any. */
	const char *name;
	const char *cure;
};

static const struct meaning meanings[] = {
	{"hbn_camera_create", 0, NULL,
	 "the description of the camera was refused: check sensor, sensor_mode, i2c_address and rate in [vio], and "
	 "that "
	 "/usr/hobot/lib/sensor has a driver for this sensor"},
	{"hbn_camera_attach_to_vin", 0, NULL,
	 "the sensor does not answer: check the ribbon cable (power off first) and mipi_host in [vio], and look for "
	 "the "
	 "sensor with `i2cdetect -y -r BUS` (bus 4 or 6 on an RDK X5)"},
	{"hbn_vflow_start", 36, "NODE_START_FAIL",
	 "a node did not start: another program may use this camera (stop it; `fuser /dev/vin*` names it), the camera "
	 "may "
	 "have come off its cable, or mipi_host in [vio] may be wrong; `dmesg` says more"},
	{"hbn_vnode_set_ochn_buf_attr", 32, "REQ_BUF_FAIL",
	 "the driver has no memory for the buffers: fewer or smaller buffers in [channel], or a larger cma_reserved "
	 "heap; "
	 "`cat /sys/kernel/debug/ion/heaps/*` shows what is in use"},
	{"hbn_vnode_set_ochn_attr", 10, "ILLEGAL_ATTR",
	 "the hardware cannot do this size or region; see docs/rdk-x5.md for its limits"},
	{"hbn_vnode_getframe", 43, "NODE_DEQUE_ERROR", "no frame came: the camera does not deliver, or was stopped"},
	{"hbn_vnode_open", 30, "OPEN_ICHN_FAIL",
	 "the device node cannot be opened: check that the camera drivers are loaded (`lsmod | grep hobot`), and that "
	 "this "
	 "user may open /dev/vin*, /dev/isp* and /dev/vse*"},
	{"hbn_vflow_create", 0, NULL,
	 "no flow is left, or /dev/vpf cannot be opened: check who uses the camera, and the rights of this user"},
	{NULL, 1, "INVALID_NODE", "a node is gone: the driver was reloaded; restart the daemon"},
	{NULL, 8, "INVALID_NULL_PTR", NULL},
	{NULL, 9, "INVALID_PARAMETER", "a value in [vio] or [channel] is none that the driver takes"},
	{NULL, 10, "ILLEGAL_ATTR",
	 "the driver refuses these attributes: check sizes and rate in [vio]; `dmesg` says more"},
	{NULL, 11, "INVALID_FLOW", NULL},
	{NULL, 21, "TIMEOUT", "the driver did not answer in time; `dmesg` says more"},
	{NULL, 23, "NOT_SUPPORT", "this node has no such channel"},
	{NULL, 24, "NOT_PERM", "this user may not do that"},
	{NULL, 25, "NOMEM", "the system is out of memory"},
	{NULL, 26, "INVALID_VNODE_FD", "the board has no such device"},
	{NULL, 29, "OPEN_OCHN_FAIL", "the device node of an output cannot be opened: check the rights of this user"},
	{NULL, 30, "OPEN_ICHN_FAIL", "a device node cannot be opened: check the rights of this user"},
	{NULL, 32, "REQ_BUF_FAIL", "the driver has no memory for the buffers"},
	{NULL, 33, "QUERY_BUF_FAIL", "the driver does not say where its buffers are; `dmesg` says more"},
	{NULL, 36, "NODE_START_FAIL", "a node did not start; `dmesg` says more"},
	{NULL, 37, "NODE_STOP_FAIL", "a node did not stop; `dmesg` says more"},
	{NULL, 43, "NODE_DEQUE_ERROR", "no frame came"},
	{NULL, 44, "ILLEGAL_BUF_INDEX", "the ring has no such buffer"},
	{NULL, 45, "NODE_QUE_ERROR", "the driver did not take the buffer back; `dmesg` says more"},
	{NULL, 48, "ADD_NODE_FAIL", "a node cannot join the flow"},
	{NULL, 49, "WRONG_CONFIG_ID", NULL},
	{NULL, 50, "BIND_NODE_FAIL", "two nodes cannot be joined: their formats or sizes differ"},
	{NULL, 51, "INVALID_VERSION",
	 "libraries and drivers are of different releases: install the board's packages anew"},
	{NULL, 53, "MEM_INIT_FAIL", "/dev/ion cannot be opened: check the rights of this user"},
	{NULL, 54, "MEM_IMPORT_FAIL",
	 "a buffer cannot be mapped: raise the limit of open files (ulimit -n, or LimitNOFILE= in the unit)"},
	{NULL, 57, "STRUCT_SIZE_NOT_MATCH",
	 "libraries and drivers are of different releases: install the board's packages anew"},
	{NULL, 0, NULL, "`dmesg` may say more"},
};

static const struct meaning *find(const char *call, uint32_t number)
{
	const struct meaning *meaning = meanings;

	while ((meaning->call != NULL && strcmp(meaning->call, call) != 0) ||
	       (meaning->number != 0 && meaning->number != number))
		meaning++;
	return meaning;
}

/* The name belongs to the number alone; the cure may belong to the call. */
static const char *find_name(uint32_t number)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].number == number && meanings[i].name != NULL)
			return meanings[i].name;
	}
	return NULL;
}

void vio_vendor_error_describe(const char *call, const char *object, int32_t code, char *text, size_t text_size)
{
	/* As unsigned, so that the smallest number has a magnitude too. */
	uint32_t magnitude = code < 0 ? 0u - (uint32_t)code : (uint32_t)code;
	uint32_t number = magnitude & ((1u << NODE_SHIFT) - 1);
	const struct meaning *meaning = find(call, number);
	const char *name = find_name(number);

	snprintf(text, text_size, "%s%s%s: error %d%s%s%s%s%s", call, *object != '\0' ? " for " : "", object, code,
		 name != NULL ? " (" : "", name != NULL ? name : "", name != NULL ? ")" : "",
		 meaning->cure != NULL ? ": " : "", meaning->cure != NULL ? meaning->cure : "");
}
