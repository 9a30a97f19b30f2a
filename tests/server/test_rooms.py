"""What the server's clock does: silent links, unused meetings; and what happens when the store fails."""

import asyncio
import os
from pathlib import Path

import pytest

from aparte.core.wire.control import Hello, Turn
from aparte.server.clock import steady
from aparte.server.config import Config
from aparte.server.rooms import Rooms
from aparte.server.serve import Server
from aparte.store.sqlite import SqliteStore
from tests.server.conftest import Running
from tests.server.link_client import LinkClient, TestMeeting, members

HOUR = 3600.0


async def test_meetings_that_nobody_uses_for_a_day_are_erased(tmp_path: Path) -> None:
    now = 1_000_000.0
    store = await SqliteStore.open(tmp_path / "aparte.db", 10)
    rooms = Rooms(Config(), store, steady, lambda: now)
    await store.add_meeting(b"a" * 16, b"h" * 32, b"charter", now - 24.1 * HOUR)
    await store.add_meeting(b"b" * 16, b"h" * 32, b"charter", now - 23.9 * HOUR)
    await rooms.erase()
    assert await store.door_hash(b"a" * 16) is None
    assert await store.door_hash(b"b" * 16) is not None
    await store.close()


async def test_a_meeting_in_progress_is_in_use(tmp_path: Path) -> None:
    now = [1_000_000.0]
    server = Server(Config(port=0, data=tmp_path), calendar=lambda: now[0])
    await server.start()
    running = Running(server, tmp_path)
    meeting = await TestMeeting.make(running.url)
    await members(running.port, meeting, 1)
    now[0] += 30 * HOUR
    await server.erase()
    link = await LinkClient.open(running.port)
    await link.greet(meeting)
    assert (await link.expect(Turn)).group is not None
    await server.stop()
    await LinkClient.hang_up()


async def test_what_cannot_be_kept_is_not_told(plain: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full: nobody hears of the commit, the room ends, and other rooms go on."""
    a, b = await members(plain.port, await TestMeeting.make(plain.url), 2)
    c, d = await members(plain.port, await TestMeeting.make(plain.url), 2)
    keep = SqliteStore.keep
    unlucky: list[bytes] = []

    async def full(
        store: SqliteStore, meeting: bytes, group: bytes, epoch: int, seat: str, commit: bytes, oldest: int = 0
    ) -> None:
        if commit in unlucky:
            raise OSError("no space left")
        await keep(store, meeting, group, epoch, seat, commit, oldest)

    monkeypatch.setattr(SqliteStore, "keep", full)
    before = list(b.heard)
    made = a.group.commit([], os.urandom)
    unlucky.append(made.commit)
    a.send(made)
    assert await a.close_code() == 4012
    assert await b.close_code() == 4012
    assert b.heard[len(before) :] == ["Bye"]
    await c.renew()
    await d.follow()


async def test_a_link_that_ends_while_its_door_is_looked_at_takes_no_seat(
    plain: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = await TestMeeting.make(plain.url)
    looked, go_on = asyncio.Event(), asyncio.Event()
    touch = SqliteStore.touch

    async def slow(store: SqliteStore, id: bytes, now: float) -> None:
        looked.set()
        await go_on.wait()
        await touch(store, id, now)

    monkeypatch.setattr(SqliteStore, "touch", slow)
    link = await LinkClient.open(plain.port)
    link.say(Hello(v=1, meeting=meeting.id, door=meeting.door))
    await looked.wait()
    link.drop()
    await link.close_code()
    go_on.set()
    other = await LinkClient.open(plain.port)
    await other.greet(meeting)
    await other.create()


async def test_a_restart_forgets_groups_and_keeps_meetings(tmp_path: Path) -> None:
    first = Server(Config(port=0, data=tmp_path))
    await first.start()
    meeting = await TestMeeting.make(f"http://localhost:{first.port}")
    (link,) = await members(first.port, meeting, 1)
    await first.stop()
    assert await link.close_code() == 4012
    second = Server(Config(port=0, data=tmp_path))
    await second.start()
    (again,) = await members(second.port, meeting, 1)
    assert again.epoch == 0
    await second.stop()
    await LinkClient.hang_up()
