# SPDX-License-Identifier: Apache-2.0
"""Publish frames."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from types import TracebackType
from typing import cast

import numpy as np

from . import _zcframe
from .frame import Pixels


class Buffer(_zcframe.Buffer):
    """A buffer to write one frame into; from :meth:`Producer.dequeue`. The end of its ``with`` block publishes it, or
    gives it back unused if the block raised.

    Arrays of it are writable until it is published, and must be gone by then (BufferError otherwise): nobody may write
    into a frame that consumers read. ``frame_number`` (one more than the last by itself), ``capture_time_ns``,
    ``camera_id``, ``brightness_avg``, ``bytes_used`` and so on are attributes to be set.
    """

    __slots__ = ()

    @property
    def y(self) -> Pixels:
        """Luminance: uint8 of shape (height, width), writable, the memory that consumers will read."""
        return np.asarray(self.plane(0))

    @property
    def uv(self) -> Pixels:
        """Colour of NV12: uint8 of shape (height / 2, width / 2, 2), writable."""
        return np.asarray(self.plane(1))

    @property
    def nv12(self) -> Pixels:
        """Both planes: uint8 of shape (height * 3 / 2, width), writable. BufferError if they are not adjacent."""
        return np.asarray(self.whole())

    @property
    def data(self) -> Pixels:
        """A data channel's bytes: uint8 of shape (capacity,), writable. Set ``bytes_used`` to what you filled."""
        return np.asarray(self.plane(0))


class Producer(_zcframe.Producer):
    """A channel and the pool of buffers under it.

    ::

        with Producer("my_channel", 640, 480, rate=30) as producer:
            for _ in producer.ticks():
                with producer.dequeue() as buffer:
                    buffer.y[:] = 200
                    buffer.uv[:] = 128

    It belongs to one thread at a time, and serves its consumers (attaching, statistics) only inside :meth:`ticks`,
    :meth:`wait`, :meth:`wait_until` and :meth:`dispatch`: call one of them between frames.
    """

    __slots__ = ("_interval_ns",)

    def __init__(
        self,
        channel: str,
        width: int = 0,
        height: int = 0,
        *,
        fourcc: str = "NV12",
        capacity: int = 0,
        buffers: int = 3,
        rate: float = 0.0,
        stride_align: int = 0,
        deadline: float | None = None,
        max_consumers: int = 64,
        socket_mode: int = 0o660,
        backend: str | None = None,
        runtime_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        """Open a channel.

        width, height: in pixels, even for NV12.
        fourcc: "NV12", "GREY", or "DATA" for bytes without pixels.
        capacity: bytes of a frame of "DATA".
        buffers: 2 to 64; one that is written, one that is newest, and one for each frame that consumers hold.
        rate: frames a second; 0 if there is no fixed rate.
        stride_align: rows begin at multiples of so many bytes; 0 means 64.
        deadline: seconds that a consumer may hold a frame. None: two frame intervals, or 66 ms without a rate.

        Raises OSError with the library's sentence (see zcf_producer_create() in producer.h): EADDRINUSE if another
        process publishes the channel, EINVAL for a name or size that cannot be.
        """
        self._interval_ns = round(1e9 / rate) if rate > 0 else 0
        super().__init__(
            channel=channel,
            buffer_type=Buffer,
            backend=backend,
            fourcc=fourcc,
            width=width,
            height=height,
            capacity=capacity,
            buffers=buffers,
            stride_align=stride_align,
            frame_interval_ns=self._interval_ns,
            lease_deadline_ns=0 if deadline is None else int(deadline * 1e9),
            max_consumers=max_consumers,
            socket_mode=socket_mode,
            runtime_dir=None if runtime_dir is None else os.fspath(runtime_dir),
        )

    def dequeue(self, timeout: float = 0.0, *, keep_newest: bool = False) -> Buffer:
        """A buffer to write to: a free one, or the oldest that nobody holds, or one whose holders are past their
        deadline.

        timeout: seconds to wait for a release.
        keep_newest: leave the newest frame to the consumers.

        Raises OSError with errno ENOBUFS if consumers hold every buffer: this camera frame is lost, and counted.
        """
        return cast(Buffer, self._dequeue(int(timeout * 1e9), keep_newest))

    def ticks(self) -> Iterator[int]:
        """Count the frames of the channel's rate, serving consumers until each is due. One that comes late does not
        make the next ones late; those that are past are left out."""
        if not self._interval_ns:
            raise ValueError("the channel has no rate: open it with rate=, or call wait() between frames")
        start_ns = time.monotonic_ns()
        tick = 0
        while True:
            self.wait_until(start_ns + tick * self._interval_ns)
            yield tick
            tick = max(tick + 1, (time.monotonic_ns() - start_ns) // self._interval_ns)

    def wait(self, seconds: float) -> None:
        """Serve consumers for so long. The interpreter's lock is given up; signals end the wait."""
        self.wait_until(time.monotonic_ns() + int(seconds * 1e9))

    def __enter__(self) -> Producer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
