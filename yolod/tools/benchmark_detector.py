#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the detector adds to its model's own time, whether it ever queues frames, what it costs the others, and what one
pass from the camera's memory into the model's input saves. All of it in one run, with the programs as they are.

    make bench-detector [SOURCE=video.avi] [MODEL=yolox_nano.onnx]
"""

from __future__ import annotations

import argparse
import contextlib
import json
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
from typing import Any

import numpy as np

import zcframe
from zcframe.detections import Detections

YOLOD = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(YOLOD))

import benchmark_text  # noqa: E402
from zcf_yolod.model import Model  # noqa: E402
from zcf_yolod.settings import Settings  # noqa: E402

FRAMES = "pet_camera_yolo_zc"
RESULTS = "pet_camera_detections"

# A program that was stopped has to wake up.
SETTLE_S = 0.3


def step(options: argparse.Namespace, what: str) -> None:
    if options.json:
        print(f"step detector, {what}", file=sys.stderr, flush=True)


def distribution(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": statistics.median(ordered),
        "p99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        "count": len(ordered),
    }


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "minimum": min(values), "maximum": max(values)}


class Ending:
    """SIGTERM ends this program, which ends what it has started: but not between starting something and knowing it."""

    def __init__(self) -> None:
        self._asked = False
        self._held_back = 0

    def ask(self, *_: object) -> None:
        self._asked = True
        if not self._held_back:
            sys.exit(1)

    @contextlib.contextmanager
    def hold_back(self) -> Iterator[None]:
        self._held_back += 1
        try:
            yield
        finally:
            self._held_back -= 1
            if self._asked and not self._held_back:
                sys.exit(1)


ending = Ending()


@contextlib.contextmanager
def temporary_directory() -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        with ending.hold_back():
            directory = stack.enter_context(tempfile.TemporaryDirectory())
        yield directory


@contextlib.contextmanager
def programs(options: argparse.Namespace, rate: float) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Camera and detector, both anew, on a runtime directory of their own, the detector with the priority of its unit.
    Gives the detector and the directory."""
    with temporary_directory() as directory:
        config = Path(directory) / "zcframe.conf"
        config.write_text("[camera]\nplayback = every_frame\n")
        environment = {**os.environ, "ZCF_RUNTIME_DIR": str(Path(directory) / "run")}
        camera_command = [options.build / "camerad" / "zcf-camerad", "--config", config, "--log-level", "error",
                          "--source", options.source, "--rate", f"{rate:.3f}"]  # fmt: skip
        detector_command = ["nice", "-n", "5", sys.executable, YOLOD, "--config", config, "--log-level", "error"]
        if options.model:
            detector_command += ["--model", options.model]
        started: list[subprocess.Popen[bytes]] = []
        try:
            for command in (camera_command, detector_command):
                with ending.hold_back():
                    started.append(subprocess.Popen(command, env=environment))
            yield started[-1], Path(directory) / "run"
        finally:
            with ending.hold_back():
                for process in reversed(started):
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


class Collector(threading.Thread):
    """Every result from now on, with the time when it was published."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._consumer = zcframe.Consumer(
            RESULTS, order="oldest", timeout=60, runtime_dir=directory, on_stale="ignore"
        )
        self._stopping = threading.Event()
        self.results: list[tuple[Detections, int]] = []

    def __enter__(self) -> Collector:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.join()
        self._consumer.close()

    def run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError), self._consumer.acquire(0.2) as frame:
                self.results.append((Detections.from_frame(frame), frame.publish_time_ns))


@contextlib.contextmanager
def model_alone(options: argparse.Namespace, directory: Path, rate: float) -> Iterator[subprocess.Popen[str]]:
    """The process of inference_floor.py, with input that the camera has shown, and the detector's priority."""
    preprocessor = Model(Settings(model=options.model or "")).preprocessor
    inputs = []
    with zcframe.Consumer(FRAMES, timeout=60, runtime_dir=directory, on_stale="ignore") as consumer:
        while len(inputs) < 16:
            with consumer.acquire(60) as frame:
                inputs.append(preprocessor.fill(frame)[0].copy())
    path = directory.parent / "inputs.npy"
    np.save(path, np.stack(inputs))
    command = ["nice", "-n", "5", sys.executable, str(YOLOD / "tools" / "inference_floor.py"), options.model or "",
               str(path), str(rate)]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        ask(process, 0.5)
        yield process
        assert process.stdin
        process.stdin.close()


def ask(process: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
    assert process.stdin and process.stdout
    process.stdin.write(f"{seconds}\n")
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def processor_ns(pid: int) -> int:
    """What all threads of a process have had of the processors."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def measure_inference(options: argparse.Namespace) -> float:
    step(options, "the model's own time")
    with programs(options, 5) as (_, directory):
        return statistics.median(found.inference_ns for found, _ in results(directory, 2)) / 1e9


Turn = tuple[list[tuple[Detections, int]], float, dict[str, Any]]


def take_turns(detector: subprocess.Popen[bytes], collector: Collector, alone: subprocess.Popen[str], s: float) -> Turn:
    """The detector works and the model alone waits, then the other way round."""
    detector.send_signal(signal.SIGCONT)
    time.sleep(SETTLE_S)
    begin_ns, processor_begin_ns = time.monotonic_ns(), processor_ns(detector.pid)
    time.sleep(s)
    used_ns, end_ns = processor_ns(detector.pid) - processor_begin_ns, time.monotonic_ns()
    time.sleep(0.1)
    detector.send_signal(signal.SIGSTOP)
    floor = ask(alone, s)
    found = [(one, at) for one, at in collector.results if begin_ns <= one.acquired_time_ns <= end_ns]
    return found, used_ns / max(1, len(found)), floor


def measure_overhead(options: argparse.Namespace, inference_s: float) -> dict[str, Any]:
    """At a pace that the model keeps up with, in turn with the model alone: what is beyond it?"""
    step(options, "in turn with the model alone")
    rate = min(30.0, 0.4 / inference_s)
    with (
        programs(options, rate) as (detector, directory),
        Collector(directory) as collector,
        model_alone(options, directory, rate) as alone,
    ):
        length_s = options.seconds / options.rounds
        turns = [take_turns(detector, collector, alone, length_s) for _ in range(options.rounds)]
    found = [one for turn, _, _ in turns for one in turn]
    beyond = [float(at - one.publish_time_ns - one.inference_ns) for one, at in found]
    medians = [
        (
            statistics.median(one.inference_ns for one, _ in turn),
            statistics.median(at - one.publish_time_ns for one, at in turn),
            statistics.median(floor["inference_ns"]),
        )
        for turn, _, floor in turns
    ]
    return {
        "rate_hz": rate,
        "rounds": options.rounds,
        "inference_ns": distribution([one.inference_ns for one, _ in found]),
        "wait_ns": distribution([one.acquired_time_ns - one.publish_time_ns for one, _ in found]),
        "preprocess_ns": distribution([one.preprocess_ns for one, _ in found]),
        "postprocess_ns": distribution([one.postprocess_ns for one, _ in found]),
        "beyond_inference_ns": distribution(beyond),
        "within_2_ms": sum(value <= 2e6 for value in beyond) / len(beyond),
        "processor_ns": spread([used for _, used, _ in turns]),
        "floor_inference_ns": distribution([took for _, _, floor in turns for took in floor["inference_ns"]]),
        "floor_processor_ns": spread([floor["processor_ns"] for _, _, floor in turns]),
        "processor_ratio": spread([used / floor["processor_ns"] for _, used, floor in turns]),
        "inference_ratio": spread([own / alone for own, _, alone in medians]),
        "beyond_floor_ns": spread([delay - alone for _, delay, alone in medians]),
    }


def measure_queue(options: argparse.Namespace, inference_s: float) -> dict[str, Any]:
    """The camera is faster than the model: does it queue?"""
    step(options, "with a camera that is faster than the model")
    rate = min(1000.0, max(30.0, 3 / inference_s))
    with programs(options, rate) as (_, directory):
        found = results(directory, options.seconds)
    ages = [(one.acquired_time_ns - one.publish_time_ns) * rate / 1e9 for one, _ in found]
    gaps = [after.sequence - before.sequence for (before, _), (after, _) in zip(found, found[1:])]
    third = len(found) // 3
    first, last = (statistics.median(part) for part in (ages[:third], ages[-third:]))
    return {
        "rate_hz": rate,
        "age_frames": distribution(ages),
        "gap_frames": distribution([float(gap) for gap in gaps]),
        "last_to_first_third": last / first,
    }


def measure_others(options: argparse.Namespace, inference_s: float) -> dict[str, Any]:
    """Another reader of the same channel, the detector running and stopped in turns."""
    step(options, "beside another reader")
    rate = min(30.0, 0.4 / inference_s)
    latencies: dict[bool, list[float]] = {True: [], False: []}
    with programs(options, rate) as (detector, directory):
        results(directory, 0)
        with zcframe.Consumer(FRAMES, timeout=60, runtime_dir=directory, on_stale="ignore") as consumer:
            begin = time.monotonic()
            for frame in consumer:
                now_ns, elapsed = time.monotonic_ns(), time.monotonic() - begin
                running = int(elapsed) % 2 == 0
                latencies[running].append(float(now_ns - frame.publish_time_ns))
                detector.send_signal(signal.SIGCONT if int(elapsed + 0.02) % 2 == 0 else signal.SIGSTOP)
                if elapsed > max(2.0, options.seconds * 2):
                    break
    running_ns, stopped_ns = distribution(latencies[True]), distribution(latencies[False])
    return {
        "rate_hz": rate,
        "running_ns": running_ns,
        "stopped_ns": stopped_ns,
        "running_to_stopped": running_ns["p50"] / stopped_ns["p50"],
    }


def measure_preprocessing(options: argparse.Namespace) -> dict[str, Any]:
    """From the frame to the model's input, in one pass and as it is usually written."""
    step(options, "from the frame to the model's input")
    model = Model(Settings(model=options.model or ""))
    with temporary_directory() as directory:
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
            compared = compare_preprocessing(model, frame)
        consumers[0].close()
        producer.close()
    return compared


def compare_preprocessing(model: Model, frame: zcframe.Frame) -> dict[str, Any]:
    tensor, place = model.preprocessor.fill(frame)
    pixels = place.width * place.height
    compared: dict[str, Any] = {
        "read_bytes": frame.width * frame.height * 3 // 2,
        "written_bytes": pixels * 3 * tensor.itemsize,
    }
    try:
        import cv2
    except ImportError:
        cv2 = None
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

    ways = {"one_pass_ns": lambda: model.preprocessor.fill(frame)}
    if cv2:
        cv2.setNumThreads(1)
        ways["step_by_step_ns"] = step_by_step
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(200):
        for name, run in ways.items():
            begin = time.perf_counter_ns()
            run()
            times[name].append(float(time.perf_counter_ns() - begin))
    compared.update({name: distribution(took) for name, took in times.items()})
    if cv2:
        ratios = [one / steps for one, steps in zip(times["one_pass_ns"], times["step_by_step_ns"])]
        compared["one_pass_to_step_by_step"] = statistics.median(ratios)
        compared["between_bytes"] = frame.width * frame.height * 3 + pixels * 3
        compared["difference"] = float(np.abs(tensor - other).mean() / (255 * conventions.factor))
    return compared


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--build", type=Path, default=Path("build"), help="build directory (build)")
    parser.add_argument("--source", default="synthetic", help="what the camera shows (synthetic)")
    parser.add_argument("--model", default="", help="model (the one that is installed)")
    parser.add_argument("--seconds", type=float, default=6, help="of each measurement (6)")
    parser.add_argument("--rounds", type=int, default=4, help="turns with the model alone, in these seconds (4)")
    parser.add_argument("--json", action="store_true", help="results as JSON; what is measured on standard error")
    options = parser.parse_args()
    # Ended, it still ends what it has started.
    signal.signal(signal.SIGTERM, ending.ask)
    inference_s = measure_inference(options)
    found = {
        "processor_count": os.cpu_count(),
        "model": Path(options.model).name if options.model else "ball.onnx",
        "source": options.source,
        "overhead": measure_overhead(options, inference_s),
        "queue": measure_queue(options, inference_s),
        "others": measure_others(options, inference_s),
        "preprocessing": measure_preprocessing(options),
    }
    if options.json:
        print(json.dumps(found))
    else:
        benchmark_text.print_results(found)


if __name__ == "__main__":
    main()
