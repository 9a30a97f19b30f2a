"""What a member of the matrix sends, and how it is told in what arrives: the camera of synthetic.js, and tones."""

import colorsys
from typing import Any

import numpy as np

from aparte.client import media
from aparte.client.media import Picture, now_us
from tests.browser.people import TONES

WIDTH, HEIGHT, FPS = 320, 180, 20
HEARD_DB, LOUDER_DB = -60.0, 30.0


class StampedPictures:
    """The camera of synthetic.js in Python: number and milliseconds in cells, on the colour of the number."""

    live = False

    def __init__(self, number: int) -> None:
        self._number = number
        self._count = 0
        self._start_us: int | None = None
        self._ground = np.full((HEIGHT, WIDTH, 3), colour(number), np.uint8)

    def read(self) -> Picture | None:
        """The next picture; its stamp is the time when it is due, on the clock that pages use too."""
        if self._start_us is None:
            self._start_us = now_us()
        time_us = self._count * 1_000_000 // FPS
        value = self._number << 24 | (self._start_us + time_us) // 1000 % 2**24
        bits = np.array([value >> bit & 1 for bit in range(31, -1, -1)], np.uint8).reshape(2, 16) * 255
        array = self._ground.copy()
        cell = WIDTH // 16
        array[: 2 * cell] = bits.repeat(cell, 0).repeat(cell, 1)[:, :, np.newaxis]
        self._count += 1
        return Picture.from_rgb(array, time_us)

    def close(self) -> None:
        """Nothing is held."""


def colour(number: int) -> tuple[int, int, int]:
    """The ground of somebody's picture: hsl(number * 67, 45%, 38%)."""
    red, green, blue = colorsys.hls_to_rgb(number * 67 % 360 / 360, 0.38, 0.45)
    return round(red * 255), round(green * 255), round(blue * 255)


def off_colour(rgb: "np.ndarray[Any, np.dtype[np.uint8]]", number: int) -> int:
    """How far the ground is from what was drawn, in the channel where it is most."""
    seen = rgb[int(HEIGHT * 0.96), int(WIDTH * 0.02)].astype(int)
    return int(np.abs(seen - colour(number)).max())


def levels(pcm: "np.ndarray[Any, np.dtype[np.float32]]") -> dict[int, float]:
    """The level around each tone in dB, as an analyser of the page tells it: 0 dB is a sine of amplitude 1."""
    spectrum = np.abs(np.fft.rfft(pcm * np.blackman(len(pcm)))) / (0.42 * len(pcm) / 2)
    at = {tone: round(tone * len(pcm) / media.RATE) for tone in TONES}
    return {tone: float(20 * np.log10(spectrum[bin - 3 : bin + 4].max() + 1e-10)) for tone, bin in at.items()}


def stands_out(levels: dict[int, float], tone: int) -> bool:
    """Whether this tone is heard, and no other one is nearly as loud."""
    others = max(level for other, level in levels.items() if other != tone)
    return levels[tone] > HEARD_DB and levels[tone] - others > LOUDER_DB


def is_since(ms: int, since_us: int) -> bool:
    """Whether a stamp (24 bits of milliseconds) was made since then."""
    return (ms - since_us // 1000) % 2**24 < 2**23
