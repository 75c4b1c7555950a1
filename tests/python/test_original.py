# SPDX-License-Identifier: Apache-2.0
"""The original design's endpoint, of a daemon on the emulated board."""

import ctypes
import gc
import itertools
import os
import subprocess
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

import zcframe
from zcframe import hb_mem
from zcframe.original import OriginalConsumer, shared_memory

RATE = 20


pytestmark = pytest.mark.usefixtures("board")


@pytest.fixture
def channel_name():
    """POSIX shared memory is the whole machine's: a name that nobody else has, and that is gone afterwards."""
    name = f"zcf_test_{uuid.uuid4().hex[:12]}"
    yield name
    Path(f"/dev/shm/{name}").unlink(missing_ok=True)  # what a daemon leaves that was killed


@pytest.fixture
def start_daemon(processes, tmp_path, build_directory, channel_name):
    program = build_directory / "camerad" / "zcf-camerad"
    if not program.exists():
        pytest.skip("zcf-camerad was not built")

    def start(backend="hbmem", deadline="2s"):
        config = tmp_path / "camera.conf"
        config.write_text(
            f"[camera]\nrate = {RATE}\noriginal_endpoint = yes\n"
            f"[channel {channel_name}]\nwidth = 320\nheight = 240\nbuffers = 24\nlease_deadline = {deadline}\n"
        )
        daemon = processes.start([program, "--config", config, "--backend", backend], stderr=subprocess.PIPE)
        for line in daemon.stderr:
            if "camera started" in line:
                return daemon
        raise AssertionError("the daemon did not start")

    return start


def read_semaphore(channel, offset):
    """The value of a sem_t, with the C library's own idea of it."""
    content = Path(f"/dev/shm/{channel}").read_bytes()
    value = ctypes.c_int()
    ctypes.CDLL(None).sem_getvalue(ctypes.create_string_buffer(content[offset : offset + 32], 32), ctypes.byref(value))
    return value.value


def test_frames_are_read_in_place_and_are_those_of_our_own_consumers(start_daemon, channel_name):
    start_daemon()
    native = {}
    with (
        zcframe.Consumer(channel_name, order="oldest", max_leases=1) as consumer,
        OriginalConsumer(channel_name) as other,
    ):
        for frame in itertools.islice(other, 6):
            assert (frame.width, frame.height, frame.format) == (320, 240, 1)
            assert frame.y.shape == (240, 320)
            assert frame.uv.shape == (120, 160, 2)
            assert not frame.y.flags.writeable
            assert type(frame.y) is np.ndarray
            assert abs(frame.brightness_avg - frame.y[::4].mean()) < 1.5
            # The consumer of ours has every frame: go on until it is at this one.
            while frame.sequence not in native:
                with consumer.acquire(10) as ours:
                    native[ours.sequence] = (ours.frame_number, ours.epoch, ours.capture_time_ns, int(ours.y.sum()))
            assert native[frame.sequence] == (
                frame.frame_number,
                frame.epoch,
                frame.capture_time_ns,
                int(frame.y.sum()),
            )
            assert frame.valid


def test_a_frame_of_our_own_consumers_names_its_buffer_for_the_vendors_functions(start_daemon, channel_name, channel):
    start_daemon()
    with zcframe.Consumer(channel_name) as consumer, consumer.acquire(10) as frame:
        picture = hb_mem.import_graphic(frame.handle)
        picture.invalidate()
        assert picture.description.share_id[0] == frame.share_id[0] > 0
        assert (picture.y == frame.y).all()
        assert (picture.uv == frame.uv).all()
    with pytest.raises(ValueError, match="released"):
        _ = frame.handle
    consumer = channel.attach()
    channel.publish(1)
    with consumer.acquire(1) as frame:
        assert frame.handle is None, "ordinary memory has none"


def test_each_frame_is_consumed_once_when_it_and_its_last_array_are_gone(start_daemon, channel_name):
    start_daemon()
    posts = []
    with OriginalConsumer(channel_name) as consumer:
        shared = consumer._shared
        post = shared.post_consumed
        shared.post_consumed = lambda: (posts.append(1), post())
        with consumer.acquire(10) as frame:
            part = frame.y[10:12]
            assert posts == []
        assert posts == [], "an array keeps the lease"
        assert frame.valid
        with pytest.raises(ValueError, match="released"):
            _ = frame.y
        frame.release()
        gc.disable()
        try:
            del part
            assert posts == [1]
        finally:
            gc.enable()
        with consumer.acquire(10):
            pass
        assert posts == [1, 1]


def test_a_frame_that_is_held_past_its_deadline_is_told(start_daemon, channel_name):
    start_daemon(deadline="60ms")
    with OriginalConsumer(channel_name) as consumer:
        frame = consumer.acquire(10)
        y = frame.y
        while frame.valid:
            time.sleep(0.01)
        assert y.shape == (240, 320), "the memory stays"
        with pytest.raises(zcframe.StaleFrame, match="discard"):
            frame.release()
        frame.release()
        assert not frame.valid
        del y
        # And the next one is good again.
        with consumer.acquire(10) as frame:
            assert frame.valid
        # An exception of the body is not hidden.
        with pytest.raises(KeyError), consumer.acquire(10) as frame:
            while frame.valid:
                time.sleep(0.01)
            raise KeyError


def test_a_daemon_that_was_killed_and_one_that_was_stopped_are_found_again(start_daemon, channel_name):
    daemon = start_daemon()
    with OriginalConsumer(channel_name) as consumer:
        epochs = set()
        with consumer.acquire(10) as frame:
            epochs.add(frame.epoch)
            y = frame.y
        for end in (daemon.kill, None):
            if end is None:
                daemon.terminate()
            else:
                end()
            daemon.wait()
            with pytest.raises((TimeoutError, zcframe.ProducerGone)):
                while True:
                    consumer.acquire(0.2).release()
            daemon = start_daemon()
            with consumer.acquire(10) as frame:
                epochs.add(frame.epoch)
                assert frame.y.shape == (240, 320)
        assert len(epochs) == 3
        assert y.mean() > 0, "an array of the first daemon's buffer, which that array keeps"


def test_without_an_endpoint_it_is_producer_gone_with_the_cure(channel_name):
    with pytest.raises(zcframe.ProducerGone, match="original_endpoint"):
        OriginalConsumer(channel_name, timeout=0)
    with pytest.raises(ValueError, match="no channel name"):
        OriginalConsumer("../etc")


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"\0" * 512, b"\xff" * 512], ids=["empty", "short", "zeros", "ones"]
)
def test_shared_memory_that_is_something_else_is_refused(channel_name, content):
    path = f"/dev/shm/{channel_name}"
    with open(path, "wb") as file:
        file.write(content)
    try:
        with pytest.raises(zcframe.ProducerGone, match="too few for an endpoint|not of zcf-camerad"):
            OriginalConsumer(channel_name, timeout=0)
    finally:
        os.unlink(path)


def test_semaphores_that_another_program_damaged_end_no_process_and_are_mended(start_daemon, channel_name):
    start_daemon()
    with OriginalConsumer(channel_name, timeout=10) as consumer:
        for _ in range(3):
            with consumer.acquire(10) as frame, open(f"/dev/shm/{channel_name}", "r+b") as memory:
                memory.write(b"\xff" * 64)
                assert frame.width == 320
        with consumer.acquire(10) as frame:
            assert frame.y.shape == (240, 320)


def test_ordinary_memory_has_metadata_but_no_pixels_and_says_why(start_daemon, channel_name):
    start_daemon(backend="memfd")
    with OriginalConsumer(channel_name) as consumer, consumer.acquire(10) as frame:
        assert frame.share_id == (0, 0)
        assert frame.width == 320
        with pytest.raises(ValueError, match="not hbmem"):
            _ = frame.y


def test_a_wait_ends_in_time_and_with_control_c(start_daemon, channel_name, processes):
    daemon = start_daemon()
    daemon.kill()
    daemon.wait()
    consumer = OriginalConsumer(channel_name, timeout=0)
    with pytest.raises(TimeoutError):
        while True:
            consumer.acquire(0).release()
    script = """
        import sys
        from zcframe.original import OriginalConsumer
        consumer = OriginalConsumer(sys.argv[1])
        try:
            print("ready", flush=True)
            while True:
                consumer.acquire().release()
        except KeyboardInterrupt:
            print("interrupted")
    """
    waiting = processes.python(script, channel_name)
    assert waiting.stdout.readline() == "ready\n"
    waiting.send_signal(2)
    assert waiting.communicate()[0] == "interrupted\n"
    os.unlink(f"/dev/shm/{channel_name}")


def test_its_idea_of_the_layout_is_that_of_the_daemon():
    assert shared_memory._FRAME.size == 81
    assert shared_memory._FRAME_OFFSET + 88 == shared_memory._EXTENSION_OFFSET
    assert ctypes.sizeof(ctypes.c_long) == 8


def test_nothing_is_consumed_that_was_not_taken(start_daemon, channel_name):
    start_daemon()
    with OriginalConsumer(channel_name, timeout=10) as consumer:
        for frame in itertools.islice(consumer, 3):
            assert frame.valid
    assert read_semaphore(channel_name, 32) <= 1
