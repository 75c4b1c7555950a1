# SPDX-License-Identifier: Apache-2.0
"""What benchmark_detector.py has found, for people."""

from __future__ import annotations

from typing import Any


def _line(what: str, values: dict[str, float], scale: float = 1e6, unit: str = "ms") -> None:
    print(f"  {what:<58} {values['p50'] / scale:8.2f} {unit}   p99 {values['p99'] / scale:8.2f} {unit}")


def _spread(what: str, values: dict[str, float], scale: float = 1e6, unit: str = " ms") -> None:
    low, high = values["minimum"] / scale, values["maximum"] / scale
    print(f"  {what:<58} {values['median'] / scale:8.2f}{unit}   ({low:.2f} to {high:.2f})")


def print_results(found: dict[str, Any]) -> None:
    print(f"{found['processor_count']} processors, model {found['model']}, source {found['source']}")
    _print_overhead(found["overhead"])
    queue, others = found["queue"], found["others"]

    print(f"\nThe camera is faster than the model ({queue['rate_hz']:.1f} frames a second): does it queue?")
    _line("age of the frame when it was taken", queue["age_frames"], 1, "frames")
    _line("frames from one analysed frame to the next", queue["gap_frames"], 1, "      ")
    ratio = queue["last_to_first_third"]
    print(f"  age in the last third : in the first third = {ratio:.2f}  (a queue would grow)")

    rate = f"{others['rate_hz']:.1f} frames a second"
    print(f"\nAnother reader of the same channel ({rate}), detector running and stopped in turns:")
    _line("publish -> reader, detector running", others["running_ns"])
    _line("publish -> reader, detector stopped", others["stopped_ns"])
    print(f"  running : stopped = {others['running_to_stopped']:.2f}")
    _print_preprocessing(found["preprocessing"])


def _print_overhead(overhead: dict[str, Any]) -> None:
    rate = f"{overhead['rate_hz']:.1f} frames a second"
    print(f"\nThe model keeps up ({rate}), in turn with the model alone: what is beyond it?")
    _line("inference", overhead["inference_ns"])
    _line("inference of the model alone", overhead["floor_inference_ns"])
    _line("camera publishes -> detector has the frame", overhead["wait_ns"])
    _line("scale and convert", overhead["preprocess_ns"])
    _line("make boxes", overhead["postprocess_ns"])
    _line("camera publishes -> detector publishes, less inference", overhead["beyond_inference_ns"])
    _spread("the same, less inference of the model alone", overhead["beyond_floor_ns"])
    count = overhead["beyond_inference_ns"]["count"]
    print(f"  within inference + 2 ms: {overhead['within_2_ms']:.1%} of {count:.0f} frames")
    _spread("processor time of a frame", overhead["processor_ns"])
    _spread("processor time of the model alone", overhead["floor_processor_ns"])
    _spread("detector : model alone", overhead["processor_ratio"], 1, "   ")


def _print_preprocessing(compared: dict[str, Any]) -> None:
    print("\nFrom the frame to the model's input:")
    print(f"  one pass reads the frame's {compared['read_bytes']} bytes where they are and writes the input's "
          f"{compared['written_bytes']}; nothing else")  # fmt: skip
    _line("in one pass", compared["one_pass_ns"])
    if "step_by_step_ns" not in compared:
        print("  no comparison: opencv is not installed (pip install opencv-python-headless)")
        return
    _line("with opencv, step by step, on one thread", compared["step_by_step_ns"])
    print(f"  which writes and reads {compared['between_bytes']} bytes of pictures in between")
    print(f"  one pass : step by step = {compared['one_pass_to_step_by_step']:.2f}; "
          f"the results differ by {compared['difference']:.2%} on the average")  # fmt: skip
