"""Control messages: whatever comes, a message or WireError; nothing of it in the error."""

import json
import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.control import (
    Bye,
    ClientMessage,
    Commit,
    Create,
    Hello,
    Leave,
    Nack,
    Ping,
    RefreshRequest,
    Refused,
    ResumeRequest,
    decode_client,
    decode_server,
    encode_client,
)
from aparte.core.wire.errors import Reason, WireError
from aparte.core.wire.header import Stream
from tests.vectors.make import VECTORS

NATURAL = st.integers(0, 2**53 - 1)
SEAT = st.binary(min_size=16, max_size=16).map(b64_encode)
TOKEN = st.binary(min_size=32, max_size=32).map(b64_encode)
BLOB = st.binary(min_size=1, max_size=80)
RESUME = st.builds(ResumeRequest, SEAT, TOKEN, NATURAL)
MESSAGE = st.one_of(
    st.builds(
        Hello,
        st.just(1),
        st.binary(min_size=16, max_size=16),
        st.binary(min_size=32, max_size=32),
        st.none() | RESUME,
    ),
    st.builds(Create, st.binary(min_size=16, max_size=64), BLOB, BLOB),
    st.builds(Commit, BLOB, BLOB),
    st.builds(Nack, NATURAL),
    st.builds(RefreshRequest, SEAT, st.sampled_from(Stream), st.integers(0, 2)),
    st.builds(Ping, NATURAL),
    st.builds(Leave),
)
REASONS = {Reason.MALFORMED, Reason.TOO_LARGE, Reason.UNKNOWN_KIND, Reason.BAD_VERSION}


def read(decode: Callable[[str | bytes], Any], text: str | bytes) -> Any:
    """Give the message or the error that says that it is none."""
    try:
        return decode(text)
    except WireError as error:
        return error


def survives(text: str | bytes) -> None:
    for decode in (decode_client, decode_server):
        outcome = read(decode, text)
        if isinstance(outcome, WireError):
            assert outcome.reason in REASONS
            assert outcome.__cause__ is None
            assert str(outcome) == outcome.reason
        else:
            assert isinstance(outcome, msgspec.Struct)


@given(MESSAGE)
def test_a_message_comes_back_as_it_was(message: ClientMessage) -> None:
    text = encode_client(message)
    assert decode_client(text) == decode_client(text.encode()) == message
    assert isinstance(json.loads(text)["t"], str)


@pytest.mark.promise("P19")
@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_and_any_bytes(text: str | bytes) -> None:
    survives(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | SEAT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
CLIENT_TYPES = ["hello", "create", "commit", "nack", "refresh", "ping", "leave"]
SERVER_TYPES = ["welcome", "turn", "resumed", "refused", "reopened", "bye", "accepted"]
TYPES = [*CLIENT_TYPES, *SERVER_TYPES]
FIELDS = ["v", "n", "epoch", "seat", "token", "group", "info", "tree", "commit", "resume", "reason", "gone", "door"]


@pytest.mark.promise("P19")
@settings(max_examples=100, deadline=None)
@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_any_json_with_a_type(kind: str, fields: dict[str, Any]) -> None:
    survives(json.dumps({"t": kind, **fields}))


@pytest.mark.promise("P19")
@settings(max_examples=200, deadline=None)
@given(MESSAGE, st.integers(0, 10**6), st.binary(max_size=3), st.integers(0, 3))
def test_changes_in_good_messages(message: ClientMessage, at: int, patch: bytes, drop: int) -> None:
    text = encode_client(message).encode()
    place = at % len(text)
    survives(text[:place] + patch + text[place + drop :])


@pytest.mark.promise("P19")
def test_a_great_many_changes_in_good_messages() -> None:
    """Bytes cut out, put in and replaced, in one message of every type: 30,000 texts for either side."""
    rng = random.Random(19)
    valid = json.loads((VECTORS / "wire/control.json").read_text("utf-8"))["valid"]
    texts = [case["text"].encode() for case in valid]
    pieces = [
        b"",
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"null",
        b"-",
        b"9" * 20,
        b"1e5",
        b"\\ud800",
        b"\xff",
        b"A",
        b"=",
    ]
    for _ in range(30_000):
        text = rng.choice(texts)
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(pieces) + text[at + rng.randrange(4) :]
        survives(text)


@pytest.mark.promise("P19")
@pytest.mark.parametrize("part", ["[", '{"t":', '{"a":[', '{"t":"hello","v":1,"resume":[['])
def test_nesting_without_end(part: str) -> None:
    survives(part * (500_000 // len(part)))


def test_a_message_over_the_limit_is_not_even_parsed() -> None:
    with pytest.raises(WireError, match="too-large"):
        decode_client(b"\xff" * (512 * 1024 + 1))


@pytest.mark.parametrize(("name", "most"), [("info", 16_384), ("commit", 262_144), ("tree", 3 * 1024 * 1024)])
def test_large_parts_have_their_own_limit(name: str, most: int) -> None:
    fields = {"t": "commit", "commit": "AA", "info": "AA"}

    def read(size: int) -> object:
        part = {name: b64_encode(bytes(size))}
        if name != "tree":
            return decode_client(json.dumps(fields | part))
        group = {"group": b64_encode(bytes(32)), "epoch": 0, "info": "AA"}
        return decode_server(json.dumps({"t": "turn", "group": group | part}))

    assert read(most)
    with pytest.raises(WireError, match="too-large"):
        read(most + 1)


@pytest.mark.parametrize(("number", "value"), [("1.0", 1), ("11e0", 11), ("-0", 0), ("9007199254740991.0", 2**53 - 1)])
def test_a_whole_number_has_many_spellings(number: str, value: int) -> None:
    """JSON has one kind of number, and a browser cannot see how it was spelt."""
    assert decode_client(f'{{"t":"ping","n":{number}}}') == Ping(n=value)


@pytest.mark.parametrize("number", ["1.5", "1e16", "-1", "1e999", '"1"', "true"])
def test_what_is_no_whole_number(number: str) -> None:
    with pytest.raises(WireError):
        decode_client(f'{{"t":"ping","n":{number}}}')


def test_an_answer_has_only_its_own_reasons() -> None:
    with pytest.raises(ValueError, match="not a refusal"):
        Refused("commit", Reason.FULL)
    with pytest.raises(ValueError, match="not a close reason"):
        Bye(Reason.STALE_EPOCH)


@given(st.text(alphabet="AQgwB-_+/= \n", max_size=9))
def test_b64_has_one_spelling(text: str) -> None:
    try:
        data = b64_decode(text)
    except ValueError:
        return
    assert b64_encode(data) == text
