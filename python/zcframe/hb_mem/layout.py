# SPDX-License-Identifier: Apache-2.0
"""The vendor's types and numbers, as libhbmem 1.0 has them on aarch64 and x86-64."""

from __future__ import annotations

import ctypes
import enum

PLANES = 3


class HbMemCommonBuf(ctypes.Structure):
    """``hb_mem_common_buf_t``: a piece of contiguous memory. ``bytes(buffer)`` is what another process needs."""

    _fields_ = [
        ("fd", ctypes.c_int32),  # means something only to the process that got it
        ("share_id", ctypes.c_int32),  # the buffer's number on the whole machine
        ("flags", ctypes.c_int64),
        ("size", ctypes.c_uint64),
        ("virt_addr", ctypes.c_void_p),  # in this process
        ("phys_addr", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
    ]


class HbMemGraphicBuf(ctypes.Structure):
    """``hb_mem_graphic_buf_t``: a picture, of one buffer (``is_contig``) or of one for each plane."""

    _fields_ = [
        ("fd", ctypes.c_int32 * PLANES),
        ("plane_cnt", ctypes.c_int32),
        ("format", ctypes.c_int32),
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
        ("stride", ctypes.c_int32),  # 0: the width
        ("vstride", ctypes.c_int32),  # 0: the height
        ("is_contig", ctypes.c_int32),
        ("share_id", ctypes.c_int32 * PLANES),
        ("flags", ctypes.c_int64),
        ("size", ctypes.c_uint64 * PLANES),
        ("virt_addr", ctypes.c_void_p * PLANES),
        ("phys_addr", ctypes.c_uint64 * PLANES),
        ("offset", ctypes.c_uint64 * PLANES),
    ]


class Usage(enum.IntFlag):
    """``HB_MEM_USAGE_*``: those that matter to the CPU, and how a buffer is laid out."""

    CPU_READ_OFTEN = 0x1
    CPU_READ_MASK = 0xF
    CPU_WRITE_OFTEN = 0x10
    CPU_WRITE_MASK = 0xF0
    MAP_INITIALIZED = 0x1000000
    MAP_UNINITIALIZED = 0x2000000
    CACHED = 0x4000000
    GRAPHIC_CONTIGUOUS_BUF = 0x8000000


class PixelFormat(enum.IntEnum):
    """``MEM_PIX_FMT_*``: those whose planes these bindings know as pictures."""

    NV12 = 8
    YUV400 = 22


# The low byte counts from HB_MEM_ERR_UNKNOWN.
ERROR_UNKNOWN = -16777215
ERROR_NAMES = (
    "UNKNOWN",
    "INVALID_PARAMS",
    "INVALID_FD",
    "INVALID_VADDR",
    "INSUFFICIENT_MEM",
    "TOO_MANY_FD",
    "TIMEOUT",
    "MODULE_NOT_FOUND",
    "MODULE_OPEN_FAIL",
    "QUEUE_NOT_FOUND",
    "QUEUE_DESTROYED",
    "QUEUE_WRONG_SLOT",
    "QUEUE_NO_AVAILABLE_SLOT",
    "QUEUE_ALREADY_EXIST",
    "POOL_NOT_FOUND",
    "POOL_DESTROYED",
    "POOL_BUSY",
    "WAIT_SHARE_FAILURE",
    "NOT_ALLOW",
    "CHECK_VER_FAIL",
    "REGISTER_FAIL",
    "INVALID_GROUPID",
)
