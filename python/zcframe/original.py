# SPDX-License-Identifier: Apache-2.0
"""The original design's endpoint: one descriptor and two semaphores in POSIX shared memory, see
docs/original-endpoint.md.

::

    with OriginalConsumer("pet_camera_yolo_zc") as consumer:
        for frame in consumer:
            print(frame.frame_number, frame.y.mean())

This is for programs that want to see what the design's own consumers see, on the RDK X5 or with its emulation. Others
use :class:`zcframe.Consumer`, which takes any number of programs at once, needs no import, and knows of every frame
whether it was overwritten. Programs at one endpoint share the frames between them.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import hb_mem
from .errors import ProducerGone, StaleFrame

_SHARED_MEMORY = "/dev/shm"
_SIZE = 512
_NEW_FRAME_SEM, _CONSUMED_SEM = 0, 32  # sem_t of the GNU C library on 64-bit Linux: 32 bytes
_SEM_PRIVATE, _SEM_SHARED = 8, 128  # where glibc keeps whether processes share it, and that they do
_FRAME = struct.Struct("=Qqq4ifB3x2i2QiIB")  # ZeroCopyFrame, at 64
_FRAME_OFFSET = 64
_EXTENSION = struct.Struct("=8sIIIIQQQQq")  # its head, at 152
_EXTENSION_OFFSET = 152
_STATE_OFFSET, _HELD_OFFSET = 168, 192
_GRAPHIC = slice(240, 400)
_MAGIC = b"ZCFEXT01"
_STATE_CLOSED = 2
# A wait looks this often whether the daemon was replaced, and for Python's signals.
_SLICE_NS = 100_000_000
# Until a damaged semaphore is looked at again.
_MEND_NS = 10_000_000
# Pictures of one pool, at most: the rest would be of pools that are gone.
_KEPT_IMPORTS = 64
_CLOCK_MONOTONIC = 1


class _Timespec(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long)]


_libc = ctypes.CDLL(None, use_errno=True)
_libc.sem_clockwait.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Timespec)]
_libc.sem_post.argtypes = [ctypes.c_void_p]


class _Description(NamedTuple):
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


def _describe(content: bytes) -> _Description:
    frame = _FRAME.unpack_from(content, _FRAME_OFFSET)
    extension = _EXTENSION.unpack_from(content, _EXTENSION_OFFSET)
    return _Description(
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


class _Object:
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
            if status.st_size < _SIZE:
                raise ProducerGone(errno.EPROTO, f"{path} has {status.st_size} bytes, too few for an endpoint")
            self.memory = mmap.mmap(descriptor, _SIZE)
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


class _Lease:
    """What a frame took: consumed_sem is posted when the frame and its last array let go."""

    def __init__(self, shared: _Object) -> None:
        self.sequence = 0
        self._shared = shared

    def is_valid(self) -> bool:
        return self._shared.held_sequence() == self.sequence

    def __del__(self) -> None:
        self._shared.post_consumed()


class OriginalFrame:
    """A frame from the endpoint.

    It lives as :class:`zcframe.Frame` does: an array keeps the camera's buffer beyond the ``with`` block, until the
    lease's deadline; ``valid`` says whether that has passed, and the end of the block raises StaleFrame if so.
    """

    def __init__(self, described: _Description, lease: _Lease, imported: Callable[[], hb_mem.GraphicBuffer]) -> None:
        self.frame_number = described.frame_number
        self.capture_time_ns = described.capture_time_ns
        """CLOCK_MONOTONIC."""
        self.capture_wall_ns = described.capture_wall_ns
        """CLOCK_REALTIME."""
        self.camera_id = described.camera_id
        self.width = described.width
        self.height = described.height
        self.format = described.format
        """1 is NV12."""
        self.brightness_avg = described.brightness_avg
        """Mean of Y, 0..255."""
        self.correction_applied = described.correction_applied
        self.share_id = described.share_id
        self.version = described.version
        self.epoch = described.epoch
        """Another one after each restart of the daemon."""
        self.sequence = described.sequence
        self.lease_until_ns = described.lease_until_ns
        """CLOCK_MONOTONIC: until when the buffer is kept at most."""
        self._lease: _Lease | None = lease
        self._imported = imported
        self._picture: hb_mem.GraphicBuffer | None = None
        self._stale = False

    @property
    def y(self) -> npt.NDArray[np.uint8]:
        """Luminance: uint8 of shape (height, width), read-only, the camera's own memory.

        Raises ValueError after the release, and if the buffers have no share_id (they are not the board's);
        zcframe.hb_mem's exceptions.
        """
        return self._readable().y

    @property
    def uv(self) -> npt.NDArray[np.uint8]:
        """Colour: uint8 of shape (height / 2, width / 2, 2), read-only, the camera's own memory. Raises as
        :attr:`y`."""
        return self._readable().uv

    def _readable(self) -> hb_mem.GraphicBuffer:
        if self._lease is None:
            raise ValueError("the frame was released; copy what you need before")
        if self._picture is None:
            self._picture = self._imported().keeping(self._lease)
            self._picture.invalidate()
        return self._picture

    @property
    def valid(self) -> bool:
        """Whether what has been read so far can be trusted: the camera had not taken the buffer back."""
        return not self._stale if self._lease is None else self._lease.is_valid()

    def release(self) -> None:
        """Give the frame up: ``consumed_sem`` is posted now, or with the last array. May be called twice.

        Raises StaleFrame if the lease had ended before.
        """
        if self._lease is None:
            return
        self._stale = not self._lease.is_valid()
        self._lease = self._picture = None
        if self._stale:
            raise StaleFrame(
                errno.ESTALE,
                f"frame {self.frame_number} was held past its deadline: discard what was computed from it",
            )

    def __enter__(self) -> OriginalFrame:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.release()
        except StaleFrame:
            if kind is None:
                raise


class OriginalConsumer:
    """The one consumer of an endpoint. It belongs to one thread."""

    def __init__(self, channel: str, timeout: float | None = None) -> None:
        """Open the shared memory of a channel, waiting until there is one.

        channel: such as "pet_camera_yolo_zc".
        timeout: seconds to wait for it. None: without limit; 0: not.

        Raises ProducerGone if there is none in time, PermissionError.
        """
        self._path = f"{_SHARED_MEMORY}/{channel}"
        if "/" in channel or channel in ("", ".", ".."):
            raise ValueError(f"{channel!r} is no channel name")
        self._shared: _Object | None = None
        self._epoch = 0
        self._imports: dict[bytes, hb_mem.GraphicBuffer] = {}
        deadline_ns = _deadline_ns(timeout)
        while not self._open():
            if time.monotonic_ns() >= deadline_ns:
                self._shared = _Object(self._path)  # raises why not
            time.sleep(0.05)

    def _open(self) -> bool:
        try:
            self._shared = _Object(self._path)
        except ProducerGone:
            return False
        return True

    def acquire(self, timeout: float | None = None) -> OriginalFrame:
        """The next frame that is offered; to be used in a ``with`` statement.

        timeout: seconds. None waits without limit, 0 only looks. A daemon that was restarted is found again.

        Raises TimeoutError if there was none in time, ProducerGone if there is no endpoint either.
        """
        deadline_ns = _deadline_ns(timeout)
        while True:
            if self._shared is None or not self._shared.is_current():
                self._shared = None
                if not self._open() and time.monotonic_ns() < deadline_ns:
                    time.sleep(0.05)
                    continue
            self._shared = shared = self._shared or _Object(self._path)
            if shared.wait(min(deadline_ns, time.monotonic_ns() + _SLICE_NS)):
                frame = self._take(shared)
                if frame is not None:
                    return frame
            elif time.monotonic_ns() >= deadline_ns:
                raise TimeoutError(errno.ETIMEDOUT, f"{self._path}: no new frame in time")

    def _take(self, shared: _Object) -> OriginalFrame | None:
        lease = _Lease(shared)
        described = _describe(bytes(shared.memory))
        lease.sequence = described.sequence
        if not lease.is_valid():  # we were so late that it is another frame's description by now, in part perhaps
            return None
        if described.epoch != self._epoch:  # share_ids are used again
            self._imports.clear()
            self._epoch = described.epoch
        return OriginalFrame(described, lease, lambda: self._import(described))

    def _import(self, description: _Description) -> hb_mem.GraphicBuffer:
        if description.share_id[0] == 0:
            raise ValueError("the channel's buffers have no share_id: its backend is not hbmem. Use zcframe.Consumer")
        picture = self._imports.get(description.graphic)
        if picture is None:
            if len(self._imports) >= _KEPT_IMPORTS:
                self._imports.clear()
            picture = self._imports[description.graphic] = hb_mem.import_graphic(description.graphic)
        return picture

    def __iter__(self) -> Iterator[OriginalFrame]:
        """Frames without end. Each is released before the next one is waited for. Raises as :meth:`acquire`;
        StaleFrame if a turn of the loop took longer than the lease."""
        while True:
            frame = self.acquire()
            yield frame
            frame.release()
            del frame

    def close(self) -> None:
        """Let go of the endpoint. Arrays that are left stay readable."""
        self._shared = None
        self._imports.clear()

    def __enter__(self) -> OriginalConsumer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _deadline_ns(timeout: float | None) -> int:
    if timeout is None:
        return 2**62
    if not timeout >= 0:
        raise ValueError(f"a timeout is 0 or more seconds, or None for none, not {timeout}")
    return time.monotonic_ns() + int(min(timeout, 9e9) * 1e9)
