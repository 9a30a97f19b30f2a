"""Arrays to planes and back: colours, sizes, and what is no picture."""

import numpy as np
import pytest

from aparte.client.media.colour import BT709
from aparte.client.media.encode.size import LARGE, SMALL, Rendition, fitted
from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture
from aparte.client.media.source.pattern import read_code
from aparte.e2ee.content import Colour
from tests.client.media.clips import pictures

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 255, 255), (0, 0, 0), (128, 128, 128)]
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""Of red and blue, by matrix (ITU-T H.273 table 4)."""


def flat(colour: tuple[int, int, int], matrix: int, full: bool) -> Picture:
    """A picture of one colour, computed by the formulas of ITU-T H.273 section 8.3."""
    red, green, blue = (value / 255 for value in colour)
    kr, kb = WEIGHTS[matrix]
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = ((blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr)))
    y = 255 * luma if full else 16 + 219 * luma
    u, v = ((255 if full else 224) * value + 128 for value in chroma)
    planes = [
        np.full(shape, min(255, round(value)), np.uint8)
        for shape, value in (((32, 48), y), ((16, 24), u), ((16, 24), v))
    ]
    return Picture(0, planes[0], planes[1], planes[2], Colour(matrix, full, 2))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", list(WEIGHTS))
def test_rgb_honours_matrix_and_range(matrix: int, full: bool) -> None:
    for colour in COLOURS:
        rgb = flat(colour, matrix, full).rgb()
        assert rgb.shape == (32, 48, 3)
        assert np.abs(rgb.astype(int) - np.array(colour)).max() <= 4, colour


def test_the_wrong_matrix_shows() -> None:
    red = flat((255, 0, 0), 1, full=False)
    wrong = Picture(0, red.y, red.u, red.v, Colour(5, False, 2))
    assert np.abs(wrong.rgb().astype(int) - np.array((255, 0, 0))).max() > 15


@pytest.mark.parametrize(("height", "matrix"), [(360, 5), (720, 1)])
def test_an_unstated_matrix_is_guessed_from_the_height(height: int, matrix: int) -> None:
    stated = flat((200, 60, 20), matrix, full=False)
    tall = [
        np.resize(plane, (height // (1 + (plane is not stated.y)), plane.shape[1]))
        for plane in (stated.y, stated.u, stated.v)
    ]
    guessed = Picture(0, tall[0], tall[1], tall[2], Colour(2, False, 2))
    assert np.abs(guessed.rgb().astype(int) - np.array((200, 60, 20))).max() <= 4


@pytest.mark.parametrize("shape", [(360, 640), (361, 641), (2, 2), (3, 5), (181, 320)])
def test_arrays_come_back_in_any_size(shape: tuple[int, int]) -> None:
    array = np.full((*shape, 3), (180, 90, 40), np.uint8)
    picture = Picture.from_rgb(array, 5)
    assert (picture.height, picture.width, picture.time_us, picture.colour) == (*shape, 5, BT709)
    assert picture.u.shape == ((shape[0] + 1) // 2, (shape[1] + 1) // 2)
    assert np.abs(picture.rgb().astype(int) - array).max() <= 4


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((1, 4, 3), np.uint8),
        np.zeros((2, 20_000, 3), np.uint8),
        [[[0, 0, 0]]],
    ],
    ids=["grey", "alpha", "float", "empty", "line", "long", "list"],
)
def test_what_is_no_picture_is_refused(array: np.ndarray) -> None:
    with pytest.raises(MediaError, match=r"^bad-array$"):
        Picture.from_rgb(array, 0)


def test_a_picture_that_is_not_contiguous_is_taken() -> None:
    mirrored = next(pictures(1, width=64, height=36)).rgb()[:, ::-1]
    assert np.abs(Picture.from_rgb(mirrored, 0).rgb().astype(int) - mirrored).mean() < 4


def test_scaling_keeps_what_is_seen() -> None:
    picture = next(pictures(1, 200, 1280, 720))
    small = picture.scaled(320, 180)
    assert (small.width, small.height, small.colour, small.time_us) == (320, 180, picture.colour, picture.time_us)
    assert read_code(small.rgb()) == (200, 0)
    assert picture.scaled(1280, 720) is picture


@pytest.mark.parametrize(
    ("source", "within", "size"),
    [
        ((1920, 1080), LARGE, (1280, 720)),
        ((1080, 1920), LARGE, (720, 1280)),
        ((640, 480), SMALL, (480, 360)),
        ((320, 181), LARGE, (320, 180)),
        ((321, 183), LARGE, (320, 182)),
        ((1, 1000), SMALL, (2, 640)),
    ],
)
def test_sizes_fit_are_even_and_never_larger(source: tuple[int, int], within: Rendition, size: tuple[int, int]) -> None:
    assert fitted(*source, within) == size
