#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Build ball.onnx, the detector that is shipped: it finds the basketball of the synthetic camera.

    pip install onnx && yolod/model/build_model.py

A convolutional network whose weights were designed, not learned, so each has a reason, and building it again gives the
same bytes. Input and output are those of YOLOv8: RGB 0..1 of shape (1, 3, H, W); (1, 4 + classes, anchors) with centre
and size in pixels of the input, for strides 8, 16 and 32.

1. Colour: one value for each pixel, 1 where it is as orange as the ball in light and in shade, 0 on wall and floor.
2. A closing (the greatest of the neighbours, then the least) fills the ball's dark seams.
3. A pyramid: the same mask at a half, a quarter and an eighth of the size, one for each stride.
4. At each anchor, moments of the mask in a window of 24 x 24 cells: area, mean and variance in x and y. An ellipse
   with half-axes a and b has the variances a^2 / 4 and b^2 / 4, so they say where it is and how large.
5. The score: 1 for an ellipse (the shape that has the most area for its variances), and 0 for what is too small or too
   large for the stride, too long, or cut by the window's edge.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT = 320, 192
STRIDES = (8, 16, 32)
WINDOW_CELLS = 24
CELLS_PER_STRIDE = 4
OUTPUT = Path(__file__).parent.parent / "zcf_yolod" / "models" / "ball.onnx"

Array = npt.NDArray[np.float32]


class Graph:
    """Nodes in the order in which they are added, each with one output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str | float | Array, **attributes: object) -> str:
        """A node; numbers and arrays among its inputs become weights."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        names = [value if isinstance(value, str) else self.weight(value) for value in inputs]
        self.nodes.append(helper.make_node(operator, names, [output], name=output, **attributes))
        return output

    def weight(self, value: float | Array) -> str:
        name = f"weight_{len(self.weights)}"
        array = np.asarray(value)
        if array.dtype != np.int64:
            array = array.astype(np.float32)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def ramp(self, value: str, zero_at: float, one_at: float) -> str:
        """0 up to one number, 1 from another on, straight in between."""
        scale = 1 / (one_at - zero_at)
        return self.add("Clip", self.add("Add", self.add("Mul", value, scale), -zero_at * scale), 0.0, 1.0)

    def product(self, *factors: str) -> str:
        result = factors[0]
        for factor in factors[1:]:
            result = self.add("Mul", result, factor)
        return result


def add_mask(graph: Graph) -> str:
    # R + G - 2 B in steps of 1/255. The ball has 150 in its shade and at its highlight, up to 232 in between; the
    # floor 72; the wall less than 0.
    weights = np.array([1, 1, -2], np.float32).reshape(1, 3, 1, 1) * 255 / 50
    orange = graph.add("Conv", "images", weights, np.array([-105 / 50], np.float32))
    mask = graph.add("Clip", orange, 0.0, 1.0)
    for _ in range(2):
        mask = graph.add("Neg", graph.add("MaxPool", mask, kernel_shape=[7, 7], pads=[3, 3, 3, 3]))
    return mask


def moment_kernels() -> Array:
    """Area, sums of x, y, x^2 and y^2 from the window's middle, and the area in its outermost cells."""
    position = np.arange(WINDOW_CELLS) - (WINDOW_CELLS - 1) / 2
    y, x = np.meshgrid(position, position, indexing="ij")
    edge = np.maximum(abs(x), abs(y)) > WINDOW_CELLS / 2 - 1
    return np.stack([np.ones_like(x), x, y, x**2, y**2, edge]).astype(np.float32)[:, np.newaxis]


def add_head(graph: Graph, mask: str, kernels: str, stride: int) -> str:
    """Boxes and scores of one stride: (1, 5, anchors)."""
    padding = (WINDOW_CELLS - CELLS_PER_STRIDE) // 2
    moments = graph.add("Conv", mask, kernels, strides=[CELLS_PER_STRIDE] * 2, pads=[padding] * 4)
    area, sum_x, sum_y, sum_xx, sum_yy, edge = (
        graph.add("Gather", moments, np.array([index], np.int64), axis=1) for index in range(6)
    )
    some_area = graph.add("Max", area, 1.0)
    centres, sizes = [], []
    for total, squares in ((sum_x, sum_xx), (sum_y, sum_yy)):
        mean = graph.add("Div", total, some_area)
        variance = graph.add("Sub", graph.add("Div", squares, some_area), graph.add("Mul", mean, mean))
        # A cell is not a point: its own variance is 1/12.
        variance = graph.add("Add", graph.add("Max", variance, 0.0), 1 / 12)
        centres.append(mean)
        sizes.append(graph.add("Mul", graph.add("Sqrt", variance), 4.0))
    score = add_score(graph, area, edge, *sizes)

    cell = stride / CELLS_PER_STRIDE
    rows, columns = HEIGHT // stride, WIDTH // stride
    anchor_x = (np.arange(columns, dtype=np.float32) + 0.5).reshape(1, 1, 1, columns) * stride
    anchor_y = (np.arange(rows, dtype=np.float32) + 0.5).reshape(1, 1, rows, 1) * stride
    centre_x = graph.add("Add", graph.add("Mul", centres[0], cell), anchor_x)
    centre_y = graph.add("Add", graph.add("Mul", centres[1], cell), anchor_y)
    width, height = (graph.add("Mul", size, cell) for size in sizes)
    found = graph.add("Concat", centre_x, centre_y, width, height, score, axis=1)
    return graph.add("Reshape", found, np.array([1, 5, rows * columns], np.int64))


def add_score(graph: Graph, area: str, edge: str, width: str, height: str) -> str:
    """Sizes are in cells. A window of 24 sees an object of 18 wherever its middle is in the anchor's 4 x 4 cells."""
    box_area = graph.add("Mul", width, height)
    size = graph.add("Sqrt", box_area)
    ratio = graph.add("Div", width, height)
    fullness = graph.add("Div", area, graph.add("Mul", box_area, math.pi / 4))
    return graph.product(
        graph.ramp(fullness, 0.8, 0.95),
        graph.ramp(size, 6, 8),
        graph.ramp(size, 20, 18),
        graph.ramp(ratio, 0.4, 0.6),
        graph.ramp(ratio, 2.5, 1.7),
        graph.ramp(edge, 3, 0.5),
    )


def build() -> onnx.ModelProto:
    graph = Graph()
    mask = add_mask(graph)
    kernels = graph.weight(moment_kernels())
    heads = []
    for stride in STRIDES:
        mask = graph.add("AveragePool", mask, kernel_shape=[2, 2], strides=[2, 2])
        heads.append(add_head(graph, mask, kernels, stride))
    graph.nodes.append(helper.make_node("Concat", heads, ["output0"], name="output0", axis=2))
    anchors = sum((WIDTH // stride) * (HEIGHT // stride) for stride in STRIDES)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "ball",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
            [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 5, anchors])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
        producer_name="zcframe",
    )
    helper.set_model_props(model, {"names": "{0: 'ball'}", "stride": "32", "task": "detect"})
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_bytes(build().SerializeToString(deterministic=True))
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")
