# SPDX-License-Identifier: Apache-2.0
"""The loop: the newest frame, what is in it, and out with that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import zcframe
from zcframe.detections import Box, Detections

from . import log
from .model import Model
from .output_channel import OutputChannel
from .report import Counters, Report, Timing
from .service import Service
from .settings import Settings
from .suppression import Candidates
from .trouble import Trouble

Listener = Callable[[Detections], None]

# How long the loop may be without a sign of life to systemd.
_TURN_S = 0.5


class Detector:
    def __init__(
        self,
        settings: Settings,
        model: Model,
        output: OutputChannel,
        service: Service,
        listener: Listener | None = None,
    ) -> None:
        """listener: is given each result that was found, after it was published."""
        self._settings = settings
        self._model = model
        self._output = output
        self._service = service
        self._listener = listener
        self._report = Report(settings.report_interval)
        self._stopping = threading.Event()
        self._consumer: zcframe.Consumer | None = None
        self._said_waiting = False

    def stop(self) -> None:
        """May be called by a signal handler."""
        self._stopping.set()
        if self._consumer:
            self._consumer.interrupt()

    def run(self) -> None:
        """Until stop(). Raises Trouble."""
        try:
            self._attach()
            while not self._stopping.is_set():
                self._service.alive()
                self._report.log_if_due()
                self._turn()
        finally:
            # A second signal may come while others are being ended: there is nothing left to interrupt.
            consumer, self._consumer = self._consumer, None
            if consumer:
                consumer.close()

    def _attach(self) -> None:
        while not self._stopping.is_set() and not self._consumer:
            self._service.alive()
            try:
                self._consumer = zcframe.Consumer(
                    self._settings.channel,
                    max_rate=self._settings.max_rate or None,
                    label="zcf-yolod",
                    runtime_dir=self._settings.directory or None,
                    timeout=_TURN_S,
                )
            except zcframe.ProducerGone:
                self._say_waiting()
            except InterruptedError:
                pass
            except OSError as error:
                raise Trouble(f"the channel {self._settings.channel} cannot be read: {error.strerror}") from None

    def _turn(self) -> None:
        assert self._consumer
        begin_ns = time.monotonic_ns()
        try:
            frame = self._consumer.acquire(_TURN_S)
        except zcframe.ProducerGone:
            self._say_waiting()
        except (TimeoutError, InterruptedError):
            pass
        except OSError as error:
            raise Trouble(f"the channel {self._settings.channel} cannot be read: {error.strerror}") from None
        else:
            self._said_waiting = False
            self.take(frame, begin_ns)

    def take(self, frame: zcframe.Frame, begin_ns: int) -> None:
        """Analyse and release a frame, and publish what is in it, or count it.

        begin_ns: when the wait for it began.
        """
        try:
            self._analyse(frame, begin_ns)
        except zcframe.StaleFrame:
            self.counters.stale += 1
            log.debug("a frame was overwritten while it was read", frame=frame.frame_number)

    @property
    def counters(self) -> Counters:
        return self._report.counters

    def _analyse(self, frame: zcframe.Frame, begin_ns: int) -> None:
        """Raises StaleFrame if what was read was overwritten meanwhile: nothing of it is published then."""
        acquired_ns = time.monotonic_ns()
        model, outputs = self._model, None
        with frame:
            tensor, letterbox = model.preprocessor.fill(frame)
            preprocessed_ns = time.monotonic_ns()
            if model.preprocessor.is_frame(tensor):
                outputs = model.infer(tensor)
            del tensor  # it may be what keeps the lease
        if outputs is None:
            outputs = model.infer(model.preprocessor.tensor)
        inferred_ns = time.monotonic_ns()
        objects, impossible = model.find(outputs, letterbox)
        postprocessed_ns = time.monotonic_ns()
        found = self._describe(
            frame,
            objects,
            acquired_time_ns=acquired_ns,
            preprocess_ns=preprocessed_ns - acquired_ns,
            inference_ns=inferred_ns - preprocessed_ns,
            postprocess_ns=postprocessed_ns - inferred_ns,
        )
        self._publish(found, impossible)
        published_ns = time.monotonic_ns()
        timing = Timing(
            wait_ns=acquired_ns - begin_ns,
            preprocess_ns=found.preprocess_ns,
            inference_ns=found.inference_ns,
            postprocess_ns=found.postprocess_ns,
            publish_ns=published_ns - postprocessed_ns,
            delay_ns=published_ns - found.publish_time_ns,
        )
        self._report.add(timing, len(found.boxes))

    def _publish(self, found: Detections, impossible: int) -> None:
        counters = self.counters
        if not self._output.publish(found):
            counters.unpublished += 1
        if impossible and not counters.impossible:
            log.warning(
                "the model says things that are no numbers, which are left out; it may be damaged",
                model=self._model.file_name,
                frame=found.frame_number,
            )
        if self._listener:
            self._listener(found)
        counters.impossible += impossible
        counters.analysed += 1

    def _describe(self, frame: zcframe.Frame, objects: Candidates, **timing: int) -> Detections:
        return Detections.for_frame(
            frame,
            (
                Box(class_id, self._model.class_names[class_id], score, x1, y1, x2 - x1, y2 - y1)
                for (x1, y1, x2, y2), score, class_id in zip(
                    objects.boxes.tolist(), objects.scores.tolist(), objects.class_ids.tolist()
                )
            ),
            channel=self._settings.channel,
            model=self._model.file_name,
            **timing,
        )

    def _say_waiting(self) -> None:
        if not self._said_waiting:
            self._said_waiting = True
            log.info("waiting for the camera daemon; is zcf-camerad running?", channel=self._settings.channel)
