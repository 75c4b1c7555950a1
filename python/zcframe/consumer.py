# SPDX-License-Identifier: Apache-2.0
"""Read the frames of a channel."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Literal, NamedTuple, cast

from . import _zcframe
from .frame import Frame

# enum zcf_rate
_RATE_EVERY_FRAME, _RATE_EVERY_NTH, _RATE_AT_MOST_MILLIHERTZ, _RATE_NEWEST_ONLY = range(4)


class ConsumerInfo(NamedTuple):
    """What a consumer was granted when it attached. Zeros while there is no producer."""

    epoch: int
    frame_interval_ns: int
    lease_deadline_ns: int
    max_leases: int
    buffer_count: int
    fourcc: str
    width: int
    height: int
    backend: str
    granted_leases: int
    """To all consumers together, when this one attached."""


class ConsumerCounters(NamedTuple):
    """What a consumer has seen so far."""

    acquired: int
    stale: int
    missed: int
    reattached: int
    copied: int


class Consumer(_zcframe.Consumer):
    """A consumer of a channel.

    ::

        with Consumer("pet_camera_active_zc") as consumer:
            for frame in consumer:
                ...  # frame is released before the next one is waited for

    It may be used from any number of threads; the interpreter's lock is given up while waiting, and a signal
    (KeyboardInterrupt) ends the wait. After ``os.fork()`` the child must open its own. A producer that goes away and
    comes back is found again within acquire; frames that are still held stay readable.
    """

    __slots__ = ("_oldest", "_waiting")

    def __init__(
        self,
        channel: str,
        *,
        order: Literal["newest", "oldest"] = "newest",
        every_nth: int | None = None,
        max_rate: float | None = None,
        max_leases: int = 1,
        deadline: float | None = None,
        spin: float = 0.0,
        anticipate: float = 0.0,
        label: str | None = None,
        runtime_dir: str | os.PathLike[str] | None = None,
        timeout: float | None = None,
        on_stale: Literal["raise", "ignore"] = "raise",
        copy_out: bool = False,
    ) -> None:
        """Attach, waiting for the channel's producer if there is none yet.

        channel: name of the channel.
        order: which frame to get when several wait. "newest" passes over older ones. "oldest" leaves none out that is
            still there; how far back that reaches depends on the number of buffers of the channel.
        every_nth: only frames whose sequence is a multiple of it. Others do not wake this process.
        max_rate: at most so many frames a second, evenly spaced.
        max_leases: frames to hold at once, 1 to 8, those included that only an array still holds. The producer may
            grant fewer: it keeps two buffers for itself.
        deadline: seconds that a frame may be held; the producer caps it. None: the channel's.
        spin: seconds to spin for a frame before sleeping.
        anticipate: learn the camera's beat, wake up shortly before a frame is due, and spin for it, so many seconds at
            most for each frame (0.0003: 1 % of a processor at 30 frames a second). Leaves off while the camera is
            irregular.
        label: shown by ``zcf top``. None: the program's name.
        runtime_dir: where the sockets are. None: see :func:`zcframe.runtime_directory`.
        timeout: seconds to wait for a producer. None: without limit; 0: not.
        on_stale: whether the release of a frame that was overwritten raises :class:`zcframe.StaleFrame`. With "ignore",
            ask ``frame.valid``.
        copy_out: for a consumer that knows it will be slow: each frame is copied within acquire, and its lease given
            back at once. What is returned is valid for ever, and no camera waits for it; ``max_leases`` is then how
            many copies may be held, which the producer does not limit.

        Raises ProducerGone if there is no producer in time, VersionMismatch, PermissionError, and OSError with the
        library's sentence (see zcf_consumer_open() in consumer.h).
        """
        rate, rate_value = _rate(order, every_nth, max_rate)
        if on_stale not in ("raise", "ignore"):
            raise ValueError(f"on_stale must be 'raise' or 'ignore', not {on_stale!r}")
        super().__init__(
            channel=channel,
            frame_type=Frame,
            rate=rate,
            rate_value=rate_value,
            max_leases=max_leases,
            lease_deadline_ns=0 if deadline is None else int(deadline * 1e9),
            spin_ns=int(spin * 1e9),
            anticipate_ns=int(anticipate * 1e9),
            label=_program_name() if label is None else label,
            runtime_dir=None if runtime_dir is None else os.fspath(runtime_dir),
            timeout_ns=_timeout_ns(timeout),
            raise_stale=on_stale == "raise",
            copy_out=copy_out,
        )
        self._oldest = order == "oldest"
        self._waiting = False

    def acquire(self, timeout: float | None = None) -> Frame:
        """The next frame that this consumer has not had yet; to be used in a ``with`` statement.

        timeout: seconds. None waits without limit, 0 only looks.

        Raises TimeoutError if there was no new frame in time, ProducerGone if there is no producer either,
        InterruptedError after :meth:`interrupt`, OSError with errno ENOBUFS if as many frames are held as were granted
        (arrays included), ValueError if the consumer is closed.
        """
        return cast(Frame, self._acquire(-1 if timeout is None else _timeout_ns(timeout), self._oldest))

    async def acquire_async(self, timeout: float | None = None) -> Frame:
        """As :meth:`acquire`, for asyncio. One task of a consumer can wait at a time (else RuntimeError)."""
        if self._waiting:
            raise RuntimeError("another task waits for a frame of this consumer; open one for each task")
        self._waiting = True
        try:
            return await asyncio.wait_for(self._frame_when_readable(), timeout)
        except asyncio.TimeoutError:  # the same as TimeoutError from Python 3.11 on
            return self.acquire(0)
        finally:
            self._waiting = False

    async def _frame_when_readable(self) -> Frame:
        loop = asyncio.get_running_loop()
        descriptor = self.fileno()
        while (frame := self._poll(self._oldest)) is None:
            readable = loop.create_future()
            loop.add_reader(descriptor, _resolve, readable)
            try:
                await readable
            finally:
                loop.remove_reader(descriptor)
        return cast(Frame, frame)

    def __iter__(self) -> Iterator[Frame]:
        """Frames without end. Each is released before the next one is waited for; after ``break`` the last one is still
        there to be used. Raises as :meth:`acquire`; StaleFrame if the last turn took so long that its frame was
        overwritten (start the loop anew to go on)."""
        while True:
            frame = self.acquire()
            yield frame
            frame.release()
            del frame

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """As iteration, for ``async for``."""
        while True:
            frame = await self.acquire_async()
            yield frame
            frame.release()
            del frame

    @property
    def info(self) -> ConsumerInfo:
        """What was granted."""
        return ConsumerInfo(*self._info())

    @property
    def counters(self) -> ConsumerCounters:
        """What this consumer has seen, over all producers."""
        return ConsumerCounters(*self._counters())

    def close(self) -> None:
        """Detach, as soon as the last frame and array of this consumer is gone. Threads that wait in acquire get
        ValueError. May be called twice."""
        super().close()

    def __enter__(self) -> Consumer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _rate(order: str, every_nth: int | None, max_rate: float | None) -> tuple[int, int]:
    if order not in ("newest", "oldest"):
        raise ValueError(f"order must be 'newest' or 'oldest', not {order!r}")
    if every_nth is not None and max_rate is not None:
        raise ValueError("every_nth and max_rate exclude each other")
    if every_nth is not None:
        return _RATE_EVERY_NTH, every_nth
    if max_rate is not None:
        return _RATE_AT_MOST_MILLIHERTZ, round(max_rate * 1000)
    return (_RATE_NEWEST_ONLY if order == "newest" else _RATE_EVERY_FRAME), 0


def _timeout_ns(timeout: float | None) -> int:
    if timeout is None:
        return -1
    if not timeout >= 0:
        raise ValueError(f"a timeout is 0 or more seconds, or None for none, not {timeout}")
    return int(min(timeout, 9e9) * 1e9)


def _program_name() -> str:
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    return (name if name and name != "-c" else "python")[:31]


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
