"""When a connection comes back, comes anew or ends: on a clock of the test's own."""

from collections.abc import Callable

import pytest

from aparte.client.connection import Connection, Events
from aparte.client.groups import Groups
from aparte.client.session import Session
from aparte.core.wire import control
from aparte.core.wire.control import ClientMessage, ResumeRequest, ServerMessage
from aparte.core.wire.errors import Reason
from aparte.core.wire.header import Stream
from aparte.core.wire.limits import RESUME_SECONDS
from tests.charters import guest
from tests.client.hub import CHARTER, KEYS, MEETING, TOKEN, Time

SEAT = "A" * 22
WELCOME = control.Welcome(1, SEAT, TOKEN, CHARTER.encoded)


class Links:
    """A connection, every line that it opened, and what its host was told."""

    def __init__(self) -> None:
        self.time = Time()
        self.lines: list[FakeLine] = []
        self.seat: ResumeRequest | None = None
        self.heard: list[ServerMessage] = []
        self.told: list[str] = []
        self.connection = Connection(self, self._open, MEETING, bytes(32))
        self.connection.start()

    @property
    def last(self) -> "FakeLine":
        return self.lines[-1]

    @property
    def ending(self) -> str | None:
        return self.told[-1].removeprefix("ended ") if self.told and self.told[-1].startswith("ended") else None

    def _open(self, events: Events) -> "FakeLine":
        self.lines.append(FakeLine(events))
        return self.last

    def now(self) -> float:
        return self.time.now

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        return self.time.later(seconds, task)

    def resume(self) -> ResumeRequest | None:
        return self.seat

    def control(self, message: ServerMessage) -> None:
        self.heard.append(message)

    def frame(self, message: bytes) -> None:
        self.told.append("frame")

    def down(self) -> None:
        self.told.append("down")

    def forget(self) -> None:
        self.told.append("forget")

    def ended(self, reason: str) -> None:
        self.told.append(f"ended {reason}")


class FakeLine:
    def __init__(self, events: Events) -> None:
        self.events = events
        self.said: list[ClientMessage] = []
        self.frames: list[bytes] = []
        self.is_closed = False

    def send(self, message: ClientMessage) -> None:
        self.said.append(message)

    def send_frame(self, message: bytes) -> None:
        self.frames.append(message)

    def close(self) -> None:
        self.is_closed = True


def test_nothing_but_hello_is_said_before_the_server_has_answered() -> None:
    links = Links()
    links.last.events.opened()
    links.connection.send(control.RefreshRequest(SEAT, Stream.CAMERA, 0))
    links.connection.send_frame(bytes(25))
    assert [type(message) for message in links.last.said] == [control.Hello]
    assert links.last.frames == []
    links.last.events.control(WELCOME)
    links.connection.send_frame(bytes(25))
    assert links.last.frames == [bytes(25)]


def test_a_cut_is_made_good_with_the_seat_that_one_had() -> None:
    links = Links()
    links.last.events.opened()
    links.last.events.control(WELCOME)
    links.connection.settled()
    links.seat = ResumeRequest(SEAT, TOKEN, 7)
    old = links.last
    old.events.closed(None)
    assert links.told == ["down"]
    links.time.pass_(0.2)
    assert links.last is not old
    links.last.events.opened()
    assert links.last.said == [control.Hello(1, MEETING, bytes(32), links.seat)]
    old.events.control(WELCOME)
    old.events.frame(bytes(25))
    old.events.closed("removed")
    assert links.told == ["down"], "what an earlier line still says is not heard"


def test_one_comes_back_to_a_seat_once_a_second_at_most() -> None:
    """The server takes the seat of whoever comes more often."""
    links = Links()
    links.last.events.opened()
    links.last.events.control(WELCOME)
    links.connection.settled()
    links.seat = ResumeRequest(SEAT, TOKEN, 7)
    for _ in range(5):
        links.last.events.closed(None)
        count = len(links.lines)
        links.time.pass_(RESUME_SECONDS)
        assert len(links.lines) == count + 1
        links.last.events.opened()
        links.last.events.control(control.Resumed(TOKEN, 7, (), (), ()))
        links.connection.settled()
    links.last.events.closed(None)
    links.time.pass_(RESUME_SECONDS - 0.01)
    assert len(links.lines) == count + 1


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("unknown-seat", ["forget", "down"]),
        ("closing", ["down"]),
        ("silent", ["down"]),
        ("too-slow", ["down"]),
        ("removed", ["ended removed"]),
        ("not-invited", ["ended not-invited"]),
        ("full", ["ended full"]),
        ("malformed", ["ended malformed"]),
        ("certificate", ["ended certificate"]),
    ],
)
def test_what_a_close_reason_leads_to(reason: str, told: list[str]) -> None:
    links = Links()
    links.last.events.opened()
    links.last.events.control(WELCOME)
    links.connection.settled()
    links.last.events.closed(reason)
    assert links.told == told


def test_a_server_that_is_not_there_is_not_waited_for_at_first() -> None:
    links = Links()
    links.last.events.closed("unreachable")
    assert links.ending == "unreachable"


def test_a_server_that_was_there_is_waited_for_with_growing_pauses() -> None:
    links = Links()
    links.last.events.opened()
    links.last.events.control(WELCOME)
    links.connection.settled()
    links.last.events.closed(None)
    began = links.time.now
    while links.ending is None:
        count = len(links.lines)
        while len(links.lines) == count:
            links.time.pass_(0.1)
        links.last.events.closed("unreachable")
    assert links.ending == "cut"
    assert 30 <= links.time.now - began <= 34
    assert len(links.lines) < 20


def test_whose_commit_was_bad_waits_before_it_comes_anew() -> None:
    links = Links()
    links.last.events.opened()
    links.last.events.control(WELCOME)
    links.last.events.closed(str(Reason.BAD_COMMIT))
    assert links.told == ["forget", "down"]
    links.time.pass_(4.9)
    assert len(links.lines) == 1
    links.time.pass_(0.2)
    assert len(links.lines) == 2


@pytest.mark.parametrize("reason", ["unknown-seat", "closing", None])
def test_a_server_that_welcomes_and_closes_is_given_up(reason: str | None) -> None:
    links = Links()
    for _ in range(1_000):
        if links.ending is not None:
            break
        links.last.events.opened()
        links.last.events.control(WELCOME)
        links.last.events.closed(reason)
        links.time.pass_(3)
    assert links.ending == "unreachable", "it has never let us in"
    assert len(links.lines) < 30


def test_joining_anew_has_pauses_and_an_end() -> None:
    links = Links()
    for _ in range(1_000):
        if links.ending is not None:
            break
        links.last.events.opened()
        links.last.events.control(WELCOME)
        links.connection.rejoin()
        links.time.pass_(3)
    assert links.ending == "unreachable"
    assert len(links.lines) < 30


def test_leaving_says_so_and_ends_everything() -> None:
    links = Links()
    links.last.events.opened()
    links.last.events.control(WELCOME)
    links.connection.end("left")
    assert links.last.said[-1] == control.Leave()
    assert links.last.is_closed
    assert links.ending == "left"
    links.connection.rejoin()
    links.last.events.closed(None)
    links.time.pass_(60)
    assert links.told == ["ended left"]
    assert len(links.lines) == 1


def test_leaving_while_cut_opens_no_other_line() -> None:
    links = Links()
    links.last.events.opened()
    links.last.events.closed(None)
    links.connection.end("left")
    links.time.pass_(60)
    assert len(links.lines) == 1


async def test_who_is_put_out_for_what_it_says_of_itself_does_not_come_back_for_ever() -> None:
    session = Session("ws://localhost/link", None, MEETING, KEYS, guest("Eve"), Groups())
    connection = session._connection
    connection._answered, connection._cut_at = True, 1.0
    session.waits("present", True)
    assert connection._cut_at == 1.0
    session.waits("admission", True)
    assert connection._cut_at is None
