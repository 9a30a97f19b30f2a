"""What one connection may do to the server before, and beside, what it is there for."""

import asyncio

import pytest
from picows import WSMsgType

from aparte.core.wire.control import Create, Leave, RefreshRequest
from aparte.core.wire.errors import Reason
from aparte.core.wire.header import Stream
from aparte.store.sqlite import SqliteStore
from tests.server.conftest import Running, Start
from tests.server.link_client import LinkClient, TestMeeting
from tests.server.raw_client import UPGRADE, RawClient
from tests.server.test_close_codes import ends, member


@pytest.mark.parametrize(
    ("message", "reason"),
    [(Create(group=bytes(32), info=b"i", tree=b"t"), Reason.OUT_OF_STATE), (Leave(), Reason.LEFT)],
    ids=["create", "leave"],
)
async def test_nothing_but_farewell_before_the_welcome(
    plain: Running, monkeypatch: pytest.MonkeyPatch, message: Create | Leave, reason: Reason
) -> None:
    """While the door is looked at: whether it is the right one nobody knows yet."""
    go_on = asyncio.Event()
    door_hash = SqliteStore.door_hash

    async def slow(store: SqliteStore, meeting: bytes) -> bytes | None:
        await go_on.wait()
        return await door_hash(store, meeting)

    monkeypatch.setattr(SqliteStore, "door_hash", slow)
    link = await LinkClient.open(plain.port)
    link.say_hello(await TestMeeting.make(plain.url))
    link.say(message)
    await ends(link, reason)
    go_on.set()


async def test_so_much_waits_for_the_room(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk takes its time: what a member says meanwhile is kept for it, but not without end."""
    running = await start(controls_a_second=1_000)
    link = await member(running)
    go_on = asyncio.Event()
    keep = SqliteStore.keep

    async def slow(store: SqliteStore, *arguments: object) -> None:
        await go_on.wait()
        await keep(store, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteStore, "keep", slow)
    link.commit()
    for _ in range(80):
        link.say(RefreshRequest(seat="A" * 22, stream=Stream.CAMERA, rendition=0))
    await ends(link, Reason.TOO_MANY)
    go_on.set()


async def test_so_many_pieces(start: Start) -> None:
    """Empty ones would go on for ever."""
    running = await start(frames_a_second=2)
    link = await LinkClient.open(running.port)
    link.transport.send(WSMsgType.BINARY, b"", fin=False)
    for _ in range(40):
        link.transport.send(WSMsgType.CONTINUATION, b"", fin=False)
    await ends(link, Reason.TOO_MANY)


def frame(first: int) -> bytes:
    """A masked frame without a payload."""
    return bytes([first, 0x80]) + bytes(4)


@pytest.mark.parametrize(
    "frames",
    [[frame(0xC1)], [frame(0xA1)], [frame(0x91)], [frame(0x80)], [frame(0x01), frame(0x81)]],
    ids=["rsv1", "rsv2", "rsv3", "the rest of nothing", "one inside another"],
)
async def test_frames_that_break_rfc_6455(plain: Running, frames: list[bytes]) -> None:
    client = await RawClient.open(plain.port)
    client.send(UPGRADE.format(port=plain.port, more=""))
    assert (await client.head()).startswith("HTTP/1.1 101 ")
    client.send(b"".join(frames))
    assert await client.exactly(4) == b"\x88\x02\x03\xea"
    client.close()


async def test_the_oldest_half_open_connection_makes_room(start: Start) -> None:
    running = await start(half_open=2, head_seconds=60)
    oldest, *others = [await RawClient.open(running.port) for _ in range(3)]
    assert await oldest.end() == b""
    for client in others:
        client.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await client.response())[0] == 200
        client.close()
    oldest.close()
