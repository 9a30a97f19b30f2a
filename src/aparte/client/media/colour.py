"""How pixels are read: code points of ITU-T H.273, which FFmpeg uses as they are."""

from typing import Final

from aparte.e2ee.content import Colour

BT709: Final = Colour(matrix=1, full_range=False, primaries=1)
UNSPECIFIED: Final = 2
MPEG_RANGE: Final = 1
JPEG_RANGE: Final = 2
"""FFmpeg's numbers of the limited and of the full range."""
_HD_LINES: Final = 720
_BT601: Final = 5
# Matrices that receivers know, with the primaries that go with them, and the number of their coefficients in swscale.
_PRIMARIES: Final = {1: 1, 5: 5, 6: 6}
_COEFFICIENTS: Final = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}


def coefficients(matrix: int, height: int) -> int:
    """Return swscale's number for the coefficients of a matrix; one that nobody stated is guessed from the height."""
    guess = BT709.matrix if height >= _HD_LINES else _BT601
    return _COEFFICIENTS.get(matrix, guess)


def sendable(matrix: int, height: int) -> Colour | None:
    """Return how to label pictures of limited range with this matrix; None for a matrix that receivers may not know."""
    matrix = coefficients(matrix, height) if matrix == UNSPECIFIED else matrix
    primaries = _PRIMARIES.get(matrix)
    return None if primaries is None else Colour(matrix, False, primaries)
