# SPDX-License-Identifier: Apache-2.0
"""What the outputs of a model mean: boxes put in as each family writes them come out again."""

import numpy as np
import pytest

from zcf_yolod.layouts import detect
from zcf_yolod.layouts.layout import STRIDES, Anchors
from zcf_yolod.trouble import EXIT_MODEL, Trouble

WIDTH, HEIGHT = 416, 320
CLASSES = 4
ANCHORS = Anchors.of(WIDTH, HEIGHT)

# Middle, size, class and score.
OBJECTS = [(100.0, 80.0, 40.0, 20.0, 2, 0.9), (300.5, 200.25, 120.0, 160.0, 0, 0.6)]
EDGES = [(80, 70, 120, 90), (240.5, 120.25, 360.5, 280.25)]


def nearest_anchor(x, y, stride):
    of_stride = ANCHORS.strides == stride
    distance = (ANCHORS.x + 0.5 - x / stride) ** 2 + (ANCHORS.y + 0.5 - y / stride) ** 2
    return int(np.argmin(np.where(of_stride, distance, np.inf)))


def yolox():
    output = np.zeros((1, len(ANCHORS), 5 + CLASSES), np.float32)
    for (x, y, width, height, class_id, score), stride in zip(OBJECTS, (8, 32)):
        anchor = nearest_anchor(x, y, stride)
        output[0, anchor, :4] = (
            x / stride - ANCHORS.x[anchor],
            y / stride - ANCHORS.y[anchor],
            np.log(width / stride),
            np.log(height / stride),
        )
        output[0, anchor, 4] = 0.95
        output[0, anchor, 5 + class_id] = score / 0.95
    return [output]


def yolox_decoded():
    output = np.zeros((1, len(ANCHORS), 5 + CLASSES), np.float32)
    output[0, :, 0] = (ANCHORS.x + 0.5) * ANCHORS.strides
    output[0, :, 1] = (ANCHORS.y + 0.5) * ANCHORS.strides
    for (x, y, width, height, class_id, score), anchor in zip(OBJECTS, (7, 900)):
        output[0, anchor, :5] = (x, y, width, height, 1)
        output[0, anchor, 5 + class_id] = score
    return [output]


def yolov8():
    output = np.zeros((1, 4 + CLASSES, len(ANCHORS)), np.float32)
    for (x, y, width, height, class_id, score), anchor in zip(OBJECTS, (7, 900)):
        output[0, :4, anchor] = (x, y, width, height)
        output[0, 4 + class_id, anchor] = score
    return [output]


def heads(order=("classes", "distances")):
    outputs = []
    for stride in STRIDES:
        rows, columns = HEIGHT // stride, WIDTH // stride
        classes = np.full((1, rows, columns, CLASSES), -10, np.float32)
        distances = np.zeros((1, rows, columns, 4, 16), np.float32)
        for (x, y, width, height, class_id, score), at in zip(OBJECTS, (8, 32)):
            if at == stride:
                row, column = int(y / stride), int(x / stride)
                classes[0, row, column, class_id] = np.log(score / (1 - score))
                middle_x, middle_y = column + 0.5, row + 0.5
                for edge, distance in enumerate(
                    (
                        middle_x - (x - width / 2) / stride,
                        middle_y - (y - height / 2) / stride,
                        (x + width / 2) / stride - middle_x,
                        (y + height / 2) / stride - middle_y,
                    )
                ):
                    # Two neighbouring bins whose mean is the distance.
                    low = int(distance)
                    distances[0, row, column, edge] = -50
                    distances[0, row, column, edge, low] = np.log(1 - (distance - low) + 1e-9)
                    distances[0, row, column, edge, low + 1] = np.log(distance - low + 1e-9)
        tensors = {"classes": classes, "distances": distances.reshape(1, rows, columns, 64)}
        outputs += [tensors[name] for name in order]
    return outputs


LAYOUTS = [
    (yolox, "yolox"),
    (yolox_decoded, "yolox, decoded"),
    (yolov8, "yolov8"),
    (heads, "yolov8, separate heads"),
    (lambda: heads(("distances", "classes")), "yolov8, separate heads"),
    (lambda: heads()[::-1], "yolov8, separate heads"),
]


@pytest.mark.parametrize("make, name", LAYOUTS)
def test_the_layout_is_seen_from_the_outputs_and_gives_the_boxes_back(make, name):
    outputs = make()
    layout = detect(outputs, WIDTH, HEIGHT)
    assert (layout.name, layout.class_count) == (name, CLASSES)
    found = layout.decode(outputs, 0.5)
    order = np.argsort(-found.scores)
    assert found.class_ids[order].tolist() == [2, 0]
    assert found.scores[order] == pytest.approx([0.9, 0.6], abs=1e-5)
    assert found.boxes[order] == pytest.approx(np.array(EDGES), abs=1e-2)


@pytest.mark.parametrize("make, name", LAYOUTS)
def test_only_scores_of_the_threshold_pass(make, name):
    outputs = make()
    layout = detect(outputs, WIDTH, HEIGHT)
    assert layout.decode(outputs, 0.7).scores == pytest.approx([0.9], abs=1e-5)
    nothing = layout.decode(outputs, 0.99)
    assert (len(nothing), nothing.boxes.shape) == (0, (0, 4))


@pytest.mark.parametrize("make, name", LAYOUTS)
def test_what_is_no_number_passes_the_threshold_so_that_it_is_counted(make, name):
    outputs = make()
    layout = detect(outputs, WIDTH, HEIGHT)
    broken = [np.full_like(output, np.nan) for output in outputs]
    assert np.isnan(layout.decode(broken, 0.5).scores).all()
    assert len(layout.decode(broken, 0.5)) == len(ANCHORS)
    huge = [np.full_like(output, np.inf) for output in outputs]
    assert not np.isfinite(layout.decode(huge, 0.5).boxes).all()


def test_a_yolox_size_beyond_all_measure_overflows_nothing():
    outputs = yolox()
    layout = detect(outputs, WIDTH, HEIGHT)
    outputs[0][0, :, 2:4] = 1e30
    with np.errstate(all="raise"):
        assert np.isfinite(layout.decode(outputs, 0.5).boxes).all()


@pytest.mark.parametrize(
    "shapes",
    [
        [(1, 1000)],
        [(1, 3, 416, 320)],
        [(1, 4 + CLASSES, len(ANCHORS) + 1)],
        [(2, len(ANCHORS), 85)],
        [(1, 4, len(ANCHORS))],
        [(1, len(ANCHORS), 5)],
        [(1, 40, 52, 4), (1, 20, 26, 4), (1, 10, 13, 4)] * 2,
        [],
    ],
)
def test_outputs_of_other_models_are_refused_with_what_would_be_right(shapes):
    with pytest.raises(Trouble, match="known are YOLOX") as refused:
        detect([np.zeros(shape, np.float32) for shape in shapes], WIDTH, HEIGHT)
    assert refused.value.exit_status == EXIT_MODEL


def test_the_anchors_are_those_that_the_models_were_trained_with():
    anchors = Anchors.of(64, 32)
    assert anchors.strides.tolist() == [8] * 32 + [16] * 8 + [32] * 2
    assert anchors.x[:9].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 0]
    assert anchors.y[:9].tolist() == [0] * 8 + [1]
    assert (anchors.x[-1], anchors.y[-1]) == (1, 0)
