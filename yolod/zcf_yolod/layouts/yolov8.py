# SPDX-License-Identifier: Apache-2.0
"""YOLOv8 and v11 as Ultralytics exports them: (1, 4 + classes, anchors). Centre and size in pixels of the input, then
the score of each class."""

from __future__ import annotations

import numpy as np

from ..suppression import Candidates
from .layout import ULTRALYTICS_CONVENTIONS, Outputs, edges


class Yolov8:
    name = "yolov8"
    conventions = ULTRALYTICS_CONVENTIONS

    def __init__(self, class_count: int) -> None:
        self.class_count = class_count

    def decode(self, outputs: Outputs, confidence: float) -> Candidates:
        output = outputs[0][0].astype(np.float32, copy=False)
        best = output[4:].max(axis=0)
        which = np.flatnonzero(~(best < confidence))  # NaN passes, to be counted
        found = output[:, which]
        return Candidates(edges(*found[:4]), best[which], np.argmax(found[4:], axis=0))
