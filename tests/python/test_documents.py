# SPDX-License-Identifier: Apache-2.0
"""The examples of the documents, as they stand: each is a program that works."""

import importlib.util
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENTS = ("README.md", "python/README.md", "docs/python.md", "docs/detections.md")
ROOT = Path(__file__).parents[2]
# An example without an end has shown that it works with so many lines.
LINES_ENOUGH = 3


def examples():
    for document in DOCUMENTS:
        text = (ROOT / document).read_text()
        for match in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            yield pytest.param(match.group(1), id=f"{document}:{line}")


@pytest.fixture(scope="module")
def scene(tmp_path_factory, build_directory):
    """A camera and a detector, as `make demo` has them."""
    camera, detector = build_directory / "camerad/zcf-camerad", build_directory / "tests/mjpegd/test-detector"
    if not (camera.exists() and detector.exists()):
        pytest.skip("zcf-camerad was not built")
    directory = tmp_path_factory.mktemp("scene")
    (directory / "empty.conf").touch()
    environment = {"ZCF_RUNTIME_DIR": str(directory / "run")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZCF_RUNTIME_DIR", environment["ZCF_RUNTIME_DIR"])
        processes = [
            subprocess.Popen([camera, "--config", directory / "empty.conf"], stderr=subprocess.DEVNULL),
            subprocess.Popen([detector, "-s", "pet_camera_yolo_zc"]),
        ]
    yield environment["ZCF_RUNTIME_DIR"]
    for process in processes:
        process.terminate()
        process.wait()


def test_there_are_examples_in_every_document():
    found = {parameter.id.partition(":")[0] for parameter in examples()}
    assert found == set(DOCUMENTS)


@pytest.mark.parametrize("example", list(examples()))
def test_the_example_works(example, scene, processes, tmp_path, monkeypatch):
    for package in re.findall(r"^import (cv2|torch)$", example, re.MULTILINE):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed here")
    monkeypatch.setenv("ZCF_RUNTIME_DIR", scene)
    program = tmp_path / "example.py"
    program.write_text(example)
    running = processes.start(
        [sys.executable, "-u", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    lines = []
    for line in running.stdout:
        lines.append(line)
        if len(lines) == LINES_ENOUGH and "break" not in example:
            running.send_signal(signal.SIGINT)
            break
    errors = running.communicate()[1]
    ended_by_us = len(lines) == LINES_ENOUGH and errors.rstrip().endswith("KeyboardInterrupt")
    assert lines, errors
    assert (running.returncode == 0 and errors == "") or ended_by_us, errors
