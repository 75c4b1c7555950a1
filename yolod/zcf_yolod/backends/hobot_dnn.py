# SPDX-License-Identifier: Apache-2.0
"""Models compiled for the RDK X5's BPU, by the vendor's Python package (`hobot_dnn.pyeasy_dnn`). They take NV12, so a
frame of the model's size goes in as it is: nothing is scaled, converted or copied on this side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..layouts.layout import Outputs
from ..settings import Settings
from ..trouble import EXIT_MODEL, EXIT_NO_LIBRARY, EXIT_USAGE, Trouble
from .backend import PixelFormat


class HobotDnn:
    name = "hobot_dnn"
    pixel_format = PixelFormat.NV12
    class_names: list[str] = []  # the file has none

    def __init__(self, path: Path, settings: Settings) -> None:
        library = _import_library()
        try:
            models = library.load(str(path))
        except Exception as error:
            raise Trouble(f"{path} is no model for this BPU: {error}", EXIT_MODEL) from None
        if not models:
            raise Trouble(f"{path} is no model for this BPU: it holds none, or was compiled for another", EXIT_MODEL)
        self._model = models[0]
        self.width, self.height = _input_size(path, self._model)
        if settings.input_size not in (None, (self.width, self.height)):
            raise Trouble(
                f"input_size does not fit: the model {path} was compiled for {self.width}x{self.height}; leave "
                "input_size out",
                EXIT_USAGE,
            )

    def infer(self, tensor: npt.NDArray[Any]) -> Outputs:
        try:
            outputs = self._model.forward(tensor.reshape(-1))  # flat, as the vendor's samples have it; no copy
        except Exception as error:
            raise Trouble(f"the BPU fails: {error}") from None
        return [_numbers(output) for output in outputs]


def _import_library() -> Any:
    try:
        from hobot_dnn import pyeasy_dnn
    except ImportError as error:
        raise Trouble(
            f"the Python package hobot_dnn cannot be imported ({error}); it comes with the system of an RDK X5 (apt "
            "install hobot-dnn). On other machines use an ONNX model",
            EXIT_NO_LIBRARY,
        ) from None
    return pyeasy_dnn


def _input_size(path: Path, model: Any) -> tuple[int, int]:
    if len(model.inputs) != 1:
        raise Trouble(f"{path} is no detector of pictures: it wants {len(model.inputs)} inputs, not 1", EXIT_MODEL)
    properties = model.inputs[0].properties
    if "NV12" not in str(properties.tensor_type).upper():
        raise Trouble(
            f"{path} wants {properties.tensor_type}, not NV12; compile it with input_type_rt: 'nv12'", EXIT_MODEL
        )
    shape = properties.shape
    height, width = shape[2:4] if str(properties.layout).upper() == "NCHW" else shape[1:3]
    return int(width), int(height)


def _numbers(output: Any) -> npt.NDArray[Any]:
    """Outputs that the compiler left as integers have a scale for each channel, the last dimension."""
    numbers = np.asarray(output.buffer)
    if np.issubdtype(numbers.dtype, np.integer):
        scale = np.asarray(getattr(output.properties, "scale_data", ()), np.float32)
        numbers = numbers.astype(np.float32) * (scale if scale.size else 1)
    return numbers
