"""Who was not invited learns nothing: not who is there, not even whether there is a meeting."""

import os
import sqlite3
import statistics
from collections.abc import Callable
from time import perf_counter

import pytest

from aparte.core.wire.control import Bye
from aparte.core.wire.errors import Reason
from tests.server.conftest import Running, Start
from tests.server.link_client import LinkClient, TestMeeting, members

TRIES = 150


async def knock(running: Running, meeting: TestMeeting) -> tuple[float, list[str], int]:
    """How long the answer takes in seconds, and what it is."""
    link = await LinkClient.open(running.port)
    started = perf_counter()
    link.say_hello(meeting)
    message = await link.control()
    took = perf_counter() - started
    assert message == Bye(reason=Reason.NOT_INVITED)
    return took, link.heard, await link.close_code()


@pytest.mark.promise("P21")
async def test_an_unknown_meeting_and_a_wrong_door_are_answered_alike(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    await members(plain.port, meeting, 2)
    times: dict[str, list[float]] = {"unknown": [], "wrong": []}
    answers = set()
    for _ in range(TRIES):
        for name, id in (("unknown", os.urandom(16)), ("wrong", meeting.id)):
            took, heard, code = await knock(plain, TestMeeting(id, os.urandom(32)))
            times[name].append(took)
            answers.add((tuple(heard), code))
    assert answers == {(("Bye",), 4006)}
    # Medians of alternating tries: a difference that an attacker could use would be a look-up or a room's answer.
    unknown, wrong = statistics.median(times["unknown"]), statistics.median(times["wrong"])
    spread = statistics.median(abs(took - unknown) for took in times["unknown"])
    assert abs(unknown - wrong) < max(4 * spread, 0.000_5)


@pytest.mark.promise("P1")
async def test_the_store_holds_nothing_that_opens_a_meeting(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    a, b = await members(plain.port, meeting, 2)
    canary = os.urandom(24)
    for _ in range(5):
        a.binary(frame := a.sound()[:60] + canary)
        assert await b.frame() == frame
    files = b"".join(path.read_bytes() for path in plain.data.iterdir() if path.is_file())
    keys = meeting.keys
    for secret in (meeting.secret, keys.door, keys.psk, keys.name_key, keys.charter_key, canary):
        assert secret not in files
    assert not any(link.token.encode() in files for link in (a, b))
    with sqlite3.connect(plain.data / "aparte.db") as database:
        tables = {row[0] for row in database.execute("select name from sqlite_master where type = 'table'")}
        filled = {name for name in tables if database.execute(f'select count(*) from "{name}"').fetchone()[0]}
        columns = {
            row[1] for table in ("meeting", "commit") for row in database.execute(f"pragma table_info('{table}')")
        }
    # An instant meeting is in the first two alone; the others are what a server without accounts starts with.
    assert filled == {"meeting", "commit", "alembic_version", "house", "level", "ticket"}
    of_meeting = {"id", "door_hash", "charter", "created", "last_used"}
    assert columns == of_meeting | {"meeting", "group", "epoch", "seat", "bytes"}


async def test_the_log_names_nobody(
    start: Start, logging: Callable[[], None], capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong: no address, seat, token, door or content is written down."""
    logging()
    running = await start()
    meeting = await TestMeeting.make(running.url)
    a, b = await members(running.port, meeting, 2)
    for link, message in ((a, b"{canary"), (b, b'{"t":"canary"}')):
        link.text(message)
        await link.close_code()
    await knock(running, TestMeeting(os.urandom(16), os.urandom(32)))
    written = "".join(capfd.readouterr())
    for secret in ("canary", "127.0.0.1", "::1", a.seat, a.token, b.seat, b.token):
        assert secret not in written
