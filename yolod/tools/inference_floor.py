#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The model alone: the session that the detector would have, on the same input, in a process without a camera, a
channel or anything else. What it takes is the least that any detector with this model takes.

Part of benchmark_detector.py. Each line that it reads is a number of seconds; its answer is what it took in that time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from zcf_yolod.backends import open_backend  # noqa: E402
from zcf_yolod.settings import Settings  # noqa: E402


def main(model: str, inputs_path: str, rate: float) -> None:
    backend = open_backend(Settings(model=model))
    inputs = np.load(inputs_path)
    count = 0
    for line in sys.stdin:
        took_ns: list[int] = []
        processor_ns = 0
        begin = time.monotonic()
        while time.monotonic() - begin < float(line):
            time.sleep(max(0.0, begin + len(took_ns) / rate - time.monotonic()))
            tensor = inputs[count % len(inputs)]
            processor_begin_ns, begin_ns = time.process_time_ns(), time.perf_counter_ns()
            backend.infer(tensor)
            took_ns.append(time.perf_counter_ns() - begin_ns)
            processor_ns += time.process_time_ns() - processor_begin_ns
            count += 1
        print(json.dumps({"inference_ns": took_ns, "processor_ns": processor_ns / len(took_ns)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
