# SPDX-License-Identifier: Apache-2.0
"""The original design's endpoint: one descriptor and two semaphores in POSIX shared memory, see
docs/original-endpoint.md.

::

    with OriginalConsumer("pet_camera_yolo_zc") as consumer:
        for frame in consumer:
            print(frame.frame_number, frame.y.mean())

This is for programs that want to see what the design's own consumers see, on the RDK X5 or with its emulation. Others
use :class:`zcframe.Consumer`, which takes any number of programs at once, needs no import, and knows of every frame
whether it was overwritten. Programs at one endpoint share the frames between them.
"""

from .consumer import OriginalConsumer
from .frame import OriginalFrame

__all__ = ["OriginalConsumer", "OriginalFrame"]
