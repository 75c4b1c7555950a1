# SPDX-License-Identifier: Apache-2.0
"""One frame as a consumer holds it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from . import _zcframe

Pixels = npt.NDArray[np.uint8]


class Frame(_zcframe.Frame):
    """A lease on a buffer that the camera wrote; acquired from a :class:`zcframe.Consumer`.

    **Lifetime.** The frame ends with its ``with`` block, with its turn of the loop over a consumer, with
    :meth:`release`, or with its last reference. An array, Plane or tensor made of it keeps the *lease* beyond that: its
    pixels stay true, and the frame counts against the consumer's ``max_leases``, until the last one is gone. To keep
    pixels without the lease, copy: ``frame.y.copy()``.

    **Revocation.** A frame that is held past its deadline (by default two frame intervals) may be overwritten. Then
    ``valid`` is False, and ``release()`` and the end of the ``with`` block raise :class:`zcframe.StaleFrame`, so that
    what was computed from it does not pass for good.

    The frame itself supports the buffer protocol and DLPack, with the shape of :attr:`nv12` (NV12), :attr:`y` (GREY) or
    :attr:`data` (DATA): ``torch.from_dlpack(frame)``. Metadata stays readable after the release.
    """

    __slots__ = ("__weakref__",)

    @property
    def y(self) -> Pixels:
        """Luminance: uint8 of shape (height, width), read-only, the camera's own memory.

        Raises ValueError after the release, and for frames without pixels.
        """
        self._need("NV12", "GREY")
        return np.asarray(self.plane(0))

    @property
    def uv(self) -> Pixels:
        """Colour: uint8 of shape (height / 2, width / 2, 2), U and V, read-only, the camera's own memory.

        Raises ValueError after the release, and for frames that are not NV12.
        """
        self._need("NV12")
        return np.asarray(self.plane(1))

    @property
    def nv12(self) -> Pixels:
        """Both planes as OpenCV and hobot_dnn take them: uint8 of shape (height * 3 / 2, width), read-only, no copy.

        Raises BufferError if the planes do not follow each other in memory (then use ``y`` and ``uv``), ValueError
        after the release and for frames that are not NV12.
        """
        self._need("NV12")
        return np.asarray(self.whole())

    @property
    def data(self) -> Pixels:
        """The content of a frame without pixels: uint8 of shape (bytes_used,), read-only, no copy.

        Raises ValueError after the release, and for frames with pixels.
        """
        self._need("DATA")
        return np.asarray(self.plane(0))

    def to_rgb(self) -> Pixels:
        """A *converted copy*: uint8 of shape (height, width, 3), red first. It does not hold the frame.

        Raises StaleFrame if the frame was overwritten meanwhile, ValueError after the release.
        """
        return self._convert(bgr=False)

    def to_bgr(self) -> Pixels:
        """As :meth:`to_rgb`, blue first, as OpenCV has it."""
        return self._convert(bgr=True)

    def _convert(self, bgr: bool) -> Pixels:
        if self.fourcc == "GREY":
            converted = np.repeat(self.y[:, :, np.newaxis], 3, axis=2)
        else:
            converted = np.empty((self.height, self.width, 3), np.uint8)
            _zcframe.convert_to_rgb(self, converted, bgr)
        self.check()
        return converted

    def _need(self, *formats: str) -> None:
        if self.fourcc not in formats:
            raise ValueError(
                f"a frame of format {self.fourcc} has no such plane; it has "
                + {"NV12": "y, uv and nv12", "GREY": "y", "DATA": "data"}.get(self.fourcc, "plane(index)")
            )

    def __repr__(self) -> str:
        size = f"{self.width}x{self.height}" if self.width else f"{self.bytes_used} bytes"
        state = "" if self.valid else " stale"
        return f"<zcframe.Frame {self.frame_number} {self.fourcc} {size}{' released' if self.released else ''}{state}>"
