# SPDX-License-Identifier: Apache-2.0
"""The backend of the BPU, against a stand-in with the interface of the vendor's package (see stand_in/)."""

import itertools
import json
import time
from types import SimpleNamespace

import pytest
from conftest import SOURCE
from scenes import draw_scenes

from zcf_yolod.detector import Detector
from zcf_yolod.model import Model
from zcf_yolod.service import Service
from zcf_yolod.settings import SHIPPED_MODEL, Settings
from zcf_yolod.trouble import Trouble
from zcframe.detections import read_channel

STAND_IN = SOURCE / "tests" / "yolod" / "stand_in"


@pytest.fixture
def compile_model(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(STAND_IN))

    def compile_for_bpu(**description):
        path = tmp_path / "ball.bin"
        path.write_text(json.dumps({"onnx": str(SHIPPED_MODEL), "outputs": "whole", **description}))
        return str(path)

    return compile_for_bpu


class Published(list):
    def publish(self, found):
        self.append(found)
        return True


def analyse(model, channel, picture):
    """The boxes of one frame, and where its pixels lay."""
    published = Published()
    frame = channel.show(picture)
    address = frame.plane(0).address
    Detector(Settings(), model, published, Service()).take(frame, time.monotonic_ns())
    assert not frame.held
    return published[0].boxes, address


@pytest.mark.parametrize("outputs", ["whole", "heads"])
@pytest.mark.parametrize("width, height", [(640, 360), (640, 480), (320, 192)])
def test_the_ball_is_found_by_a_model_that_takes_nv12(compile_model, make_channel, outputs, width, height):
    model = Model(Settings(model=compile_model(outputs=outputs)))
    assert (model.backend.name, model.backend.width, model.backend.height) == ("hobot_dnn", 320, 192)
    channel = make_channel(width, height)
    for (x, y, radius), picture in draw_scenes(width, height, range(0, 9000, 1499)):
        boxes, _ = analyse(model, channel, picture)
        assert len(boxes) == 1
        box, tolerance = boxes[0], 4 * max(width / 320, height / 192)
        assert (box.x, box.y) == pytest.approx((x - radius, y - radius), abs=tolerance)
        assert (box.width, box.height) == pytest.approx((2 * radius, 2 * radius), abs=tolerance)


def test_a_frame_of_the_models_size_goes_to_the_bpu_as_it_is(compile_model, make_channel):
    model, channel = Model(Settings(model=compile_model())), make_channel(320, 192)
    for _, picture in draw_scenes(320, 192, [0, 500, 1000]):
        _, address = analyse(model, channel, picture)
        assert model.backend._model.input_addresses[-1] == address  # the camera's own memory


def test_the_lease_is_held_until_the_bpu_is_done_with_the_frame(compile_model, make_channel, monkeypatch):
    model, channel = Model(Settings(model=compile_model())), make_channel(320, 192)
    ((_, picture),) = draw_scenes(320, 192, [0])
    frame, held = channel.show(picture), []
    infer = model.backend.infer
    monkeypatch.setattr(model.backend, "infer", lambda tensor: held.append(frame.held) or infer(tensor))
    Detector(Settings(), model, Published(), Service()).take(frame, time.monotonic_ns())
    assert held == [True]
    assert not frame.held


def test_a_frame_that_was_overwritten_while_the_bpu_read_it_is_dropped(compile_model, make_channel, monkeypatch):
    model, channel = Model(Settings(model=compile_model())), make_channel(320, 192, deadline=0.01)
    ((_, picture),) = draw_scenes(320, 192, [0])
    infer, published = model.backend.infer, Published()

    def infer_too_slowly(tensor):
        time.sleep(0.02)
        for _ in range(4):
            channel.publish(picture)
        return infer(tensor)

    monkeypatch.setattr(model.backend, "infer", infer_too_slowly)
    detector = Detector(Settings(), model, published, Service())
    detector.take(channel.show(picture), time.monotonic_ns())
    assert (published, detector.counters.stale) == ([], 1)


def test_the_program_runs_with_it(compile_model, start):
    start("zcf-camerad")
    detector = start("zcf-yolod", "--model", compile_model(outputs="heads"), PYTHONPATH=str(STAND_IN))
    assert 'layout="yolov8, separate heads"' in detector.wait_for("backend=hobot_dnn")
    for found in itertools.islice(read_channel(timeout=60), 3):
        assert len(found.boxes) == 1
        assert found.boxes[0].label == "class 0"
    assert detector.stop() == 0


@pytest.mark.parametrize(
    "settings, description, status, complaint",
    [
        ({}, {"onnx": "/nowhere"}, 65, "is no model for this BPU"),
        ({}, {"tensor_type": "RGB_444"}, 65, "wants RGB_444, not NV12; compile it with input_type_rt: 'nv12'"),
        ({"input_size": (640, 640)}, {}, 2, "was compiled for 320x192; leave input_size out"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused(compile_model, settings, description, status, complaint):
    with pytest.raises(Trouble) as refused:
        Model(Settings(model=compile_model(**description), **settings))
    assert (refused.value.exit_status, complaint in str(refused.value)) == (status, True), refused.value


def test_a_file_without_a_model_is_refused(compile_model, tmp_path):
    (tmp_path / "empty.bin").write_text("{}")
    with pytest.raises(Trouble, match="it holds none, or was compiled for another"):
        Model(Settings(model=str(tmp_path / "empty.bin")))


def test_a_bpu_that_fails_ends_the_program_so_that_it_is_restarted(compile_model, monkeypatch):
    model = Model(Settings(model=compile_model()))
    monkeypatch.setattr(model.backend, "_model", SimpleNamespace(forward=lambda _: 1 / 0))
    with pytest.raises(Trouble, match="the BPU fails: division by zero") as failed:
        model.infer(model.preprocessor.tensor)
    assert failed.value.exit_status == 1
