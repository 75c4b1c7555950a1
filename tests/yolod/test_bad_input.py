# SPDX-License-Identifier: Apache-2.0
"""What the user, the machine or a model can do wrong: a sentence with the cure, an exit status for systemd, and never a
traceback."""

import itertools
import os
import threading

import numpy as np
import pytest
from conftest import SOURCE
from onnx import TensorProto, helper, numpy_helper

import zcframe
from zcf_yolod.model import Model
from zcf_yolod.settings import SHIPPED_MODEL, Settings
from zcf_yolod.trouble import Trouble
from zcframe.detections import read_channel

ANCHORS = 40 * 24 + 20 * 12 + 10 * 6  # of an input of 320x192


@pytest.fixture
def save(tmp_path):
    def save_model(nodes, inputs, outputs, weights=()):
        graph = helper.make_graph(nodes, "test", inputs, outputs, list(weights))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        path = tmp_path / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return save_model


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


@pytest.fixture
def constant_model(save):
    """Says the same of every picture: (1, 6, anchors), two classes, YOLOv8."""

    def make(columns, input_shape=(1, 3, 192, 320)):
        answer = np.zeros((1, 6, ANCHORS), np.float32)
        for index, column in enumerate(columns):
            answer[0, :, index] = column
        return save(
            [
                # 0 * the picture's mean, so that the input is used.
                helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
                helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
                helper.make_node("Add", ["answer", "nothing"], ["output"]),
            ],
            [value("images", input_shape)],
            [value("output", None)],
            [numpy_helper.from_array(answer, "answer"), numpy_helper.from_array(np.float32(0), "zero")],
        )

    return make


@pytest.fixture
def refuse(start):
    """Run the detector until it ends by itself; its status and its one sentence."""

    def run(*options, **environment):
        program = start("zcf-yolod", *options, **environment)
        status = program.finish()
        complaints = [line for line in program.lines if not line.startswith("time=")]
        assert len(complaints) == 1, program.text
        assert complaints[0].startswith("zcf-yolod: ")
        return status, complaints[0]

    return run


def refuse_model(path, **settings):
    """In this process: a program of its own for each of many models would take long."""
    with pytest.raises(Trouble) as refused:
        Model(Settings(model=str(path), **settings))
    return refused.value.exit_status, str(refused.value)


def test_a_missing_model(refuse, tmp_path):
    status, complaint = refuse("--model", tmp_path / "none.onnx")
    assert status == 66
    assert "none.onnx does not exist; `zcf-yolod --download` says where to get one" in complaint
    assert refuse_model(tmp_path) == (66, f"the model {tmp_path} is a directory; name the file in it")


def test_a_model_that_is_none(refuse, tmp_path):
    (tmp_path / "page.onnx").write_text("<html>404 not found</html>")
    status, complaint = refuse("--model", tmp_path / "page.onnx")
    assert status == 65
    assert "page.onnx is no ONNX model that onnxruntime" in complaint


@pytest.mark.parametrize("damage", ["empty", "noise", "cut short"])
def test_a_damaged_model(tmp_path, damage):
    good = SHIPPED_MODEL.read_bytes()
    content = {
        "empty": b"",
        "noise": np.random.default_rng(5).bytes(5000),
        "cut short": good[: len(good) // 2],
    }[damage]
    path = tmp_path / "damaged.onnx"
    path.write_bytes(content)
    status, complaint = refuse_model(path)
    assert status == 65
    assert "damaged.onnx is no ONNX model" in complaint


@pytest.mark.parametrize(
    "shape, kind, complaint",
    [
        ((1, 3, 64, 64), TensorProto.FLOAT, "none of a YOLO model: known are YOLOX"),
        ((1, 10), TensorProto.FLOAT, "not (1, 3, H, W)"),
        ((1, 1, 64, 64), TensorProto.FLOAT, "not (1, 3, H, W)"),
        ((4, 3, 64, 64), TensorProto.FLOAT, "4 pictures at once; export it with a batch of 1"),
        ((1, 3, 64, 64), TensorProto.FLOAT16, "export it with an input of float32"),
        ((1, 3, 64, 64), TensorProto.UINT8, "export it with an input of float32"),
    ],
)
def test_a_model_of_something_else(save, shape, kind, complaint):
    path = save(
        [helper.make_node("Identity", ["in"], ["out"])], [value("in", shape, kind)], [value("out", shape, kind)]
    )
    status, said = refuse_model(path)
    assert (status, complaint in said) == (65, True), said


def test_a_model_with_two_inputs(save):
    path = save(
        [helper.make_node("Add", ["a", "b"], ["out"])],
        [value("a", (1, 3, 64, 64)), value("b", (1, 3, 64, 64))],
        [value("out", (1, 3, 64, 64))],
    )
    status, said = refuse_model(path)
    assert (status, "it wants 2 inputs, not 1" in said) == (65, True), said


def test_an_input_size_that_the_model_does_not_have(refuse):
    status, complaint = refuse("--input-size", "640x640")
    assert status == 2
    assert "has a fixed input of 320x192; leave input_size out" in complaint


def test_a_model_that_leaves_its_size_open_takes_the_users(constant_model):
    model = constant_model([(10, 10, 5, 5, 0.9, 0)], ("batch", 3, "height", "width"))
    assert Model(Settings(model=str(model), input_size=(320, 192))).backend.width == 320
    # The answer has the number of anchors of 320x192, so another size is seen to be wrong.
    assert refuse_model(model)[0] == 65


@pytest.mark.parametrize("package, options", [
    ("onnxruntime", []),
    ("zcframe", []),
    ("numpy", []),
    ("hobot_dnn", ["--backend", "hobot_dnn"]),
])  # fmt: skip
def test_a_library_that_is_missing(refuse, tmp_path, package, options):
    # Found before the real one.
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / f"{package}.py").write_text(f"raise ImportError('no {package} on this machine')\n")
    status, complaint = refuse(*options, PYTHONPATH=str(tmp_path / "first"))
    assert status == 69
    assert f"the Python package {package} cannot be imported (no {package} on this machine)" in complaint
    assert "install" in complaint


def test_a_class_that_the_model_does_not_know():
    status, complaint = refuse_model(SHIPPED_MODEL, classes=["ball", "dog"])
    assert (status, "the model has no class 'dog'; it has ball" in complaint) == (2, True), complaint


def test_names_that_are_not_the_models(tmp_path):
    (tmp_path / "names").write_text("one\ntwo\n")
    status, complaint = refuse_model(SHIPPED_MODEL, names=str(tmp_path / "names"))
    assert (status, "has 2 names, but the model has 1 classes" in complaint) == (2, True), complaint
    status, complaint = refuse_model(SHIPPED_MODEL, names=str(tmp_path / "none"))
    assert (status, complaint.endswith("cannot be read: No such file or directory")) == (2, True), complaint


def test_a_channel_without_pictures(refuse, start):
    start("zcf-camerad")
    start("zcf-yolod").wait_for("detector ready")
    status, complaint = refuse("--channel", "pet_camera_detections", "--output", "others")
    assert status == 2
    assert "frames of format DATA cannot be analysed by this model" in complaint
    assert "--channel" in complaint


def test_a_model_that_says_no_numbers_is_reported_and_its_boxes_left_out(start, constant_model):
    nan, inf = float("nan"), float("inf")
    model = constant_model(
        [(nan, 10, 5, 5, 0.9, 0), (10, 10, 5, 5, nan, nan), (10, inf, 5, 5, 0.8, 0), (160, 96, 20, 20, 0, 0.7)]
    )
    start("zcf-camerad")
    detector = start("zcf-yolod", "--model", model)
    for found in itertools.islice(read_channel(timeout=60), 3):
        assert [(box.label, round(box.score, 3)) for box in found.boxes] == [("class 1", 0.7)]
    detector.wait_for("the model says things that are no numbers")
    assert detector.stop() == 0
    assert detector.text.count("no numbers") == 1
    assert "Traceback" not in detector.text and "RuntimeWarning" not in detector.text


def test_a_model_that_fails_while_it_runs(refuse, save):
    """Its brightest pixel, times 1.5, is the index of a table of one row: grey (0.45) gives 0, white gives 1."""
    rows = np.zeros((1, 6, ANCHORS), np.float32)
    path = save(
        [
            helper.make_node("ReduceMax", ["images"], ["brightest"], keepdims=0),
            helper.make_node("Mul", ["brightest", "scale"], ["scaled"]),
            helper.make_node("Cast", ["scaled"], ["index"], to=TensorProto.INT64),
            helper.make_node("Gather", ["rows", "index"], ["row"], axis=0),
            helper.make_node("Unsqueeze", ["row", "axis"], ["output"]),
        ],
        [value("images", (1, 3, 192, 320))],
        [value("output", None)],
        [
            numpy_helper.from_array(rows, "rows"),
            numpy_helper.from_array(np.float32(1.5), "scale"),
            numpy_helper.from_array(np.array([0], np.int64), "axis"),
        ],
    )
    with zcframe.Producer("test", 64, 48, rate=30) as producer:
        stop = threading.Event()

        def publish():
            for _ in producer.ticks():
                with producer.dequeue() as buffer:
                    buffer.y[:], buffer.uv[:] = 235, 128
                if stop.is_set():
                    return

        camera = threading.Thread(target=publish)
        camera.start()
        try:
            status, complaint = refuse("--model", path, "--channel", "test")
        finally:
            stop.set()
            camera.join()
    assert (status, "the model fails: " in complaint) == (65, True), complaint


def test_a_runtime_directory_that_cannot_be_used(refuse, tmp_path):
    (tmp_path / "file").touch()
    status, complaint = refuse("--runtime-dir", tmp_path / "file" / "run")
    assert status == 1
    assert "the channel pet_camera_detections cannot be opened" in complaint


def test_the_unit_does_not_restart_what_cannot_get_better():
    unit = (SOURCE / "packaging" / "zcf-yolod.service.in").read_text()
    statuses = unit.split("RestartPreventExitStatus=")[1].splitlines()[0].split()
    assert statuses == ["2", str(os.EX_DATAERR), str(os.EX_NOINPUT), str(os.EX_UNAVAILABLE)]
