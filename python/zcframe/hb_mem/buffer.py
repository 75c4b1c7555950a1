# SPDX-License-Identifier: Apache-2.0
"""Buffers of this process: imported or allocated, with their memory as arrays."""

from __future__ import annotations

import copy
import ctypes
import os
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .layout import PLANES, HbMemCommonBuf, HbMemGraphicBuf, PixelFormat, Usage
from .library import opened_library

Bytes = npt.NDArray[np.uint8]
_Kind = TypeVar("_Kind", bound="_Buffer")
_Description = TypeVar("_Description", HbMemCommonBuf, HbMemGraphicBuf)


class _Reference:
    """One of the vendor's references: given back when the buffer and the last array that hold it are gone."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._process = os.getpid()
        self._getpid = os.getpid  # at the interpreter's end modules are gone before arrays are
        self._free: Callable[[int], int] = opened_library().function("hb_mem_free_buf")

    def __del__(self) -> None:
        if self._getpid() == self._process:
            self._free(self.fd)


class _Buffer:
    """What both kinds have in common."""

    def __init__(self, fd: int, writable: bool) -> None:
        self._reference: object = _Reference(fd)  # None: freed
        self._writable = writable

    def _memory(self, address: int, size: int) -> Bytes:
        if self._reference is None:
            raise ValueError("the buffer was freed")
        memory = (ctypes.c_uint8 * size).from_address(address)
        memory.reference = self._reference  # type: ignore[attr-defined]  # for as long as an array is over it
        view = memoryview(memory).cast("B")
        return np.frombuffer(view if self._writable else view.toreadonly(), np.uint8)

    def _maintain(self, call: str, spans: list[tuple[int, int]]) -> None:
        if self._reference is None:
            raise ValueError("the buffer was freed")
        for address, size in spans:
            opened_library().call(call, address, size)

    def keeping(self: _Kind, other: object) -> _Kind:
        """The same buffer once more, whose arrays keep the object ``other`` as well."""
        again = copy.copy(self)
        again._reference = (self._reference, other)
        return again

    @property
    def freed(self) -> bool:
        """Whether :meth:`free` was called. Arrays that are left stay readable."""
        return self._reference is None

    def free(self) -> None:
        """Give the buffer up: at once, or with the last array into it. May be called twice."""
        self._reference = None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.free()


class CommonBuffer(_Buffer):
    """A piece of memory."""

    def __init__(self, description: HbMemCommonBuf, writable: bool) -> None:
        super().__init__(description.fd, writable)
        self.description = description
        """As the vendor's library filled it. ``bytes(description)`` is what another process imports."""

    @property
    def data(self) -> Bytes:
        """All of it: uint8 of shape (size,), no copy. Read-only unless it was allocated here."""
        return self._memory(self.description.virt_addr, self.description.size)

    def invalidate(self) -> None:
        """Forget what this CPU's cache has of it: to be called before reading what hardware or another device wrote."""
        self._maintain("hb_mem_invalidate_buf_with_vaddr", [(self.description.virt_addr, self.description.size)])

    def flush(self) -> None:
        """Write what this CPU's cache has of it to memory, for hardware to see."""
        self._maintain("hb_mem_flush_buf_with_vaddr", [(self.description.virt_addr, self.description.size)])

    def __enter__(self) -> CommonBuffer:
        return self


class GraphicBuffer(_Buffer):
    """A picture."""

    def __init__(self, description: HbMemGraphicBuf, writable: bool) -> None:
        super().__init__(description.fd[0], writable)
        self.description = description
        """As the vendor's library filled it. ``bytes(description)`` is what another process imports."""

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.description.width)

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.description.height)

    @property
    def plane_count(self) -> int:
        """1 to 3."""
        return int(self.description.plane_cnt)

    def plane(self, index: int) -> Bytes:
        """The bytes of one plane: uint8 of shape (size,), no copy. Raises IndexError if there is no such plane."""
        if not 0 <= index < min(self.plane_count, PLANES):
            raise IndexError(f"the picture has {self.plane_count} planes, and none of number {index}")
        return self._memory(self.description.virt_addr[index] or 0, self.description.size[index])

    @property
    def y(self) -> Bytes:
        """Luminance: uint8 of shape (height, width), no copy. Raises ValueError unless NV12 or YUV400."""
        self._need(PixelFormat.NV12, PixelFormat.YUV400)
        return self._rows(0, self.height)

    @property
    def uv(self) -> Bytes:
        """Colour: uint8 of shape (height / 2, width / 2, 2), U and V, no copy. Raises ValueError unless NV12."""
        self._need(PixelFormat.NV12)
        rows = self._rows(1, self.height // 2)
        return rows[:, : self.width // 2 * 2].reshape(self.height // 2, self.width // 2, 2)

    def _rows(self, plane: int, count: int) -> Bytes:
        stride = int(self.description.stride) or self.width
        data = self.plane(plane)
        if stride < self.width or count * stride > len(data):
            raise ValueError(f"plane {plane} has {len(data)} bytes, too few for {self.width}x{self.height}")
        return data[: count * stride].reshape(count, stride)[:, : self.width]

    def _need(self, *formats: PixelFormat) -> None:
        if self.description.format not in formats:
            raise ValueError(f"pixel format {self.description.format} has no such plane; its bytes are in plane(index)")

    def _spans(self) -> list[tuple[int, int]]:
        described = self.description
        return [(described.virt_addr[plane], described.size[plane]) for plane in range(self.plane_count)]

    def invalidate(self) -> None:
        """As :meth:`CommonBuffer.invalidate`, for every plane."""
        self._maintain("hb_mem_invalidate_buf_with_vaddr", self._spans())

    def flush(self) -> None:
        """As :meth:`CommonBuffer.flush`, for every plane."""
        self._maintain("hb_mem_flush_buf_with_vaddr", self._spans())

    def __enter__(self) -> GraphicBuffer:
        return self


def _described(kind: type[_Description], source: _Description | bytes | bytearray | memoryview) -> _Description:
    """A copy, to be mapped for reading only whatever it says: flags of the CPU are the importer's own choice."""
    if isinstance(source, (bytes, bytearray, memoryview)) and memoryview(source).nbytes != ctypes.sizeof(kind):
        raise ValueError(f"a description has {ctypes.sizeof(kind)} bytes, not {memoryview(source).nbytes}")
    described = kind.from_buffer_copy(source)
    described.flags = (described.flags & ~(Usage.CPU_WRITE_MASK | Usage.CPU_READ_MASK)) | Usage.CPU_READ_OFTEN
    return described


def import_common(description: HbMemCommonBuf | bytes | bytearray | memoryview) -> CommonBuffer:
    """``hb_mem_import_com_buf``: map a buffer of another process, for reading.

    description: the 48 bytes of that process's ``hb_mem_common_buf_t``; its fd and address mean nothing here.

    Raises HbMemError (INVALID_PARAMS if the buffer is gone or is not as described), LibraryMissing, ValueError.
    """
    imported = HbMemCommonBuf()
    described = _described(HbMemCommonBuf, description)
    opened_library().call("hb_mem_import_com_buf", ctypes.byref(described), ctypes.byref(imported))
    return CommonBuffer(imported, writable=False)


def import_share_id(share_id: int, size: int, phys_addr: int = 0, flags: int = Usage.CACHED) -> CommonBuffer:
    """As :func:`import_common`, of its parts. The board wants all four to be those of the buffer; the original design's
    two suffice in the emulation alone, with ZCF_EMULATION_SHARE_ID_SUFFICES=1 (and phys_addr 0)."""
    return import_common(HbMemCommonBuf(share_id=share_id, size=size, phys_addr=phys_addr, flags=flags))


def import_graphic(description: HbMemGraphicBuf | bytes | bytearray | memoryview) -> GraphicBuffer:
    """``hb_mem_import_graph_buf``: map a picture of another process, for reading.

    description: the 160 bytes of that process's ``hb_mem_graphic_buf_t``.

    Raises as :func:`import_common`.
    """
    imported = HbMemGraphicBuf()
    described = _described(HbMemGraphicBuf, description)
    opened_library().call("hb_mem_import_graph_buf", ctypes.byref(described), ctypes.byref(imported))
    return GraphicBuffer(imported, writable=False)


_ALLOCATION = Usage.CPU_READ_OFTEN | Usage.CPU_WRITE_OFTEN | Usage.CACHED


def alloc_common(size: int, flags: int = _ALLOCATION) -> CommonBuffer:
    """``hb_mem_alloc_com_buf``: memory that other processes can import; its array can be written. :meth:`flush` it
    before others read. Raises HbMemError (INSUFFICIENT_MEM), LibraryMissing."""
    allocated = HbMemCommonBuf()
    opened_library().call("hb_mem_alloc_com_buf", size, flags | Usage.CPU_READ_OFTEN, ctypes.byref(allocated))
    return CommonBuffer(allocated, writable=bool(flags & Usage.CPU_WRITE_MASK))


def alloc_graphic(
    width: int,
    height: int,
    pixel_format: int = PixelFormat.NV12,
    flags: int = _ALLOCATION | Usage.GRAPHIC_CONTIGUOUS_BUF,
    stride: int = 0,
    vstride: int = 0,
) -> GraphicBuffer:
    """``hb_mem_alloc_graph_buf``: a picture that other processes can import; its arrays can be written. A stride of 0
    is the width, a vstride of 0 the height. Raises as :func:`alloc_common`."""
    allocated = HbMemGraphicBuf()
    opened_library().call(
        "hb_mem_alloc_graph_buf",
        width,
        height,
        pixel_format,
        flags | Usage.CPU_READ_OFTEN,
        stride,
        vstride,
        ctypes.byref(allocated),
    )
    return GraphicBuffer(allocated, writable=bool(flags & Usage.CPU_WRITE_MASK))
