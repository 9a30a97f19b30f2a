"""Pictures and a tone that are made up, with which tests and demonstrations can tell what arrived."""

from dataclasses import replace
from typing import Final

import numpy as np

from aparte.client.media.picture import Picture, Plane
from aparte.client.media.samples import RATE, Samples

_COLUMNS: Final = 16
_BITS: Final = 32
_WHITE: Final = 235
_BLACK: Final = 16
_PATCHES: Final = ((200, 40, 40), (40, 170, 60), (50, 70, 200), (220, 200, 60))
"""The colours of the lower half, from left to right."""


class PatternPictures:
    """A picture that carries whose it is and when it was made, as black and white cells, over four patches of colour.

    ``mark`` (0 to 255) and 24 bits of milliseconds stand in two rows of 16 square cells at the top, most significant
    bit first. The times count from the start, ``seconds`` ends it.
    """

    live = False

    def __init__(
        self, mark: int = 0, width: int = 1280, height: int = 720, fps: int = 30, seconds: float | None = None
    ) -> None:
        self._mark = mark
        self._fps = fps
        self._left = None if seconds is None else round(seconds * fps)
        self._number = 0
        self._scene = _scene(width, height)

    def read(self) -> Picture | None:
        """Return the next picture."""
        if self._number == self._left:
            return None
        time_us = self._number * 1_000_000 // self._fps
        # Everything that moves is grey, upon grey: it is in the first plane alone.
        y = self._scene.y.copy()
        _draw_ball(y, self._number)
        _draw_code(y, self._mark, time_us // 1000)
        self._number += 1
        return replace(self._scene, time_us=time_us, y=y)

    def close(self) -> None:
        """Nothing is held."""


class ToneSound:
    """A sine of ``hertz`` at ``amplitude`` (1 is the loudest), in pieces of 20 ms; ``seconds`` ends it."""

    live = False

    def __init__(self, hertz: float = 440.0, amplitude: float = 0.3, seconds: float | None = None) -> None:
        self._hertz = hertz
        self._amplitude = amplitude
        self._left = None if seconds is None else round(seconds * 50)
        self._number = 0

    def read(self) -> Samples | None:
        """Return the next 20 ms."""
        if self._number == self._left:
            return None
        length = RATE // 50
        when = (np.arange(length) + self._number * length) / RATE
        pcm = (self._amplitude * np.sin(2 * np.pi * self._hertz * when)).astype(np.float32)
        time_us = self._number * 20_000
        self._number += 1
        return Samples(time_us, pcm[:, np.newaxis])

    def close(self) -> None:
        """Nothing is held."""


def read_code(array: Plane) -> tuple[int, int]:
    """Return mark and milliseconds (24 bits) of a picture of the pattern, (height, width, 3) in any size."""
    cell = array.shape[1] / _COLUMNS
    value = 0
    for bit in range(_BITS):
        x, y = int((bit % _COLUMNS + 0.5) * cell), int((bit // _COLUMNS + 0.5) * cell)
        value = value << 1 | int(array[y, x].mean() > 127)
    return value >> 24, value & 0xFFFFFF


def _scene(width: int, height: int) -> Picture:
    array = np.full((height, width, 3), 96, np.uint8)
    edges = np.linspace(0, width, len(_PATCHES) + 1).astype(int)
    for patch, left, right in zip(_PATCHES, edges, edges[1:], strict=False):
        array[height // 2 :, left:right] = patch
    return Picture.from_rgb(array, 0)


def _draw_ball(y: Plane, number: int) -> None:
    height, width = y.shape
    side = height // 10
    left = number * 7 % max(1, width - side)
    y[height * 3 // 10 : height * 3 // 10 + side, left : left + side] = 218


def _draw_code(y: Plane, mark: int, milliseconds: int) -> None:
    value = (mark & 0xFF) << 24 | milliseconds & 0xFFFFFF
    cell = y.shape[1] // _COLUMNS
    for bit in range(_BITS):
        column, row = bit % _COLUMNS * cell, bit // _COLUMNS * cell
        y[row : row + cell, column : column + cell] = _WHITE if value >> (_BITS - 1 - bit) & 1 else _BLACK
