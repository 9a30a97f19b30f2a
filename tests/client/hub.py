"""A delivery service of the mind for memberships: it orders what they say, and can be told to lie."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from aparte.client.groups import Groups
from aparte.client.membership import Membership, Seen
from aparte.client.people import Roster, Why
from aparte.core.policy.charter import Charter
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.control import ClientMessage, GroupState, ServerMessage
from aparte.core.wire.errors import Reason
from aparte.e2ee.charter import check_charter
from aparte.e2ee.keys import LinkKeys, derive_link_keys
from aparte.e2ee.mls.meeting import MeetingGroup, Participant
from aparte.e2ee.person import OwnPerson
from tests.charters import charter_for, guest

MEETING = bytes(range(16))
SECRET = bytes(range(32))
KEYS = derive_link_keys(SECRET, MEETING)
CHARTER = charter_for(MEETING, SECRET)
"""A meeting among equals: anybody may remove anybody."""
TODAY = 1_790_000_000_000
"""Milliseconds since 1970."""
TOKEN = b64_encode(bytes(32))


class Time:
    """Passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self._number = 0
        self._tasks: list[tuple[float, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        self._number += 1
        number = self._number
        heapq.heappush(self._tasks, (self.now + seconds, number, task))
        return lambda: self._cancelled.add(number)

    def pass_(self, seconds: float) -> None:
        until = self.now + seconds
        while self._tasks and self._tasks[0][0] <= until:
            self.now, number, task = heapq.heappop(self._tasks)
            if number not in self._cancelled:
                task()
        self.now = until


class Peer:
    """A membership, and what its host is told."""

    def __init__(
        self, hub: Hub, name: str, keys: LinkKeys = KEYS, seen: Seen | None = None, own: OwnPerson | None = None
    ) -> None:
        self.hub = hub
        self.name = name
        self.own = own or guest(name)
        self.keys = keys
        self.said: list[ClientMessage] = []
        self.epochs: list[int] = []
        self.refused: list[str] = []
        self.blamed: list[str] = []
        self.ending: str | None = None
        self.deaf = False
        self.membership = Membership(self, Groups(), seen or Seen())

    @property
    def seat(self) -> str:
        return self.membership.seat

    @property
    def group(self) -> MeetingGroup:
        assert self.membership.group is not None
        return self.membership.group

    @property
    def names(self) -> list[str]:
        return [member.name for member in self.membership.roster.members.values()]

    def hear(self, message: ServerMessage) -> None:
        self.membership.handle(message)

    # Host

    def send(self, message: ClientMessage) -> None:
        self.said.append(message)
        self.hub.hear(self, message)

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        return self.hub.time.later(seconds, task)

    def participant(self, seat: str, charter: Charter, is_gone: Callable[[bytes], bool]) -> Participant:
        check_charter(self.keys.charter_key, MEETING, charter)
        return Participant(b64_decode(seat), self.own, self.keys, charter, lambda: TODAY, is_gone)

    def epoch(self, group: MeetingGroup, roster: Roster) -> None:
        self.epochs.append(group.group.epoch)

    def presence(self) -> None:
        pass

    def waits(self, why: Why, someone: bool) -> None:
        pass

    def commit_refused(self, reason: str, seat: str) -> None:
        self.refused.append(reason)
        self.blamed.append(seat)

    def lost(self, reason: str) -> None:
        assert self.ending is None, "said once"
        self.ending = reason


def _as_it_is(commit: bytes) -> bytes:
    return commit


@dataclass
class Hub:
    """First commit of an epoch wins; messages wait in a queue until ``run``."""

    charter: Charter = CHARTER
    time: Time = field(default_factory=Time)
    members: list[Peer] = field(default_factory=list)
    state: GroupState | None = None
    chain: list[control.PastCommit] = field(default_factory=list)
    tamper: Callable[[bytes], bytes] = field(default=_as_it_is)
    nacks: list[tuple[str, int]] = field(default_factory=list)
    mute: bool = False
    _queue: list[Callable[[], None]] = field(default_factory=list)
    _seats: int = 0

    def admit(self, peer: Peer) -> None:
        """Welcome somebody, without a turn."""
        self._seats += 1
        peer.hear(self.welcome(b64_encode(self._seats.to_bytes(16))))

    def welcome(self, seat: str) -> control.Welcome:
        """What somebody new is told first."""
        return control.Welcome(1, seat, TOKEN, self.charter.encoded)

    def join(self, name: str, seen: Seen | None = None, own: OwnPerson | None = None) -> Peer:
        """Welcome somebody, and let it in."""
        peer = Peer(self, name, seen=seen, own=own)
        self.admit(peer)
        self.turn(peer)
        self.run()
        return peer

    def turn(self, peer: Peer) -> None:
        peer.hear(control.Turn(self.state))

    def hear(self, peer: Peer, message: ClientMessage) -> None:
        if not self.mute:
            self._queue.append(lambda: self._order(peer, message))

    def run(self, seconds: float = 0.0) -> None:
        """Deliver everything, and let time pass in small steps."""
        until = self.time.now + seconds
        while True:
            while self._queue:
                self._queue.pop(0)()
            if self.time.now >= until:
                return
            self.time.pass_(min(0.001, until - self.time.now) if seconds < 10 else 0.5)

    def tell(self, message: ServerMessage, but: Peer | None = None) -> None:
        for member in self.members:
            if member is not but and not member.deaf:
                member.hear(message)

    def _order(self, peer: Peer, message: ClientMessage) -> None:
        match message:
            case control.Create(group, info, tree):
                if self.state is not None:
                    peer.hear(control.Refused("create", Reason.GROUP_EXISTS))
                    return
                self.state = GroupState(group, 0, info, tree)
                self.members.append(peer)
                peer.hear(control.Accepted(0))
            case control.Commit(commit, info):
                self._commit(peer, commit, info)
            case control.Nack(epoch):
                self.nacks.append((peer.seat, epoch))
            case _:
                raise AssertionError(message)

    def _commit(self, peer: Peer, commit: bytes, info: bytes) -> None:
        assert self.state is not None
        made = next(sent for sent in peer.membership._sent if sent is None or sent.commit == commit)
        epoch = self.state.epoch
        if made is None or made.group.group.epoch != epoch + 1:
            peer.hear(control.Refused("commit", Reason.STALE_EPOCH))
            return
        self.state = GroupState(self.state.group, epoch + 1, info, made.group.group.public.tree.encoded)
        self.chain.append(control.PastCommit(epoch, peer.seat, commit))
        peer.hear(control.Accepted(epoch + 1))
        self.tell(control.CommitNotice(epoch, peer.seat, self.tamper(commit)), but=peer)
        if peer not in self.members:
            self.members.append(peer)


def agree(*peers: Peer) -> None:
    """All are in one epoch, and see the same people."""
    assert len({peer.group.epoch_authenticator() for peer in peers}) == 1
    assert len({tuple(peer.names) for peer in peers}) == 1


def three(charter: Charter = CHARTER) -> tuple[Hub, Peer, Peer, Peer]:
    hub = Hub(charter)
    return hub, hub.join("Ada"), hub.join("Ben"), hub.join("Cleo")


def go(hub: Hub, *peers: Peer) -> None:
    """They are gone, and everybody who is left is told."""
    for peer in peers:
        hub.members.remove(peer)
    for peer in peers:
        hub.tell(control.Gone(peer.seat))


def resumed(hub: Hub, peer: Peer, epoch: int, *, gone: tuple[str, ...] = (), away: tuple[str, ...] = ()) -> None:
    """The server takes back who was cut in ``epoch``."""
    assert hub.state is not None
    commits = tuple(past for past in hub.chain if past.epoch >= epoch)
    peer.hear(control.Resumed(TOKEN, hub.state.epoch, commits, gone, away))
