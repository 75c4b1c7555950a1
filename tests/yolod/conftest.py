# SPDX-License-Identifier: Apache-2.0
"""What the tests of the detector share: a runtime directory for each, the programs, frames of our own."""

import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(os.environ["ZCF_TEST_SOURCE_DIRECTORY"])
BUILD = Path(os.environ["ZCF_TEST_BUILD_DIRECTORY"])
sys.path.insert(0, str(SOURCE / "yolod"))

import zcframe  # noqa: E402

# In case something hangs: say where. The process that runs us ends us.
faulthandler.dump_traceback_later(300, exit=True)


@pytest.fixture(autouse=True)
def runtime_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "run"
    monkeypatch.setenv("ZCF_RUNTIME_DIR", str(directory))
    return directory


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Real footage and models, which are not in the repository."""
    data = SOURCE.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip(f"{data} is not there")
    return data


class Running:
    """A program of ours, and what it says on standard error."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, text: str, after: int = 0) -> str:
        """The first line that has the text. Fails if the program ends without it."""
        with self._changed:
            while True:
                for line in self.lines[after:]:
                    if text in line:
                        return line
                assert not self._ended, f"{text!r} was not said before the end:\n" + "".join(self.lines)
                self._changed.wait()

    def finish(self) -> int:
        """Wait for its end, which somebody else brings about."""
        status = self.process.wait()
        self._reader.join()
        return status

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.finish()

    @property
    def text(self) -> str:
        return "".join(self.lines)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """start("zcf-yolod", OPTION...): with an empty configuration unless one is named."""
    (tmp_path / "empty.conf").touch()
    commands = {
        "zcf-yolod": [sys.executable, str(SOURCE / "yolod")],
        "zcf-camerad": [str(BUILD / "camerad" / "zcf-camerad")],
    }
    running: list[Running] = []

    def start_program(program: str, *options: object, **environment: str) -> Running:
        config = [] if "--config" in options else ["--config", str(tmp_path / "empty.conf")]
        running.append(Running([*commands[program], *config, *map(str, options)], environment))
        return running[-1]

    yield start_program
    for program in running:
        if program.process.poll() is None:
            program.process.send_signal(signal.SIGCONT)
            program.process.kill()
        program.finish()


class Channel:
    """A channel whose frames the test makes, and a consumer of it in the same thread."""

    def __init__(self, name: str, width: int, height: int, **options: object) -> None:
        self.width, self.height = width, height
        options = {"buffers": 4, "deadline": 60, **options}
        self.producer = zcframe.Producer(name, width, height, **options)  # type: ignore[arg-type]
        self._attached: list[zcframe.Consumer] = []
        opening = threading.Thread(target=lambda: self._attached.append(zcframe.Consumer(name, timeout=60)))
        opening.start()
        while opening.is_alive():
            self.producer.wait(0.005)
        self.consumer = self._attached[0]

    def publish(self, nv12: np.ndarray, **metadata: int) -> None:
        """A picture of shape (height * 3 / 2, width)."""
        with self.producer.dequeue() as buffer:
            buffer.y[:] = nv12[: self.height]
            buffer.uv[:] = nv12[self.height :].reshape(self.height // 2, self.width // 2, 2)
            for name, value in metadata.items():
                setattr(buffer, name, value)

    def show(self, nv12: np.ndarray, **metadata: int) -> zcframe.Frame:
        """Publish it, and acquire it."""
        self.publish(nv12, **metadata)
        return self.consumer.acquire(60)

    def close(self) -> None:
        self.consumer.close()
        self.producer.close()


@pytest.fixture
def make_channel() -> Iterator[Callable[..., Channel]]:
    channels = []

    def make(width: int, height: int, name: str = "test", **options: object) -> Channel:
        channels.append(Channel(name, width, height, **options))
        return channels[-1]

    yield make
    for channel in channels:
        channel.close()


def wait_until(condition: Callable[[], object]) -> None:
    """Without an end: the watchdog has one."""
    while not condition():
        time.sleep(0.02)
