# SPDX-License-Identifier: Apache-2.0
"""Which layout a model's outputs have, from their shapes."""

from __future__ import annotations

from ..trouble import EXIT_MODEL, Trouble
from .heads import DISTANCES, Heads
from .layout import STRIDES, Anchors, Layout, Outputs
from .yolov8 import Yolov8
from .yolox import Yolox

KNOWN = (
    "known are YOLOX (1, anchors, 5 + classes), YOLOv8 and v11 (1, 4 + classes, anchors), and the separate heads of "
    "models for a BPU"
)


def detect(outputs: Outputs, width: int, height: int) -> Layout:
    """outputs: of a first run, for an input of width x height. Raises Trouble for what is no such model."""
    if len(outputs) == 1 and outputs[0].ndim == 3 and outputs[0].shape[0] == 1:
        layout = _of_one_output(outputs, width, height)
        if layout:
            return layout
    if len(outputs) == 2 * len(STRIDES):
        order = _order_of_heads([output.shape for output in outputs], width, height)
        if order:
            return Heads(Anchors.of(width, height), outputs[order[0][0]].shape[3], order)
    shapes = ", ".join(str(output.shape) for output in outputs)
    raise Trouble(
        f"its outputs {shapes} for an input of {width}x{height} are none of a YOLO model: {KNOWN}", EXIT_MODEL
    )


def _of_one_output(outputs: Outputs, width: int, height: int) -> Layout | None:
    _, rows, columns = outputs[0].shape
    for strides in (STRIDES, (*STRIDES, 64)):
        anchors = Anchors.of(width, height, strides)
        if rows == len(anchors) and columns > 5:
            return Yolox(anchors, columns - 5, outputs)
        if columns == len(anchors) and rows > 4:
            return Yolov8(rows - 4)
    return None


def _order_of_heads(shapes: list[tuple[int, ...]], width: int, height: int) -> list[tuple[int, int]] | None:
    order = []
    for stride in STRIDES:
        cells = (1, height // stride, width // stride)
        of_stride = [index for index, shape in enumerate(shapes) if len(shape) == 4 and shape[:3] == cells]
        distances = [index for index in of_stride if shapes[index][3] == 4 * DISTANCES]
        classes = [index for index in of_stride if index not in distances[-1:]]
        if len(of_stride) != 2 or not distances:
            return None
        order.append((classes[0], distances[-1]))
    return order
