# SPDX-License-Identifier: Apache-2.0
"""One frame of an endpoint."""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import TracebackType

import numpy as np
import numpy.typing as npt

from .. import hb_mem
from ..errors import StaleFrame
from .shared_memory import Description, SharedMemory


class Lease:
    """What a frame took: consumed_sem is posted when the frame and its last array let go."""

    def __init__(self, shared: SharedMemory) -> None:
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

    def __init__(self, described: Description, lease: Lease, imported: Callable[[], hb_mem.GraphicBuffer]) -> None:
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
        self._lease: Lease | None = lease
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
