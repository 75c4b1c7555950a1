# SPDX-License-Identifier: Apache-2.0
"""A view never outlives its frame silently: it keeps the lease and stays true, or it is told."""

import errno
import gc
import threading
import time
import weakref

import numpy as np
import pytest

import zcframe


def held_by(consumer: zcframe.Consumer) -> int:
    """Frames that the consumer has: as many as are missing from its grant."""
    frames = []
    try:
        while True:
            frames.append(consumer.acquire(0))
    except OSError as error:
        if error.errno == errno.ENOBUFS:
            return consumer.info.max_leases - len(frames)
        return 0


def test_a_view_that_outlives_the_with_block_keeps_the_lease_and_its_pixels(channel):
    consumer = channel.attach()
    channel.publish(1)
    with consumer.acquire(1) as frame:
        y = frame.y
    assert frame.released and frame.held
    for value in range(2, 30):  # Many times round the four buffers.
        channel.publish(value)
    assert (y == 1).all()
    assert frame.valid
    with pytest.raises(OSError) as raised:
        consumer.acquire(0)
    assert raised.value.errno == errno.ENOBUFS
    assert "release one first" in str(raised.value)


def test_the_lease_ends_with_the_last_view_and_not_before(channel):
    consumer = channel.attach()
    channel.publish(1)
    channel.publish(2)
    with consumer.acquire(1) as frame:
        y, uv, whole = frame.y, frame.uv, memoryview(frame)
        part = y[4:8, ::2]
    gc.disable()
    try:
        del y
        assert frame.held
        del uv
        assert frame.held
        del whole
        assert frame.held, "a slice counts as a view"
        del part
        assert not frame.held, "without any help of the garbage collector"
    finally:
        gc.enable()
    channel.publish(3)
    with consumer.acquire(1) as frame:
        assert frame.y[0, 0] == 3


def test_a_view_keeps_the_lease_when_the_frame_itself_is_gone(channel):
    consumer = channel.attach()
    channel.publish(1)
    y = consumer.acquire(1).y
    for value in range(2, 10):
        channel.publish(value)
    assert (y == 1).all()
    with pytest.raises(OSError, match="release one first"):
        consumer.acquire(0)
    del y
    assert consumer.acquire(0).y[0, 0] == 9


def test_a_frame_without_views_ends_its_lease_with_its_last_reference(channel):
    consumer = channel.attach()
    channel.publish(1)
    frame = consumer.acquire(1)
    gone = weakref.ref(frame)
    del frame
    assert gone() is None
    channel.publish(2)
    assert consumer.acquire(0).frame_number == 2


def test_leases_of_views_count_against_max_leases(channel):
    consumer = channel.attach(max_leases=2)
    views = []
    for value in (1, 2):
        channel.publish(value)
        with consumer.acquire(1) as frame:
            views.append(frame.y)
    channel.publish(3)
    with pytest.raises(OSError, match="holds 2 frames"):
        consumer.acquire(0)
    assert [view[0, 0] for view in views] == [1, 2]
    views.pop()
    assert consumer.acquire(0).frame_number == 3


def test_after_the_release_there_are_no_new_views_but_the_metadata_stays(channel):
    consumer = channel.attach()
    channel.publish(1, camera_id=5)
    frame = consumer.acquire(1)
    frame.release()
    frame.release()
    for attribute in ("y", "uv", "nv12"):
        with pytest.raises(ValueError, match="released"):
            getattr(frame, attribute)
    with pytest.raises(ValueError, match="released"):
        frame.to_rgb()
    with pytest.raises(BufferError, match="released"):
        memoryview(frame)
    assert (frame.frame_number, frame.camera_id, frame.valid) == (1, 5, True)


@pytest.fixture
def impatient(make_channel):
    """A channel that takes frames back after 20 ms."""
    return make_channel(deadline=0.02)


def overwrite(impatient, count=12):
    time.sleep(0.03)
    for value in range(100, 100 + count):
        impatient.publish(value)


def test_a_frame_that_was_taken_back_is_not_valid_and_its_with_block_raises(impatient):
    consumer = impatient.attach()
    impatient.publish(1)
    with pytest.raises(zcframe.StaleFrame, match="frame 1 .*discard") as raised:  # noqa: SIM117
        with consumer.acquire(1) as frame:
            assert frame.valid
            overwrite(impatient)
            assert not frame.valid
    assert raised.value.errno == errno.ESTALE
    assert not frame.valid and not frame.held
    assert consumer.counters.stale == 1


def test_release_raises_too_and_only_once(impatient):
    consumer = impatient.attach()
    impatient.publish(1)
    frame = consumer.acquire(1)
    overwrite(impatient)
    with pytest.raises(zcframe.StaleFrame):
        frame.release()
    frame.release()
    assert not frame.valid


def test_a_view_of_a_frame_that_was_taken_back_stays_readable_and_valid_says_so(impatient):
    consumer = impatient.attach()
    impatient.publish(1)
    with consumer.acquire(1) as frame:
        y = frame.y
    assert frame.valid
    overwrite(impatient)
    assert not frame.valid
    assert y[0, 0] >= 1  # Some picture or other: mapped, but not to be trusted.
    with pytest.raises(zcframe.StaleFrame):
        frame.check()
    del y
    assert not frame.valid and not frame.held


def test_the_exception_of_the_body_is_not_hidden_by_a_stale_frame(impatient):
    consumer = impatient.attach()
    impatient.publish(1)
    with pytest.raises(KeyError), consumer.acquire(1):
        overwrite(impatient)
        raise KeyError


def test_with_on_stale_ignore_nothing_is_raised_but_valid_still_tells(impatient):
    consumer = impatient.attach(on_stale="ignore")
    impatient.publish(1)
    with consumer.acquire(1) as frame:
        overwrite(impatient)
    assert not frame.valid


def test_a_loop_is_told_of_the_frame_that_it_took_too_long_for(impatient):
    consumer = impatient.attach()
    impatient.publish(1)
    with pytest.raises(zcframe.StaleFrame):
        for frame in consumer:
            assert frame.frame_number == 1
            overwrite(impatient)
    for frame in consumer:
        assert frame.frame_number == 13
        break


def test_a_conversion_of_a_stale_frame_raises_instead_of_returning_a_mixture(impatient):
    consumer = impatient.attach()
    impatient.publish(1)
    frame = consumer.acquire(1)
    overwrite(impatient)
    with pytest.raises(zcframe.StaleFrame):
        frame.to_bgr()
    with pytest.raises(zcframe.StaleFrame):
        frame.release()


def test_closing_the_consumer_waits_for_the_views(channel):
    consumer = channel.attach()
    channel.publish(1)
    with consumer:
        y = consumer.acquire(1).y
    assert consumer.closed
    channel.producer.wait(0.05)
    for value in range(2, 20):
        channel.publish(value)
    assert (y == 1).all(), "the lease is still there"
    assert channel.producer.consumer_count == 1
    del y
    channel.producer.wait(0.05)
    assert channel.producer.consumer_count == 0
    with pytest.raises(ValueError, match="closed"):
        consumer.acquire(0)


def test_a_tensor_keeps_the_lease_like_an_array(channel):
    consumer = channel.attach()
    channel.publish(1)
    with consumer.acquire(1) as frame:
        tensor = np.from_dlpack(frame)
    assert frame.held
    del tensor
    assert not frame.held


def test_a_capsule_that_nobody_takes_gives_the_lease_back(channel):
    consumer = channel.attach()
    channel.publish(1)
    for max_version in (None, (1, 0)):
        with consumer.acquire(1) as frame:
            capsule = frame.__dlpack__(max_version=max_version)
        assert frame.held
        del capsule
        assert not frame.held
        channel.publish(2)


def test_frames_that_are_copied_out_are_valid_for_ever_and_hold_nothing_of_the_cameras(make_channel):
    channel = make_channel(buffers=2, deadline=0.05)
    consumer = channel.attach(copy_out=True, max_leases=3)
    arrays = []
    for value in (1, 2, 3):
        channel.publish(value)
        with consumer.acquire(1) as frame:
            arrays.append(frame.y)
    for value in range(4, 20):
        channel.publish(value)
    assert [array[0, 0] for array in arrays] == [1, 2, 3]
    assert consumer.counters.copied == 3
    with pytest.raises(OSError) as raised:
        consumer.acquire(0)
    assert raised.value.errno == errno.ENOBUFS, "as many copies as were asked for are held"
    del arrays[0]
    assert consumer.acquire(0).frame_number == 19


def test_views_may_die_in_another_thread(channel):
    consumer = channel.attach()
    channel.publish(1)
    with consumer.acquire(1) as frame:
        views = [frame.y]
    thread = threading.Thread(target=views.clear)
    thread.start()
    thread.join()
    assert not frame.held
