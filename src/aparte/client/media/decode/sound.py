"""From one person's opened sound frames to samples."""

from fractions import Fraction

import av
import numpy as np

from aparte.client.frames import Frame
from aparte.client.media.errors import MediaError
from aparte.client.media.samples import LAYOUTS, RATE, Samples, packed
from aparte.e2ee.content import Sound


class SoundDecoder:
    """Decodes the sound of one person. Not for two threads at once.

    A frame that did not come leaves a gap in the capture times; nothing is made up for it.
    """

    def __init__(self) -> None:
        self._context: av.AudioCodecContext | None = None
        self._channels = 0

    def decode(self, frame: Frame) -> Samples:
        """Return the samples of a frame; raises ``MediaError(cannot-decode)`` for a chunk that is none."""
        sound = frame.content
        if not isinstance(sound, Sound):
            raise TypeError("not a sound frame")
        try:
            context = self._ready(sound.channels)
            packet = av.Packet(sound.chunk)
            packet.pts = 0
            packet.time_base = Fraction(1, RATE)
            frames = context.decode(packet)
        except (av.FFmpegError, ValueError, MemoryError) as error:
            self._context = None
            raise MediaError("cannot-decode") from error
        pieces = [packed(frame, sound.channels) for frame in frames]
        if not pieces:
            raise MediaError("cannot-decode")
        return Samples(sound.time_us, np.concatenate(pieces))

    def _ready(self, channels: int) -> av.AudioCodecContext:
        if self._context is not None and channels == self._channels:
            return self._context
        if channels not in LAYOUTS:
            raise MediaError("cannot-decode")
        try:
            context = av.CodecContext.create("libopus", "r")
        except ValueError as error:
            raise MediaError("no-codec") from error
        assert isinstance(context, av.AudioCodecContext)
        context.sample_rate = RATE
        context.layout = LAYOUTS[channels]
        context.options = {"request_sample_fmt": "flt"}
        self._context = context
        self._channels = channels
        return context
