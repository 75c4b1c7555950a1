# SPDX-License-Identifier: Apache-2.0
"""ONNX models on the CPU."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy.typing as npt

from .. import log
from ..layouts.layout import Outputs
from ..settings import Settings
from ..trouble import EXIT_MODEL, EXIT_NO_LIBRARY, EXIT_USAGE, Trouble
from .backend import PixelFormat

_DEFAULT_SIZE = (640, 640)


class OnnxRuntime:
    name = "onnxruntime"
    pixel_format = PixelFormat.RGB_FLOAT

    def __init__(self, path: Path, settings: Settings) -> None:
        runtime = _import_runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = settings.threads
        options.log_severity_level = 4  # what goes wrong is raised, and said by us
        # Threads that spin between two frames take the processor from the camera.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library has a dozen classes, with Exception in common
            raise Trouble(
                f"{path} is no ONNX model that onnxruntime {runtime.__version__} can load: {_reason(error)}; "
                "`zcf-yolod --download` says where to get one that works",
                EXIT_MODEL,
            ) from None
        self.width, self.height = self._input_size(path, settings)
        self.class_names = _class_names(self._session.get_modelmeta().custom_metadata_map)

    def infer(self, tensor: npt.NDArray[Any]) -> Outputs:
        try:
            return list(self._session.run(None, {self._input_name: tensor}))
        except Exception as error:
            raise Trouble(f"the model fails: {_reason(error)}", EXIT_MODEL) from None

    def _input_size(self, path: Path, settings: Settings) -> tuple[int, int]:
        inputs = self._session.get_inputs()
        wanted = f"{path} is no detector of pictures: it wants"
        if len(inputs) != 1:
            raise Trouble(f"{wanted} {len(inputs)} inputs, not 1", EXIT_MODEL)
        self._input_name = inputs[0].name
        if inputs[0].type != "tensor(float)":
            raise Trouble(f"{wanted} {inputs[0].type}; export it with an input of float32", EXIT_MODEL)
        shape = inputs[0].shape
        # Sizes that are open have a name instead of a number, or none.
        if len(shape) != 4 or (isinstance(shape[1], int) and shape[1] != 3) or shape[0] == 0:
            raise Trouble(f"{wanted} a tensor {shape}, not (1, 3, H, W)", EXIT_MODEL)
        if isinstance(shape[0], int) and shape[0] != 1:
            raise Trouble(f"{wanted} {shape[0]} pictures at once; export it with a batch of 1", EXIT_MODEL)
        size = settings.input_size or _DEFAULT_SIZE
        fixed = tuple(own if isinstance(own, int) else asked for own, asked in zip((shape[3], shape[2]), size))
        if settings.input_size and fixed != settings.input_size:
            raise Trouble(
                f"input_size {size[0]}x{size[1]} does not fit: the model {path} has a fixed input of "
                f"{fixed[0]}x{fixed[1]}; leave input_size out, or export the model anew",
                EXIT_USAGE,
            )
        return fixed[0], fixed[1]


def _import_runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise Trouble(
            f"the Python package onnxruntime cannot be imported ({error}); install it: pip install onnxruntime",
            EXIT_NO_LIBRARY,
        ) from None
    return onnxruntime


def _class_names(metadata: dict[str, str]) -> list[str]:
    """Ultralytics writes them as a Python dictionary, {0: 'person', ...}."""
    try:
        names = ast.literal_eval(metadata.get("names", "{}"))
        return [str(names[index]) for index in range(len(names))]
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
        log.warning("the class names in the model's file cannot be read; name a file of them with --names")
        return []


def _reason(error: Exception) -> str:
    """The last part of onnxruntime's message, which begins with its own name and a code."""
    return str(error).strip().splitlines()[0].rsplit(" : ", 1)[-1][:300] if str(error).strip() else repr(error)
