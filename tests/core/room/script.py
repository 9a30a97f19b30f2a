"""A room with people in it, for tests: short words for commands, real groups behind them, and what each effect says."""

from dataclasses import dataclass, field, replace

from aparte.core.policy.charter import Charter
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import SENDING
from aparte.core.room.commands import Command, Commit, Create, Cut, Join, Leave, Nack, Refresh, Resume, Tick
from aparte.core.room.effects import Effect, Tell
from aparte.core.room.profile import Profile
from aparte.core.room.room import Room
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.control import Accepted, CommitNotice, GroupState, PastCommit, ServerMessage, Turn
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.meeting import MeetingGroup, Participant, Proposed
from aparte.e2ee.person import OwnPerson
from tests.charters import charter_for, guest, subject_of
from tests.e2ee.mls.random import seeded

MEETING = bytes(range(16))
SECRET = bytes(32)
KEYS = derive_link_keys(SECRET, MEETING)
CHARTER = charter_for(MEETING, SECRET, everybody=SENDING)
"""Everybody is heard and seen, and nobody directs."""
TODAY = 1_790_000_000_000
"""Milliseconds since 1970."""


def seat(name: str) -> str:
    """The seat of somebody whom the test calls so."""
    return b64_encode(name.encode().ljust(16, b"."))


ANN, BOB, CAT, DAN, EVE, FAY, GUS = map(seat, ("ann", "bob", "cat", "dan", "eve", "fay", "gus"))


def token(name: str) -> str:
    return f"token of {name}"


def subject(name: str) -> bytes:
    """What rights are given to, of whoever sits there."""
    return subject_of(name)


def participant(name: str, charter: Charter = CHARTER, own: OwnPerson | None = None) -> Participant:
    # Here it is the room that is tried: its members believe it about who is gone.
    return Participant(
        b64_decode(name), own or guest(name, "Ada"), KEYS, charter, lambda: TODAY, is_gone=lambda _: True
    )


@dataclass
class Person:
    """A client that obeys: its group in every epoch that it was in."""

    name: str
    own: OwnPerson
    groups: dict[int, MeetingGroup] = field(default_factory=dict)


@dataclass
class Past:
    """An accepted commit, and what newcomers start from after it."""

    seat: str
    commit: bytes
    info: bytes
    tree: bytes


class Script:
    """Hands commands to a room; the time moves only when the test says so."""

    def __init__(self, profile: Profile | None = None, charter: Charter = CHARTER) -> None:
        self.profile = profile or Profile()
        self.charter = charter
        self.today = TODAY
        self.room = Room(self.profile, charter, lambda: self.today)
        self.now = 1000.0
        self.random: Random = seeded(7)
        self.done: list[tuple[Command, float]] = []
        self.people: dict[str, Person] = {}
        self.chain: list[Past] = []  # what made epoch 0, 1, ...
        self.group = b""

    @property
    def epoch(self) -> int:
        """The newest epoch."""
        return len(self.chain) - 1

    def do(self, command: Command) -> tuple[Effect, ...]:
        self.done.append((command, self.now))
        return self.room.handle(command, self.now)

    def again(self) -> "Script":
        """Another script at the same point of the same meeting."""
        other = Script(self.profile, self.charter)
        for command, other.now in self.done:
            other.do(command)
        other.now, other.random, other.group = self.now, self.random, self.group
        other.people = {name: replace(person, groups=dict(person.groups)) for name, person in self.people.items()}
        other.chain = list(self.chain)
        return other

    def pass_time(self, seconds: float) -> tuple[Effect, ...]:
        self.now += seconds
        return self.do(Tick())

    # What people do

    def join(self, name: str, account: bytes | None = None, own: OwnPerson | None = None) -> tuple[Effect, ...]:
        """Open a link, with an account or without; ``own`` is who comes, otherwise a guest."""
        self.people[name] = Person(name, own or guest(name, "Ada"))
        return self.do(Join(name, token(name), account))

    def participant(self, name: str) -> Participant:
        return participant(name, self.charter, self.people[name].own)

    def new_group(self, name: str) -> tuple[MeetingGroup, Create]:
        """A group that somebody could make."""
        group, info, tree = MeetingGroup.create(self.participant(name), self.random)
        return group, Create(name, group.group.group_id, info, tree)

    def create(self, name: str) -> tuple[Effect, ...]:
        group, command = self.new_group(name)
        effects = self.do(command)
        if Tell(name, Accepted(epoch=0)) in effects:
            self.group = command.group
            self.chain = [Past(name, b"", command.info, command.tree)]
            self.people[name].groups = {0: group}
        return effects

    def at(self, name: str, epoch: int | None = None) -> MeetingGroup:
        """The group of a member, as it is in an epoch."""
        groups = self.people[name].groups
        epoch = self.epoch if epoch is None else epoch
        while max(groups) < epoch:
            latest = max(groups)
            groups[latest + 1] = groups[latest].process(self.chain[latest + 1].commit)
        return groups[epoch]

    def propose(self, name: str, *removes: str, epoch: int | None = None) -> Proposed:
        """A commit that somebody could make in an epoch: a member's, or a newcomer's."""
        epoch = self.epoch if epoch is None else epoch
        if not self.people[name].groups:
            start = self.chain[epoch]
            return MeetingGroup.join(start.info, start.tree, self.participant(name), self.random)
        group = self.at(name, epoch)
        leaves = {b64_encode(person.seat): person.leaf for person in group.people()}
        return group.commit([leaves[removed] for removed in removes], self.random)

    def direct(self, name: str, policy: Policy, *removes: str) -> Proposed:
        """A member's commit that changes the policy."""
        group = self.at(name)
        leaves = {b64_encode(person.seat): person.leaf for person in group.people()}
        return group.commit([leaves[removed] for removed in removes], self.random, policy)

    @property
    def policy(self) -> Policy:
        """What is in force, as whoever made the newest epoch sees it."""
        return self.at(self.chain[-1].seat).meeting_policy

    def send(self, name: str, made: Proposed) -> tuple[Effect, ...]:
        """Hand a commit in, and go on with it when it is accepted."""
        effects = self.do(Commit(name, made.commit, made.info))
        if any(isinstance(message, Accepted) for message in tells(effects, name)):
            group = made.group.group
            del self.chain[group.epoch :]
            self.chain.append(Past(name, made.commit, made.info, group.public.tree.encoded))
            self.people[name].groups[group.epoch] = made.group
        return effects

    def commit(self, name: str, *removes: str, epoch: int | None = None) -> tuple[Effect, ...]:
        return self.send(name, self.propose(name, *removes, epoch=epoch))

    def enter(self, *names: str) -> None:
        """Bring these in as members; the first one into an empty room makes the group."""
        for name in names:
            self.join(name)
            accepted = self.create(name) if self.room._epochs is None else self.commit(name)
            assert any(isinstance(message, Accepted) for message in tells(accepted, name))

    def resume(self, name: str, epoch: int, shown: str | None = None) -> tuple[Effect, ...]:
        return self.do(Resume(name, shown or token(name), f"next {token(name)}", epoch))

    def nack(self, name: str, epoch: int) -> tuple[Effect, ...]:
        return self.do(Nack(name, epoch))

    def refresh(self, name: str, of: str, rendition: int = 0) -> tuple[Effect, ...]:
        return self.do(Refresh(name, of, 2, rendition))

    def leave(self, name: str) -> tuple[Effect, ...]:
        return self.do(Leave(name))

    def cut(self, name: str) -> tuple[Effect, ...]:
        return self.do(Cut(name))

    # What is expected of the room

    def turn(self) -> Turn:
        """What a newcomer gets in the newest epoch."""
        last = self.chain[-1]
        return Turn(GroupState(self.group, self.epoch, last.info, last.tree))

    def notice(self) -> CommitNotice:
        """What the others get of the newest commit."""
        last = self.chain[-1]
        return CommitNotice(epoch=self.epoch - 1, seat=last.seat, commit=last.commit)

    def past(self, *epochs: int) -> tuple[PastCommit, ...]:
        """The commits that start from these epochs."""
        return tuple(PastCommit(n, self.chain[n + 1].seat, self.chain[n + 1].commit) for n in epochs)


def tells(effects: tuple[Effect, ...], name: str) -> list[ServerMessage]:
    """What one seat is told."""
    return [effect.message for effect in effects if isinstance(effect, Tell) and effect.seat == name]
