# SPDX-License-Identifier: Apache-2.0
"""What runs a model: one file for each, and the choice among them."""

from __future__ import annotations

from pathlib import Path

from ..settings import Settings
from ..trouble import EXIT_NO_MODEL, Trouble
from .backend import Backend, PixelFormat

__all__ = ["Backend", "PixelFormat", "open_backend"]

# What the board's compiler writes.
_BPU_SUFFIXES = (".bin", ".hbm")


def open_backend(settings: Settings) -> Backend:
    """Load the model. Raises Trouble."""
    path = settings.model_path
    if path.is_dir():
        raise Trouble(f"the model {path} is a directory; name the file in it", EXIT_NO_MODEL)
    if not path.is_file():
        raise Trouble(
            f"the model {path} does not exist; `zcf-yolod --download` says where to get one, and without --model the "
            "one that is installed is used",
            EXIT_NO_MODEL,
        )
    # Each is imported only if it is wanted: most machines have one of the libraries.
    if _name(settings, path) == "hobot_dnn":
        from .hobot_dnn import HobotDnn

        return HobotDnn(path, settings)
    from .onnxruntime import OnnxRuntime

    return OnnxRuntime(path, settings)


def _name(settings: Settings, path: Path) -> str:
    if settings.backend != "auto":
        return settings.backend
    return "hobot_dnn" if path.suffix in _BPU_SUFFIXES else "onnxruntime"
