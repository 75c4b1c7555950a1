# SPDX-License-Identifier: Apache-2.0
"""Where the time goes: counted for each frame, logged now and then."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median

from . import log


@dataclass
class Counters:
    """Since the program started."""

    analysed: int = 0
    stale: int = 0  # overwritten while they were read
    unpublished: int = 0  # consumers held every buffer
    impossible: int = 0  # candidates of the model that were no numbers


@dataclass
class Timing:
    """Of one frame, in nanoseconds. delay: from the camera's publishing to ours."""

    wait_ns: int
    preprocess_ns: int
    inference_ns: int
    postprocess_ns: int
    publish_ns: int
    delay_ns: int


@dataclass
class Report:
    interval_s: float
    counters: Counters = field(default_factory=Counters)
    _timings: list[Timing] = field(default_factory=list)
    _boxes: int = 0
    _started_s: float = field(default_factory=time.monotonic)

    def add(self, timing: Timing, box_count: int) -> None:
        self._timings.append(timing)
        self._boxes += box_count

    def log_if_due(self) -> None:
        now_s = time.monotonic()
        if now_s - self._started_s >= self.interval_s:
            self._log(now_s - self._started_s)
            self._started_s = now_s
            self._timings.clear()
            self._boxes = 0

    def _log(self, elapsed_s: float) -> None:
        counters = self.counters
        if not self._timings:
            return
        medians = {
            f"{part}_ms": median(getattr(timing, f"{part}_ns") for timing in self._timings) / 1e6
            for part in ("wait", "preprocess", "inference", "postprocess", "publish", "delay")
        }
        log.info(
            "detecting",
            rate_hz=len(self._timings) / elapsed_s,
            boxes=self._boxes,
            **medians,
            analysed=counters.analysed,
            stale=counters.stale,
            unpublished=counters.unpublished,
        )
