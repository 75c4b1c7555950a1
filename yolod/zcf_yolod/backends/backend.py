# SPDX-License-Identifier: Apache-2.0
"""What a backend is to the detector."""

from __future__ import annotations

from enum import Enum
from typing import Any, Protocol

import numpy.typing as npt

from ..layouts.layout import Outputs


class PixelFormat(Enum):
    """What the model wants in its input tensor."""

    RGB_FLOAT = "planes of float32, (1, 3, H, W)"
    NV12 = "NV12 as a camera has it, uint8, (H * 3 / 2, W)"


class Backend(Protocol):
    """A loaded model. Used by one thread."""

    name: str
    width: int
    height: int
    pixel_format: PixelFormat
    class_names: list[str]
    """What the model's file says, or empty."""

    def infer(self, tensor: npt.NDArray[Any]) -> Outputs:
        """Run the model on an input of the pixel format, which is only read, and not after the return. Raises
        Trouble."""
