# SPDX-License-Identifier: Apache-2.0
"""Pixels as arrays: shapes, strides, no copies, no writes."""

import contextlib
import ctypes
import subprocess
import sys

import numpy as np
import pytest

import zcframe


@pytest.fixture
def frame(channel):
    consumer = channel.attach()
    with channel.producer.dequeue() as buffer:
        buffer.y[:] = np.arange(48 * 64).reshape(48, 64) % 251
        buffer.uv[:] = np.arange(24 * 32 * 2).reshape(24, 32, 2) % 241
    return consumer.acquire(1)


def test_planes_have_their_shapes_strides_and_types(frame):
    assert (frame.y.shape, frame.y.strides, frame.y.dtype) == ((48, 64), (64, 1), np.uint8)
    assert (frame.uv.shape, frame.uv.strides, frame.uv.dtype) == ((24, 32, 2), (64, 2, 1), np.uint8)
    assert (frame.nv12.shape, frame.nv12.strides) == ((72, 64), (64, 1))
    assert (frame.width, frame.height, frame.fourcc, frame.plane_count) == (64, 48, "NV12", 2)
    assert frame.strides == (64, 64)


def test_pixels_are_those_that_were_written(frame):
    assert (frame.y.ravel() == np.arange(48 * 64) % 251).all()
    assert (frame.uv.ravel() == np.arange(24 * 32 * 2) % 241).all()
    assert (frame.nv12[48:].ravel() == frame.uv.ravel()).all()


def test_arrays_are_the_mapped_memory_itself(frame):
    assert frame.y.ctypes.data == frame.y.ctypes.data == frame.plane(0).address
    assert frame.nv12.ctypes.data == frame.y.ctypes.data
    assert frame.uv.ctypes.data == frame.y.ctypes.data + 48 * 64
    mapped = False
    with open("/proc/self/maps") as maps:
        for line in maps:
            first, last = (int(end, 16) for end in line.split()[0].split("-"))
            mapped = mapped or (first <= frame.y.ctypes.data < last and line.split()[1] == "r--s")
    assert mapped, "a shared mapping without the right to write"


def test_arrays_cannot_be_written(frame):
    with pytest.raises(ValueError, match="read-only"):
        frame.y[0, 0] = 1
    with pytest.raises(ValueError):
        frame.y.flags.writeable = True
    with pytest.raises(TypeError):
        memoryview(frame)[0, 0] = 1
    with pytest.raises((BufferError, TypeError)):
        (ctypes.c_char * 10).from_buffer(frame.plane(0))


def test_the_frame_supports_the_buffer_protocol(frame):
    view = memoryview(frame)
    assert (view.shape, view.strides, view.format, view.readonly, view.nbytes) == (
        (72, 64),
        (64, 1),
        "B",
        True,
        72 * 64,
    )
    assert bytes(view) == frame.nv12.tobytes()


@pytest.mark.skipif(not hasattr(np, "from_dlpack"), reason="numpy is too old")
def test_the_frame_and_its_planes_support_dlpack(frame):
    whole, uv = np.from_dlpack(frame), np.from_dlpack(frame.plane(1))
    assert whole.shape == (72, 64) and whole.ctypes.data == frame.y.ctypes.data
    assert uv.shape == (24, 32, 2) and (uv == frame.uv).all()
    assert not whole.flags.writeable
    assert frame.__dlpack_device__() == (1, 0)


def capsule_name(capsule):
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    return get_name(capsule)


def test_onnxruntime_and_torch_take_frames_without_a_copy(frame):
    """Each where it is installed; one of them has to be."""
    address = frame.plane(0).address
    taken = []
    with contextlib.suppress(ImportError):
        import onnxruntime

        taken.append(onnxruntime.OrtValue.ortvalue_from_numpy(frame.y).data_ptr())
    with contextlib.suppress(ImportError):
        import torch

        taken.append(torch.from_dlpack(frame.plane(0)).data_ptr())
    if not taken:
        pytest.skip("neither onnxruntime nor torch is installed here")
    assert taken == [address] * len(taken)


def test_dlpack_of_version_one_says_that_the_memory_is_read_only(frame):
    assert capsule_name(frame.__dlpack__()) == b"dltensor"
    capsule = frame.__dlpack__(max_version=(1, 0))
    assert capsule_name(capsule) == b"dltensor_versioned"
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    words = (ctypes.c_uint64 * 4).from_address(get_pointer(capsule, b"dltensor_versioned"))
    assert words[0] == 1  # major 1, minor 0
    assert words[3] == 1  # DLPACK_FLAG_BITMASK_READ_ONLY


def test_dlpack_refuses_what_needs_a_copy_or_another_device(frame):
    with pytest.raises(BufferError, match="copy"):
        frame.__dlpack__(copy=True)
    with pytest.raises(BufferError):
        frame.__dlpack__(dl_device=(2, 0))
    with pytest.raises(BufferError, match="streams"):
        frame.__dlpack__(stream=1)
    with pytest.raises(TypeError, match="max_version must be a tuple"):
        frame.__dlpack__(max_version=[1, 0])


def test_rows_with_padding_keep_their_stride(make_channel):
    channel = make_channel(70, 48)
    consumer = channel.attach()
    with channel.producer.dequeue() as buffer:
        assert buffer.y.strides == (128, 1)
        buffer.y[:] = np.arange(70)
        buffer.uv[:] = 9
    with consumer.acquire(1) as frame:
        assert (frame.y.shape, frame.y.strides) == ((48, 70), (128, 1))
        assert (frame.y == np.arange(70)).all()
        assert frame.nv12.shape == (72, 70) and (frame.nv12[48:] == 9).all()
        with pytest.raises(BufferError, match="padding"):
            ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(frame.plane(0)), ctypes.create_string_buffer(200), 0)


def test_grey_has_one_plane_and_data_has_bytes(make_channel):
    channel = make_channel(64, 48, fourcc="GREY")
    consumer = channel.attach()
    channel.publish(77)
    with consumer.acquire(1) as frame:
        assert frame.y.shape == (48, 64) and memoryview(frame).shape == (48, 64)
        assert (frame.to_rgb() == 77).all() and frame.to_rgb().shape == (48, 64, 3)
        with pytest.raises(ValueError, match="GREY has no such plane"):
            _ = frame.uv


def test_data_frames_are_as_long_as_their_content(make_channel):
    channel = make_channel(0, 0, fourcc="DATA", capacity=1000)
    consumer = channel.attach()
    with channel.producer.dequeue() as buffer:
        buffer.data[:5] = np.frombuffer(b"hello", np.uint8)
        buffer.bytes_used = 5
    with consumer.acquire(1) as frame:
        assert bytes(frame.data) == bytes(memoryview(frame)) == b"hello"
        with pytest.raises(ValueError, match="DATA has no such plane; it has data"):
            _ = frame.y


def test_colours_are_converted_as_bt601_in_full_range(make_channel):
    channel = make_channel()
    consumer = channel.attach()
    with channel.producer.dequeue() as buffer:
        buffer.y[:] = 76  # Pure red, as JPEG has it.
        buffer.uv[:] = (85, 255)
        buffer.y[:2, :2] = 1  # Nearly black: in studio range it would be below it,
        buffer.y[:2, 2:4] = 254  # and nearly white above.
        buffer.uv[:1, :2] = 128
    with consumer.acquire(1) as frame:
        red, green, blue = frame.to_rgb()[10, 10].astype(int)
        assert red > 250 and green < 5 and blue < 5
        assert (frame.to_rgb()[:2, :2] == 1).all() and (frame.to_rgb()[:2, 2:4] == 254).all()
        assert (frame.to_bgr() == frame.to_rgb()[:, :, ::-1]).all()
        assert frame.to_rgb().flags.writeable, "a copy"


def test_a_plane_that_is_not_there_is_an_index_error(frame):
    for index in (2, 99, 1 << 40):
        with pytest.raises(IndexError):
            frame.plane(index)
    with pytest.raises((OverflowError, ValueError)):
        frame.plane(-1)


def test_the_memory_that_is_made_on_the_way_is_given_back(frame):
    def use():
        for _ in range(200):
            np.asarray(frame.plane(0)), memoryview(frame).nbytes, frame.__dlpack__(), np.from_dlpack(frame)

    use()
    before = sys.getrefcount(frame)
    use()
    assert sys.getrefcount(frame) == before


def test_metadata_is_what_was_published(channel):
    consumer = channel.attach()
    channel.publish(
        1, frame_number=41, capture_time_ns=123456789, camera_id=-2, brightness_avg=12.5, correction_applied=1
    )
    with consumer.acquire(1) as frame:
        assert frame.frame_number == 41
        assert frame.capture_time_ns == 123456789
        assert frame.camera_id == -2
        assert frame.brightness_avg == 12.5
        assert frame.correction_applied is True
        assert (frame.sequence, frame.sequence_gap, frame.skipped_before, frame.version) == (1, 0, 0, 1)
        assert frame.epoch == channel.producer.epoch == consumer.info.epoch
        assert frame.bytes_used == 64 * 72
        assert frame.share_id == (0, 0, 0, 0)
        assert frame.publish_time_ns > 0 and frame.discontinuity is False
        assert repr(frame) == "<zcframe.Frame 41 NV12 64x48>"
    channel.publish(1)
    assert consumer.acquire(1).frame_number == 42, "counts on from there"


def test_versions_are_told():
    assert zcframe.library_version().split(".")[0].isdigit()


def test_nv12_explains_why_planes_that_are_apart_are_no_single_array(processes, build_directory):
    producer = processes.start(
        [str(build_directory / "tests" / "python" / "producer_planes_apart")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert producer.stdout.readline() == "ready\n"
    with zcframe.Consumer("test", timeout=10) as consumer, consumer.acquire(10) as frame:
        assert (frame.y == 1).all() and (frame.uv == 2).all()
        with pytest.raises(BufferError, match="do not follow each other.*use y and uv"):
            _ = frame.nv12
        with pytest.raises(BufferError, match="do not follow each other"):
            memoryview(frame)
        assert frame.to_rgb().shape == (48, 64, 3)
