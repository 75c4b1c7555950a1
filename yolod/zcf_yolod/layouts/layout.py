# SPDX-License-Identifier: Apache-2.0
"""What all layouts have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..letterbox import FloatArray
from ..suppression import Candidates

STRIDES = (8, 16, 32)

Outputs = list[npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Conventions:
    """How the models of a family want their pictures."""

    bgr: bool  # blue first
    factor: float  # that a sample of 0..255 is multiplied by
    centred: bool  # where the picture lies in the input


YOLOX_CONVENTIONS = Conventions(bgr=True, factor=1.0, centred=False)
ULTRALYTICS_CONVENTIONS = Conventions(bgr=False, factor=1 / 255, centred=True)


class Layout(Protocol):
    """Turns a model's outputs into candidates."""

    name: str
    conventions: Conventions
    class_count: int

    def decode(self, outputs: Outputs, confidence: float) -> Candidates:
        """Those of a score of at least `confidence`, or of a score that is no number."""


@dataclass(frozen=True)
class Anchors:
    """The cells of all strides, row by row, the finest first."""

    x: FloatArray  # column of the cell
    y: FloatArray  # row of the cell
    strides: FloatArray

    @classmethod
    def of(cls, width: int, height: int, strides: tuple[int, ...] = STRIDES) -> Anchors:
        rows, columns, sizes = [], [], []
        for stride in strides:
            y, x = np.mgrid[0 : height // stride, 0 : width // stride]
            columns.append(x.ravel())
            rows.append(y.ravel())
            sizes.append(np.full(x.size, stride))
        return cls(*(np.concatenate(parts).astype(np.float32) for parts in (columns, rows, sizes)))

    def __len__(self) -> int:
        return len(self.x)


def edges(centre_x: FloatArray, centre_y: FloatArray, width: FloatArray, height: FloatArray) -> FloatArray:
    """(n, 4): x1, y1, x2, y2."""
    half_width, half_height = width / 2, height / 2
    with np.errstate(invalid="ignore"):  # what is no number is sorted out later
        return np.stack(
            [centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height], axis=1
        )
