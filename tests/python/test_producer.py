# SPDX-License-Identifier: Apache-2.0
"""Publishing from Python."""

import errno
import os
import threading
import time

import numpy as np
import pytest

import zcframe


def test_a_buffer_is_published_at_the_end_of_its_with_block(channel):
    consumer = channel.attach()
    with channel.producer.dequeue() as buffer:
        buffer.y[:] = 3
        buffer.uv[:] = 4
        with pytest.raises(TimeoutError):
            consumer.acquire(0)
    with consumer.acquire(0) as frame:
        assert (frame.y == 3).all() and (frame.uv == 4).all()


def test_a_buffer_whose_block_raised_is_given_back_unused(channel):
    consumer = channel.attach()
    for _ in range(10):  # More often than there are buffers.
        with pytest.raises(KeyError), channel.producer.dequeue() as buffer:
            raise KeyError
    with pytest.raises(TimeoutError):
        consumer.acquire(0)
    with pytest.raises(ValueError, match="published or cancelled"):
        _ = buffer.y


def test_a_buffer_that_is_dropped_is_given_back(channel):
    for _ in range(10):
        channel.producer.dequeue()
    channel.publish(1)


def test_no_array_may_be_left_when_a_buffer_is_published(channel):
    consumer = channel.attach()
    buffer = channel.producer.dequeue()
    y = buffer.y
    with pytest.raises(BufferError, match="`del` it"):
        buffer.publish()
    with pytest.raises(TimeoutError):
        consumer.acquire(0)
    y[:] = 9
    del y
    buffer.publish()
    assert consumer.acquire(0).y[0, 0] == 9
    with pytest.raises(ValueError, match="published"):
        _ = buffer.y


def test_buffers_are_written_where_consumers_read(channel):
    with channel.producer.dequeue() as buffer:
        assert buffer.nv12.shape == (72, 64) and buffer.y.flags.writeable
        buffer.nv12[48:] = 7
        assert (buffer.uv == 7).all()
        tensor = np.from_dlpack(buffer.plane(0))
        del tensor


def hold_every_buffer(channel, *consumers):
    frames = []
    for consumer in consumers:
        channel.publish(1)
        frames.append(consumer.acquire(0))
    return frames


def test_no_free_buffer_is_enobufs_and_a_release_ends_it(make_channel):
    channel = make_channel(buffers=2)
    consumer, other = channel.attach(), channel.attach()
    held = hold_every_buffer(channel, consumer, other)
    with pytest.raises(OSError) as raised:
        channel.producer.dequeue()
    assert raised.value.errno == errno.ENOBUFS
    held.pop(0).release()
    with channel.producer.dequeue() as buffer:
        assert buffer.frame_number == 4, "the frame that was lost has its number"
    held.pop().release()
    with consumer.acquire(0) as frame:
        assert (frame.frame_number, frame.skipped_before) == (4, 1)


def test_a_dequeue_can_wait_for_a_release(make_channel):
    channel = make_channel(buffers=2)
    held = hold_every_buffer(channel, channel.attach(), channel.attach())
    threading.Timer(0.1, held.clear).start()
    channel.producer.dequeue(timeout=30).cancel()


def test_all_source_buffers_in_use_is_ebusy(channel):
    buffers = [channel.producer.dequeue() for _ in range(4)]
    with pytest.raises(OSError) as raised:
        channel.producer.dequeue()
    assert raised.value.errno == errno.EBUSY
    assert {buffer.index for buffer in buffers} == {0, 1, 2, 3}


def test_ticks_count_at_the_rate_and_leave_out_what_is_past(make_channel):
    channel = make_channel(rate=100)
    ticks = channel.producer.ticks()
    start = time.monotonic()
    assert [next(ticks) for _ in range(4)] == [0, 1, 2, 3]
    assert time.monotonic() - start >= 0.029
    time.sleep(0.1)
    assert next(ticks) >= 10


def test_ticks_need_a_rate(channel):
    with pytest.raises(ValueError, match="rate="):
        next(channel.producer.ticks())


def test_a_channel_has_one_producer(channel):
    with pytest.raises(OSError) as raised:
        zcframe.Producer("test", 64, 48)
    assert raised.value.errno == errno.EADDRINUSE


@pytest.mark.parametrize(
    "options",
    [{"width": 63}, {"width": 0}, {"buffers": 1}, {"stride_align": 3}, {"fourcc": "DATA"}, {"fourcc": "XXXX"}],
)
def test_formats_that_cannot_be_are_refused(options):
    with pytest.raises(OSError) as raised:
        zcframe.Producer("test", **{"width": 64, "height": 48, **options})
    assert raised.value.errno in (errno.EINVAL, errno.ENOTSUP)
    assert raised.value.strerror
    with pytest.raises(ValueError):
        zcframe.Producer("test", 64, 48, fourcc="NV12M")


def test_closing_removes_the_socket_and_leaves_arrays_mapped(runtime_directory):
    producer = zcframe.Producer("test", 64, 48)
    buffer = producer.dequeue()
    y = buffer.y
    producer.close()
    producer.close()
    assert os.listdir(runtime_directory) == []
    y[:] = 5
    assert y.sum() == 5 * 64 * 48
    with pytest.raises(ValueError, match="closed"):
        buffer.publish()
    with pytest.raises(ValueError, match="closed"):
        producer.dequeue()


def test_a_producer_belongs_to_one_thread_at_a_time(channel):
    thread = threading.Thread(target=channel.producer.wait, args=(0.5,))
    thread.start()
    time.sleep(0.1)
    with pytest.raises(RuntimeError, match="another thread"):
        channel.producer.dispatch()
    thread.join()
    channel.producer.dispatch()


def test_a_buffer_that_dies_while_another_thread_waits_is_given_back_later(channel):
    buffers = [channel.producer.dequeue() for _ in range(4)]
    thread = threading.Thread(target=channel.producer.wait, args=(0.3,))
    thread.start()
    time.sleep(0.05)
    buffers.clear()
    thread.join()
    channel.producer.dequeue().cancel()


def test_consumers_come_and_go(channel):
    consumer = channel.attach()
    assert channel.producer.consumer_count == 1
    consumer.close()
    channel.producer.wait(0.05)
    assert channel.producer.consumer_count == 0
