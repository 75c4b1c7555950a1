#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A consumer as somebody writes it who has the design document and nothing of ours.

  design_consumer.py NAME COUNT            imports with the document's snippet, word for word
  design_consumer.py NAME COUNT extension  adds what follows the struct (docs/original-endpoint.md)

Says of each frame: number, version, brightness_avg, the mean of what it sees in plane 0, and that of the rows that the
daemon measures, every fourth.
"""
import ctypes
import mmap
import os
import sys


class np:
    """The two names that the snippet needs of numpy, which is not everywhere."""

    class ctypeslib:
        @staticmethod
        def as_array(pointer, shape):
            return ctypes.cast(pointer, ctypes.POINTER(ctypes.c_uint8 * shape[0])).contents


# ---- the design document's snippet ----

libhbmem = ctypes.CDLL("libhbmem.so")


# バッファインポート
class HbMemCommonBuf(ctypes.Structure):
    _fields_ = [
        ("fd", ctypes.c_int32),
        ("share_id", ctypes.c_int32),
        ("flags", ctypes.c_int64),
        ("size", ctypes.c_uint64),
        ("virt_addr", ctypes.POINTER(ctypes.c_uint8)),
        ("phys_addr", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
    ]


def import_buffer(share_id: int, size: int) -> memoryview:
    in_buf = HbMemCommonBuf()
    in_buf.share_id = share_id
    in_buf.size = size

    out_buf = HbMemCommonBuf()

    ret = libhbmem.hb_mem_import_com_buf(ctypes.byref(in_buf), ctypes.byref(out_buf))
    if ret != 0:
        raise RuntimeError(f"hb_mem_import_com_buf failed: {ret}")

    # virt_addrからnumpy配列を作成
    arr = np.ctypeslib.as_array(out_buf.virt_addr, shape=(size,))
    return arr


# ---- the design document's structs ----


class Timespec(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long)]


class ZeroCopyFrame(ctypes.Structure):
    _fields_ = [
        ("frame_number", ctypes.c_uint64),
        ("timestamp", Timespec),
        ("camera_id", ctypes.c_int),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("format", ctypes.c_int),
        ("brightness_avg", ctypes.c_float),
        ("correction_applied", ctypes.c_uint8),
        ("share_id", ctypes.c_int32 * 2),
        ("plane_size", ctypes.c_uint64 * 2),
        ("plane_cnt", ctypes.c_int32),
        ("version", ctypes.c_uint32),
        ("consumed", ctypes.c_uint8),
    ]


class Semaphore(ctypes.Structure):
    """sem_t on 64-bit Linux: 32 bytes, aligned as a long."""

    _fields_ = [("words", ctypes.c_long * 4)]


class ZeroCopyFrameBuffer(ctypes.Structure):
    _fields_ = [("new_frame_sem", Semaphore), ("consumed_sem", Semaphore), ("frame", ZeroCopyFrame)]


libc = ctypes.CDLL(None, use_errno=True)


def open_endpoint(channel):
    fd = os.open("/dev/shm/" + channel, os.O_RDWR)
    memory = mmap.mmap(fd, 512)
    os.close(fd)
    return memory


def wait(semaphore):
    if libc.sem_wait(ctypes.byref(semaphore)) != 0:
        raise OSError(ctypes.get_errno(), "sem_wait")


def post(semaphore):
    if libc.sem_post(ctypes.byref(semaphore)) != 0:
        raise OSError(ctypes.get_errno(), "sem_post")


def import_plane(memory, plane):
    """The vendor's own description of the plane stands at 400 + 48 * plane of the object."""
    described = HbMemCommonBuf.from_buffer_copy(memory, 400 + 48 * plane)
    imported = HbMemCommonBuf()
    ret = libhbmem.hb_mem_import_com_buf(ctypes.byref(described), ctypes.byref(imported))
    if ret != 0:
        raise RuntimeError(f"hb_mem_import_com_buf failed: {ret}")
    address = ctypes.cast(imported.virt_addr, ctypes.c_void_p).value
    libhbmem.hb_mem_invalidate_buf_with_vaddr(ctypes.c_uint64(address), ctypes.c_uint64(imported.size))
    return np.ctypeslib.as_array(imported.virt_addr, shape=(imported.size,)), imported.fd


def means(pixels, width, height):
    pixels = bytes(pixels)
    rows = [sum(pixels[y * width : (y + 1) * width]) for y in range(0, height, 4)]
    return sum(pixels) / len(pixels), sum(rows) / (len(rows) * width)


def main():
    channel, count = sys.argv[1], int(sys.argv[2])
    extension = sys.argv[3:] == ["extension"]
    memory = open_endpoint(channel)
    buffer = ZeroCopyFrameBuffer.from_buffer(memory)
    if extension:
        assert memory[152:160] == b"ZCFEXT01"
        assert libhbmem.hb_mem_module_open() == 0
    for _ in range(count):
        wait(buffer.new_frame_sem)
        frame = buffer.frame
        if extension:
            pixels, fd = import_plane(memory, 0)
        else:
            pixels, fd = import_buffer(frame.share_id[0], frame.plane_size[0]), -1
        mean, fourth_rows = means(pixels, frame.width, frame.height)
        if fd >= 0:
            libhbmem.hb_mem_free_buf(fd)
        print(
            f"frame {frame.frame_number} version {frame.version} size {frame.width}x{frame.height}"
            f" brightness {frame.brightness_avg:.6f} mean {mean:.6f} fourth_rows {fourth_rows:.6f}",
            flush=True,
        )
        frame.consumed = 1
        post(buffer.consumed_sem)


main()
