"""Any order of commands, by clients that obey and clients that do not: what must hold after each."""

from dataclasses import dataclass, field

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from aparte.core.room.commands import Command, Commit, Create, Cut, Join, Leave, Refresh, Resume, Tick
from aparte.core.room.effects import Close, Effect, Forget, Keep, Refuse, Route, Stop, Tell, Wake
from aparte.core.room.profile import Profile
from aparte.core.room.room import Room
from aparte.core.wire.control import Accepted, CommitNotice, Refused, Resumed, ServerMessage, Welcome

PROFILE = Profile(seats=4, admitted=3, leaves=10, grace=30.0, joining=20.0, commits=8)
NAMES = st.integers(1, 12).map("seat {}".format)


@dataclass
class Person:
    """What one client knows: what it was told, and nothing else."""

    token: str
    member: bool = False
    linked: bool = True
    epoch: int = 0
    group: bytes = b""
    pending: tuple[int, bytes] | None = None
    chain: list[tuple[int, bytes]] = field(default_factory=list)


class Meeting(RuleBasedStateMachine):
    """Plays shell and clients around a room."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(PROFILE)
        self.now = 0.0
        self.drawn = 0  # commits, groups and tokens
        self.seats = 0
        self.people: dict[str, Person] = {}
        self.routed: set[str] = set()
        self.kept: dict[tuple[bytes, int], bytes] = {}
        self.group = b""
        self.wake: float | None = None
        self.empty = False

    def do(self, command: Command) -> tuple[Effect, ...]:
        while self.wake is not None and self.wake <= self.now and not isinstance(command, Tick):
            self.do(Tick())
        if isinstance(command, Tick):
            self.wake = None
        effects = self.room.handle(command, self.now)
        self.empty = False
        for effect in effects:
            self.perform(effect, command)
        return effects

    def perform(self, effect: Effect, command: Command) -> None:
        match effect:
            case Keep(group, epoch, _, commit):
                assert (group, epoch) not in self.kept, "one commit per epoch"
                assert epoch == 0 or (group, epoch - 1) in self.kept, "no epoch is left out"
                if epoch == 0:
                    assert not any(person.member and person.linked for person in self.people.values())
                    self.group = group
                self.kept[group, epoch] = commit
            case Tell(seat, message):
                self.hear(seat, message, command)
            case Route(seat):
                assert self.people[seat].member
                assert self.people[seat].linked
                self.routed.add(seat)
            case Stop(seat):
                self.routed.discard(seat)
            case Close(seat, _):
                assert self.people[seat].linked
                self.people[seat].linked = False
            case Refuse():
                assert isinstance(command, Join | Resume)
            case Wake(at):
                assert at > self.now
                self.wake = at
            case Forget():
                self.empty = True

    def hear(self, seat: str, message: ServerMessage, command: Command) -> None:
        if isinstance(message, Welcome):
            self.people[seat] = Person(message.token)
            return
        person = self.people[seat]
        if isinstance(message, Resumed):
            assert isinstance(command, Resume)
            person.linked, person.member, person.token = True, True, message.token
            for past in message.commits:
                self.apply(person, past.epoch, past.commit)
            assert person.epoch == message.epoch
            return
        assert person.linked, "nothing is told to a seat without a link"
        if isinstance(message, Accepted):
            assert person.pending is not None
            start, commit = person.pending
            person.member, person.group = True, self.group
            person.epoch = message.epoch if start < 0 else start
            if start >= 0:
                self.apply(person, start, commit)
            assert person.epoch == message.epoch
        elif isinstance(message, CommitNotice):
            assert person.member
            self.apply(person, message.epoch, message.commit)
        elif isinstance(message, Refused):
            assert message.group is None or not person.member
        else:
            assert person.member, "nothing of the group is told to a seat that is only admitted"

    def apply(self, person: Person, epoch: int, commit: bytes) -> None:
        assert epoch == person.epoch, "in order, none twice, none missing"
        person.epoch += 1
        person.chain.append((epoch, commit))

    @initialize()
    def first(self) -> None:
        self.join()

    @rule()
    def join(self) -> None:
        self.seats += 1
        self.do(Join(f"seat {self.seats}", f"token {self.seats}"))

    @rule(seat=NAMES)
    def create(self, seat: str) -> None:
        self.drawn += 1
        self.intend(seat, (-1, b""))
        self.do(Create(seat, b"group %d" % self.drawn, b"info"))

    @rule(seat=NAMES, back=st.sampled_from([0, 0, 0, 1, -1]), removes=st.just([]) | st.lists(NAMES, max_size=3))
    def commit(self, seat: str, back: int, removes: list[str]) -> None:
        self.drawn += 1
        newest = max((epoch for group, epoch in self.kept if group == self.group), default=0)
        commit = b"commit %d" % self.drawn
        self.intend(seat, (newest - back, commit))
        self.do(Commit(seat, newest - back, commit, b"info", tuple(removes)))

    @rule(seat=NAMES)
    def tidy(self, seat: str) -> None:
        """A client that obeys: it removes everybody who is gone."""
        gone = [name for name, other in self.room._seats.items() if other.state.name == "GONE"]
        self.commit(seat, 0, gone)

    @rule(seat=NAMES, of=NAMES, rendition=st.integers(0, 2))
    def refresh(self, seat: str, of: str, rendition: int) -> None:
        self.do(Refresh(seat, of, 2, rendition))

    @rule(seat=NAMES)
    def cut(self, seat: str) -> None:
        if seat in self.people and self.people[seat].linked:
            self.people[seat].linked = False
            self.do(Cut(seat))

    @rule(seat=NAMES)
    def leave(self, seat: str) -> None:
        self.do(Leave(seat))

    @rule(seat=NAMES, honest=st.booleans())
    def resume(self, seat: str, honest: bool) -> None:
        person = self.people.get(seat)
        self.drawn += 1
        token = person.token if person and honest else "guess"
        start = person.epoch if person else 0
        if person and not person.member and person.pending is not None and person.pending[0] >= 0:
            start = person.epoch = person.pending[0]
        effects = self.do(Resume(seat, token, f"token {self.drawn}", start))
        if not honest:
            assert not any(isinstance(effect, Route) for effect in effects)

    @rule(seconds=st.sampled_from([0.1, 0.9, 5.0, 19.0, 31.0]))
    def time(self, seconds: float) -> None:
        self.now += seconds
        self.do(Tick())

    def intend(self, seat: str, what: tuple[int, bytes]) -> None:
        if seat in self.people:
            self.people[seat].pending = what

    @invariant()
    def one_chain(self) -> None:
        for person in self.people.values():
            for epoch, commit in person.chain:
                assert self.kept[person.group, epoch + 1] == commit
        newest = max((epoch for group, epoch in self.kept if group == self.group), default=0)
        for person in self.people.values():
            if person.member and person.linked:
                assert (person.group, person.epoch) == (self.group, newest), "every member is at the newest epoch"

    @invariant()
    def frames_go_to_members_with_a_link_and_to_nobody_else(self) -> None:
        assert self.routed == {name for name, person in self.people.items() if person.member and person.linked}

    @invariant()
    def bounded(self) -> None:
        linked = [person for person in self.people.values() if person.linked]
        assert sum(person.member for person in linked) <= PROFILE.seats
        assert sum(not person.member for person in linked) <= PROFILE.admitted
        assert len(self.room._seats) <= PROFILE.leaves

    def teardown(self) -> None:
        self.now += 31
        self.do(Tick())
        for name, person in self.people.items():
            if person.linked:
                self.do(Leave(name))
        assert self.empty, "the room ends empty"
        assert not self.routed


@pytest.mark.promise("P34")
def test_any_order_of_commands() -> None:
    busy = [HealthCheck.too_slow]  # a busy machine is no fault of the code
    run_state_machine_as_test(
        Meeting, settings=settings(max_examples=150, stateful_step_count=60, deadline=None, suppress_health_check=busy)
    )
