"""From pictures to VP9, VP8, H.264 or AV1 chunks."""

import os
from fractions import Fraction
from typing import Final

import av

from aparte.client.frames import EncodedFrame
from aparte.client.media.colour import JPEG_RANGE, MPEG_RANGE
from aparte.client.media.encode.size import LARGE, Rendition, fitted
from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture, to_frame
from aparte.e2ee.content import Codec, Colour, Video

_LIBRARIES: Final = {
    Codec.VP9: "libvpx-vp9",
    Codec.VP8: "libvpx",
    Codec.AV1: "libsvtav1",
    Codec.H264: "libx264",
}
_LAYERS: Final = (0, 2, 1, 2)
"""The temporal layers of L1T3 (spec/layers.md section 1), from a forced key frame on."""
_ONE_LAYER: Final = (0,)
_SHARES: Final = (0.5, 0.7, 1.0)
"""How much of the bits layer 0, layers 0 and 1, and all of them have together."""
_BASE: Final = Fraction(1, 1_000_000)
_NEVER: Final = 1_000_000
_LARGE_AREA: Final = 1280 * 720


def encodable() -> tuple[Codec, ...]:
    """Return the codecs for which this machine's FFmpeg has an encoder. Pages show VP9."""
    return tuple(codec for codec, library in _LIBRARIES.items() if _exists(library))


def _exists(library: str) -> bool:
    try:
        av.codec.Codec(library, "w")
    except ValueError:
        return False
    return True


class PictureEncoder:
    """One encoder for one size at a time; another size is another encoder, and so starts with a key frame.

    VP9 and VP8 have three temporal layers (L1T3), the others have one. Not for two threads at once.
    """

    def __init__(self, codec: Codec = Codec.VP9, rendition: Rendition = LARGE) -> None:
        """Raise ``MediaError(no-codec)`` where this machine's FFmpeg has no such encoder."""
        if codec not in _LIBRARIES or not _exists(_LIBRARIES[codec]):
            raise MediaError("no-codec")
        self._codec = codec
        self._rendition = rendition
        self._pattern = _LAYERS if codec in (Codec.VP9, Codec.VP8) else _ONE_LAYER
        self._context: av.VideoCodecContext | None = None
        self._source: tuple[int, int, Colour] | None = None
        self._size = (0, 0)
        self._phase = 0
        self._start_us = 0
        self._last_pts = -1
        self._key_wanted = True

    def want_key(self) -> None:
        """Make the next picture a key frame."""
        self._key_wanted = True

    def encode(self, picture: Picture) -> EncodedFrame | None:
        """Return the frame of a picture, or None if the encoder left it out.

        Raises ``MediaError``: ``cannot-encode`` (the next call starts with a new encoder), ``bad-time`` for a capture
        time that does not rise.
        """
        context = self._ready(picture)
        frame = to_frame(picture.scaled(*self._size))
        frame.pts = picture.time_us - self._start_us
        frame.time_base = _BASE
        if frame.pts <= self._last_pts:
            raise MediaError("bad-time")
        self._last_pts = frame.pts
        if self._key_wanted:
            frame.pict_type = av.video.frame.PictureType.I
            self._phase = 0
        try:
            packets = context.encode(frame)
        except av.FFmpegError as error:
            self.close()
            raise MediaError("cannot-encode") from error
        temporal = self._pattern[self._phase % len(self._pattern)]
        self._phase += 1
        if not packets:
            # Which pictures it would be missed by depends on its layer: start over rather than find out.
            self._key_wanted = True
            return None
        self._key_wanted = False
        key = packets[0].is_keyframe
        video = Video(self._codec, picture.time_us, *self._size, picture.colour, b"".join(map(bytes, packets)))
        return EncodedFrame(video, key, 0 if key else temporal)

    def close(self) -> None:
        """Let go of the encoder; ``encode`` makes a new one."""
        context, self._context = self._context, None
        if context is not None and self._codec is Codec.AV1:
            # SVT-AV1 complains on standard error about an encoder that was never told that this is the end.
            try:
                context.encode(None)
            except av.FFmpegError:
                return

    def _ready(self, picture: Picture) -> av.VideoCodecContext:
        source = (picture.width, picture.height, picture.colour)
        if self._context is not None and source == self._source:
            return self._context
        self.close()
        self._size = fitted(picture.width, picture.height, self._rendition)
        self._context = self._open(picture)
        self._source = source
        self._start_us = picture.time_us
        self._last_pts = -1
        self._key_wanted = True
        return self._context

    def _open(self, picture: Picture) -> av.VideoCodecContext:
        rendition = self._rendition
        try:
            context = av.CodecContext.create(_LIBRARIES[self._codec], "w")
            assert isinstance(context, av.VideoCodecContext)
            context.width, context.height = self._size
            context.pix_fmt = "yuv420p"
            context.time_base = _BASE
            context.framerate = Fraction(rendition.fps)
            context.bit_rate = rendition.bitrate
            context.gop_size = _NEVER
            context.max_b_frames = 0
            context.colorspace = picture.colour.matrix
            context.color_primaries = picture.colour.primaries
            context.color_range = JPEG_RANGE if picture.colour.full_range else MPEG_RANGE
            # Threads of the VP8 encoder wait for each other in a busy loop.
            large = self._size[0] * self._size[1] >= _LARGE_AREA
            context.thread_count = 2 if large and self._codec is not Codec.VP8 else 1
            context.options = _options(self._codec, rendition.bitrate)
            context.open()
        except av.FFmpegError as error:
            raise MediaError("cannot-encode") from error
        return context


def _options(codec: Codec, bitrate: int) -> dict[str, str]:
    rate = {name: str(bitrate) for name in ("minrate", "maxrate", "bufsize")}
    if codec is Codec.H264:
        live = {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline"}
        return {**rate, **live, "forced-idr": "1", "sc_threshold": "0"}
    if codec is Codec.AV1:
        # Otherwise it describes itself on standard error.
        os.environ.setdefault("SVT_LOG", "1")
        # Faster presets leave blocks of sharp pictures as they were: cells of the pattern went missing at 9 and above.
        return {"preset": "8", "svtav1-params": "rc=2:pred-struct=1:rtc=1:lp=1:hierarchical-levels=0"}
    shares = ",".join(str(round(bitrate * share / 1000)) for share in _SHARES)
    layers = (
        f"ts_number_layers=3:ts_target_bitrate={shares}:ts_rate_decimator=4,2,1:ts_periodicity=4:"
        "ts_layer_id=0,2,1,2:ts_layering_mode=3"
    )
    live = {"deadline": "realtime", "lag-in-frames": "0", "error-resilient": "default", "auto-alt-ref": "0"}
    shape = {"max-intra-rate": "300", "undershoot-pct": "50", "overshoot-pct": "50"}
    speed = {"cpu-used": "8", "row-mt": "1", "tile-columns": "1", "aq-mode": "3"}
    if codec is Codec.VP8:
        speed = {"cpu-used": "-8"}
    return {**rate, **live, **shape, **speed, "ts-parameters": layers}
