"""Sound as NumPy samples."""

import math
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from aparte.client.media.errors import MediaError
from aparte.e2ee.content import MAX_LEVEL

RATE: Final = 48_000
"""Samples a second of everything that is sent and received."""
LAYOUTS: Final = {1: "mono", 2: "stereo"}
"""FFmpeg's names for so many channels."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Samples:
    """A piece of sound: ``pcm`` is float32 of shape (samples, channels) between -1 and 1.

    ``time_us`` is the capture time of its first sample in µs, ``rate`` the samples a second.
    """

    time_us: int
    pcm: NDArray[np.float32]
    rate: int = RATE

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return int(self.pcm.shape[1])

    @property
    def duration_us(self) -> int:
        """How long it is, µs."""
        return len(self.pcm) * 1_000_000 // self.rate

    @classmethod
    def from_array(cls, array: NDArray[np.float32], time_us: int, rate: int = RATE) -> "Samples":
        """Take (samples,) or (samples, channels) of float32; raises ``MediaError(bad-array)`` for anything else."""
        if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.ndim not in (1, 2) or not array.size:
            raise MediaError("bad-array")
        pcm = array if array.ndim == 2 else array[:, np.newaxis]
        if pcm.shape[1] > 2 or not 8_000 <= rate <= 192_000 or not np.isfinite(pcm).all():
            raise MediaError("bad-array")
        return cls(time_us, pcm, rate)


def packed(frame: av.AudioFrame, channels: int) -> NDArray[np.float32]:
    """Return the samples of a frame in FFmpeg's format ``flt`` as (samples, channels)."""
    return frame.to_ndarray().reshape(-1, channels).astype(np.float32, copy=False)


def level(pcm: NDArray[np.float32]) -> int:
    """Return how loud samples are in -dBov (RFC 6464): 0 is the loudest that can be, 127 is silence."""
    power = float(np.mean(np.square(pcm, dtype=np.float64)))
    if power <= 0:
        return MAX_LEVEL
    return min(MAX_LEVEL, max(0, round(-10 * math.log10(power))))
