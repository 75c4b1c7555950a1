# SPDX-License-Identifier: Apache-2.0
"""The model that is installed: it finds the synthetic camera's ball, and nothing where there is none."""

import importlib.util

import numpy as np
import pytest
from conftest import SOURCE
from scenes import draw_scenes

from zcf_yolod.model import Model
from zcf_yolod.settings import SHIPPED_MODEL, Settings

# A prime step, so that the ball is met in all places and turns.
TIMES_MS = range(0, 40_000, 397)


def boxes_in(model, channel, picture):
    with channel.show(picture) as frame:
        tensor, letterbox = model.preprocessor.fill(frame)
        objects, impossible = model.find(model.infer(tensor), letterbox)
    assert impossible == 0
    return objects


@pytest.mark.parametrize("width, height", [(640, 360), (640, 480), (1280, 720), (320, 240), (480, 640)])
def test_the_ball_is_found_once_and_where_it_is_in_every_scene(make_channel, width, height):
    model, channel = Model(Settings()), make_channel(width, height)
    missed, errors = 0, []
    for (x, y, radius), picture in draw_scenes(width, height, TIMES_MS):
        objects = boxes_in(model, channel, picture)
        if len(objects) != 1:
            missed += 1
            continue
        errors.append(objects.boxes[0] - (x - radius, y - radius, x + radius, y + radius))
    edge_errors = np.abs(errors)
    print(f"{width}x{height}: {missed} missed of {len(TIMES_MS)}, edges off by {edge_errors.mean():.2f} pixels")
    assert missed == 0
    # One pixel of the model's input is this many of the frame.
    input_pixel = max(width / 320, height / 192, 1)
    assert edge_errors.mean() < 0.75 * input_pixel + 0.75  # what is drawn lies up to a pixel beside its number
    assert edge_errors.max() < 3 * input_pixel


def test_a_ball_that_is_wider_than_high_gets_such_a_box(make_channel):
    """The camera's 640x480 in the detector's channel of 640x360."""
    model, channel = Model(Settings()), make_channel(640, 360)
    for (x, y, radius), picture in draw_scenes(640, 480, range(0, 9000, 997)):
        rows = np.arange(360) * 480 // 360
        chroma_rows = 480 + np.arange(180) * 240 // 180
        objects = boxes_in(model, channel, picture[np.concatenate([rows, chroma_rows])])
        assert len(objects) == 1
        expected = (x - radius, (y - radius) * 0.75, x + radius, (y + radius) * 0.75)
        assert np.abs(objects.boxes[0] - expected).max() < 6


def test_nothing_is_found_where_there_is_no_ball(make_channel):
    model, channel = Model(Settings(confidence=0.05)), make_channel(640, 360)
    ((x, y, radius), scene), *_ = draw_scenes(640, 360, [0])
    empty_room = scene.copy()
    # The ball is at the left; its place is covered with what is beside it.
    left, width = int(x - 1.5 * radius) // 2 * 2, int(3 * radius) // 2 * 2
    left = max(0, left)
    empty_room[:, left : left + width] = scene[:, left + width : left + 2 * width]
    orange = np.full_like(scene, 120)
    orange[360:, 0::2], orange[360:, 1::2] = 78, 186
    half_orange, bar = scene.copy(), scene.copy()
    half_orange[360:, 320:] = orange[360:, 320:]
    bar = empty_room.copy()
    bar[360 + 60 : 360 + 70, 100:500] = orange[360 + 60 : 360 + 70, 100:500]
    noise = np.random.default_rng(1).integers(0, 256, scene.shape, np.uint8)
    for name, picture in {"room": empty_room, "orange": orange, "bar": bar, "noise": noise}.items():
        assert len(boxes_in(model, channel, picture)) == 0, name


def test_the_model_in_the_repository_is_what_its_script_builds():
    script = SOURCE / "yolod" / "model" / "build_model.py"
    specification = importlib.util.spec_from_file_location("build_model", script)
    build_model = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(build_model)
    assert build_model.build().SerializeToString(deterministic=True) == SHIPPED_MODEL.read_bytes()
