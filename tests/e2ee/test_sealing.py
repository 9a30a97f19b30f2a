"""What sealing and opening promise, tried from all sides."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.wire.header import Stream, parse_header
from aparte.core.wire.limits import HEADER_SIZE, MAX_CAMERA, MAX_COUNTER, MIN_SEALED
from aparte.e2ee.sframe.errors import SealError, SealReason
from aparte.e2ee.sframe.header import parse_sframe_header
from aparte.e2ee.sframe.opener import Opener
from aparte.e2ee.sframe.replay import SIZE
from aparte.e2ee.sframe.sealer import Marks, Sealer

BASE_KEY = bytes([7]) * 32
PLAIN = Marks()
CONTEXTS = [(Stream.STATE, 0), (Stream.SOUND, 0), (Stream.CAMERA, 0), (Stream.CAMERA, 1), (Stream.CAMERA, 2)]


def sealer_of(leaf: int = 1, stream: Stream = Stream.SOUND, rendition: int = 0) -> Sealer:
    sealer = Sealer(stream, rendition)
    sealer.rekey(BASE_KEY, leaf, 5)
    return sealer


def opener_of(*members: int) -> Opener:
    opener = Opener()
    opener.rekey(BASE_KEY, 5, 0, members or (0, 1, 2), 0.0)
    return opener


def outcome(opener: Opener, message: bytes, now: float = 1.0) -> str:
    try:
        opener.open(message, now)
    except SealError as error:
        return error.reason
    return "opened"


def refused(sealer: Sealer, marks: Marks, plaintext: bytes) -> SealReason:
    with pytest.raises(SealError) as caught:
        sealer.seal(marks, plaintext)
    return caught.value.reason


def test_nothing_is_sealed_without_a_key() -> None:
    assert refused(Sealer(Stream.SOUND), PLAIN, b"x") is SealReason.NO_KEY


def test_what_the_header_cannot_say_is_refused_and_spends_no_number() -> None:
    sealer = sealer_of()
    assert refused(sealer, Marks(key=True), b"x") is SealReason.MALFORMED
    assert refused(sealer, Marks(tl0=1), b"x") is SealReason.MALFORMED
    assert refused(sealer, PLAIN, bytes(4_096)) is SealReason.TOO_LARGE
    assert parse_header(sealer.seal(PLAIN, b"")).counter == 0


def test_pictures_are_sealed_up_to_the_limit_of_the_wire() -> None:
    sealer = sealer_of(stream=Stream.CAMERA)
    room = MAX_CAMERA - HEADER_SIZE - 9 - 16
    assert parse_header(sealer.seal(Marks(key=True), bytes(room))).key
    assert refused(sealer, PLAIN, bytes(room + 1)) is SealReason.TOO_LARGE


@pytest.mark.promise("P11")
def test_no_number_is_used_twice_whatever_the_keys() -> None:
    rng = random.Random(11)
    keys = [(BASE_KEY, 1, 5), (bytes(32), 1, 6), (BASE_KEY, 1, 5), (BASE_KEY, 2, 5)]
    seen: set[tuple[int, int]] = set()
    for stream, rendition in CONTEXTS:
        sealer = Sealer(stream, rendition)
        last = -1
        for _ in range(20_000):
            if last < 0 or rng.random() < 0.01:
                key, leaf, epoch = rng.choice(keys)
                sealer.rekey(key, leaf, epoch)
            message = sealer.seal(PLAIN, b"")
            sframe = parse_sframe_header(message[HEADER_SIZE:])
            assert sframe.ctr == parse_header(message).counter > last
            last = sframe.ctr
            seen.add((sframe.kid, sframe.ctr))
    assert len(seen) == 100_000


@pytest.mark.promise("P11")
def test_a_sealer_whose_numbers_are_used_up_seals_nothing_more() -> None:
    sealer = sealer_of()
    sealer._counter = MAX_COUNTER  # four billion frames, shortened
    assert parse_header(sealer.seal(PLAIN, b"last")).counter == MAX_COUNTER
    sealer.rekey(BASE_KEY, 1, 6)
    assert refused(sealer, PLAIN, b"x") is SealReason.EXHAUSTED


@pytest.mark.promise("P12")
def test_a_thousand_frames_with_each_bit_of_the_header_flipped() -> None:
    opener = opener_of()
    rng = random.Random(12)
    for stream, rendition in CONTEXTS:
        sealer = sealer_of(1, stream, rendition)
        for _ in range(200):
            temporal = rng.randrange(3) if stream is Stream.CAMERA else 0
            key = stream is Stream.CAMERA and temporal == 0 and rng.random() < 0.5
            tl0 = rng.randrange(256) if stream is Stream.CAMERA else 0
            message = sealer.seal(Marks(temporal, key, temporal == 2, tl0), b"content")
            for bit in range(HEADER_SIZE * 8):
                changed = bytearray(message)
                changed[bit // 8] ^= 1 << bit % 8
                assert outcome(opener, bytes(changed)) != "opened"
            assert outcome(opener, message) == "opened"


@pytest.mark.promise("P12")
def test_every_flipped_bit_of_the_sealed_part_and_every_other_length() -> None:
    opener = opener_of()
    message = sealer_of().seal(PLAIN, b"content")
    for bit in range(HEADER_SIZE * 8, len(message) * 8):
        changed = bytearray(message)
        changed[bit // 8] ^= 1 << bit % 8
        assert outcome(opener, bytes(changed)) != "opened"
    for size in range(len(message)):
        assert outcome(opener, message[:size]) != "opened"
    assert outcome(opener, message + b"\0") == "not-authentic"
    assert outcome(opener, message) == "opened"


def test_no_tag_is_looked_for_where_there_is_no_room_for_one() -> None:
    message = sealer_of().seal(PLAIN, b"")
    for size in range(HEADER_SIZE + MIN_SEALED, len(message)):
        assert outcome(opener_of(), message[:size]) == "malformed"


@pytest.mark.promise("P11")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2 * SIZE), max_size=300))
def test_each_frame_opens_once_and_none_behind_the_window(order: list[int]) -> None:
    sealer = sealer_of()
    messages = [sealer.seal(PLAIN, b"%d" % number) for number in range(2 * SIZE + 1)]
    opener = opener_of()
    opened: set[int] = set()
    for number in order:
        fresh = number not in opened and max(opened, default=-1) - number < SIZE
        assert outcome(opener, messages[number]) == ("opened" if fresh else "replayed")
        if fresh:
            opened.add(number)


@pytest.mark.promise("P11")
def test_replays_swaps_and_other_epochs_and_kids() -> None:
    """Every 10th frame again, neighbours swapped, frames of another epoch or leaf: only what was sealed opens, once."""
    opener = opener_of()
    sealer = sealer_of()
    messages = [sealer.seal(PLAIN, b"%d" % number) for number in range(1_000)]
    for at in range(0, 1_000, 2):
        messages[at], messages[at + 1] = messages[at + 1], messages[at]
    results = [outcome(opener, message) for message in messages]
    assert results == ["opened"] * 1_000
    assert {outcome(opener, message) for message in messages[::10]} == {"replayed"}
    opener.rekey(bytes(32), 6, 0, (0, 1, 2), 2.0)
    for message in messages[-SIZE // 2 :]:
        kid_at = HEADER_SIZE + 1
        another_epoch = message[: kid_at + 3] + b"\6" + message[kid_at + 4 :]
        another_leaf = message[: kid_at + 2] + b"\2" + message[kid_at + 3 :]
        assert outcome(opener, another_epoch, 2.1) == "not-authentic"
        assert outcome(opener, another_leaf, 2.1) == "not-authentic"
        assert outcome(opener, message, 2.1) == "replayed"
    assert outcome(opener, messages[-1], 5.0) == "unknown-epoch"
    assert outcome(opener, messages[-1], 2.1) == "unknown-epoch"  # time that goes back revives nothing


@pytest.mark.promise("P8")
def test_keys_of_an_epoch_are_gone_3_s_after_its_end_frames_or_not() -> None:
    sealer = sealer_of()
    first, second = sealer.seal(PLAIN, b"1"), sealer.seal(PLAIN, b"2")
    opener = opener_of()
    opener.rekey(bytes(32), 6, 0, (0, 1), 1.0)
    assert outcome(opener, first, 3.999) == "opened"
    opener.expire(4.0)
    assert outcome(opener, second, 3.999) == "unknown-epoch"


@pytest.mark.shows("B28")
def test_each_leaf_and_context_has_a_key_of_its_own() -> None:
    bodies = set()
    for leaf in (1, 2, 3):
        for stream, rendition in CONTEXTS:
            message = sealer_of(leaf, stream, rendition).seal(PLAIN, b"the same content")
            bodies.add(message[HEADER_SIZE + parse_sframe_header(message[HEADER_SIZE:]).size :][:16])
    assert len(bodies) == 15
    # Under another leaf's name a frame asks for that leaf's key, and does not open.
    message = sealer_of(1).seal(PLAIN, b"x")
    renamed = message[:11] + b"\2" + message[12:]
    assert parse_sframe_header(renamed[HEADER_SIZE:]).kid == 0x10_0002_05
    assert outcome(opener_of(), renamed) == "not-authentic"
    assert outcome(opener_of(), message) == "opened"


def test_a_refusal_says_whose_frame_it_claims_to_be() -> None:
    with pytest.raises(SealError) as caught:
        Opener().open(sealer_of().seal(PLAIN, b"x"), 0.0)
    assert (caught.value.leaf, caught.value.stream) == (1, Stream.SOUND)
    assert str(caught.value) == "unknown-epoch"
    with pytest.raises(SealError) as caught:
        Opener().open(bytes(40), 0.0)
    assert (caught.value.leaf, caught.value.stream) == (None, None)


def test_an_epoch_comes_after_the_one_in_force() -> None:
    opener = opener_of()
    for epoch in (4, 5):
        with pytest.raises(ValueError, match="after the one in force"):
            opener.rekey(BASE_KEY, epoch, 0, (0,), 1.0)
    with pytest.raises(ValueError, match="16 bits"):
        opener.rekey(BASE_KEY, 6, 0, (65_536,), 1.0)


@pytest.mark.promise("P19")
def test_anything_is_opened_or_refused() -> None:
    """Noise, and good messages with bytes cut out, put in and replaced: 40,000 messages, one of them sealed by us."""
    rng = random.Random(19)
    opener = opener_of()
    good = sealer_of().seal(PLAIN, b"content")
    for _ in range(20_000):
        outcome(opener, rng.randbytes(rng.randrange(60)))
        at = rng.randrange(len(good))
        changed = good[:at] + rng.randbytes(rng.randrange(4)) + good[at + rng.randrange(4) :]
        assert changed == good or outcome(opener, changed) != "opened"
    assert outcome(opener, good) == "opened"
