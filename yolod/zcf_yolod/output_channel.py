# SPDX-License-Identifier: Apache-2.0
"""The channel that detections are published on."""

from __future__ import annotations

import errno
import os
import select
import threading

from zcframe.detections import Detections, open_producer

from . import log
from .settings import Settings
from .trouble import Trouble


class OutputChannel:
    """A producer, and a thread that lets consumers in whatever the detector does meanwhile: a producer belongs to one
    thread at a time, so a lock goes with it."""

    def __init__(self, settings: Settings) -> None:
        """Raises Trouble if the channel cannot be opened."""
        try:
            self._producer = open_producer(
                settings.output, socket_mode=settings.socket_mode, runtime_dir=settings.directory or None
            )
        except OSError as error:
            raise Trouble(f"the channel {settings.output} cannot be opened: {error.strerror}") from None
        self._lock = threading.Lock()
        self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._serve, name="attach", daemon=True)
        self._thread.start()

    def publish(self, found: Detections) -> bool:
        """False if consumers hold every buffer: this result is lost."""
        with self._lock:
            try:
                buffer = self._producer.dequeue()
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                return False
            with buffer:
                found.write_to(buffer)
            return True

    def close(self) -> None:
        os.write(self._stop_write, b".")
        self._thread.join()
        os.close(self._stop_read)
        os.close(self._stop_write)
        self._producer.close()

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._producer.fileno(), select.POLLIN)
        poll.register(self._stop_read, select.POLLIN)
        while all(descriptor != self._stop_read for descriptor, _ in poll.poll()):
            try:
                with self._lock:
                    self._producer.dispatch()
            except OSError as error:  # it could not serve one consumer, and is fine itself
                log.warning("a consumer of the detections could not be served", reason=error.strerror)
