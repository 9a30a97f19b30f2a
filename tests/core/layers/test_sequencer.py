import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.layers.sequencer import Sequencer, Verdict
from aparte.core.wire.header import Header
from tests.core.layers.camera import Camera, Decoder

DECODE, LATE, SPOILED, HOLD = Verdict.DECODE, Verdict.LATE, Verdict.SPOILED, Verdict.HOLD


def stream(count: int, *keys: int) -> list[Header]:
    camera = Camera()
    return [camera.next(key=number in keys) for number in range(count)]


def verdicts(headers: list[Header]) -> list[Verdict]:
    sequencer = Sequencer()
    return [sequencer.accept(header) for header in headers]


def without(headers: list[Header], *lost: int) -> list[Header]:
    return [header for number, header in enumerate(headers) if number not in lost]


def test_a_whole_stream_is_decoded_tl0_going_round() -> None:
    assert set(verdicts(stream(1_100))) == {DECODE}


def test_it_starts_at_a_key_frame_only() -> None:
    assert verdicts(stream(12, 8)[1:]) == [HOLD] * 7 + [DECODE] * 4


@pytest.mark.parametrize("most", [0, 1])
def test_layers_left_out_on_purpose_harm_nothing(most: int) -> None:
    assert set(verdicts([header for header in stream(40) if header.temporal <= most])) == {DECODE}


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (1, [DECODE] * 7),
        (2, [DECODE, DECODE, SPOILED, *[DECODE] * 4]),
        (3, [DECODE] * 7),
        (4, [*[DECODE] * 4, HOLD, HOLD, HOLD]),
    ],
)
def test_a_lost_picture_takes_along_what_needs_it(lost: int, expected: list[Verdict]) -> None:
    assert verdicts(without(stream(8), lost)) == expected


def test_a_key_frame_ends_the_waiting() -> None:
    assert verdicts(without(stream(16, 10), 4)) == [DECODE] * 4 + [HOLD] * 5 + [DECODE] * 6


def test_256_lost_pictures_of_layer_0_are_not_taken_for_none() -> None:
    headers = stream(1_100)
    assert verdicts([*headers[:4], headers[4 * 257]])[-1] is HOLD
    assert verdicts([*headers[:4], headers[4 * 256 + 2]])[-1] is HOLD


def test_what_is_older_than_what_was_seen_is_late() -> None:
    first, second = stream(2)
    assert verdicts([first, second, second, first]) == [DECODE, DECODE, LATE, LATE]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_nothing_is_decoded_that_cannot_be(data: st.DataObject) -> None:
    """Whatever a relay leaves out by its rules or loses against them: the codec's own needs are met."""
    camera, sequencer = Camera(), Sequencer()
    decoder = Decoder(camera)
    for _ in range(data.draw(st.integers(1, 80))):
        header = camera.next(key=data.draw(st.integers(0, 15)) == 0)
        if data.draw(st.integers(0, 3)) and sequencer.accept(header) is DECODE:
            decoder.decode(header.counter)
