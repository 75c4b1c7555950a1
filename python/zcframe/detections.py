# SPDX-License-Identifier: Apache-2.0
"""What a detector found in a frame, as frames of a data channel. The layout is described in docs/detections.md.

::

    for found in zcframe.detections.read_channel():
        print(found.frame_number, [(box.label, box.score) for box in found.boxes])
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from .consumer import Consumer
from .frame import Frame
from .producer import Buffer, Producer

CHANNEL = "pet_camera_detections"
MAX_BOXES = 128

_MAGIC = b"ZCDT"
_VERSION = (1, 0)
_HEADER = struct.Struct("=4sHH6I 4QqQ4Q iI64s64sQ")
_BOX = struct.Struct("=5fI8x32s")
CAPACITY = _HEADER.size + MAX_BOXES * _BOX.size
assert (_HEADER.size, _BOX.size) == (256, 64), "docs/detections.md"


class Box(NamedTuple):
    """One object: edges in pixels of the analysed frame, score 0..1."""

    class_id: int
    label: str
    score: float
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Detections:
    """All that was found in one frame, and which frame that was. Boxes are in order of falling score."""

    frame_number: int
    sequence: int
    epoch: int
    capture_time_ns: int
    capture_wall_ns: int
    publish_time_ns: int
    image_width: int
    image_height: int
    camera_id: int = 0
    channel: str = ""
    model: str = ""
    acquired_time_ns: int = 0
    preprocess_ns: int = 0
    inference_ns: int = 0
    postprocess_ns: int = 0
    boxes: tuple[Box, ...] = ()
    boxes_dropped: int = field(default=0)

    @classmethod
    def for_frame(
        cls, frame: Frame, boxes: Iterable[Box], *, channel: str, model: str = "", **timing: int
    ) -> Detections:
        """What was found in a frame, whose metadata are taken over; it may be released already. The boxes are put in
        order.

        channel: where the frame came from.
        timing: ``acquired_time_ns`` (CLOCK_MONOTONIC), ``preprocess_ns``, ``inference_ns``, ``postprocess_ns``.
        """
        return cls(
            frame_number=frame.frame_number,
            sequence=frame.sequence,
            epoch=frame.epoch,
            capture_time_ns=frame.capture_time_ns,
            capture_wall_ns=frame.capture_wall_ns,
            publish_time_ns=frame.publish_time_ns,
            image_width=frame.width,
            image_height=frame.height,
            camera_id=frame.camera_id,
            channel=channel,
            model=model,
            boxes=tuple(sorted(boxes, key=lambda box: -box.score)),
            **timing,
        )

    def to_bytes(self) -> bytes:
        """The binary layout. Of more than MAX_BOXES boxes the last ones are left out and counted."""
        boxes = self.boxes[:MAX_BOXES]
        header = _HEADER.pack(
            _MAGIC,
            *_VERSION,
            _HEADER.size,
            _BOX.size,
            len(boxes),
            self.boxes_dropped + len(self.boxes) - len(boxes),
            self.image_width,
            self.image_height,
            self.frame_number,
            self.sequence,
            self.epoch,
            self.capture_time_ns,
            self.capture_wall_ns,
            self.publish_time_ns,
            self.acquired_time_ns,
            self.preprocess_ns,
            self.inference_ns,
            self.postprocess_ns,
            self.camera_id,
            0,
            _text(self.channel, 64),
            _text(self.model, 64),
            0,
        )
        return header + b"".join(
            _BOX.pack(box.x, box.y, box.width, box.height, box.score, box.class_id, _text(box.label, 32))
            for box in boxes
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Detections:
        """Raises ValueError for what is not detections, is cut short, or is of another version."""
        if len(data) < _HEADER.size or data[:4] != _MAGIC:
            raise ValueError("this frame does not hold detections")
        fields = _HEADER.unpack_from(data)
        major, header_size, box_size, box_count = fields[1], fields[3], fields[4], fields[5]
        if major != _VERSION[0]:
            raise ValueError(f"detections of version {major}, but this zcframe knows {_VERSION[0]}: upgrade the older")
        if (
            header_size < _HEADER.size
            or box_size < _BOX.size
            or box_count > MAX_BOXES
            or header_size + box_count * box_size > len(data)
        ):
            raise ValueError("these detections are damaged: their sizes do not fit")
        boxes = (_BOX.unpack_from(data, header_size + index * box_size) for index in range(box_count))
        return cls(
            boxes_dropped=fields[6],
            image_width=fields[7],
            image_height=fields[8],
            frame_number=fields[9],
            sequence=fields[10],
            epoch=fields[11],
            capture_time_ns=fields[12],
            capture_wall_ns=fields[13],
            publish_time_ns=fields[14],
            acquired_time_ns=fields[15],
            preprocess_ns=fields[16],
            inference_ns=fields[17],
            postprocess_ns=fields[18],
            camera_id=fields[19],
            channel=_untext(fields[21]),
            model=_untext(fields[22]),
            boxes=tuple(
                Box(class_id, _untext(label), score, x, y, width, height)
                for x, y, width, height, score, class_id, label in boxes
            ),
        )

    @classmethod
    def from_frame(cls, frame: Frame) -> Detections:
        """Read a frame of a data channel. Raises ValueError as :meth:`from_bytes`, StaleFrame if the frame was
        overwritten meanwhile."""
        data = frame.data.tobytes()
        frame.check()
        return cls.from_bytes(data)

    def write_to(self, buffer: Buffer) -> None:
        """Fill a buffer of :func:`open_producer`: the content, and as metadata those of the analysed frame."""
        data = self.to_bytes()
        memoryview(buffer.plane(0))[: len(data)] = data
        buffer.bytes_used = len(data)
        buffer.frame_number = self.frame_number
        buffer.capture_time_ns = self.capture_time_ns
        buffer.capture_wall_ns = self.capture_wall_ns
        buffer.camera_id = self.camera_id

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "boxes": [box._asdict() for box in self.boxes]}


def open_producer(channel: str = CHANNEL, *, buffers: int = 4, **options: Any) -> Producer:
    """A producer of a channel of detections. Options as those of :class:`zcframe.Producer`."""
    return Producer(channel, fourcc="DATA", capacity=CAPACITY, buffers=buffers, **options)


def read_channel(channel: str = CHANNEL, **options: Any) -> Iterator[Detections]:
    """The results of a detector without end. Options as those of :class:`zcframe.Consumer`.

    Raises as that one's constructor and iteration, and ValueError for a frame that is not detections.
    """
    with Consumer(channel, **options) as consumer:
        for frame in consumer:
            found = Detections.from_frame(frame)
            frame.release()
            yield found


def _text(value: str, size: int) -> bytes:
    """UTF-8 that leaves room for the terminating zero, cut between characters."""
    return value.encode()[: size - 1].decode(errors="ignore").encode()


def _untext(value: bytes) -> str:
    return value[: len(value) - 1].partition(b"\0")[0].decode(errors="replace")
