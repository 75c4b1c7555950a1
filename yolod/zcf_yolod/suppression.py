# SPDX-License-Identifier: Apache-2.0
"""From a model's many candidates to one box for each object."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .letterbox import FloatArray

IndexArray = npt.NDArray[np.intp]

# With a low threshold a model offers thousands; the best of them are enough.
MAX_CANDIDATES = 1000


@dataclass
class Candidates:
    """n boxes: edges x1, y1, x2, y2 of shape (n, 4) in pixels; scores and classes of shape (n,)."""

    boxes: FloatArray
    scores: FloatArray
    class_ids: IndexArray

    def __len__(self) -> int:
        return len(self.scores)

    def pick(self, which: IndexArray | npt.NDArray[np.bool_]) -> Candidates:
        return Candidates(self.boxes[which], self.scores[which], self.class_ids[which])


def drop_impossible(candidates: Candidates) -> tuple[Candidates, int]:
    """Without those that have no number for an edge or score, or no area; how many had no number."""
    finite = np.isfinite(candidates.boxes).all(axis=1) & np.isfinite(candidates.scores)
    with np.errstate(invalid="ignore"):
        sizes = candidates.boxes[:, 2:] - candidates.boxes[:, :2]
        kept = candidates.pick(finite & (sizes > 0).all(axis=1))
    return kept, int(np.count_nonzero(~finite))


def suppress(candidates: Candidates, iou_threshold: float, max_boxes: int) -> Candidates:
    """Non-maximum suppression within each class; the rest in order of falling score.

    iou_threshold: of two boxes whose intersection is more than so much of their union, the better one stays.
    """
    order = np.argsort(-candidates.scores, kind="stable")[:MAX_CANDIDATES]
    candidates = candidates.pick(order)
    overlaps = _intersections_over_unions(candidates.boxes)
    overlaps[candidates.class_ids[:, np.newaxis] != candidates.class_ids] = 0
    suppressed = np.zeros(len(candidates), np.bool_)
    kept = []
    for index in range(len(candidates)):
        if suppressed[index]:
            continue
        kept.append(index)
        if len(kept) == max_boxes:
            break
        suppressed |= overlaps[index] > iou_threshold
    return candidates.pick(np.array(kept, np.intp))


def _intersections_over_unions(boxes: FloatArray) -> FloatArray:
    """Of each with each: (n, n)."""
    left, top, right, bottom = boxes.T
    widths = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    heights = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    intersections = np.maximum(widths, 0) * np.maximum(heights, 0)
    areas = (right - left) * (bottom - top)
    unions = np.add.outer(areas, areas) - intersections
    return np.asarray(intersections / np.maximum(unions, np.float32(1e-9)), np.float32)
