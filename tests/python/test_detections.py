# SPDX-License-Identifier: Apache-2.0
"""The binary layout of detections: written and read in Python, read in C, refused where it is damaged."""

import json
import struct
import subprocess
import threading

import pytest

from zcframe.detections import CAPACITY, MAX_BOXES, Box, Detections, open_producer, read_channel

FOUND = Detections(
    frame_number=4711,
    sequence=12,
    epoch=2**63 + 5,
    capture_time_ns=10,
    capture_wall_ns=-20,
    publish_time_ns=30,
    image_width=640,
    image_height=360,
    camera_id=-3,
    channel="pet_camera_yolo_zc",
    model="ball.onnx",
    acquired_time_ns=40,
    preprocess_ns=50,
    inference_ns=60,
    postprocess_ns=70,
    boxes=(Box(1, "dog", 0.75, 10.5, 20.5, 30.0, 40.0), Box(0, "bicycle", 0.5, 0.0, 0.0, 640.0, 360.0)),
)


def test_what_is_written_is_read():
    assert Detections.from_bytes(FOUND.to_bytes()) == FOUND
    assert len(FOUND.to_bytes()) == 256 + 2 * 64
    assert json.loads(json.dumps(FOUND.to_dict()))["boxes"][0]["label"] == "dog"


@pytest.fixture
def print_in_c(build_directory, tmp_path):
    def run(data):
        (tmp_path / "data").write_bytes(data)
        program = build_directory / "tests" / "python" / "print_detections"
        result = subprocess.run([program, tmp_path / "data"], capture_output=True, text=True)
        return result.returncode, result.stdout.splitlines()

    return run


def test_a_program_in_c_reads_the_same(print_in_c):
    assert print_in_c(FOUND.to_bytes()) == (
        0,
        [
            "4711 12 9223372036854775813 -20 640x360 pet_camera_yolo_zc ball.onnx -3 0",
            "1 dog 0.750 10.5 20.5 30.0 40.0",
            "0 bicycle 0.500 0.0 0.0 640.0 360.0",
        ],
    )


def patched(offset, layout, *values):
    data = bytearray(FOUND.to_bytes())
    struct.pack_into(layout, data, offset, *values)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (b"", 1),
        (FOUND.to_bytes()[:255], 1),
        (FOUND.to_bytes()[:-1], 1),
        (patched(0, "=I", 0), 1),
        (patched(4, "=H", 2), 2),
        (patched(8, "=I", 255), 1),
        (patched(8, "=I", 0xFFFFFFFF), 1),
        (patched(12, "=I", 63), 1),
        (patched(12, "=I", 0x80000000), 1),
        (patched(16, "=I", 3), 1),
        (patched(16, "=I", 0xFFFFFFFF), 1),
    ],
)
def test_what_is_damaged_or_of_another_version_is_refused_in_both_languages(data, verdict, print_in_c):
    assert print_in_c(data) == (verdict, [])
    with pytest.raises(ValueError, match="upgrade" if verdict == 2 else "damaged|does not hold"):
        Detections.from_bytes(data)


def test_a_higher_minor_version_with_longer_structs_is_read(print_in_c):
    old = FOUND.to_bytes()
    header = bytearray(old[:256] + b"more!!!!")
    struct.pack_into("=HHII", header, 4, 1, 9, 264, 72)
    new = bytes(header) + b"".join(old[256 + 64 * i : 320 + 64 * i] + b"more!!!!" for i in range(2))
    assert Detections.from_bytes(new) == FOUND
    assert len(print_in_c(new)[1]) == 3


def test_text_without_an_end_is_ended(print_in_c):
    data = bytearray(FOUND.to_bytes())
    data[184:248] = b"x" * 64
    data[256 + 32 : 256 + 64] = b"y" * 32
    assert Detections.from_bytes(bytes(data)).model == "x" * 63
    lines = print_in_c(bytes(data))[1]
    assert "x" * 63 + " " in lines[0] and "y" * 31 + " " in lines[1]


def test_long_text_is_cut_between_characters():
    box = FOUND.boxes[0]._replace(label="é" * 40)
    read = Detections.from_bytes(Detections(**{**FOUND.__dict__, "boxes": (box,)}).to_bytes())
    assert read.boxes[0].label == "é" * 15


def test_boxes_beyond_the_limit_are_dropped_and_counted():
    many = Detections(**{**FOUND.__dict__, "boxes": FOUND.boxes * 100})
    read = Detections.from_bytes(many.to_bytes())
    assert (len(read.boxes), read.boxes_dropped) == (MAX_BOXES, 200 - MAX_BOXES)
    assert len(many.to_bytes()) == CAPACITY


def test_detections_travel_on_a_channel():
    got = []
    with open_producer("test") as producer:
        reader = threading.Thread(target=lambda: got.append(next(read_channel("test", timeout=10))))
        reader.start()
        while reader.is_alive():
            with producer.dequeue() as buffer:
                FOUND.write_to(buffer)
            producer.wait(0.02)
    assert got == [FOUND]


def test_the_data_frame_carries_the_number_and_times_of_the_picture(make_channel):
    channel = make_channel(0, 0, fourcc="DATA", capacity=CAPACITY)
    consumer = channel.attach()
    with channel.producer.dequeue() as buffer:
        FOUND.write_to(buffer)
    with consumer.acquire(1) as frame:
        assert (frame.frame_number, frame.capture_time_ns, frame.capture_wall_ns) == (4711, 10, -20)
        assert (frame.camera_id, frame.bytes_used) == (-3, 384)


def test_a_picture_is_no_detections(channel):
    consumer = channel.attach()
    channel.publish(1)
    with consumer.acquire(1) as frame, pytest.raises(ValueError, match="NV12"):
        Detections.from_frame(frame)
