# SPDX-License-Identifier: Apache-2.0
"""Waiting, errors, other threads, other processes."""

import errno
import os
import signal
import subprocess
import threading
import time

import pytest

import zcframe


@pytest.mark.parametrize("options", [{}, {"spin": 0.001}, {"anticipate": 0.001}])
def test_frames_come_in_order_and_none_twice(start_camera, options):
    start_camera(100)
    numbers = []
    with zcframe.Consumer("test", timeout=10, **options) as consumer:
        for frame in consumer:
            numbers.append((frame.sequence, int(frame.y[0, 0])))
            if len(numbers) == 20:
                break
    sequences = [sequence for sequence, _ in numbers]
    assert sequences == sorted(set(sequences))
    assert all(value == sequence % 256 for sequence, value in numbers)


def test_newest_passes_older_frames_over_and_oldest_does_not(channel):
    newest, oldest = channel.attach(), channel.attach(order="oldest")
    for value in (1, 2, 3):
        channel.publish(value)
    with newest.acquire(0) as frame:
        assert (frame.frame_number, frame.sequence_gap) == (3, 0)
    for number in (1, 2, 3):
        with oldest.acquire(0) as frame:
            assert frame.frame_number == number


def test_every_nth_and_max_rate_choose_frames(make_channel):
    channel = make_channel(buffers=8, rate=1000)
    third, slow = channel.attach(every_nth=3, order="oldest"), channel.attach(max_rate=0.1)
    for value in range(1, 8):
        channel.publish(value)
    numbers = []
    for _ in range(2):
        with third.acquire(0) as frame:
            numbers.append(frame.frame_number)
    assert numbers == [3, 6]
    slow.acquire(0).release()
    channel.publish(8)
    with pytest.raises(TimeoutError):
        slow.acquire(0)


def test_no_frame_in_time_is_a_timeout_error(channel):
    consumer = channel.attach()
    start = time.monotonic()
    with pytest.raises(TimeoutError) as raised:
        consumer.acquire(0.25)
    assert time.monotonic() - start >= 0.25
    assert raised.value.errno == errno.ETIMEDOUT
    with pytest.raises(TimeoutError):
        consumer.acquire(0)


def test_no_producer_is_producer_gone_with_the_cure_in_the_message():
    start = time.monotonic()
    with pytest.raises(zcframe.ProducerGone, match="nobody publishes") as raised:
        zcframe.Consumer("nobody_here", timeout=0.25)
    assert time.monotonic() - start >= 0.25
    assert raised.value.errno == errno.ENOENT
    assert isinstance(raised.value, ConnectionError)


def test_a_consumer_waits_for_its_producer(start_camera):
    consumers = []
    thread = threading.Thread(target=lambda: consumers.append(zcframe.Consumer("test", timeout=30)))
    thread.start()
    time.sleep(0.2)
    start_camera()
    thread.join()
    assert consumers[0].acquire(10).frame_number >= 1


def test_a_producer_that_dies_is_producer_gone_and_its_successor_is_found(start_camera):
    camera = start_camera()
    consumer = zcframe.Consumer("test", timeout=10)
    with consumer.acquire(10) as frame:
        first_epoch = frame.epoch
    camera.kill()
    camera.wait()
    with pytest.raises(zcframe.ProducerGone) as raised:  # noqa: PT012
        while True:
            consumer.acquire(0.3).release()
    assert raised.value.errno == errno.ENOTCONN
    assert consumer.info.epoch == 0
    start_camera()
    with consumer.acquire(20) as frame:
        assert frame.epoch != first_epoch and frame.discontinuity
    assert consumer.counters.reattached == 1


def test_a_frame_stays_readable_when_its_producer_is_killed(start_camera):
    camera = start_camera()
    consumer = zcframe.Consumer("test", timeout=10)
    frame = consumer.acquire(10)
    y = frame.y
    camera.kill()
    camera.wait()
    assert (y == y[0, 0]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_leases": 99}, "must be 1 to 8"),
        ({"every_nth": 0}, "rate_value of 1 or more"),
    ],
)
def test_options_that_cannot_be_are_refused_by_the_library_with_a_reason(options, message):
    with pytest.raises(OSError, match=message) as raised:
        zcframe.Consumer("test", timeout=0, **options)
    assert raised.value.errno == errno.EINVAL


@pytest.mark.parametrize(
    "options",
    [
        {"order": "last"},
        {"on_stale": "shout"},
        {"every_nth": 2, "max_rate": 1},
        {"timeout": -1},
        {"timeout": float("nan")},
    ],
)
def test_options_that_mean_nothing_are_value_errors(options):
    with pytest.raises(ValueError):
        zcframe.Consumer("test", **{"timeout": 0, **options})


def test_a_name_that_cannot_be_is_refused():
    with pytest.raises(OSError) as raised:
        zcframe.Consumer("no/name", timeout=0)
    assert raised.value.errno == errno.EINVAL


# The process that answers in another version of the protocol: it takes the hello, and sends a welcome of major 99.
OTHER_VERSION = """
import os, socket, struct
os.makedirs(os.environ["ZCF_RUNTIME_DIR"], 0o755, exist_ok=True)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind(os.environ["ZCF_RUNTIME_DIR"] + "/test.sock")
listener.listen()
print("ready", flush=True)
while True:
    peer, _ = listener.accept()
    hello = peer.recv(4096)
    peer.send(hello[:4] + struct.pack("=HHHHI", 2, 99, 0, 0, 48) + bytes(32))
"""


def test_a_producer_of_another_version_is_a_version_mismatch(processes):
    producer = processes.python(OTHER_VERSION)
    assert producer.stdout.readline() == "ready\n"
    with pytest.raises(zcframe.VersionMismatch, match="upgrade") as raised:
        zcframe.Consumer("test", timeout=5)
    assert raised.value.errno == errno.EPROTONOSUPPORT


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")
def test_no_right_to_attach_is_a_permission_error(channel, runtime_directory):
    for directory in (runtime_directory, *list(runtime_directory.parents)[:4]):
        if directory != type(directory)("/tmp"):
            directory.chmod(0o755)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgid(65534)
            os.setuid(65534)
            zcframe.Consumer("test", timeout=0)
        except PermissionError as error:
            status = 0 if error.strerror else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_other_threads_run_while_one_waits(channel):
    consumer = channel.attach()
    turns = 0
    done = threading.Event()

    def wait():
        with pytest.raises(TimeoutError):
            consumer.acquire(0.5)
        done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0.001)
    thread.join()
    assert turns > 20


def test_several_threads_may_wait_on_one_consumer(make_channel):
    channel = make_channel(buffers=8)
    consumer = channel.attach(max_leases=3)
    got = []
    threads = [threading.Thread(target=lambda: got.append(consumer.acquire(20))) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        channel.publish(1)
        channel.producer.wait(0.02)
    assert len({frame.sequence for frame in got}) == 3


def test_closing_ends_the_wait_of_another_thread(channel):
    consumer = channel.attach()
    errors = []

    def wait():
        try:
            consumer.acquire()
        except ValueError as error:
            errors.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    consumer.close()
    consumer.close()
    thread.join()
    assert errors == ["the consumer is closed"]
    with pytest.raises(ValueError, match="closed"):
        _ = consumer.info


def test_interrupt_ends_a_wait(channel):
    consumer = channel.attach()
    threading.Timer(0.1, consumer.interrupt).start()
    with pytest.raises(InterruptedError):
        consumer.acquire()
    channel.publish(1)
    assert consumer.acquire(0).frame_number == 1


WAITER = """
import sys, zcframe
print("ready", flush=True)
try:
    consumer = zcframe.Consumer("test")
    if sys.argv[1] == "acquire":
        while True:
            consumer.acquire().release()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("where", ["acquire", "open"])
def test_keyboard_interrupt_ends_a_wait(where, processes, channel):
    if where == "open":
        channel.producer.close()
    process = processes.python(WAITER, where)
    assert process.stdout.readline() == "ready\n"
    for _ in range(100):
        if where == "acquire":
            channel.producer.wait(0.02)
            if channel.producer.consumer_count:
                break
    if where == "open":
        time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert output == "interrupted\n" and process.returncode == 0


def test_a_signal_handler_that_returns_does_not_end_the_wait(channel):
    consumer = channel.attach()
    calls = []
    previous = signal.signal(signal.SIGALRM, lambda *_: calls.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        with pytest.raises(TimeoutError):
            consumer.acquire(0.4)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert len(calls) >= 2


def test_a_forked_child_must_open_its_own_consumer(channel):
    consumer = channel.attach()
    channel.publish(1)
    frame = consumer.acquire(1)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            consumer.acquire(0)
        except ChildProcessError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert frame.valid


def test_what_was_granted_and_seen_is_told(channel):
    consumer = channel.attach(max_leases=2, deadline=5)
    channel.publish(1)
    consumer.acquire(1).release()
    info = consumer.info
    assert (info.width, info.height, info.fourcc, info.max_leases, info.buffer_count) == (64, 48, "NV12", 2, 4)
    assert (info.backend, info.lease_deadline_ns) == ("memfd", 5_000_000_000)
    assert consumer.counters == (1, 0, 0, 0, 0)


def test_channels_are_listed(channel, runtime_directory):
    assert zcframe.channels() == zcframe.channels(str(runtime_directory)) == ["test"]
    assert zcframe.channels("/nonexistent") == []
    assert zcframe.runtime_directory() == str(runtime_directory)


def test_another_runtime_directory_may_be_named(tmp_path, channel):
    with pytest.raises(zcframe.ProducerGone):
        zcframe.Consumer("test", runtime_dir=tmp_path / "elsewhere", timeout=0)


def test_a_process_that_ends_with_frames_and_views_ends_cleanly(processes, start_camera):
    start_camera()
    process = processes.python(
        """
        import numpy, zcframe
        consumer = zcframe.Consumer("test", timeout=10)
        frame = consumer.acquire(10)
        y = frame.y
        tensor = numpy.from_dlpack(frame)
        print(y.shape)
        """,
        stderr=subprocess.PIPE,
    )
    output, errors = process.communicate(timeout=60)
    assert (output, errors, process.returncode) == ("(48, 64)\n", "", 0)
