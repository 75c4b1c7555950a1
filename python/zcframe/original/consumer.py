# SPDX-License-Identifier: Apache-2.0
"""Take the frames of an endpoint."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from types import TracebackType

from .. import hb_mem
from ..errors import ProducerGone
from .frame import Lease, OriginalFrame
from .shared_memory import Description, SharedMemory, describe

_DIRECTORY = "/dev/shm"
# A wait looks this often whether the daemon was replaced, and for Python's signals.
_SLICE_NS = 100_000_000
# Pictures of one pool, at most: the rest would be of pools that are gone.
_KEPT_IMPORTS = 64


class OriginalConsumer:
    """The one consumer of an endpoint. It belongs to one thread."""

    def __init__(self, channel: str, timeout: float | None = None) -> None:
        """Open the shared memory of a channel, waiting until there is one.

        channel: such as "pet_camera_yolo_zc".
        timeout: seconds to wait for it. None: without limit; 0: not.

        Raises ProducerGone if there is none in time, PermissionError.
        """
        self._path = f"{_DIRECTORY}/{channel}"
        if "/" in channel or channel in ("", ".", ".."):
            raise ValueError(f"{channel!r} is no channel name")
        self._shared: SharedMemory | None = None
        self._epoch = 0
        self._imports: dict[bytes, hb_mem.GraphicBuffer] = {}
        deadline_ns = _deadline_ns(timeout)
        while not self._open():
            if time.monotonic_ns() >= deadline_ns:
                self._shared = SharedMemory(self._path)  # raises why not
            time.sleep(0.05)

    def _open(self) -> bool:
        try:
            self._shared = SharedMemory(self._path)
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
            self._shared = shared = self._shared or SharedMemory(self._path)
            if shared.wait(min(deadline_ns, time.monotonic_ns() + _SLICE_NS)):
                frame = self._take(shared)
                if frame is not None:
                    return frame
            elif time.monotonic_ns() >= deadline_ns:
                raise TimeoutError(errno.ETIMEDOUT, f"{self._path}: no new frame in time")

    def _take(self, shared: SharedMemory) -> OriginalFrame | None:
        lease = Lease(shared)
        described = describe(bytes(shared.memory))
        lease.sequence = described.sequence
        if not lease.is_valid():  # we were so late that it is another frame's description by now, in part perhaps
            return None
        if described.epoch != self._epoch:  # share_ids are used again
            self._imports.clear()
            self._epoch = described.epoch
        return OriginalFrame(described, lease, lambda: self._import(described))

    def _import(self, description: Description) -> hb_mem.GraphicBuffer:
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
