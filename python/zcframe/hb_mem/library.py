# SPDX-License-Identifier: Apache-2.0
"""The vendor's library, opened when it is first needed, and its errors."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from collections.abc import Callable
from typing import Any

from .layout import ERROR_NAMES, ERROR_UNKNOWN, HbMemCommonBuf, HbMemGraphicBuf

_CURES = {
    "INVALID_PARAMS": "the description must be that of a living buffer, all of it: share_id, size, phys_addr and the "
    "CACHED bit of flags",
    "MODULE_NOT_FOUND": "hb_mem.module_open() comes first, in every process",
    "MODULE_OPEN_FAIL": "is this an RDK X5, and may this user open /dev/ion?",
    "TOO_MANY_FD": "free buffers, or raise the limit of open files (ulimit -n)",
}


class HbMemError(RuntimeError):
    """The vendor's library refused a call."""

    call: str
    code: int
    """As the vendor's header has it, such as -16777214."""
    name: str
    """Without HB_MEM_ERR_, such as "INVALID_PARAMS"."""

    def __init__(self, call: str, code: int, text: str) -> None:
        number = code - ERROR_UNKNOWN
        self.call, self.code = call, code
        self.name = ERROR_NAMES[number] if 0 <= number < len(ERROR_NAMES) else "none of hb_mem's"
        cure = f"; {_CURES[self.name]}" if self.name in _CURES else ""
        super().__init__(f"{call} failed: {self.name} ({code}), {text}{cure}")


class LibraryMissing(OSError):
    """This machine has no libhbmem.so.1."""


_U32, _I32, _U64, _I64 = ctypes.c_uint32, ctypes.c_int32, ctypes.c_uint64, ctypes.c_int64
_U32P = ctypes.POINTER(_U32)
_COMMON, _GRAPHIC = ctypes.POINTER(HbMemCommonBuf), ctypes.POINTER(HbMemGraphicBuf)
_SIGNATURES: dict[str, list[Any]] = {
    "hb_mem_get_version": [_U32P, _U32P, _U32P],
    "hb_mem_module_open": [],
    "hb_mem_module_close": [],
    "hb_mem_strerror": [_I32, ctypes.c_char_p, _I32],
    "hb_mem_alloc_com_buf": [_U64, _I64, _COMMON],
    "hb_mem_alloc_graph_buf": [_I32, _I32, _I32, _I64, _I32, _I32, _GRAPHIC],
    "hb_mem_import_com_buf": [_COMMON, _COMMON],
    "hb_mem_import_graph_buf": [_GRAPHIC, _GRAPHIC],
    "hb_mem_invalidate_buf_with_vaddr": [_U64, _U64],
    "hb_mem_flush_buf_with_vaddr": [_U64, _U64],
    "hb_mem_free_buf": [_I32],
}


class Library:
    """The functions of libhbmem by name, each of which raises HbMemError instead of returning a code."""

    def __init__(self) -> None:
        self._dll = _load()
        self._functions: dict[str, Any] = {}
        for name, arguments in _SIGNATURES.items():
            try:
                function = self._dll[name]
            except AttributeError:
                raise LibraryMissing(
                    errno.ENOSYS, f"{self._dll._name} lacks {name}: it is none for the RDK X5"
                ) from None
            function.argtypes, function.restype = arguments, _I32
            self._functions[name] = function

    def call(self, name: str, *arguments: Any) -> None:
        code = self._functions[name](*arguments)
        if code != 0:
            text = ctypes.create_string_buffer(128)
            self._functions["hb_mem_strerror"](code, text, len(text))
            raise HbMemError(name, code, text.value.decode(errors="replace"))

    def function(self, name: str) -> Callable[..., int]:
        """The bare function, which returns a code."""
        bare: Callable[..., int] = self._functions[name]
        return bare


def _load() -> ctypes.CDLL:
    for name in ("libhbmem.so.1", "libhbmem.so"):
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            cause = error
    raise LibraryMissing(
        errno.ENOSYS,
        f"the vendor's buffer library cannot be loaded ({cause}): this is no RDK X5, or its libraries are not where "
        "the system looks. Elsewhere the emulation does: LD_LIBRARY_PATH=<build>/emulation",
    )


_lock = threading.Lock()
_library: Library | None = None
_opened = False


def library() -> Library:
    """The library, loaded."""
    global _library
    with _lock:
        if _library is None:
            _library = Library()
        return _library


def opened_library() -> Library:
    """The library, with its module open until the process ends: whoever closes it last takes all buffers away, and the
    arrays into them would be of nothing."""
    global _opened
    loaded = library()
    with _lock:
        if not _opened:
            loaded.call("hb_mem_module_open")
            _opened = True
    return loaded


def _forget_in_child() -> None:
    global _opened, _lock
    _opened, _lock = False, threading.Lock()


os.register_at_fork(after_in_child=_forget_in_child)


def module_open() -> None:
    """``hb_mem_module_open``: counted. The functions here that need it do it by themselves; it is for programs that
    want to know early whether it can be done. Raises HbMemError (MODULE_OPEN_FAIL, CHECK_VER_FAIL)."""
    library().call("hb_mem_module_open")


def module_close() -> None:
    """``hb_mem_module_close``: the counterpart of :func:`module_open`. Buffers of this module stay what they are, since
    it holds the library's module open by itself. Raises HbMemError (MODULE_NOT_FOUND)."""
    library().call("hb_mem_module_close")


def version() -> tuple[int, int, int]:
    """Of the vendor's library: major, minor, patch."""
    major, minor, patch = _U32(), _U32(), _U32()
    library().call("hb_mem_get_version", ctypes.byref(major), ctypes.byref(minor), ctypes.byref(patch))
    return major.value, minor.value, patch.value
