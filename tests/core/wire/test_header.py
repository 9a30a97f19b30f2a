"""The plain header: whatever comes, a header or WireError."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aparte.core.wire.errors import CLOSE_CODES, REFUSALS, Reason, WireError
from aparte.core.wire.header import HEADER_SIZE, Header, Stream, build_header, parse_header


def read(message: bytes) -> Header | WireError:
    """Give the header or the error that says that it is none."""
    try:
        return parse_header(message)
    except WireError as error:
        return error


@st.composite
def headers(draw: st.DrawFn) -> Header:
    stream = draw(st.sampled_from(Stream))
    camera = stream is Stream.CAMERA
    temporal = draw(st.integers(0, 2)) if camera else 0
    return Header(
        stream,
        draw(st.integers(0, 2)) if camera else 0,
        temporal,
        camera and temporal == 0 and draw(st.booleans()),
        temporal == 2,
        draw(st.integers(0, 255)) if camera else 0,
        draw(st.integers(0, 2**32 - 1)),
    )


@given(headers(), st.binary(min_size=17, max_size=40))
def test_a_header_comes_back_as_it_was(header: Header, sealed: bytes) -> None:
    assert parse_header(build_header(header) + sealed) == header


@pytest.mark.promise("P19")
def test_every_value_of_the_three_bytes_that_have_rules() -> None:
    allowed = 0
    for first, step in ((0x11, 1), (0x10, 13), (0x12, 13), (0x01, 13), (0x21, 13)):
        for pair in range(0, 0x10000, step):
            message = bytes([first, pair >> 8, pair & 0xFF]) + bytes(22)
            outcome = read(message)
            if isinstance(outcome, Header):
                allowed += 1
                assert build_header(outcome) == message[:HEADER_SIZE]
            else:
                assert outcome.reason is _expected(first, pair >> 12)
    assert allowed == 15


def _expected(first: int, stream: int) -> Reason:
    if first >> 4 != 1:
        return Reason.BAD_VERSION
    return Reason.UNKNOWN_KIND if first & 0xF != 1 or stream > 3 else Reason.MALFORMED


@pytest.mark.promise("P19")
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64) | st.binary(min_size=24, max_size=64).map(lambda rest: b"\x11" + rest))
@example(b"")
def test_anything_is_a_header_or_refused(message: bytes) -> None:
    outcome = read(message)
    if isinstance(outcome, Header):
        assert build_header(outcome) == message[:HEADER_SIZE]
    else:
        assert outcome.code == CLOSE_CODES[outcome.reason]
        assert str(outcome) == outcome.reason


GOOD = Header(Stream.CAMERA, 0, 0, False, False, 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"rendition": 3},
        {"rendition": -1},
        {"temporal": 3},
        {"temporal": 4},
        {"temporal": 2},
        {"discardable": True},
        {"temporal": 1, "key": True},
        {"tl0": 256},
        {"tl0": -1},
        {"counter": 2**32},
        {"counter": -1},
        {"stream": Stream.SOUND, "tl0": 1},
        {"stream": Stream.SOUND, "key": True},
        {"stream": Stream.STATE, "rendition": 1},
    ],
    ids=str,
)
def test_what_could_not_be_read_is_not_written(change: dict[str, int]) -> None:
    with pytest.raises(WireError, match="malformed"):
        build_header(msgspec.structs.replace(GOOD, **change))


def test_reasons_end_a_link_or_refuse_a_wish() -> None:
    assert set(Reason) == CLOSE_CODES.keys() | REFUSALS
    assert len(set(CLOSE_CODES.values())) == len(CLOSE_CODES)
