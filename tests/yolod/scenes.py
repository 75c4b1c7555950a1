# SPDX-License-Identifier: Apache-2.0
"""What the synthetic camera sees, and where the ball is in it."""

import subprocess
from collections.abc import Iterable, Iterator

import numpy as np
from conftest import BUILD


def draw_scenes(width: int, height: int, times_ms: Iterable[int]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each time: middle and radius of the ball, and the picture, NV12 of shape (height * 3 / 2, width)."""
    times = [str(time) for time in times_ms]
    program = BUILD / "tests" / "yolod" / "draw_scenes"
    output = subprocess.run([program, str(width), str(height), *times], stdout=subprocess.PIPE, check=True).stdout
    size = 12 + width * height * 3 // 2
    assert len(output) == size * len(times)
    for start in range(0, len(output), size):
        ball = np.frombuffer(output, np.float32, 3, start)
        yield ball, np.frombuffer(output, np.uint8, size - 12, start + 12).reshape(height * 3 // 2, width)
