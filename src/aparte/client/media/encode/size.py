"""Which size to encode a picture at: no letterbox, no enlargement, even numbers."""

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rendition:
    """What is sent at most: pixels, pictures a second, bits a second."""

    width: int
    height: int
    fps: int
    bitrate: int


SMALL: Final[Rendition] = Rendition(640, 360, 30, 600_000)
LARGE: Final[Rendition] = Rendition(1280, 720, 30, 1_500_000)


def fitted(width: int, height: int, within: Rendition) -> tuple[int, int]:
    """Return the largest even size of the same shape that fits and is no larger than the source.

    A picture in portrait format fits into the rendition turned by 90°, so that it has as many pixels as in landscape.
    """
    long, short = max(within.width, within.height), min(within.width, within.height)
    box = (short, long) if height > width else (long, short)
    scale = min(1.0, box[0] / width, box[1] / height)
    return _even(width * scale), _even(height * scale)


def _even(length: float) -> int:
    return max(2, 2 * math.floor(length / 2 + 0.5 - 1e-9))
