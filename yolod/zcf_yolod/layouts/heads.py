# SPDX-License-Identifier: Apache-2.0
"""YOLOv8 and v11 as they are compiled for a BPU: without their last layers, two outputs for each stride, (1, rows,
columns, classes) of logits and (1, rows, columns, 64), for each edge the distribution of its distance in cells over
0..15. What those layers would do is done here, for the few cells that matter."""

from __future__ import annotations

import numpy as np

from ..letterbox import FloatArray
from ..suppression import Candidates
from .layout import ULTRALYTICS_CONVENTIONS, Anchors, Outputs

DISTANCES = 16


class Heads:
    name = "yolov8, separate heads"
    conventions = ULTRALYTICS_CONVENTIONS

    def __init__(self, anchors: Anchors, class_count: int, order: list[tuple[int, int]]) -> None:
        """order: for each stride, the finest first, which output has the classes and which the distances."""
        self._anchors = anchors
        self.class_count = class_count
        self._order = order

    def decode(self, outputs: Outputs, confidence: float) -> Candidates:
        logits = np.concatenate([_cells(outputs[classes]) for classes, _ in self._order])
        best = logits.max(axis=1)
        threshold = np.log(confidence / (1 - confidence)) if confidence < 1 else np.inf
        which = np.flatnonzero(~(best < threshold))  # NaN passes, to be counted
        distributions = np.concatenate([_cells(outputs[distances]) for _, distances in self._order])[which]
        distances = _expected_distances(distributions)
        middle = np.stack([self._anchors.x[which], self._anchors.y[which]], axis=1) + np.float32(0.5)
        strides = self._anchors.strides[which, np.newaxis]
        boxes = np.concatenate([(middle - distances[:, :2]) * strides, (middle + distances[:, 2:]) * strides], axis=1)
        with np.errstate(over="ignore"):
            scores = 1 / (1 + np.exp(-best[which]))
        return Candidates(boxes, scores, np.argmax(logits[which], axis=1) if len(which) else np.zeros(0, np.intp))


def _cells(output: np.ndarray) -> FloatArray:  # type: ignore[type-arg]
    return output.reshape(-1, output.shape[-1]).astype(np.float32, copy=False)


def _expected_distances(distributions: FloatArray) -> FloatArray:
    """(n, 64) of logits to (n, 4): left, top, right, bottom in cells."""
    logits = distributions.reshape(-1, 4, DISTANCES)
    with np.errstate(invalid="ignore"):
        weights = np.exp(logits - logits.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
    return np.asarray(weights @ np.arange(DISTANCES, dtype=np.float32), np.float32)
