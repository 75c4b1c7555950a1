# SPDX-License-Identifier: Apache-2.0
"""From candidates to boxes of the frame: letterbox and its undoing, suppression, impossible numbers."""

import numpy as np
import pytest

from zcf_yolod.letterbox import Letterbox
from zcf_yolod.suppression import Candidates, drop_impossible, suppress


def candidates(*rows):
    """Rows of x1, y1, x2, y2, score, class."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Candidates(table[:, :4], table[:, 4], table[:, 5].astype(np.intp))


@pytest.mark.parametrize(
    "frame, model, centred, expected",
    [
        ((640, 360), (416, 416), False, (0, 0, 416, 234)),
        ((640, 360), (416, 416), True, (0, 91, 416, 234)),
        ((640, 360), (640, 640), True, (0, 140, 640, 360)),
        ((480, 640), (320, 192), True, (88, 0, 144, 192)),
        ((320, 192), (320, 192), True, (0, 0, 320, 192)),
        ((16384, 2), (32, 32), False, (0, 0, 32, 1)),
    ],
)
def test_the_frame_keeps_its_shape_in_the_input(frame, model, centred, expected):
    letterbox = Letterbox.fit(frame, model, centred=centred)
    assert (letterbox.left, letterbox.top, letterbox.width, letterbox.height) == expected


@pytest.mark.parametrize("frame", [(640, 360), (641, 359), (2, 16384), (1918, 1080), (30, 30)])
def test_nv12_lies_at_even_edges_inside_the_input(frame):
    letterbox = Letterbox.fit(frame, (640, 640), centred=True, even=True)
    assert all(edge % 2 == 0 for edge in (letterbox.left, letterbox.top, letterbox.width, letterbox.height))
    assert letterbox.left + letterbox.width <= 640 and letterbox.top + letterbox.height <= 640
    assert min(letterbox.width, letterbox.height) >= 2


@pytest.mark.parametrize("centred", [False, True])
def test_undoing_the_letterbox_gives_the_frames_own_pixels(centred):
    letterbox = Letterbox.fit((640, 360), (416, 416), centred=centred)
    frame_boxes = np.array([[10, 20, 300, 340], [0, 0, 640, 360]], np.float32)
    scale = 0.65
    in_input = frame_boxes * scale + np.array([0, 91 if centred else 0] * 2, np.float32)
    assert letterbox.undo(in_input) == pytest.approx(frame_boxes, abs=1e-3)


def test_boxes_are_cut_at_the_frames_edges():
    letterbox = Letterbox.fit((640, 360), (640, 640), centred=True)
    beyond = np.array([[-50, 100, 700, 640], [0, 0, 640, 100]], np.float32)
    assert letterbox.undo(beyond).tolist() == [[0, 0, 640, 360], [0, 0, 640, 0]]


def test_of_boxes_that_overlap_the_best_one_stays():
    found = suppress(
        candidates((0, 0, 10, 10, 0.6, 0), (1, 0, 11, 10, 0.9, 0), (100, 0, 110, 10, 0.7, 0), (2, 0, 12, 10, 0.5, 0)),
        0.45,
        10,
    )
    assert found.scores == pytest.approx([0.9, 0.7])


def test_boxes_of_different_classes_do_not_suppress_each_other():
    assert len(suppress(candidates((0, 0, 10, 10, 0.6, 0), (0, 0, 10, 10, 0.9, 1)), 0.45, 10)) == 2


def test_a_box_that_was_suppressed_suppresses_none():
    """A chain: the second overlaps both others, which do not overlap each other."""
    chain = candidates((0, 0, 10, 10, 0.9, 0), (5, 0, 15, 10, 0.8, 0), (10, 0, 20, 10, 0.7, 0))
    assert suppress(chain, 0.3, 10).scores == pytest.approx([0.9, 0.7])


def test_the_threshold_is_the_intersection_over_the_union():
    halves = candidates((0, 0, 10, 10, 0.9, 0), (0, 0, 10, 5, 0.8, 0))  # 0.5
    assert len(suppress(halves, 0.49, 10)) == 1
    assert len(suppress(halves, 0.51, 10)) == 2


def test_only_the_best_boxes_are_kept():
    rng = np.random.default_rng(3)
    scores = rng.random(50).astype(np.float32)
    far_apart = candidates(*((100 * i, 0, 100 * i + 10, 10, score, 0) for i, score in enumerate(scores)))
    assert suppress(far_apart, 0.5, 7).scores.tolist() == sorted(scores.tolist(), reverse=True)[:7]


def test_suppression_is_that_of_the_textbook():
    """Against the plain algorithm, box by box."""
    rng = np.random.default_rng(11)
    corner = rng.random((200, 2)) * 100
    size = rng.random((200, 2)) * 40 + 1
    table = np.hstack([corner, corner + size, rng.random((200, 1)), rng.integers(0, 3, (200, 1))]).astype(np.float32)

    def iou(a, b):
        width = min(a[2], b[2]) - max(a[0], b[0])
        height = min(a[3], b[3]) - max(a[1], b[1])
        both = max(width, 0) * max(height, 0)
        return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)

    kept = []
    for row in sorted(table.tolist(), key=lambda row: -row[4]):
        if all(row[5] != other[5] or iou(row, other) <= 0.4 for other in kept):
            kept.append(row)
    found = suppress(candidates(*table), 0.4, 1000)
    assert found.scores.tolist() == [row[4] for row in kept]


def test_nothing_found_is_nothing():
    found = suppress(candidates(), 0.5, 10)
    assert (len(found), found.boxes.shape) == (0, (0, 4))


def test_what_is_no_number_is_dropped_and_counted_and_what_has_no_area_only_dropped():
    nan, inf = float("nan"), float("inf")
    kept, impossible = drop_impossible(
        candidates(
            (0, 0, 10, 10, 0.5, 0),
            (nan, 0, 10, 10, 0.5, 0),
            (0, 0, inf, 10, 0.5, 0),
            (0, 0, 10, 10, nan, 0),
            (5, 5, 5, 10, 0.5, 0),
            (5, 5, 4, 10, 0.5, 0),
        )
    )
    assert (len(kept), impossible) == (1, 3)
