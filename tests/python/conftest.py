# SPDX-License-Identifier: Apache-2.0
"""What the tests share: a runtime directory for each, a producer that lets consumers in, other processes."""

import faulthandler
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import zcframe
from zcframe import hb_mem

# In case something hangs: say where. The process that runs us ends us.
faulthandler.dump_traceback_later(300, exit=True)


@pytest.fixture(autouse=True)
def runtime_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "run"
    monkeypatch.setenv("ZCF_RUNTIME_DIR", str(directory))
    return directory


class Channel:
    """A producer that belongs to the test's own thread, so that nothing is published but what the test says."""

    def __init__(self, producer: zcframe.Producer) -> None:
        self.producer = producer

    def attach(self, **options: object) -> zcframe.Consumer:
        """A consumer, which has to be let in while it opens."""
        result: list[zcframe.Consumer | BaseException] = []

        def serve_while(opening: threading.Thread) -> None:
            while opening.is_alive():
                self.producer.wait(0.005)

        def open_consumer() -> None:
            try:
                result.append(zcframe.Consumer("test", timeout=10, **options))  # type: ignore[arg-type]
            except BaseException as error:
                result.append(error)

        opening = threading.Thread(target=open_consumer)
        opening.start()
        serve_while(opening)
        if isinstance(result[0], BaseException):
            raise result[0]
        return result[0]

    def publish(self, value: int, **metadata: int | float) -> None:
        """A frame all of whose pixels have the value."""
        with self.producer.dequeue() as buffer:
            for plane in range(2 if buffer.fourcc == "NV12" else 1):
                memoryview(buffer.plane(plane)).cast("B")[:] = bytes([value]) * memoryview(buffer.plane(plane)).nbytes
            for name, datum in metadata.items():
                setattr(buffer, name, datum)


@pytest.fixture
def make_channel() -> Iterator[Callable[..., Channel]]:
    producers = []

    def make(width: int = 64, height: int = 48, **options: object) -> Channel:
        options.setdefault("deadline", 60)
        options.setdefault("buffers", 4)
        producer = zcframe.Producer("test", width, height, **options)  # type: ignore[arg-type]
        producers.append(producer)
        return Channel(producer)

    yield make
    for producer in producers:
        producer.close()


@pytest.fixture
def channel(make_channel: Callable[..., Channel]) -> Channel:
    """64x48 NV12, four buffers, a deadline that no test reaches."""
    return make_channel()


class Processes:
    def __init__(self) -> None:
        self.running: list[subprocess.Popen[str]] = []

    def start(self, command: list[str], **options: object) -> "subprocess.Popen[str]":
        process = subprocess.Popen(command, text=True, **options)  # type: ignore[call-overload]
        self.running.append(process)
        return process

    def python(self, script: str, *arguments: str, **options: object) -> "subprocess.Popen[str]":
        """Run a script in a process of its own; its standard output is a pipe."""
        options.setdefault("stdout", subprocess.PIPE)
        return self.start([sys.executable, "-c", textwrap.dedent(script), *arguments], **options)


@pytest.fixture
def processes() -> Iterator[Processes]:
    started = Processes()
    yield started
    for process in started.running:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr, process.stdin):
            if pipe:
                pipe.close()


# A test camera: frame n is all of value n.
CAMERA = """
import sys, zcframe
with zcframe.Producer("test", 64, 48, rate=float(sys.argv[1])) as producer:
    print("ready", flush=True)
    for tick in producer.ticks():
        try:
            with producer.dequeue() as buffer:
                buffer.y[:] = buffer.frame_number % 256
                buffer.uv[:] = 128
        except OSError:
            pass
"""


@pytest.fixture
def start_camera(processes: Processes) -> Callable[..., "subprocess.Popen[str]"]:
    def start(rate: float = 50) -> "subprocess.Popen[str]":
        process = processes.python(CAMERA, str(rate))
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    return start


@pytest.fixture(scope="session")
def build_directory() -> Path:
    return Path(os.environ["ZCF_TEST_BUILD_DIRECTORY"])


@pytest.fixture(scope="session")
def source_directory() -> Path:
    return Path(os.environ["ZCF_TEST_SOURCE_DIRECTORY"])


@pytest.fixture(scope="session")
def test_data(source_directory: Path) -> Path:
    """Real footage and models, which are not in the repository."""
    return source_directory.parent / "shared" / "data"


@pytest.fixture(scope="session")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An emulated RDK X5 of these tests' own. It is gone when the last process that opened it has ended."""
    directory = tmp_path_factory.mktemp("board")
    directory.chmod(0o700)
    os.environ["ZCF_EMULATION_DIR"] = str(directory)
    try:
        hb_mem.version()
    except hb_mem.LibraryMissing as error:
        pytest.skip(str(error))
    yield
    del os.environ["ZCF_EMULATION_DIR"]
