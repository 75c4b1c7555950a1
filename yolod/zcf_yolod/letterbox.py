# SPDX-License-Identifier: Apache-2.0
"""A frame scaled into a model's input, its shape kept: where it lies there, and the way back for the boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Letterbox:
    """A frame of frame_width x frame_height lies at left, top with width x height, all in pixels of the input."""

    frame_width: int
    frame_height: int
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def fit(cls, frame: tuple[int, int], model: tuple[int, int], *, centred: bool, even: bool = False) -> Letterbox:
        """The largest that fits.

        frame, model: (width, height).
        centred: in the middle, as YOLOv8 and v11 were trained; else at the upper left, as YOLOX was.
        even: edges at even pixels, as NV12 needs them.
        """
        step = 2 if even else 1
        scale = min(model[0] / frame[0], model[1] / frame[1])
        width, height = (max(step, round(size * scale / step) * step) for size in frame)
        left, top = ((room - size) // 2 // step * step for room, size in zip(model, (width, height)))
        return cls(*frame, left if centred else 0, top if centred else 0, width, height)

    def undo(self, boxes: FloatArray) -> FloatArray:
        """Boxes (n, 4) of edges x1, y1, x2, y2 from pixels of the input to pixels of the frame, cut at its edges."""
        scale = np.array([self.frame_width / self.width, self.frame_height / self.height] * 2, np.float32)
        offset = np.array([self.left, self.top] * 2, np.float32)
        limit = np.array([self.frame_width, self.frame_height] * 2, np.float32)
        return np.clip((boxes - offset) * scale, np.float32(0), limit)
