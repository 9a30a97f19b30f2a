"""From one person's opened camera frames to pictures."""

from fractions import Fraction
from typing import Final

import av

from aparte.client.frames import Frame
from aparte.client.media.colour import UNSPECIFIED
from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture, from_decoder
from aparte.e2ee.content import Codec, Colour, Video

MOST_PIXELS: Final = 3840 * 2160
"""A picture with more is refused before memory is taken for it."""
# FFmpeg's own decoders, and dav1d: all of them look at the limit of pixels first, which libvpx does not.
_LIBRARIES: Final = {Codec.VP9: "vp9", Codec.VP8: "vp8", Codec.AV1: "libdav1d", Codec.H264: "h264"}
_BASE: Final = Fraction(1, 1_000_000)
_LOW_DELAY: Final = 1 << 19
_PENDING: Final = 32


class PictureDecoder:
    """Decodes one rendition of one person, of which it is given what can be decoded in order: ``meeting.frames()``.

    ``key_wanted`` says that nothing can be shown before a key frame: ask the sender for one, not more often than once a
    second. Not for two threads at once.
    """

    def __init__(self, most_pixels: int = MOST_PIXELS) -> None:
        self.key_wanted = True
        self._most_pixels = most_pixels
        self._context: av.VideoCodecContext | None = None
        self._codec: Codec | None = None
        self._colour = Colour(UNSPECIFIED, False, UNSPECIFIED)
        # Capture times of what is inside the decoder, by number: times of the stream are not the sender's word.
        self._inside: dict[int, int] = {}
        self._number = 0

    def decode(self, frame: Frame) -> list[Picture]:
        """Return the pictures that this frame gives: one, or none while a key frame is wanted.

        Raises ``MediaError``: ``no-codec``, or ``cannot-decode`` for a chunk that is none; then a key frame is wanted.
        """
        video = frame.content
        if not isinstance(video, Video):
            raise TypeError("not a camera frame")
        if self.key_wanted and not frame.key:
            return []
        try:
            pictures = self._decode(frame.key, video)
        except (av.FFmpegError, ValueError, MemoryError) as error:
            self.reset()
            raise MediaError("cannot-decode") from error
        except MediaError:
            self.reset()
            raise
        self.key_wanted = False
        return pictures

    def reset(self) -> None:
        """Forget everything: a key frame is wanted."""
        self._context = None
        self._inside = {}
        self.key_wanted = True

    def _decode(self, key: bool, video: Video) -> list[Picture]:
        if self._context is None or video.codec is not self._codec:
            if not key:
                raise MediaError("cannot-decode")
            self._context = self._open(video.codec)
            self._codec = video.codec
            self._inside = {}
        if key:
            self._colour = video.colour
        packet = av.Packet(video.chunk)
        packet.pts = packet.dts = self._number
        packet.time_base = _BASE
        self._inside[self._number] = video.time_us
        self._number += 1
        decoded = self._context.decode(packet)
        if len(self._inside) > _PENDING:
            del self._inside[min(self._inside)]
        return [self._picture(frame) for frame in decoded]

    def _picture(self, frame: av.VideoFrame) -> Picture:
        time_us = None if frame.pts is None else self._inside.pop(frame.pts, None)
        if time_us is None or frame.is_corrupt:
            raise MediaError("cannot-decode")
        return from_decoder(frame, time_us, self._colour)

    def _open(self, codec: Codec) -> av.VideoCodecContext:
        try:
            context = av.CodecContext.create(_LIBRARIES[codec], "r")
        except (KeyError, ValueError) as error:
            raise MediaError("no-codec") from error
        assert isinstance(context, av.VideoCodecContext)
        context.thread_count = 1
        context.flags |= _LOW_DELAY
        context.options = {"max_pixels": str(self._most_pixels), "err_detect": "explode"}
        if codec is Codec.AV1:
            context.options = {**context.options, "max_frame_delay": "1"}
        return context
