# SPDX-License-Identifier: Apache-2.0
"""From the memory that the camera wrote straight into the model's input tensor, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import zcframe
from zcframe import _zcframe

from .backends import Backend, PixelFormat
from .layouts import Conventions
from .letterbox import Letterbox
from .trouble import EXIT_USAGE, Trouble

# The grey around the picture that all models of the family were trained with.
_GREY = 114


class Preprocessor:
    """Owns the input tensor. The grey around the picture is painted when the frames' size changes, not each time."""

    def __init__(self, backend: Backend, conventions: Conventions) -> None:
        self._size = (backend.width, backend.height)
        self._conventions = conventions
        self._wants_nv12 = backend.pixel_format is PixelFormat.NV12
        self._geometry: tuple[str, int, int] | None = None
        self.tensor = blank_tensor(backend, conventions)

    def fill(self, frame: zcframe.Frame) -> tuple[npt.NDArray[Any], Letterbox]:
        """The tensor with the frame in it, and where. It may be the frame's own memory: see :meth:`is_frame`.

        Raises Trouble for a frame that is no picture, or none that the model can take.
        """
        geometry = (frame.fourcc, frame.width, frame.height)
        if geometry != self._geometry:
            self._begin(frame)
            self._geometry = geometry
        letterbox = self._letterbox
        if self._takes_frame_itself:
            return frame.nv12, letterbox
        place = (letterbox.left, letterbox.top, letterbox.width, letterbox.height)
        if self._wants_nv12:
            _zcframe.letterbox_to_nv12(frame, self.tensor, *place)
        else:
            _zcframe.letterbox_to_float(frame, self.tensor, *place, self._conventions.bgr, self._conventions.factor)
        return self.tensor, letterbox

    def is_frame(self, tensor: npt.NDArray[Any]) -> bool:
        """Whether the tensor is the frame's memory, which must be held until the model is done with it."""
        return tensor is not self.tensor

    def _begin(self, frame: zcframe.Frame) -> None:
        known = ("NV12",) if self._wants_nv12 else ("NV12", "GREY")
        if frame.fourcc not in known:
            raise Trouble(
                f"frames of format {frame.fourcc} cannot be analysed by this model, only {' and '.join(known)}; name a "
                "channel of pictures with --channel",
                EXIT_USAGE,
            )
        self._letterbox = Letterbox.fit(
            (frame.width, frame.height), self._size, centred=self._conventions.centred, even=self._wants_nv12
        )
        paint_grey(self.tensor, self._conventions)
        self._takes_frame_itself = self._wants_nv12 and (frame.width, frame.height) == self._size and _is_dense(frame)


def blank_tensor(backend: Backend, conventions: Conventions) -> npt.NDArray[Any]:
    """An input without a picture."""
    if backend.pixel_format is PixelFormat.NV12:
        tensor: npt.NDArray[Any] = np.empty((backend.height * 3 // 2, backend.width), np.uint8)
    else:
        tensor = np.empty((1, 3, backend.height, backend.width), np.float32)
    paint_grey(tensor, conventions)
    return tensor


def paint_grey(tensor: npt.NDArray[Any], conventions: Conventions) -> None:
    if tensor.dtype == np.uint8:
        height = tensor.shape[0] * 2 // 3
        tensor[:height] = _GREY  # full range, as the frames
        tensor[height:] = 128
    else:
        tensor[:] = _GREY * conventions.factor


def _is_dense(frame: zcframe.Frame) -> bool:
    """Whether the planes follow each other without gaps, as a model that takes them in one piece needs it."""
    try:
        return frame.nv12.flags.c_contiguous
    except BufferError:
        return False
