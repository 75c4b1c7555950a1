#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the detector adds to its model's own time, whether it ever queues frames, what it costs the others, and what one
pass from the camera's memory into the model's input saves. All of it in one run, with the programs as they are.

    make bench-detector [SOURCE=video.avi] [MODEL=yolox_nano.onnx]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import zcframe
from zcframe.detections import Detections

YOLOD = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(YOLOD))

FRAMES = "pet_camera_yolo_zc"
RESULTS = "pet_camera_detections"


@contextlib.contextmanager
def programs(options: argparse.Namespace, rate: float) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Camera and detector, both anew, on a runtime directory of their own, the detector with the priority of its unit.
    Gives the detector and the directory."""
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory) / "zcframe.conf"
        config.write_text("[camera]\nplayback = every_frame\n")
        environment = {**os.environ, "ZCF_RUNTIME_DIR": str(Path(directory) / "run")}
        camera_command = [options.build / "camerad" / "zcf-camerad", "--config", config, "--log-level", "error",
                          "--source", options.source, "--rate", f"{rate:.3f}"]  # fmt: skip
        detector_command = ["nice", "-n", "5", sys.executable, YOLOD, "--config", config, "--log-level", "error"]
        if options.model:
            detector_command += ["--model", options.model]
        camera = subprocess.Popen(camera_command, env=environment)
        detector = subprocess.Popen(detector_command, env=environment)
        try:
            yield detector, Path(directory) / "run"
        finally:
            for process in (detector, camera):
                process.send_signal(signal.SIGCONT)
                process.terminate()
                process.wait()


def results(directory: Path, seconds: float) -> list[tuple[Detections, int]]:
    """Every result of so many seconds, with the time when it was published. The first second is for warming up."""
    collected = []
    with zcframe.Consumer(RESULTS, order="oldest", timeout=60, runtime_dir=directory, on_stale="ignore") as consumer:
        begin = time.monotonic()
        for frame in consumer:
            if time.monotonic() - begin > 1:
                collected.append((Detections.from_frame(frame), frame.publish_time_ns))
            if time.monotonic() - begin > 1 + seconds:
                return collected
    return collected


def line(what: str, values: list[float], unit: str = "ms") -> None:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    print(f"  {what:<58} {statistics.median(values):8.2f} {unit}   p99 {p99:8.2f} {unit}")


def measure_inference(options: argparse.Namespace) -> float:
    with programs(options, 5) as (_, directory):
        return statistics.median(found.inference_ns for found, _ in results(directory, 2)) / 1e9


def measure_overhead(options: argparse.Namespace, inference_s: float) -> None:
    rate = min(30.0, 0.4 / inference_s)
    print(f"\nThe model keeps up ({rate:.1f} frames a second): what is beyond the inference?")
    with programs(options, rate) as (_, directory):
        found = results(directory, options.seconds)
    line("inference", [one.inference_ns / 1e6 for one, _ in found])
    line(
        "camera publishes -> detector has the frame",
        [(one.acquired_time_ns - one.publish_time_ns) / 1e6 for one, _ in found],
    )
    line("scale and convert", [one.preprocess_ns / 1e6 for one, _ in found])
    line("make boxes", [one.postprocess_ns / 1e6 for one, _ in found])
    beyond = [(published - one.publish_time_ns - one.inference_ns) / 1e6 for one, published in found]
    line("camera publishes -> detector publishes, less inference", beyond)
    within = sum(value <= 2 for value in beyond) / len(beyond)
    print(f"  within inference + 2 ms: {within:.1%} of {len(beyond)} frames")


def measure_queue(options: argparse.Namespace, inference_s: float) -> None:
    rate = min(1000.0, max(30.0, 3 / inference_s))
    print(f"\nThe camera is faster than the model ({rate:.1f} frames a second): does it queue?")
    with programs(options, rate) as (_, directory):
        found = results(directory, options.seconds)
    ages = [(one.acquired_time_ns - one.publish_time_ns) * rate / 1e9 for one, _ in found]
    gaps = [after.sequence - before.sequence for (before, _), (after, _) in zip(found, found[1:])]
    line("age of the frame when it was taken", ages, "frames")
    line("frames from one analysed frame to the next", [float(gap) for gap in gaps], "      ")
    third = len(found) // 3
    first, last = (statistics.median(part) for part in (ages[:third], ages[-third:]))
    print(f"  age in the last third : in the first third = {last / first:.2f}  (a queue would grow)")


def measure_others(options: argparse.Namespace, inference_s: float) -> None:
    rate = min(30.0, 0.4 / inference_s)
    print(f"\nAnother reader of the same channel ({rate:.1f} frames a second), detector running and stopped in turns:")
    latencies: dict[bool, list[float]] = {True: [], False: []}
    with programs(options, rate) as (detector, directory):
        results(directory, 0)
        with zcframe.Consumer(FRAMES, timeout=60, runtime_dir=directory, on_stale="ignore") as consumer:
            begin = time.monotonic()
            for frame in consumer:
                now_ns, elapsed = time.monotonic_ns(), time.monotonic() - begin
                running = int(elapsed) % 2 == 0
                latencies[running].append((now_ns - frame.publish_time_ns) / 1e6)
                detector.send_signal(signal.SIGCONT if int(elapsed + 0.02) % 2 == 0 else signal.SIGSTOP)
                if elapsed > options.seconds * 2:
                    break
    line("publish -> reader, detector running", latencies[True])
    line("publish -> reader, detector stopped", latencies[False])
    medians = [statistics.median(latencies[running]) for running in (True, False)]
    print(f"  running : stopped = {medians[0] / medians[1]:.2f}")


def measure_preprocessing(options: argparse.Namespace) -> None:
    print("\nFrom the frame to the model's input:")
    from zcf_yolod.model import Model
    from zcf_yolod.settings import Settings

    model = Model(Settings(model=options.model or ""))
    with tempfile.TemporaryDirectory() as directory:
        producer = zcframe.Producer("benchmark", 640, 360, deadline=60, buffers=4, runtime_dir=directory)
        consumers: list[zcframe.Consumer] = []
        opening = threading.Thread(
            target=lambda: consumers.append(zcframe.Consumer("benchmark", timeout=10, runtime_dir=directory))
        )
        opening.start()
        while opening.is_alive():
            producer.wait(0.005)
        with producer.dequeue() as buffer:
            y, x = np.mgrid[0:360, 0:640]
            buffer.y[:] = 125 + 100 * np.sin(x / 9) * np.cos(y / 7)
            buffer.uv[:, :, 0], buffer.uv[:, :, 1] = 90 + x[::2, ::2] / 10, 90 + y[::2, ::2] / 6
        with consumers[0].acquire(10) as frame:
            compare_preprocessing(model, frame)
        consumers[0].close()
        producer.close()


def compare_preprocessing(model: object, frame: zcframe.Frame) -> None:
    from zcf_yolod.model import Model

    assert isinstance(model, Model)
    tensor, place = model.preprocessor.fill(frame)
    pixels = place.width * place.height
    read, written = frame.width * frame.height * 3 // 2, pixels * 3 * tensor.itemsize
    print(f"  one pass reads the frame's {read} bytes where they are and writes the input's {written}; nothing else")
    try:
        import cv2
    except ImportError:
        print("  no comparison: opencv is not installed (pip install opencv-python-headless)")
        return
    cv2.setNumThreads(1)
    conventions = model.layout.conventions
    other = np.full_like(tensor, 114 * conventions.factor)

    def step_by_step() -> None:
        """As it is usually written: a picture, a smaller picture, planes."""
        colour = cv2.COLOR_YUV2BGR_NV12 if conventions.bgr else cv2.COLOR_YUV2RGB_NV12
        small = cv2.resize(cv2.cvtColor(frame.nv12, colour), (place.width, place.height))
        region = other[0, :, place.top : place.top + place.height, place.left : place.left + place.width]
        region[:] = small.transpose(2, 0, 1)
        if conventions.factor != 1:
            region *= conventions.factor

    times: dict[str, list[float]] = {"one": [], "steps": []}
    for _ in range(200):
        for name, run in (("one", lambda: model.preprocessor.fill(frame)), ("steps", step_by_step)):
            begin = time.perf_counter_ns()
            run()
            times[name].append((time.perf_counter_ns() - begin) / 1e6)
    line("in one pass", times["one"])
    line("with opencv, step by step, on one thread", times["steps"])
    between = frame.width * frame.height * 3 + pixels * 3
    print(f"  which writes and reads {between} bytes of pictures in between")
    ratio = statistics.median(one / steps for one, steps in zip(times["one"], times["steps"]))
    difference = np.abs(tensor - other).mean() / (255 * conventions.factor)
    print(f"  one pass : step by step = {ratio:.2f}; the results differ by {difference:.2%} on the average")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--build", type=Path, default=Path("build"), help="build directory (build)")
    parser.add_argument("--source", default="synthetic", help="what the camera shows (synthetic)")
    parser.add_argument("--model", default="", help="model (the one that is installed)")
    parser.add_argument("--seconds", type=float, default=6, help="of each measurement (6)")
    options = parser.parse_args()
    inference_s = measure_inference(options)
    print(f"{os.cpu_count()} processors, model {options.model or 'ball.onnx'}, source {options.source}")
    measure_overhead(options, inference_s)
    measure_queue(options, inference_s)
    measure_others(options, inference_s)
    measure_preprocessing(options)


if __name__ == "__main__":
    main()
