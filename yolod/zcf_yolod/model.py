# SPDX-License-Identifier: Apache-2.0
"""A model that is ready to run: what its file is, what its outputs mean, and what its classes are called."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from .backends import open_backend
from .class_names import name_classes, select_classes
from .layouts import detect
from .layouts.layout import ULTRALYTICS_CONVENTIONS, Outputs
from .letterbox import Letterbox
from .preprocessor import Preprocessor, blank_tensor
from .settings import Settings
from .suppression import Candidates, drop_impossible, suppress


class Model:
    """Used by one thread."""

    def __init__(self, settings: Settings) -> None:
        """Load it and run it once on an empty picture, which tells what comes out. Raises Trouble."""
        self.backend = open_backend(settings)
        self.file_name = settings.model_path.name
        # The conventions are known only after this run; an empty picture is about the same in all of them.
        outputs = self.backend.infer(blank_tensor(self.backend, ULTRALYTICS_CONVENTIONS))
        self.layout = detect(outputs, self.backend.width, self.backend.height)
        self.class_names = name_classes(settings, self.backend.class_names, self.layout.class_count)
        self.preprocessor = Preprocessor(self.backend, self.layout.conventions)
        self._wanted = select_classes(settings.classes, self.class_names)
        self._confidence = settings.confidence
        self._iou = settings.iou
        self._max_boxes = settings.max_boxes

    @property
    def wanted_names(self) -> list[str]:
        """Of the classes that may be found."""
        return [name for name, wanted in zip(self.class_names, self._wanted) if wanted]

    def infer(self, tensor: npt.NDArray[Any]) -> Outputs:
        return self.backend.infer(tensor)

    def find(self, outputs: Outputs, letterbox: Letterbox) -> tuple[Candidates, int]:
        """The objects, in pixels of the frame; and how many candidates were no numbers, which is a fault of the
        model."""
        candidates, impossible = drop_impossible(self.layout.decode(outputs, self._confidence))
        candidates = candidates.pick(self._wanted[candidates.class_ids])
        candidates.boxes = letterbox.undo(candidates.boxes)
        candidates, _ = drop_impossible(candidates)  # in the grey, beside the picture
        return suppress(candidates, self._iou, self._max_boxes), impossible
