"""Content, names, links and identities: whatever comes, a value or the one typed error."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.mls.codec import Encodable
from aparte.core.policy import names
from aparte.core.policy.admission import ADMISSION_SIZE, Admission
from aparte.core.policy.charter import Charter
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.person import GUEST_SIZE, SEALED_SIZE, Certificate, Person
from aparte.core.policy.policy import Policy
from aparte.e2ee import content, keys
from aparte.e2ee.sframe.errors import SealError
from aparte.e2ee.sframe.header import build_sframe_header, parse_sframe_header

PREFIXED = st.tuples(st.integers(0, 2), st.integers(0, 6), st.binary(max_size=24))
PLAINTEXT = st.one_of(
    st.binary(max_size=40),
    PREFIXED.map(lambda parts: bytes([parts[0], parts[1], 0]) + parts[2]),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b'{"mic":true,"camera":false}', b'{"mic":', b"[" * 1_000, b'{"mic":true,"camera":nul}']),
)

BT709 = content.Colour(1, False, 1)
GUEST = Person(bytes(16), bytes(32), bytes(64), None, bytes(SEALED_SIZE))
ACCOUNT = replace(GUEST, certificate=Certificate(bytes(16), 0, bytes(32), bytes(64)))


@pytest.mark.promise("P19")
@settings(max_examples=200, deadline=None)
@given(PLAINTEXT)
def test_content(plaintext: bytes) -> None:
    for parse in (content.parse_state, content.parse_sound, content.parse_video):
        with suppress(content.ContentError):
            parse(plaintext)


@pytest.mark.promise("P19")
def test_a_great_many_plaintexts_and_headers() -> None:
    """Noise behind good beginnings: 15,000 plaintexts and SFrame headers."""
    rng = random.Random(19)
    states = [b'{"mic":true,"camera":false}', b'{"camera":true,"mic":true}']
    for _ in range(15_000):
        noise = rng.randbytes(rng.randrange(30))
        state = bytearray(rng.choice(states))
        state[rng.randrange(len(state))] = rng.randrange(256)
        for parse in (content.parse_sound, content.parse_video, content.parse_state):
            for plaintext in (noise, bytes([1, rng.randrange(7), 0]) + noise, bytes(state)):
                with suppress(content.ContentError):
                    parse(plaintext)
        with suppress(SealError):
            parse_sframe_header(noise)


def test_what_could_not_be_read_is_not_written() -> None:
    for sound in (
        content.Sound(-1, 0, 1, 200, b"x"),
        content.Sound(2**53, 0, 1, 200, b"x"),
        content.Sound(0, 128, 1, 200, b"x"),
        content.Sound(0, 0, 0, 200, b"x"),
        content.Sound(0, 0, 1, 0x10000, b"x"),
        content.Sound(0, 0, 1, 200, b""),
    ):
        with pytest.raises(content.ContentError):
            content.build_sound(sound)
    for video in (
        content.Video(content.Codec.OPUS, 0, 1, 1, BT709, b"x"),
        content.Video(content.Codec.VP9, 0, 0, 1, BT709, b"x"),
        content.Video(content.Codec.VP9, 0, 1, 0x10000, BT709, b"x"),
        content.Video(content.Codec.VP9, -1, 1, 1, BT709, b"x"),
        content.Video(content.Codec.VP9, 0, 1, 1, content.Colour(128, False, 1), b"x"),
        content.Video(content.Codec.VP9, 0, 1, 1, content.Colour(1, False, 256), b"x"),
    ):
        with pytest.raises(content.ContentError):
            content.build_video(video)


@pytest.mark.promise("P19")
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=20))
def test_sframe_headers(data: bytes) -> None:
    with suppress(SealError):
        header = parse_sframe_header(data)
        assert build_sframe_header(header.kid, header.ctr) == data[: header.size]


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_sframe_headers_come_back_as_they_were(kid: int, ctr: int) -> None:
    encoded = build_sframe_header(kid, ctr)
    parsed = parse_sframe_header(encoded + b"behind")
    assert (parsed.kid, parsed.ctr, parsed.size) == (kid, ctr, len(encoded))


def test_sframe_headers_have_64_bits() -> None:
    for kid, ctr in ((2**64, 0), (0, 2**64), (-1, 0)):
        with pytest.raises(ValueError, match="64 bits"):
            build_sframe_header(kid, ctr)


@pytest.mark.promise("P19")
@settings(max_examples=200, deadline=None)
@given(st.text(max_size=70))
def test_names(text: str) -> None:
    try:
        name = keys.normalise_name(text)
    except keys.KeysError:
        return
    assert keys.normalise_name(name) == name
    assert 0 < len(name) <= 64
    assert len(name.encode()) <= 128


LINK = keys.build_link(keys.Link("https://meet.example", bytes(16), bytes(32)))


@pytest.mark.promise("P19")
@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20), st.integers(0, len(LINK)), st.text(max_size=3), st.integers(0, 3))
def test_links(text: str, at: int, patch: str, drop: int) -> None:
    for candidate in (text, LINK[:at] + patch + LINK[at + drop :]):
        with suppress(keys.KeysError):
            assert keys.build_link(keys.parse_link(candidate)) == candidate


@pytest.mark.promise("P19")
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=240) | st.binary(min_size=SEALED_SIZE, max_size=SEALED_SIZE), st.booleans())
def test_sealed_names(sealed: bytes, is_guest: bool) -> None:
    """What nobody with the link has sealed opens for nobody."""
    person = replace(GUEST if is_guest else ACCOUNT, sealed=sealed)
    with pytest.raises(keys.KeysError, match="bad-identity"):
        keys.open_identity(bytes(32), bytes(16), person)


@pytest.mark.promise("P18", "P19")
@settings(max_examples=300, deadline=None)
@given(st.text(max_size=70), st.text(max_size=40), st.booleans())
def test_what_was_sealed_opens_as_it_was(name: str, label: str, is_guest: bool) -> None:
    """Whatever somebody is called who may be called that; a guest has no label, and an account the house's name."""
    meeting, seat, person_key, nonce = bytes(16), bytes(16), bytes(32), bytes(12)
    try:
        sealed = keys.seal_name(bytes(32), meeting, seat, person_key, nonce, name, label)
    except (keys.KeysError, ValueError):
        return
    assert len(sealed) == SEALED_SIZE
    shown = names.normalise_name(name), names.normalise_label(label)
    said = None if is_guest else Certificate(bytes(16), 0, names.details_of(*shown), bytes(64))
    person = Person(seat, person_key, bytes(64), said, sealed)
    if is_guest and shown[1]:
        with pytest.raises(keys.KeysError, match="bad-identity"):
            keys.open_identity(bytes(32), meeting, person)
        return
    assert keys.open_identity(bytes(32), meeting, person) == keys.Identity(person, *shown)


@pytest.mark.promise("P19")
@settings(max_examples=300, deadline=None)
@given(st.text(max_size=70))
def test_labels(text: str) -> None:
    try:
        label = names.normalise_label(text)
    except ValueError:
        return
    assert names.normalise_label(label) == label
    assert len(label.encode()) <= 64
    assert len(names.padded("A", label)) == 192


PREFIXES: dict[Callable[[bytes], Encodable], bytes] = {
    Charter.read: b"\1",
    Policy.read: b"\1",
    Person.read: b"\2",
    Admission.read: b"\1",
}


@pytest.mark.promise("P19")
@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(list(PREFIXES)),
    st.binary(max_size=240)
    | st.binary(min_size=GUEST_SIZE - 1, max_size=GUEST_SIZE - 1)
    | st.binary(min_size=ADMISSION_SIZE - 1, max_size=ADMISSION_SIZE - 1),
)
def test_what_a_policy_is_made_of(read: Callable[[bytes], Encodable], noise: bytes) -> None:
    """A value with one spelling, or the one typed error. Damaged ones are in tests/core/policy."""
    for octets in (noise, PREFIXES[read] + noise):
        with suppress(PolicyError):
            assert read(octets).encoded == octets


def test_sizes_of_what_we_made_ourselves() -> None:
    for secret, meeting in ((bytes(31), bytes(16)), (bytes(32), bytes(15))):
        with pytest.raises(ValueError, match="bytes"):
            keys.derive_link_keys(secret, meeting)
    with pytest.raises(ValueError, match="a nonce has 12 bytes"):
        keys.seal_name(bytes(32), bytes(16), bytes(16), bytes(32), bytes(11), "A", "")


def test_keys_do_not_print_themselves() -> None:
    secret = bytes(range(32))
    derived = keys.derive_link_keys(secret, bytes(16))
    link = keys.Link("https://meet.example", bytes(16), secret)
    for value in (derived, link):
        assert repr(secret)[2:20] not in repr(value)
        assert "psk" not in repr(value)


def test_content_shows_nothing_of_what_was_said() -> None:
    colour = content.Colour(1, False, 1)
    for shown in (
        content.Sound(1, 2, 1, 200, b"secret"),
        content.Video(content.Codec.VP8, 1, 640, 360, colour, b"secret"),
    ):
        assert type(shown).__name__ in repr(shown)
        assert "secret" not in repr(shown)
