#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What acquire + release costs from Python, beside the same two calls from C.

Both consumers are attached to one channel of this process, see the same frames, and take turns, so that what disturbs
one disturbs the other. Prints medians, the ratio and the difference.

    PKG_CONFIG_PATH=build/meson-uninstalled LD_LIBRARY_PATH=build/lib python3 python/tools/benchmark_acquire.py
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zcframe


def build_c_side(directory: str) -> str:
    program = os.path.join(directory, "acquire_release")
    flags = shlex.split(subprocess.check_output(["pkg-config", "--cflags", "--libs", "zcframe"], text=True))
    source = Path(__file__).with_name("acquire_release.c")
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-o", program, str(source), *flags], check=True)
    return program


def attach(producer: zcframe.Producer, open_consumer: Callable[[], object]) -> None:
    opening = threading.Thread(target=open_consumer)
    opening.start()
    while opening.is_alive():
        producer.wait(0.005)


def measure(producer: zcframe.Producer, program: str, count: int) -> tuple[dict[str, list[int]], int]:
    c_side = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    assert c_side.stdin and c_side.stdout
    attach(producer, c_side.stdout.readline)
    consumers: list[zcframe.Consumer] = []
    attach(producer, lambda: consumers.append(zcframe.Consumer("benchmark", timeout=10)))
    consumer = consumers[0]
    times: dict[str, list[int]] = {"C": [], "with": [], "with + y": []}
    clock = time.perf_counter_ns
    overhead = min(-clock() + clock() for _ in range(1000))
    for index in range(count):
        producer.dequeue().publish()
        c_side.stdin.write("\n")
        times["C"].append(int(c_side.stdout.readline()))
        start = clock()
        if index % 2:
            with consumer.acquire(0):
                pass
        else:
            with consumer.acquire(0) as frame:
                frame.y  # noqa: B018
        times["with" if index % 2 else "with + y"].append(clock() - start)
    c_side.stdin.close()
    c_side.wait()
    return times, overhead


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="results as JSON; what is measured on standard error")
    parser.add_argument("--count", type=int, default=20000, help="frames (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.json:
        print("step acquire and release from Python", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as directory:
        os.environ["ZCF_RUNTIME_DIR"] = directory
        program = build_c_side(directory)
        with zcframe.Producer("benchmark", 640, 360, deadline=10) as producer:
            times, overhead = measure(producer, program, arguments.count)
    rows = make_rows(times)
    if arguments.json:
        print(json.dumps({"acquire_release": rows, "clock_ns": overhead}))
    else:
        print_rows(rows, overhead)


def make_rows(times: dict[str, list[int]]) -> list[dict[str, Any]]:
    titles = {"C": "C", "with": "Python", "with + y": "Python, with frame.y"}
    c_median = statistics.median(times["C"])
    rows = []
    for name, values in times.items():
        median, p99 = statistics.median(values), statistics.quantiles(values, n=100)[98]
        rows.append(
            {
                "title": titles[name],
                "p50_ns": median,
                "p99_ns": p99,
                "ratio_to_c": median / c_median,
                "beyond_c_ns": median - c_median,
            }
        )
    return rows


def print_rows(rows: list[dict[str, Any]], overhead: int) -> None:
    print(f"{'acquire + release':24} {'median':>9} {'p99':>9} {'ratio to C':>11} {'beyond C':>10}")
    for row in rows:
        print(
            f"{row['title']:24} {row['p50_ns'] / 1e3:6.2f} us {row['p99_ns'] / 1e3:6.2f} us {row['ratio_to_c']:11.1f} "
            f"{row['beyond_c_ns'] / 1e3:7.2f} us"
        )
    print(f"(Python's times include {overhead / 1e3:.2f} us for its clock.)")


if __name__ == "__main__":
    main()
