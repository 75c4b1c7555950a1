# SPDX-License-Identifier: Apache-2.0
"""The detector's benchmark: that it measures what it says; how fast is for people to judge."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import BUILD, SOURCE


def command(*arguments: str) -> list[str]:
    tool = SOURCE / "yolod" / "tools" / "benchmark_detector.py"
    return [sys.executable, str(tool), "--build", str(BUILD), "--json", *arguments]


def test_it_sees_the_detector_at_work_beside_the_model_alone():
    run = subprocess.run(command("--seconds", "0.4", "--rounds", "2"), capture_output=True, text=True, check=True)
    found = json.loads(run.stdout)
    overhead, queue = found["overhead"], found["queue"]
    assert found["model"] == "ball.onnx"
    assert overhead["rounds"] == 2
    stages = ("inference_ns", "wait_ns", "preprocess_ns", "postprocess_ns", "beyond_inference_ns", "floor_inference_ns")
    for name in stages:
        assert 0 < overhead[name]["p50"] <= overhead[name]["p99"], name
    for name in ("processor_ns", "floor_processor_ns", "processor_ratio", "inference_ratio"):
        assert 0 < overhead[name]["minimum"] <= overhead[name]["median"] <= overhead[name]["maximum"], name
    assert 0 <= overhead["within_2_ms"] <= 1
    # A queue would hand over every frame.
    assert queue["gap_frames"]["p99"] > 1
    assert found["others"]["running_ns"]["count"] > 0
    assert found["preprocessing"]["read_bytes"] == 640 * 360 * 3 // 2
    assert [line for line in run.stderr.splitlines() if not line.startswith("step detector, ")] == []


@pytest.fixture
def directory():
    """With a short name: it is to hold sockets."""
    with tempfile.TemporaryDirectory(dir="/tmp") as path:
        yield Path(path)


@pytest.mark.parametrize("delay", [0, 0.02, 0.2])
def test_when_it_is_ended_it_ends_what_it_has_started(directory, delay):
    environment = {**os.environ, "TMPDIR": str(directory)}
    with subprocess.Popen(
        command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as tool:
        assert tool.stderr
        while "in turn" not in (line := tool.stderr.readline()):
            assert line, "it has ended by itself"
        time.sleep(delay)
        tool.send_signal(signal.SIGTERM)
        # Whoever is left has this pipe open.
        tool.stderr.read()
        assert tool.wait() == 1
    assert list(directory.iterdir()) == []
