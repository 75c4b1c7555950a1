# SPDX-License-Identifier: Apache-2.0
"""The shared memory of an endpoint: where what is, and its two semaphores."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
import time
from typing import NamedTuple

from ..errors import ProducerGone

SIZE = 512
_NEW_FRAME_SEM, _CONSUMED_SEM = 0, 32  # sem_t of the GNU C library on 64-bit Linux: 32 bytes
_SEM_PRIVATE, _SEM_SHARED = 8, 128  # where glibc keeps whether processes share it, and that they do
_FRAME, _FRAME_OFFSET = struct.Struct("=Qqq4ifB3x2i2QiIB"), 64  # ZeroCopyFrame
_EXTENSION, _EXTENSION_OFFSET = struct.Struct("=8sIIIIQQQQq"), 152  # the head of ours
_STATE_OFFSET, _HELD_OFFSET = 168, 192
_GRAPHIC = slice(240, 400)
_MAGIC = b"ZCFEXT01"
_STATE_CLOSED = 2
# Until a damaged semaphore is looked at again.
_MEND_NS = 10_000_000
_CLOCK_MONOTONIC = 1


class _Timespec(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long)]


_libc = ctypes.CDLL(None, use_errno=True)
_libc.sem_clockwait.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Timespec)]
_libc.sem_post.argtypes = [ctypes.c_void_p]


class Description(NamedTuple):
    """ZeroCopyFrame, and what the extension adds to it."""

    frame_number: int
    capture_time_ns: int
    camera_id: int
    width: int
    height: int
    format: int
    brightness_avg: float
    correction_applied: bool
    share_id: tuple[int, int]
    version: int
    epoch: int
    sequence: int
    lease_until_ns: int
    capture_wall_ns: int
    graphic: bytes


def describe(content: bytes) -> Description:
    """What a copy of the shared memory says."""
    frame = _FRAME.unpack_from(content, _FRAME_OFFSET)
    extension = _EXTENSION.unpack_from(content, _EXTENSION_OFFSET)
    return Description(
        frame_number=frame[0],
        capture_time_ns=frame[1] * 1_000_000_000 + frame[2],
        camera_id=frame[3],
        width=frame[4],
        height=frame[5],
        format=frame[6],
        brightness_avg=frame[7],
        correction_applied=bool(frame[8]),
        share_id=(frame[9], frame[10]),
        version=frame[14],
        epoch=extension[5],
        sequence=extension[6],
        lease_until_ns=extension[8],
        capture_wall_ns=extension[9],
        graphic=content[_GRAPHIC],
    )


class SharedMemory:
    """The shared memory under one name, as it was found."""

    def __init__(self, path: str) -> None:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise ProducerGone(
                errno.ENOENT, f"{path} does not exist: zcf-camerad does not run, or has no original_endpoint"
            ) from None
        try:
            status = os.fstat(descriptor)
            if status.st_size < SIZE:
                raise ProducerGone(errno.EPROTO, f"{path} has {status.st_size} bytes, too few for an endpoint")
            self.memory = mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)
        if self.memory[_EXTENSION_OFFSET : _EXTENSION_OFFSET + len(_MAGIC)] != _MAGIC:
            raise ProducerGone(
                errno.EPROTO, f"{path} is not of zcf-camerad: the extension behind the design's struct is missing"
            )
        self.path = path
        self.identity = (status.st_dev, status.st_ino)
        self._first = ctypes.c_uint8.from_buffer(self.memory)  # keeps the mapping where it is
        self._address = ctypes.addressof(self._first)
        self._process = os.getpid()

    def is_current(self) -> bool:
        try:
            status = os.stat(self.path)
        except OSError:
            return False
        (state,) = struct.unpack_from("=I", self.memory, _STATE_OFFSET)
        return (status.st_dev, status.st_ino) == self.identity and state != _STATE_CLOSED

    def _is_sound(self, semaphore: int) -> bool:
        """The C library ends the process over a sem_t that is none. The daemon mends it with its next frame."""
        (private,) = struct.unpack_from("=i", self.memory, semaphore + _SEM_PRIVATE)
        return private in (0, _SEM_SHARED)

    def wait(self, until_ns: int) -> bool:
        """Take new_frame_sem. False: not in time, or a signal came."""
        if not self._is_sound(_NEW_FRAME_SEM):
            time.sleep(max(0, min(until_ns - time.monotonic_ns(), _MEND_NS)) / 1e9)
            return False
        until = _Timespec(until_ns // 1_000_000_000, until_ns % 1_000_000_000)
        if _libc.sem_clockwait(self._address + _NEW_FRAME_SEM, _CLOCK_MONOTONIC, ctypes.byref(until)) == 0:
            return True
        if ctypes.get_errno() not in (errno.ETIMEDOUT, errno.EINTR):
            raise OSError(ctypes.get_errno(), f"{self.path}: new_frame_sem is damaged")
        return False

    def post_consumed(self) -> None:
        if os.getpid() == self._process and self._is_sound(_CONSUMED_SEM):
            _libc.sem_post(self._address + _CONSUMED_SEM)

    def held_sequence(self) -> int:
        (sequence,) = struct.unpack_from("=Q", self.memory, _HELD_OFFSET)
        return int(sequence)
