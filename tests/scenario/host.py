"""The shell of spec/room.md section 6 on the fake network: one meeting's server."""

from __future__ import annotations

from aparte.core.relay.routes import Routes
from aparte.core.room.commands import Command, Commit, Create, Cut, Join, Leave, Nack, Refresh, Resume, Tick
from aparte.core.room.effects import Close, Effect, Forget, Keep, Refuse, Route, Stop, Tell, Wake, Withdraw
from aparte.core.room.profile import Profile
from aparte.core.room.room import Room
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_encode
from aparte.core.wire.control import ClientMessage, ServerMessage
from tests.core.room.script import CHARTER, TODAY
from tests.scenario.network import Line, Network


class Host:
    """Hands commands to the room and performs its effects."""

    def __init__(self, network: Network, profile: Profile) -> None:
        self.network = network
        self.routes: Routes[Line] = Routes()
        self.kept: dict[tuple[bytes, int], bytes] = {}
        self.made: list[tuple[int, str]] = []  # every accepted epoch, in order, and whose commit made it
        self.withdrawn = 0
        self.refused = 0
        self.forgotten = 0
        self._profile = profile
        self._room = Room(profile, CHARTER, lambda: TODAY)
        self._lines: dict[str, Line] = {}
        self._seats: dict[Line, str] = {}
        self._wake = 0
        self._drawn = 0

    def hear(self, line: Line, message: ClientMessage | ServerMessage) -> None:
        seat = self._seats.get(line, "")
        match message:
            case control.Hello(resume=None):
                self._handle(Join(self._draw(16), self._draw(32)), line)
            case control.Hello(resume=control.ResumeRequest(back, token, epoch)):
                self._handle(Resume(back, token, self._draw(32), epoch), line)
            case control.Create(group, info, tree):
                self._handle(Create(seat, group, info, tree), line)
            case control.Commit(commit, info):
                self._handle(Commit(seat, commit, info), line)
            case control.Nack(epoch):
                self._handle(Nack(seat, epoch), line)
            case control.RefreshRequest(of, stream, rendition):
                self._handle(Refresh(seat, of, stream, rendition), line)
            case control.Leave():
                self._handle(Leave(seat), line)

    def lost(self, line: Line) -> None:
        seat = self._seats.pop(line, None)
        if seat is not None:
            del self._lines[seat]
            self._handle(Cut(seat), None)

    def _draw(self, size: int) -> str:
        self._drawn += 1
        return b64_encode(self._drawn.to_bytes(size))

    def _handle(self, command: Command, line: Line | None) -> None:
        for effect in self._room.handle(command, self.network.now):
            self._perform(effect, line)

    def _perform(self, effect: Effect, line: Line | None) -> None:
        match effect:
            case Keep(group, epoch, committer, commit):
                assert (group, epoch) not in self.kept, "one commit an epoch"
                self.kept[group, epoch] = commit
                self.made.append((epoch, committer))
            case Withdraw(group, epoch):
                self.withdrawn += 1
                self.kept = {made: commit for made, commit in self.kept.items() if made[0] != group or made[1] <= epoch}
            case Tell(seat, message):
                if isinstance(message, control.Welcome | control.Resumed) and line is not None:
                    self._lines[seat], self._seats[line] = line, seat
                self.refused += isinstance(message, control.Refused)
                self._lines[seat].send("down", message)
            case Route(seat):
                self.routes.set(seat, self._lines[seat])
            case Stop(seat):
                self.routes.drop(seat)
            case Close(seat, reason):
                old = self._lines.pop(seat)
                del self._seats[old]
                old.send("down", control.Bye(reason))
            case Refuse(reason):
                assert line is not None
                line.send("down", control.Bye(reason))
            case Wake(at):
                self._wake += 1
                self.network.at(at, lambda number=self._wake: self._tick(number))  # type: ignore[misc]
            case Forget():
                self.forgotten += 1
                self._room = Room(self._profile, CHARTER, lambda: TODAY)
                self._wake += 1

    def _tick(self, number: int) -> None:
        if number == self._wake:
            self._handle(Tick(), None)
