# SPDX-License-Identifier: Apache-2.0
"""Camera frames shared between processes without a copy.

::

    with zcframe.Consumer("pet_camera_active_zc") as consumer:
        for frame in consumer:
            print(frame.frame_number, frame.y.mean())

- :class:`Consumer` reads the frames of a channel: an iterator, an asynchronous iterator and a context manager.
- :class:`Frame` has a frame's metadata, and its pixels as read-only arrays over the camera's own memory.
- :class:`Producer` and :class:`Buffer` publish frames.
- :mod:`zcframe.detections` reads and writes what a detector found.
- :mod:`zcframe.hb_mem` imports the RDK X5's buffers; :mod:`zcframe.original` reads the original design's endpoint.
"""

from ._zcframe import Plane, channels, library_version, runtime_directory
from .consumer import Consumer, ConsumerCounters, ConsumerInfo
from .errors import ProducerGone, StaleFrame, VersionMismatch
from .frame import Frame
from .producer import Buffer, Producer

__version__ = "0.1.0"

__all__ = [
    "Buffer",
    "Consumer",
    "ConsumerCounters",
    "ConsumerInfo",
    "Frame",
    "Plane",
    "Producer",
    "ProducerGone",
    "StaleFrame",
    "VersionMismatch",
    "channels",
    "library_version",
    "runtime_directory",
]
