"""Making meetings over HTTP."""

import json
import os
import sqlite3
from hashlib import sha256
from typing import Any

import httpx
import pytest

from aparte.core.wire.b64 import b64_decode, b64_encode
from tests.charters import charter_for
from tests.server.conftest import Running, Start
from tests.server.link_client import TestMeeting, members
from tests.server.raw_client import RawClient

DOOR_HASH = b64_encode(sha256(b"door").digest())
MEETING = b64_encode(b"m" * 16)
HALF = f'"meeting":"{MEETING}","door_hash":"{DOOR_HASH}"'


def made(running: Running, **other: Any) -> dict[str, Any]:
    """What a client sends for a new link."""
    return TestMeeting(os.urandom(16), os.urandom(32)).body(running.house_key) | other


async def post(running: Running, body: bytes | str, kind: str = "application/json") -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.post(f"{running.url}/api/meetings", content=body, headers={"content-type": kind})


async def test_a_meeting_is_made(plain: Running) -> None:
    asked = made(plain)
    answer = await post(plain, json.dumps(asked))
    assert (answer.status_code, answer.json()) == (201, {"meeting": asked["meeting"]})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        f'{{"door_hash":"{DOOR_HASH}"}}',
        f"{{{HALF}}}",
        f'{{{HALF},"charter":null}}',
        f'{{{HALF},"charter":1}}',
        f'{{{HALF},"charter":"{"A" * 3_000}"}}',
        b'{"door_hash":"\xff"}',
        "[" * 2000,
    ],
)
async def test_other_bodies_are_malformed(plain: Running, body: bytes | str) -> None:
    answer = await post(plain, body)
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


@pytest.mark.parametrize(
    "other",
    [
        {"meeting": ""},
        {"meeting": "AAAA"},
        {"meeting": MEETING + "=="},
        {"meeting": MEETING[:-1] + "_"},
        {"door_hash": ""},
        {"door_hash": "AAAA"},
        {"door_hash": DOOR_HASH + "="},
        {"door_hash": DOOR_HASH[:-1] + "_"},
        {"charter": ""},
        {"charter": "AAAA"},
        {"charter": "not base64"},
        {"more": 1},
    ],
    ids=str,
)
async def test_fields_of_another_form_are_malformed(plain: Running, other: dict[str, Any]) -> None:
    answer = await post(plain, json.dumps(made(plain, **other)))
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


async def test_a_charter_cut_short_or_without_organisers_is_malformed(plain: Running) -> None:
    asked = made(plain)
    charter = b64_decode(asked["charter"])
    nobody = charter_for(b64_decode(asked["meeting"]), bytes(32), plain.house_key, organisers=()).encoded
    for broken in (charter[:-1], charter + b"\0", b"\2" + charter[1:], nobody):
        answer = await post(plain, json.dumps({**asked, "charter": b64_encode(broken)}))
        assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


async def test_a_charter_names_this_meeting_and_this_house(plain: Running) -> None:
    id, secret = os.urandom(16), os.urandom(32)
    asked = TestMeeting(id, secret).body(plain.house_key)
    other = bytes([plain.house_key[0] ^ 1]) + plain.house_key[1:]
    for charter in (
        charter_for(os.urandom(16), secret, plain.house_key),
        charter_for(id, secret, other),
        charter_for(id, secret),
    ):
        answer = await post(plain, json.dumps({**asked, "charter": b64_encode(charter.encoded)}))
        assert (answer.status_code, answer.json()) == (400, {"reason": "wrong-charter"})
    assert (await post(plain, json.dumps(asked))).status_code == 201


async def test_an_id_that_is_taken(plain: Running) -> None:
    """Nobody puts a door or a charter in the place of another one's."""
    meeting = await TestMeeting.make(plain.url)
    thief = TestMeeting(meeting.id, os.urandom(32))
    answer = await post(plain, json.dumps(thief.body(plain.house_key)))
    assert (answer.status_code, answer.json()) == (409, {"reason": "exists"})
    (link,) = await members(plain.port, meeting, 1)
    assert link.epoch == 0


async def test_the_charter_comes_back_as_it_was_made(plain: Running) -> None:
    meeting = TestMeeting(os.urandom(16), os.urandom(32))
    asked = meeting.body(plain.house_key)
    assert (await post(plain, json.dumps(asked))).status_code == 201
    (link,) = await members(plain.port, meeting, 1)
    assert link.who is not None
    assert b64_encode(link.who.charter.encoded) == asked["charter"]


async def test_a_form_of_another_site_makes_nothing(plain: Running) -> None:
    """A body that a page of another site can send without asking first is not read."""
    answer = await post(plain, json.dumps(made(plain)), "text/plain")
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


async def test_an_address_is_not_what_a_client_claims(start: Start) -> None:
    running = await start(meetings_a_minute=2)
    async with httpx.AsyncClient() as client:
        answers = [
            await client.post(
                f"{running.url}/api/meetings",
                json=made(running),
                headers={"x-forwarded-for": f"192.0.2.{number}"},
            )
            for number in range(3)
        ]
    assert [answer.status_code for answer in answers] == [201, 201, 429]


async def test_a_large_body(plain: Running) -> None:
    answer = await post(plain, b" " * 10_000)
    assert (answer.status_code, answer.json()) == (413, {"reason": "too-large"})


async def test_a_body_without_an_end(plain: Running) -> None:
    """Nobody says how large it is: it is cut when it has become too large."""
    client = await RawClient.open(plain.port)
    client.send("POST /api/meetings HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(5):
        client.send(b"3e8\r\n" + b" " * 1000 + b"\r\n")
    status, _, body = await client.response()
    assert (status, body) == (413, b'{"reason":"too-large"}')
    assert await client.end() == b""
    client.close()


async def test_one_address_makes_so_many_a_minute(start: Start) -> None:
    running = await start(meetings_a_minute=3)
    codes = [(await post(running, json.dumps(made(running)))).status_code for _ in range(5)]
    assert codes == [201, 201, 201, 429, 429]


async def test_there_are_so_many_meetings(start: Start) -> None:
    running = await start(meetings=2)
    for _ in range(3):
        meeting = await TestMeeting.make(running.url)
    await members(running.port, meeting, 1)
    await members(running.port, await TestMeeting.make(running.url), 1)
    refused = await post(running, json.dumps(made(running)))
    assert (refused.status_code, refused.json()) == (503, {"reason": "full"})


async def test_the_store_keeps_the_hash_of_the_door_and_not_the_door(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    with sqlite3.connect(plain.data / "aparte.db") as database:
        rows = database.execute("select id, door_hash from meeting").fetchall()
    database.close()
    assert rows == [(meeting.id, sha256(meeting.door).digest())]


async def test_what_the_api_does_not_have(plain: Running) -> None:
    async with httpx.AsyncClient() as client:
        for path, method, status in (
            ("/api/meetings", "GET", 404),
            ("/api/meetings", "PUT", 405),
            ("/api/other", "GET", 404),
            ("/docs", "GET", 404),
            ("/openapi.json", "GET", 404),
            ("/api/health", "DELETE", 405),
        ):
            answer = await client.request(method, plain.url + path)
            assert answer.status_code == status, path
            assert answer.json()["reason"] in ("not-found", "bad-method")


async def test_an_error_inside_says_nothing(plain: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the disk at /secret is full")

    monkeypatch.setattr("aparte.store.sqlite.SqliteStore.add_meeting", broken)
    answer = await post(plain, json.dumps(made(plain)))
    assert (answer.status_code, answer.json()) == (500, {"reason": "internal"})
