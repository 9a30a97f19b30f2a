"""A participant on the fake network: the Python client's own connection and membership, with real groups."""

from __future__ import annotations

from collections.abc import Callable

from aparte.client.connection import Connection, Events
from aparte.client.crowd import Crowd
from aparte.client.membership import Membership, Seen, _Pending
from aparte.client.people import Roster, Why
from aparte.core.policy.charter import Charter
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import ClientMessage, ResumeRequest, ServerMessage
from aparte.e2ee.mls.meeting import MeetingGroup, Participant
from aparte.e2ee.person import OwnPerson
from tests.core.room.script import KEYS, MEETING, TODAY
from tests.e2ee.mls.evil import unopenable
from tests.scenario.host import Host
from tests.scenario.network import Line, Network, Way


class Person:
    """Does what the client does, and what its owner does with it. ``crowd`` shares the work of all in one meeting."""

    def __init__(self, network: Network, host: Host, way: Way, crowd: Crowd) -> None:
        self.network = network
        self.wants_in = False
        self.over: str | None = None
        self.refused = 0  # commits that it could not apply
        self.tries = 0  # commits sent for the present purpose
        self.most_tries = 0
        self._own = OwnPerson.guest(network.random.randbytes(32), "Ada")
        self._host = host
        self._way = way
        self._crowd = crowd
        self._wire: _Wire | None = None
        self.membership = Membership(self, crowd, Seen())
        self.connection = Connection(self, self._open, MEETING, KEYS.door)

    @property
    def seat(self) -> str:
        return self.membership.seat

    @property
    def group(self) -> MeetingGroup | None:
        return self.membership.group

    # What its owner does

    def join(self) -> None:
        self.wants_in, self.over, self.tries = True, None, 0
        self.membership = Membership(self, self._crowd, Seen())
        self.connection = Connection(self, self._open, MEETING, KEYS.door)
        self.connection.start()

    def leave(self) -> None:
        self.wants_in = False
        self.connection.end("left")

    def cut(self) -> None:
        if self._wire is not None:
            self._wire.line.cut()

    def crash(self) -> None:
        """Gone without a word, keys and all."""
        self.cut()
        self.wants_in = False
        if self._wire is not None:
            self._wire.close()
        self.connection._over = True
        self.membership.close()

    def update(self) -> None:
        """Make a commit with fresh keys, if there is nothing under way."""
        self.membership._propose([])

    def sabotage(self) -> None:
        """Make a commit that nobody else can apply."""
        group, membership = self.membership.group, self.membership
        if group is None or membership._sent or membership._refused_at is not None:
            return
        made = unopenable(group, self.network.random.randbytes)
        membership._send(_Pending(made.group, made.commit), control.Commit(made.commit, made.info))

    # What its connection needs and tells

    def _open(self, events: Events) -> _Wire:
        self._wire = _Wire(self.network, self._host, self._way, events)
        return self._wire

    def now(self) -> float:
        return self.network.now

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        live = [True]
        self.network.after(seconds, lambda: task() if live[0] else None)

        def cancel() -> None:
            live[0] = False

        return cancel

    def resume(self) -> ResumeRequest | None:
        if self.membership.group is None:
            return None
        return ResumeRequest(self.seat, self.membership.token, self.membership.epoch)

    def control(self, message: ServerMessage) -> None:
        if self.wants_in:
            self.membership.handle(message)
        if isinstance(message, control.Resumed):
            self.connection.settled()

    def frame(self, message: bytes) -> None:
        pass

    def down(self) -> None:
        pass

    def forget(self) -> None:
        self.membership.close()
        self.membership = Membership(self, self._crowd, self.membership.seen)

    def ended(self, reason: str) -> None:
        self.over = reason
        self.membership.close()
        if self.wants_in and reason in ("cut", "removed"):
            self.network.after(1.0, self._again)

    def _again(self) -> None:
        if self.wants_in and self.over is not None:
            self.join()

    # What its membership needs and tells

    def send(self, message: ClientMessage) -> None:
        if isinstance(message, control.Create | control.Commit):
            self.tries += 1
            self.most_tries = max(self.most_tries, self.tries)
        self.connection.send(message)

    def participant(self, seat: str, charter: Charter, is_gone: Callable[[bytes], bool]) -> Participant:
        return Participant(b64_decode(seat), self._own, KEYS, charter, lambda: TODAY, is_gone)

    def epoch(self, group: MeetingGroup, roster: Roster) -> None:
        self.tries = 0
        self.connection.settled()

    def presence(self) -> None:
        pass

    def waits(self, why: Why, someone: bool) -> None:
        self.connection.settled()

    def commit_refused(self, reason: str, seat: str) -> None:
        self.refused += 1

    def lost(self, reason: str) -> None:
        assert reason in ("commit-refused", "reopened", "removed"), reason
        self.connection.rejoin()


class _Wire:
    """A line of the fake network, as the client's connection wants one."""

    def __init__(self, network: Network, host: Host, way: Way, events: Events) -> None:
        self.line = Line(network, self, host, way)
        self._events: Events | None = events
        network.after(0.0, lambda: events.opened())

    def send(self, message: ClientMessage) -> None:
        self.line.send("up", message)

    def send_frame(self, message: bytes) -> None:
        raise AssertionError("nobody talks here")

    def close(self) -> None:
        self._events = None

    def hear(self, line: Line, message: ClientMessage | ServerMessage) -> None:
        if self._events is None:
            return
        if isinstance(message, control.Bye):
            events, self._events = self._events, None
            events.closed(str(message.reason))
        else:
            self._events.control(message)  # type: ignore[arg-type]

    def lost(self, line: Line) -> None:
        if self._events is not None:
            events, self._events = self._events, None
            events.closed(None)
