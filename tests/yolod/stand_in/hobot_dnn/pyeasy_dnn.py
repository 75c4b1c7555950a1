# SPDX-License-Identifier: Apache-2.0
"""Stands in for the vendor's package of the same name on machines without a BPU: the same functions, attributes and
checks as far as the detector uses them, and a model that really runs, by onnxruntime. What is loaded is a JSON file:

    {"onnx": PATH, "outputs": "whole" or "heads"}

"heads" gives what the BPU's compiler leaves of a YOLOv8: for each stride the classes' logits, and integers with a scale
for each channel for the distances.
"""

import json
from types import SimpleNamespace

import numpy as np
import onnxruntime

STRIDES = (8, 16, 32)
SCALE = 0.05


def load(path):
    """A list of the models in the file, as the vendor's; raises what it finds wrong."""
    with open(path) as file:
        description = json.load(file)
    return [Model(description)] if "onnx" in description else []


class Model:
    def __init__(self, description):
        self._session = onnxruntime.InferenceSession(description["onnx"], providers=["CPUExecutionProvider"])
        self._heads = description["outputs"] == "heads"
        self._height, self._width = self._session.get_inputs()[0].shape[2:]
        self.name = "stand_in"
        self.inputs = [
            SimpleNamespace(
                name="images",
                properties=SimpleNamespace(
                    tensor_type=description.get("tensor_type", "NV12_SEPARATE"),
                    dtype="uint8",
                    layout="NCHW",
                    shape=(1, 3, self._height, self._width),
                ),
            )
        ]
        self.input_addresses = []

    def forward(self, nv12):
        if not isinstance(nv12, np.ndarray) or nv12.dtype != np.uint8 or nv12.ndim != 1 or not nv12.flags.c_contiguous:
            raise TypeError("forward() takes a flat, contiguous array of uint8")
        if nv12.size != self._height * 3 // 2 * self._width:
            raise ValueError(f"the input has {nv12.size} bytes, the model wants {self._height * 3 // 2 * self._width}")
        self.input_addresses.append(nv12.ctypes.data)
        planes = nv12.reshape(-1, self._width)
        (output,) = self._session.run(None, {"images": to_rgb(planes[: self._height], planes[self._height :])})
        if not self._heads:
            return [SimpleNamespace(buffer=output, properties=SimpleNamespace(scale_data=np.zeros(0, np.float32)))]
        return list(split(output[0], self._width, self._height))


def to_rgb(y, uv):
    """BT.601, full range, as the frames have it: (1, 3, H, W), 0..1."""
    luma = y.astype(np.float32)
    u, v = (uv[:, index::2].repeat(2, axis=0).repeat(2, axis=1).astype(np.float32) - 128 for index in (0, 1))
    rgb = np.stack([luma + 1.402 * v, luma - 0.344136 * u - 0.714136 * v, luma + 1.772 * u])
    return np.clip(rgb / 255, 0, 1)[np.newaxis].astype(np.float32)


def split(output, width, height):
    """(5, anchors) of YOLOv8 with one class into the six outputs of a BPU."""
    begin = 0
    for stride in STRIDES:
        rows, columns = height // stride, width // stride
        x, y, w, h, score = output[:, begin : begin + rows * columns].reshape(5, rows, columns)
        begin += rows * columns
        anchor_y, anchor_x = np.mgrid[0:rows, 0:columns] + 0.5
        edges = np.stack(
            [
                anchor_x - (x - w / 2) / stride,
                anchor_y - (y - h / 2) / stride,
                (x + w / 2) / stride - anchor_x,
                (y + h / 2) / stride - anchor_y,
            ],
            axis=-1,
        )
        # Distances have no sign: an anchor outside of the object cannot say where it is.
        score = np.clip(np.where((edges >= 0).all(axis=-1), score, 0), 1e-6, 1 - 1e-6)
        # The weights of the two bins beside the distance, whose mean it is.
        weights = np.clip(1 - abs(np.arange(16) - np.clip(edges, 0, 15)[..., np.newaxis]), 1e-6, 1)
        integers = np.round(np.log(weights) / SCALE).astype(np.int32).reshape(1, rows, columns, 64)
        classes = np.log(score / (1 - score)).astype(np.float32).reshape(1, rows, columns, 1)
        yield SimpleNamespace(buffer=classes, properties=SimpleNamespace(scale_data=np.zeros(0, np.float32)))
        yield SimpleNamespace(buffer=integers, properties=SimpleNamespace(scale_data=np.full(64, SCALE, np.float32)))
