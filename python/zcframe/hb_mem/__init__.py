# SPDX-License-Identifier: Apache-2.0
"""The RDK X5's buffers from Python: ``libhbmem.so.1``, as the original design's ``hb_mem_bindings`` wanted it.

Readers of a zcframe channel need none of this: a :class:`zcframe.Frame` has its planes imported already. It is for
buffers that come another way: from the original endpoint (:mod:`zcframe.original`), or from a program of your own,
which sends the 48 or 160 bytes that describe a buffer to another process::

    with hb_mem.import_graphic(described) as picture:     # 160 bytes, or an HbMemGraphicBuf
        picture.invalidate()                              # the camera wrote past this CPU's cache
        print(picture.y.mean())

Arrays are read-only, and the mapping under them faults on writes. They keep the import: its memory is given back when
the buffer was freed *and* the last array is gone. What is *in* it is another matter: only the one who sends the
description knows until when the camera leaves the buffer alone.

Every function needs the library, and raises :class:`LibraryMissing` on a machine that has none. Errors of the vendor's
are :class:`HbMemError`, with the call, the code and its name. Functions may be called from any thread, and give the
interpreter's lock up. After ``os.fork()`` the child must import anew.
"""

from .buffer import (
    CommonBuffer,
    GraphicBuffer,
    alloc_common,
    alloc_graphic,
    import_common,
    import_graphic,
    import_share_id,
)
from .layout import HbMemCommonBuf, HbMemGraphicBuf, PixelFormat, Usage
from .library import HbMemError, LibraryMissing, module_close, module_open, version

__all__ = [
    "CommonBuffer",
    "GraphicBuffer",
    "HbMemCommonBuf",
    "HbMemError",
    "HbMemGraphicBuf",
    "LibraryMissing",
    "PixelFormat",
    "Usage",
    "alloc_common",
    "alloc_graphic",
    "import_common",
    "import_graphic",
    "import_share_id",
    "module_close",
    "module_open",
    "version",
]
