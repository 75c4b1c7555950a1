# SPDX-License-Identifier: Apache-2.0
"""YOLOX: (1, anchors, 5 + classes). Centre and size count in cells from the anchor, the size as a logarithm; then how
sure it is of an object, then of each class. Exports with `--decode_in_inference` have pixels instead."""

from __future__ import annotations

import numpy as np

from ..suppression import Candidates
from .layout import YOLOX_CONVENTIONS, Anchors, Outputs, edges

# exp() of more is no size, and would overflow.
_MAX_LOGARITHM = 20.0


class Yolox:
    conventions = YOLOX_CONVENTIONS

    def __init__(self, anchors: Anchors, class_count: int, first_output: Outputs) -> None:
        """first_output: of any picture. Offsets from the anchor are about a cell, pixels are all over the picture."""
        self._anchors = anchors
        self.class_count = class_count
        with np.errstate(invalid="ignore"):
            self._in_pixels = bool(np.nanmedian(np.abs(first_output[0][0, :, :2].astype(np.float32))) > 8)
        self.name = "yolox, decoded" if self._in_pixels else "yolox"

    def decode(self, outputs: Outputs, confidence: float) -> Candidates:
        output = outputs[0][0].astype(np.float32, copy=False)
        # No class makes more of it. Written so that NaN passes, to be counted.
        which = np.flatnonzero(~(output[:, 4] < confidence))
        found = output[which]
        class_scores = found[:, 5:]
        class_ids = np.argmax(class_scores, axis=1) if len(found) else np.zeros(0, np.intp)
        scores = found[:, 4] * class_scores[np.arange(len(found)), class_ids]
        good = ~(scores < confidence)
        which, found, scores, class_ids = which[good], found[good], scores[good], class_ids[good]
        if self._in_pixels:
            return Candidates(edges(*found[:, :4].T), scores, class_ids)
        strides = self._anchors.strides[which]
        sizes = np.exp(np.minimum(found[:, 2:4], _MAX_LOGARITHM)) * strides[:, np.newaxis]
        boxes = edges(
            (found[:, 0] + self._anchors.x[which]) * strides,
            (found[:, 1] + self._anchors.y[which]) * strides,
            sizes[:, 0],
            sizes[:, 1],
        )
        return Candidates(boxes, scores, class_ids)
