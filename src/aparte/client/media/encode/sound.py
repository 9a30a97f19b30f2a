"""From samples to Opus frames of 20 ms, as the page sends them."""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from aparte.client.frames import EncodedFrame
from aparte.client.media.encode.framer import Framer
from aparte.client.media.errors import MediaError
from aparte.client.media.samples import LAYOUTS, RATE, Samples, level, packed
from aparte.e2ee.content import Sound

BITRATE: Final = 32_000
FRAME: Final = 960
_DURATION_UNITS: Final = 200
_BASE: Final = Fraction(1, RATE)


class SoundEncoder:
    """One channel, 48 kHz, 32 kbit/s; two channels on request, then at twice the rate.

    Frames have equal size: that of a variable rate would tell an observer what is being said (RFC 6562).
    """

    def __init__(self, channels: int = 1) -> None:
        """Open the encoder; raises ``MediaError(no-codec)`` where this machine's FFmpeg has none."""
        self._layout = LAYOUTS[channels]
        self._channels = channels
        self._framer = Framer(FRAME, RATE)
        self._resampler: av.AudioResampler | None = None
        self._shape = (0, 0)  # rate and channels of what is resampled
        self._next_pts = 0
        self._codec = self._open()

    def _open(self) -> av.AudioCodecContext:
        try:
            codec = av.CodecContext.create("libopus", "w")
            codec.sample_rate = RATE
            codec.layout = self._layout
            codec.format = "flt"
            codec.bit_rate = BITRATE * self._channels
            codec.time_base = _BASE
            codec.options = {"vbr": "off", "frame_duration": "20", "application": "voip"}
            codec.open()
        except (av.FFmpegError, ValueError) as error:
            raise MediaError("no-codec") from error
        return codec

    def encode(self, samples: Samples) -> list[EncodedFrame]:
        """Return the frames that these samples complete; raises ``MediaError(cannot-encode)``."""
        try:
            pcm = self._mixed(self._resampled(samples))
            return [self._frame(time_us, piece) for time_us, piece in self._framer.push(pcm, samples.time_us)]
        except av.FFmpegError as error:
            raise MediaError("cannot-encode") from error

    def _frame(self, time_us: int, pcm: NDArray[np.float32]) -> EncodedFrame:
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="flt", layout=self._layout)
        frame.sample_rate = RATE
        frame.time_base = _BASE
        frame.pts = self._next_pts
        packets = self._codec.encode(frame)
        if len(packets) != 1 or packets[0].pts is None:
            raise MediaError("cannot-encode")
        # What the encoder looks ahead: a decoder's samples come out that much later than they went in.
        ahead_us = (self._next_pts - packets[0].pts) * 1_000_000 // RATE
        self._next_pts += FRAME
        sound = Sound(max(0, time_us - ahead_us), level(pcm), self._channels, _DURATION_UNITS, bytes(packets[0]))
        return EncodedFrame(sound)

    def _resampled(self, samples: Samples) -> NDArray[np.float32]:
        if samples.rate == RATE:
            return samples.pcm
        layout = LAYOUTS[samples.channels]
        shape = samples.rate, samples.channels
        if self._resampler is None or self._shape != shape:
            self._resampler = av.AudioResampler(format="flt", layout=layout, rate=RATE)
            self._shape = shape
        interleaved = np.ascontiguousarray(samples.pcm).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="flt", layout=layout)
        frame.sample_rate = samples.rate
        pieces = [packed(out, samples.channels) for out in self._resampler.resample(frame)]
        return np.concatenate([np.empty((0, samples.channels), np.float32), *pieces])

    def _mixed(self, pcm: NDArray[np.float32]) -> NDArray[np.float32]:
        if pcm.shape[1] == self._channels:
            return pcm
        one: NDArray[np.float32] = pcm.mean(axis=1, dtype=np.float32, keepdims=True)
        return np.repeat(one, self._channels, axis=1)
