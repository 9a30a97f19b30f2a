import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.layers.chain import Chain
from aparte.core.wire.header import Header
from tests.core.layers.camera import Camera, Decoder

L1T3 = (0, 2, 1, 2)


def play(camera: Camera, left_out: set[int], lost: set[int], keys: set[int], count: int) -> list[int]:
    """Counters of the frames that a chain lets through: some the relay leaves out, some it never got."""
    chain, sent = Chain(), []
    for number in range(count):
        header = camera.next(key=number in keys)
        if number in lost:
            continue
        if number in left_out:
            chain.skip(header)
        elif chain.send(header):
            sent.append(number)
    return sent


@pytest.mark.parametrize(
    ("left_out", "sent"),
    [
        (set(), "0 1 2 3 4 5 6 7 8 9 10 11"),
        ({1, 3, 5}, "0 2 4 6 7 8 9 10 11"),  # layer 2 alone
        ({2}, "0 1 4 5 6 7 8 9 10 11"),  # a layer 1 takes the layer 2 after it along
        ({4}, "0 1 2 3"),  # a layer 0 takes everything
        ({0}, ""),
    ],
)
def test_what_a_frame_that_is_left_out_takes_along(left_out: set[int], sent: str) -> None:
    assert play(Camera(), left_out, set(), set(), 12) == [int(number) for number in sent.split()]


@pytest.mark.parametrize(
    ("lost", "sent"),
    [
        ({1}, "0 2 4 5 6 7 8 9 10 11"),  # nobody knows what was lost: no layer 2 until the next layer 0
        ({2}, "0 1 4 5 6 7 8 9 10 11"),
        ({3}, "0 1 2 4 5 6 7 8 9 10 11"),
        ({4}, "0 1 2 3"),
        ({3, 4, 5, 6, 7, 8}, "0 1 2"),
    ],
)
def test_what_a_frame_that_never_came_takes_along(lost: set[int], sent: str) -> None:
    assert play(Camera(), set(), lost, set(), 12) == [int(number) for number in sent.split()]


def test_a_key_frame_mends_everything() -> None:
    assert play(Camera(), {4}, set(), {6}, 10) == [0, 1, 2, 3, 6, 7, 8, 9]


def test_a_newcomer_starts_at_a_key_frame() -> None:
    camera, chain = Camera(), Chain()
    for _ in range(5):
        camera.next()
    assert not any(chain.send(camera.next()) for _ in range(12))
    assert chain.send(camera.next(key=True))


def test_tl0_that_has_gone_full_circle() -> None:
    for layers in ((0,), L1T3):
        camera, chain = Camera(pattern=layers), Chain()
        assert chain.send(camera.next())
        lost = [camera.next() for _ in range(256 * len(layers))]
        assert lost[-1].tl0 == 0, "the number that the chain has as its base"
        assert not any(chain.send(camera.next()) for _ in range(3))
    camera, chain = Camera(pattern=(0,)), Chain()
    headers = [camera.next() for _ in range(1000)]
    assert all(chain.send(header) for header in headers), "without a loss the circle does no harm"


@settings(deadline=None)
@given(
    left_out=st.sets(st.integers(0, 79), max_size=12),
    lost=st.sets(st.integers(0, 79), max_size=6),
    keys=st.sets(st.integers(0, 79), max_size=3),
    pattern=st.sampled_from([L1T3, (0,), (0, 1), (0, 2, 2, 1, 2)]),
)
def test_whatever_is_sent_can_be_decoded(
    left_out: set[int], lost: set[int], keys: set[int], pattern: tuple[int, ...]
) -> None:
    camera = Camera(pattern=pattern)
    sent = play(camera, left_out, lost, keys, 80)
    decoder = Decoder(camera)
    for number in sent:
        decoder.decode(number)
    if not left_out | lost:
        assert len(sent) == 80, "nothing is left out without a cause"


def test_headers_that_lie_harm_their_sender_alone() -> None:
    chain = Chain()
    for counter in range(600):
        header: Header = Camera().next()
        msgspec.structs.force_setattr(header, "counter", counter * 7_000_000)
        chain.send(header)
        chain.skip(header)
