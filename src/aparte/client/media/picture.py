"""A picture as NumPy planes, and its way into FFmpeg and out of it."""

from dataclasses import dataclass
from typing import Final, cast

import av
import numpy as np
from numpy.typing import NDArray

from aparte.client.media.colour import BT709, JPEG_RANGE, MPEG_RANGE, UNSPECIFIED, coefficients, sendable
from aparte.client.media.errors import MediaError
from aparte.e2ee.content import Colour

Plane = NDArray[np.uint8]
LONGEST_SIDE: Final = 16_384
_PLANAR: Final = frozenset({"yuv420p", "yuvj420p"})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Picture:
    """A picture in 8 bits, 4:2:0: ``y`` (height, width), ``u`` and ``v`` half as large in both, rounded up.

    ``time_us`` is the capture time in µs, ``colour`` says how the numbers are to be read.
    """

    time_us: int
    y: Plane
    u: Plane
    v: Plane
    colour: Colour

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.y.shape[0])

    @classmethod
    def from_rgb(cls, array: Plane, time_us: int) -> "Picture":
        """Take (height, width, 3) of uint8, read as sRGB; raises ``MediaError(bad-array)`` for anything else."""
        if not isinstance(array, np.ndarray) or array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8:
            raise MediaError("bad-array")
        if min(array.shape[:2]) < 2 or max(array.shape[:2]) > LONGEST_SIDE:
            raise MediaError("bad-array")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(array), format="rgb24")
        planar = frame.reformat(
            format="yuv420p", dst_colorspace=BT709.matrix, src_color_range=JPEG_RANGE, dst_color_range=MPEG_RANGE
        )
        return cls(time_us, *_planes(planar), BT709)

    def rgb(self) -> Plane:
        """Return (height, width, 3) of uint8, converted as ``colour`` says."""
        frame = to_frame(self).reformat(
            format="rgb24",
            src_colorspace=coefficients(self.colour.matrix, self.height),
            src_color_range=JPEG_RANGE if self.colour.full_range else MPEG_RANGE,
            dst_color_range=JPEG_RANGE,
        )
        return _plane(frame.planes[0], frame.width * 3).reshape(frame.height, frame.width, 3)

    def scaled(self, width: int, height: int) -> "Picture":
        """Return the picture in this size."""
        if (width, height) == (self.width, self.height):
            return self
        # Equal ranges on both sides: only the size changes.
        frame = to_frame(self).reformat(width, height, src_color_range=MPEG_RANGE, dst_color_range=MPEG_RANGE)
        return Picture(self.time_us, *_planes(frame), self.colour)


def to_frame(picture: Picture) -> av.VideoFrame:
    """Return FFmpeg's form of a picture."""
    frame = av.VideoFrame(picture.width, picture.height, "yuv420p")
    for plane, array in zip(frame.planes, (picture.y, picture.u, picture.v), strict=True):
        _rows(plane)[:, : plane.width] = array
    return frame


def from_frame(frame: av.VideoFrame, time_us: int) -> Picture:
    """Take a picture out of a file or device: upright, in limited range, with a matrix that receivers know."""
    known = sendable(frame.colorspace, frame.height)
    target = known or BT709
    full = frame.color_range == JPEG_RANGE or frame.format.name.startswith("yuvj")
    if frame.format.name != "yuv420p" or full or known is None:
        rgb = frame.format.is_rgb
        frame = frame.reformat(
            format="yuv420p",
            src_colorspace=None if rgb else coefficients(frame.colorspace, frame.height),
            dst_colorspace=coefficients(target.matrix, frame.height),
            src_color_range=JPEG_RANGE if full or rgb else MPEG_RANGE,
            dst_color_range=MPEG_RANGE,
        )
    turns = round(frame.rotation / 90) % 4
    y, u, v = (np.rot90(plane, turns) if turns else plane for plane in _planes(frame))
    return Picture(time_us, y, u, v, target)


def from_decoder(frame: av.VideoFrame, time_us: int, colour: Colour) -> Picture:
    """Take a decoded picture; what the sender says about its pixels goes before what the codec says."""
    if frame.format.name not in _PLANAR:
        frame = frame.reformat(format="yuv420p", src_color_range=MPEG_RANGE, dst_color_range=MPEG_RANGE)
    if colour.matrix == UNSPECIFIED:
        colour = Colour(frame.colorspace & 0x7F, colour.full_range, colour.primaries)
    return Picture(time_us, *_planes(frame), colour)


def _planes(frame: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    y, u, v = (_plane(plane, plane.width) for plane in frame.planes)
    return y, u, v


def _plane(plane: av.video.plane.VideoPlane, width: int) -> Plane:
    return _rows(plane)[: plane.height, :width].copy()


def _rows(plane: av.video.plane.VideoPlane) -> Plane:
    """Return the memory of a plane itself, (rows, ``line_size``)."""
    # A plane is a buffer that may be written to, which PyAV's stubs do not say.
    memory = cast(bytearray, plane)
    return np.frombuffer(memory, np.uint8).reshape(-1, plane.line_size)
