"""Making meetings over HTTP."""

import os
import sqlite3
from hashlib import sha256

import httpx
import pytest

from aparte.core.wire.b64 import b64_decode, b64_encode
from tests.server.conftest import Running, Start
from tests.server.link_client import TestMeeting, members
from tests.server.raw_client import RawClient

DOOR_HASH = b64_encode(sha256(b"door").digest())


async def post(running: Running, body: bytes | str, kind: str = "application/json") -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.post(f"{running.url}/api/meetings", content=body, headers={"content-type": kind})


async def test_a_meeting_is_made(plain: Running) -> None:
    answer = await post(plain, f'{{"door_hash":"{DOOR_HASH}"}}')
    assert answer.status_code == 201
    assert list(answer.json()) == ["meeting"]
    assert len(b64_decode(answer.json()["meeting"])) == 16


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"door_hash":1}',
        '{"door_hash":""}',
        '{"door_hash":"AAAA"}',
        f'{{"door_hash":"{DOOR_HASH}="}}',
        f'{{"door_hash":"{DOOR_HASH}","more":1}}',
        f'{{"door_hash":"{DOOR_HASH[:-1]}_"}}',
        b'{"door_hash":"\xff"}',
        "[" * 2000,
    ],
)
async def test_other_bodies_are_malformed(plain: Running, body: bytes | str) -> None:
    answer = await post(plain, body)
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


async def test_a_form_of_another_site_makes_nothing(plain: Running) -> None:
    """A body that a page of another site can send without asking first is not read."""
    answer = await post(plain, f'{{"door_hash":"{DOOR_HASH}"}}', "text/plain")
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


async def test_an_address_is_not_what_a_client_claims(start: Start) -> None:
    running = await start(meetings_a_minute=2)
    async with httpx.AsyncClient() as client:
        answers = [
            await client.post(
                f"{running.url}/api/meetings",
                json={"door_hash": DOOR_HASH},
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
    codes = [(await post(running, f'{{"door_hash":"{DOOR_HASH}"}}')).status_code for _ in range(5)]
    assert codes == [201, 201, 201, 429, 429]


async def test_there_are_so_many_meetings(start: Start) -> None:
    running = await start(meetings=2)
    for _ in range(3):
        meeting = await TestMeeting.make(running.url)
    await members(running.port, meeting, 1)
    await members(running.port, await TestMeeting.make(running.url), 1)
    refused = await post(running, f'{{"door_hash":"{DOOR_HASH}"}}')
    assert (refused.status_code, refused.json()) == (503, {"reason": "full"})


async def test_the_store_keeps_the_hash_of_the_door_and_not_the_door(plain: Running) -> None:
    door = os.urandom(32)
    await post(plain, f'{{"door_hash":"{b64_encode(sha256(door).digest())}"}}')
    with sqlite3.connect(plain.data / "aparte.db") as database:
        rows = database.execute("select door_hash from meeting").fetchall()
    assert rows == [(sha256(door).digest(),)]


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
    answer = await post(plain, f'{{"door_hash":"{DOOR_HASH}"}}')
    assert (answer.status_code, answer.json()) == (500, {"reason": "internal"})
