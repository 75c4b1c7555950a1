# SPDX-License-Identifier: Apache-2.0
"""The whole program, with the camera daemon and readers of its channel."""

import itertools
import os
import signal
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import wait_until

import zcframe
from zcf_yolod.detector import Detector
from zcf_yolod.model import Model
from zcf_yolod.service import Service
from zcf_yolod.settings import Settings
from zcframe.detections import read_channel


def read(count, **options):
    return list(itertools.islice(read_channel(timeout=60, **options), count))


def test_the_ball_of_the_synthetic_camera_is_published_with_its_frames_names(start):
    start("zcf-camerad")
    detector = start("zcf-yolod")
    with zcframe.Consumer("pet_camera_detections", timeout=60) as consumer:
        for frame in itertools.islice(consumer, 10):
            found = zcframe.detections.Detections.from_frame(frame)
            assert [box.label for box in found.boxes] == ["ball"]
            assert (found.image_width, found.image_height) == (640, 360)
            assert (found.channel, found.model) == ("pet_camera_yolo_zc", "ball.onnx")
            # Tools that know nothing of detections see which picture they belong to.
            assert frame.frame_number == found.frame_number
            assert frame.capture_time_ns == found.capture_time_ns
            assert found.capture_time_ns <= found.publish_time_ns <= found.acquired_time_ns
            busy_ns = found.preprocess_ns + found.inference_ns + found.postprocess_ns
            assert min(found.preprocess_ns, found.inference_ns, found.postprocess_ns) > 0
            assert found.acquired_time_ns + busy_ns <= frame.publish_time_ns
    # What `zcf ls` shows of the channel's producer.
    assert Path(f"/proc/{detector.process.pid}/comm").read_text() == "zcf-yolod\n"
    with zcframe.Consumer("pet_camera_yolo_zc", timeout=60) as camera:
        assert camera.acquire(60).epoch == found.epoch
    assert detector.stop() == 0
    assert "Traceback" not in detector.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_and_without_a_camera(start, number):
    waiting = start("zcf-yolod")
    waiting.wait_for("waiting for the camera daemon")
    assert waiting.stop(number) == 0
    start("zcf-camerad")
    detecting = start("zcf-yolod")
    read(2)
    assert detecting.stop(number) == 0
    assert "pet_camera_detections" not in zcframe.channels()
    for program in (waiting, detecting):
        assert "Traceback" not in program.text


def test_ctrl_c_while_the_model_is_loaded_shows_no_traceback(start):
    detector = start("zcf-yolod", "--log-level", "debug")
    detector.wait_for("loading the model")
    assert detector.stop(signal.SIGINT) in (0, -signal.SIGINT)  # 0 if it was ready by then
    assert "Traceback" not in detector.text


def test_it_goes_on_when_the_camera_daemon_is_killed_and_started_again(start):
    camera = start("zcf-camerad")
    detector = start("zcf-yolod")
    before = read(1)[0]
    camera.process.kill()
    camera.finish()
    detector.wait_for("waiting for the camera daemon")
    start("zcf-camerad")
    after = next(found for found in read_channel(timeout=60) if found.epoch != before.epoch)
    assert [box.label for box in after.boxes] == ["ball"]
    assert detector.stop() == 0


def test_readers_attach_while_there_is_no_camera(start):
    start("zcf-yolod").wait_for("waiting for the camera daemon")
    with zcframe.Consumer("pet_camera_detections", timeout=60) as consumer, pytest.raises(TimeoutError):
        consumer.acquire(0.1)


def test_a_reader_that_stops_reading_holds_nothing_up(start):
    start("zcf-camerad")
    start("zcf-yolod")
    with zcframe.Consumer("pet_camera_detections", timeout=60, on_stale="ignore") as idle:
        held = idle.acquire(60)
        first, *_, last = read(30)
        assert last.frame_number > first.frame_number
        held.release()


def test_what_was_read_from_an_overwritten_frame_is_dropped_and_counted(make_channel, monkeypatch):
    """In this process, so that the frame is overwritten exactly between the reading and its end."""
    settings = Settings(channel="test")
    channel = make_channel(640, 360, deadline=0.01)
    picture = np.full((540, 640), 128, np.uint8)
    model = Model(settings)
    published = []
    detector = Detector(settings, model, SimpleNamespace(publish=published.append), Service())
    fill = model.preprocessor.fill

    def fill_too_slowly(frame):
        result = fill(frame)
        time.sleep(0.02)
        for _ in range(4):
            channel.publish(picture)
        return result

    frame = channel.show(picture, frame_number=1)
    monkeypatch.setattr(model.preprocessor, "fill", fill_too_slowly)
    detector.take(frame, time.monotonic_ns())
    assert (published, detector.counters.stale, detector.counters.analysed) == ([], 1, 0)
    monkeypatch.undo()
    detector.take(channel.show(picture, frame_number=100), time.monotonic_ns())
    assert [found.frame_number for found in published] == [100]
    assert (detector.counters.stale, detector.counters.analysed) == (1, 1)


def test_the_frame_goes_back_before_the_model_runs(make_channel, monkeypatch):
    model, channel, held = Model(Settings()), make_channel(640, 360), []
    frame = channel.show(np.full((540, 640), 128, np.uint8))
    infer = model.backend.infer
    monkeypatch.setattr(model.backend, "infer", lambda tensor: held.append(frame.held) or infer(tensor))
    Detector(Settings(), model, SimpleNamespace(publish=lambda _: True), Service()).take(frame, time.monotonic_ns())
    assert held == [False]


def test_a_result_that_finds_no_buffer_is_counted(make_channel):
    model, channel = Model(Settings()), make_channel(640, 360)
    detector = Detector(Settings(), model, SimpleNamespace(publish=lambda _: False), Service())
    detector.take(channel.show(np.full((540, 640), 128, np.uint8)), time.monotonic_ns())
    assert (detector.counters.unpublished, detector.counters.analysed) == (1, 1)


def test_a_second_signal_while_it_ends_is_no_error(make_channel):
    detector = Detector(Settings(), Model(Settings()), SimpleNamespace(publish=lambda _: True), Service())
    detector._consumer = make_channel(640, 360).consumer
    detector.stop()
    detector.run()
    detector.stop()


def test_systemd_is_told_of_readiness_life_and_end(start, tmp_path):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(address)
        notify.settimeout(120)
        detector = start("zcf-yolod", NOTIFY_SOCKET=address, WATCHDOG_USEC="1500000")
        said = []

        def hear(word):
            while not any(word in message for message in said):
                said.append(notify.recv(4096).decode())

        hear("READY=1")
        said.clear()
        for _ in range(3):  # also without a camera
            hear("WATCHDOG=1")
            said.clear()
        os.kill(detector.process.pid, signal.SIGTERM)
        hear("STOPPING=1")
    assert detector.finish() == 0


def test_the_rate_is_limited_if_the_user_says_so(start):
    start("zcf-camerad")
    start("zcf-yolod", "--max-rate", "5")
    found = read(6)
    gaps_s = np.diff([one.capture_time_ns for one in found]) / 1e9
    assert np.median(gaps_s) >= 0.19


def test_two_detectors_do_not_share_a_channel(start):
    start("zcf-yolod").wait_for("detector ready")
    second = start("zcf-yolod")
    assert second.finish() == 1
    assert "the channel pet_camera_detections cannot be opened" in second.text
    third = start("zcf-yolod", "--output", "other_detections")
    third.wait_for("detector ready")
    wait_until(lambda: "other_detections" in zcframe.channels())


def test_the_log_says_where_the_time_goes(start):
    start("zcf-camerad")
    detector = start("zcf-yolod", "--report-interval", "1s")
    line = detector.wait_for("msg=detecting")
    for part in ("rate_hz=", "wait_ms=", "preprocess_ms=", "inference_ms=", "publish_ms=", "analysed=", "stale=0"):
        assert part in line


def test_people_are_found_in_real_footage(start, test_data):
    start("zcf-camerad", "--source", test_data / "vtest.avi")
    start("zcf-yolod", "--model", test_data / "yolox_nano.onnx", "--classes", "person")
    results = read(5)
    for found in results:
        people = [box for box in found.boxes if box.score > 0.6]
        assert len(people) >= 2
        for box in people:  # as people are who stand at some distance
            assert 1 < box.height / box.width < 5
            assert 20 < box.height < 120
    assert {box.label for found in results for box in found.boxes} == {"person"}


def test_dog_bicycle_and_a_vehicle_are_found_in_a_picture(start, test_data):
    start("zcf-camerad", "--source", test_data / "dog.jpg")
    start("zcf-yolod", "--model", test_data / "yolox_nano.onnx", "--confidence", "0.5")
    (found,) = read(1)
    boxes = {box.label: box for box in found.boxes}
    assert {"dog", "bicycle"} <= set(boxes) and {"car", "truck"} & set(boxes)
    # In the channel's 640x360; where they are in the picture of 768x576 is known.
    dog = boxes["dog"]
    assert (dog.x, dog.y) == pytest.approx((110, 125), abs=25)
    assert (dog.x + dog.width, dog.y + dog.height) == pytest.approx((265, 338), abs=25)
