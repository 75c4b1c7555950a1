# SPDX-License-Identifier: Apache-2.0
"""From a frame into the model's input: the pixels that a plain computation gives, and no picture in between."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from zcf_yolod.backends import PixelFormat
from zcf_yolod.layouts.layout import ULTRALYTICS_CONVENTIONS, YOLOX_CONVENTIONS
from zcf_yolod.preprocessor import Preprocessor
from zcf_yolod.trouble import Trouble


def backend(width, height, pixel_format=PixelFormat.RGB_FLOAT):
    return SimpleNamespace(width=width, height=height, pixel_format=pixel_format)


def picture(width, height, seed=1):
    """Smooth and colourful, with some noise: NV12, (height * 3 / 2, width)."""
    y, x = np.mgrid[0 : height * 3 // 2, 0:width]
    smooth = 125 + 90 * np.sin(x / 11 + y / 7)
    return np.clip(smooth + np.random.default_rng(seed).normal(0, 4, smooth.shape), 16, 235).astype(np.uint8)


def bilinear(plane, width, height):
    """Centres of pixels at halves, edges repeated."""

    def taps(size, source):
        place = np.clip((np.arange(size) + 0.5) * source / size - 0.5, 0, source - 1)
        index = np.minimum(place.astype(int), source - 2)
        return index, place - index

    rows, row_weights = taps(height, plane.shape[0])
    columns, column_weights = taps(width, plane.shape[1])
    plane = plane.astype(float)
    lines = plane[rows] * (1 - row_weights)[:, None] + plane[rows + 1] * row_weights[:, None]
    return lines[:, columns] * (1 - column_weights) + lines[:, columns + 1] * column_weights


def expected(nv12, letterbox, conventions, shape):
    height = nv12.shape[0] * 2 // 3
    size = (letterbox.width, letterbox.height)
    luma = bilinear(nv12[:height], *size)
    u, v = (bilinear(nv12[height:, index::2], *size) - 128 for index in (0, 1))
    rgb = np.stack([luma + 1.402 * v, luma - 0.344136 * u - 0.714136 * v, luma + 1.772 * u]).clip(0, 255)
    tensor = np.full(shape, 114.0)
    tensor[0, :, letterbox.top : letterbox.top + size[1], letterbox.left : letterbox.left + size[0]] = (
        rgb[::-1] if conventions.bgr else rgb
    )
    return tensor * conventions.factor


@pytest.mark.parametrize("conventions", [YOLOX_CONVENTIONS, ULTRALYTICS_CONVENTIONS])
@pytest.mark.parametrize("frame, model", [
    ((640, 360), (416, 416)), ((640, 360), (640, 640)), ((320, 240), (416, 416)), ((322, 182), (96, 64)),
    ((64, 200), (160, 160)), ((34, 30), (320, 192)),
])  # fmt: skip
def test_pixels_are_scaled_converted_and_placed_as_they_should(make_channel, conventions, frame, model):
    # Rows of frames have gaps between them as a rule.
    channel = make_channel(*frame, stride_align=128)
    preprocessor = Preprocessor(backend(*model), conventions)
    for seed in (1, 2):  # the second finds the first one's input
        nv12 = picture(*frame, seed)
        with channel.show(nv12) as shown:
            tensor, letterbox = preprocessor.fill(shown)
        difference = np.abs(tensor - expected(nv12, letterbox, conventions, tensor.shape)) / conventions.factor
        assert difference.max() < 1.5  # weights have 8 bits


def test_grey_frames_have_no_colours(make_channel):
    channel = make_channel(64, 48, fourcc="GREY")
    with channel.producer.dequeue() as buffer:
        buffer.y[:] = np.arange(64)[np.newaxis] * 3
    with channel.consumer.acquire(60) as frame:
        tensor, _ = Preprocessor(backend(64, 64), YOLOX_CONVENTIONS).fill(frame)
    assert tensor[0, 0, :48] == pytest.approx(tensor[0, 1, :48], abs=1e-3)
    assert tensor[0, 0, 20, 1:63] == pytest.approx(np.arange(1, 63) * 3, abs=0.5)


def test_the_grey_is_painted_anew_when_the_size_of_frames_changes(make_channel):
    preprocessor = Preprocessor(backend(96, 96), ULTRALYTICS_CONVENTIONS)
    for name, size in (("wide", (96, 48)), ("high", (48, 96))):
        channel = make_channel(*size, name=name)
        with channel.show(picture(*size)) as frame:
            tensor, letterbox = preprocessor.fill(frame)
        outside = np.ones((96, 96), bool)
        outside[letterbox.top : letterbox.top + letterbox.height, letterbox.left : letterbox.left + letterbox.width] = (
            False
        )
        assert tensor[0][:, outside] == pytest.approx(114 / 255)


def test_nv12_is_scaled_into_nv12_with_grey_around(make_channel):
    preprocessor = Preprocessor(backend(96, 96, PixelFormat.NV12), ULTRALYTICS_CONVENTIONS)
    channel = make_channel(192, 96)
    nv12 = picture(192, 96)
    with channel.show(nv12) as frame:
        tensor, letterbox = preprocessor.fill(frame)
    assert (letterbox.left, letterbox.top, letterbox.width, letterbox.height) == (0, 24, 96, 48)
    assert np.abs(tensor[24:72] - bilinear(nv12[:96], 96, 48)).max() <= 2
    assert np.abs(tensor[96 + 12 : 96 + 36, 1::2] - bilinear(nv12[96:, 1::2], 48, 24)).max() <= 2
    assert (tensor[:24] == 114).all() and (tensor[72:96] == 114).all()
    assert (tensor[96 : 96 + 12] == 128).all() and (tensor[96 + 36 :] == 128).all()


def test_no_picture_is_made_on_the_way(make_channel):
    """numpy's memory is traced too; the rows that the scaler needs are less than a hundredth of a picture."""
    preprocessor = Preprocessor(backend(416, 416), YOLOX_CONVENTIONS)
    channel = make_channel(640, 360)
    with channel.show(picture(640, 360)) as frame:
        preprocessor.fill(frame)
        tracemalloc.start()
        tensor, _ = preprocessor.fill(frame)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert tensor is preprocessor.tensor
    assert peak_bytes < 640 * 360 // 20


def test_a_model_for_nv12_does_not_take_grey(make_channel):
    channel = make_channel(64, 48, fourcc="GREY")
    channel.producer.dequeue().publish()
    with (
        channel.consumer.acquire(60) as frame,
        pytest.raises(Trouble, match="frames of format GREY cannot be analysed by this model, only NV12"),
    ):
        Preprocessor(backend(64, 64, PixelFormat.NV12), ULTRALYTICS_CONVENTIONS).fill(frame)
