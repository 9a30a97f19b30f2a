"""Cuts a stream of sound into the codec's frames of equal length, each with its capture time."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SEAM_US: Final = 20_000
"""Pieces whose times do not join by more than this start afresh: something was muted, or changed."""


class Framer:
    """Frames of ``length`` samples at ``rate`` samples a second."""

    def __init__(self, length: int, rate: int) -> None:
        self._length = length
        self._rate = rate
        self._rest: NDArray[np.float32] | None = None
        self._start_us = 0.0

    def push(self, pcm: NDArray[np.float32], time_us: int) -> list[tuple[int, NDArray[np.float32]]]:
        """Return the frames that this piece completes: capture time in µs, and samples."""
        if self._rest is not None and abs(time_us - self._start_us - self._span(len(self._rest))) <= SEAM_US:
            pcm = np.concatenate([self._rest, pcm])
        else:
            self._start_us = float(time_us)
        whole = len(pcm) // self._length
        frames = [
            (round(self._start_us + self._span(i * self._length)), pcm[i * self._length : (i + 1) * self._length])
            for i in range(whole)
        ]
        self._start_us += self._span(whole * self._length)
        self._rest = pcm[whole * self._length :].copy()
        return frames

    def _span(self, samples: int) -> float:
        return samples * 1_000_000 / self._rate
