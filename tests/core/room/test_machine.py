"""Any order of commands, by clients that obey and clients that do not: what must hold after each."""

from dataclasses import dataclass

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from aparte.core.mls.errors import MlsError
from aparte.core.room.commands import Command, Commit, Create, Cut, Join, Leave, Nack, Refresh, Resume, Tick
from aparte.core.room.effects import Close, Effect, Forget, Keep, Refuse, Route, Stop, Tell, Wake, Withdraw
from aparte.core.room.profile import Profile
from aparte.core.room.room import Room
from aparte.core.room.seats import State
from aparte.core.wire.b64 import b64_encode
from aparte.core.wire.control import (
    Accepted,
    CommitNotice,
    Refused,
    Reopened,
    Resumed,
    ServerMessage,
    Turn,
    Welcome,
)
from aparte.core.wire.errors import Reason
from aparte.e2ee.mls.meeting import MeetingGroup, Proposed
from tests.core.room.script import CHARTER, TODAY, participant, seat
from tests.e2ee.mls.evil import unopenable
from tests.e2ee.mls.random import seeded

PROFILE = Profile(seats=4, admitted=3, leaves=10, grace=30.0, joining=20.0, commits=8)
PICKS = st.integers(0, 9)
SELDOM = st.sampled_from([False, False, False, True])


@dataclass
class Person:
    """What one client knows: what it was told, and nothing else."""

    name: str
    token: str
    linked: bool = True
    turn: Turn | None = None
    pending: MeetingGroup | None = None
    group: MeetingGroup | None = None  # as a member
    older: MeetingGroup | None = None
    stuck: bool = False  # it could not apply a commit
    lost: bool = False  # it is in an epoch that was taken back: it leaves and joins anew

    @property
    def epoch(self) -> int:
        return self.group.group.epoch if self.group is not None else 0


class Meeting(RuleBasedStateMachine):
    """Plays shell and clients around a room."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(PROFILE, CHARTER, lambda: TODAY)
        self.random = seeded(4)
        self.now = 0.0
        self.drawn = 0  # tokens
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
                    assert not any(person.group and person.linked for person in self.people.values())
                    self.group = group
                self.kept[group, epoch] = commit
            case Withdraw(group, epoch):
                assert isinstance(command, Nack)
                assert group == self.group
                self.kept = {made: commit for made, commit in self.kept.items() if made[0] != group or made[1] <= epoch}
            case Tell(name, message):
                self.hear(self.people[name], message, command)
            case Route(name):
                assert self.people[name].group is not None
                assert self.people[name].linked
                self.routed.add(name)
            case Stop(name):
                self.routed.discard(name)
            case Close(name, reason):
                assert self.people[name].linked or isinstance(command, Nack), "or away in what never was"
                self.people[name].linked = False
                assert reason is not Reason.BAD_COMMIT or isinstance(command, Nack), "nobody breaks a rule in public"
            case Refuse():
                assert isinstance(command, Join | Resume)
            case Wake(at):
                assert at > self.now
                self.wake = at
            case Forget():
                self.empty = True

    def hear(self, person: Person, message: ServerMessage, command: Command) -> None:
        if isinstance(message, Resumed):
            assert isinstance(command, Resume)
            assert not person.lost, "nobody comes back into what never was"
            person.linked, person.token, person.stuck = True, message.token, False
            for past in message.commits:
                self.apply(person, past.epoch, past.commit)
            assert person.stuck or person.epoch == message.epoch
            return
        assert person.linked, "nothing is told to a seat without a link"
        if isinstance(message, Turn):
            assert person.group is None
            person.turn = message
        elif isinstance(message, Accepted):
            assert person.pending is not None
            assert person.pending.group.epoch == message.epoch
            person.older, person.group, person.pending = person.group, person.pending, None
        elif isinstance(message, CommitNotice):
            self.apply(person, message.epoch, message.commit)
        elif isinstance(message, Reopened):
            assert person.group is not None
            person.stuck, person.lost = False, person.lost or message.epoch < person.epoch
        elif not isinstance(message, Welcome | Refused):
            assert person.group is not None, "nothing of the group is told to a seat that is only admitted"

    def apply(self, person: Person, epoch: int, commit: bytes) -> None:
        assert person.group is not None, "nothing of the group is told to a seat that is only admitted"
        if person.stuck or person.lost:
            return
        assert epoch == person.epoch, "in order, none twice, none missing"
        person.older, before = person.group, person.group
        try:
            person.group = before.process(commit)
        except MlsError:
            person.stuck = True

    def pick(self, number: int) -> str:
        """One of those who are here, or who were lately; or nobody."""
        lately = [name for name, person in self.people.items() if person.linked] + list(self.people)[-2:]
        return lately[number % len(lately)] if number < 9 and lately else seat("nobody")

    # What people do

    @initialize(members=st.integers(1, PROFILE.seats))
    def first(self, members: int) -> None:
        for number in range(members):
            self.join()
            self.enter(number)

    @rule()
    def join(self) -> None:
        self.seats += 1
        name = seat(f"seat {self.seats}")
        self.people[name] = Person(name, f"token {self.seats}")
        refused = any(isinstance(effect, Refuse) for effect in self.do(Join(name, f"token {self.seats}")))
        if refused:
            del self.people[name]

    @rule(pick=PICKS)
    def create(self, pick: int) -> None:
        name = self.pick(pick)
        if name not in self.people:
            self.do(Create(name, bytes(32), b"info", b"tree"))
            return
        group, info, tree = MeetingGroup.create(participant(name), self.random)
        self.people[name].pending = group
        self.do(Create(name, group.group.group_id, info, tree))

    @rule(pick=PICKS)
    def enter(self, pick: int) -> None:
        """Somebody whose turn it is comes in."""
        name = self.pick(pick)
        person = self.people.get(name)
        if person is None or person.group is not None or person.turn is None:
            return
        if person.turn.group is None:
            self.create(pick)
        else:
            self.commit(pick, False, False, False)

    @rule(pick=PICKS, late=SELDOM, tidy=st.booleans(), evil=SELDOM)
    def commit(self, pick: int, late: bool, tidy: bool, evil: bool) -> None:
        name = self.pick(pick)
        person = self.people.get(name)
        made = None if person is None else self.propose(person, late, tidy, evil)
        if person is None or made is None:
            return
        person.pending = made.group
        self.do(Commit(name, made.commit, made.info))

    def propose(self, person: Person, late: bool, tidy: bool, evil: bool) -> Proposed | None:
        """What its client would send, knowing what it knows."""
        group = person.older if late and person.older is not None else person.group
        if group is None:
            state = person.turn.group if person.turn is not None else None
            if state is None:
                return None
            return MeetingGroup.join(state.info, state.tree, participant(person.name), self.random)
        seats = {b64_encode(somebody.seat): somebody.leaf for somebody in group.people()}
        gone = [leaf for name, leaf in seats.items() if self.state(name) is State.GONE] if tidy else []
        if len(gone) == len(seats) or group.group.leaf in gone:
            return None
        return unopenable(group, self.random, removes=tuple(gone)) if evil else group.commit(gone, self.random)

    def state(self, name: str) -> State | None:
        held = self.room._seats.get(name)
        return held.state if held is not None else None

    @rule(pick=PICKS, honest=st.booleans())
    def nack(self, pick: int, honest: bool) -> None:
        name = self.pick(pick)
        person = self.people.get(name)
        if person is not None and (person.stuck or not honest):
            self.do(Nack(name, person.epoch if honest else max(person.epoch - 1, 0)))

    @rule()
    def nack_together(self) -> None:
        for person in list(self.people.values()):
            if person.stuck and person.linked:
                self.do(Nack(person.name, person.epoch))

    @rule(pick=PICKS, other=PICKS, rendition=st.integers(0, 2))
    def refresh(self, pick: int, other: int, rendition: int) -> None:
        name, of = self.pick(pick), self.pick(other)
        self.do(Refresh(name, of, 2, rendition))

    @rule(pick=PICKS)
    def cut(self, pick: int) -> None:
        name = self.pick(pick)
        if name in self.people and self.people[name].linked:
            self.people[name].linked = False
            self.do(Cut(name))

    @rule(pick=PICKS)
    def leave(self, pick: int) -> None:
        name = self.pick(pick)
        self.do(Leave(name))

    @rule(pick=PICKS, honest=st.booleans())
    def resume(self, pick: int, honest: bool) -> None:
        name = self.pick(pick)
        person = self.people.get(name)
        self.drawn += 1
        token = person.token if person and honest else "guess"
        effects = self.do(Resume(name, token, f"token, drawn as {self.drawn}", person.epoch if person else 0))
        if not honest:
            assert not any(isinstance(effect, Route) for effect in effects)

    @rule(seconds=st.sampled_from([0.1, 0.9, 1.1, 5.0, 19.0, 31.0]))
    def time(self, seconds: float) -> None:
        self.now += seconds
        self.do(Tick())

    # What always holds

    @invariant()
    def one_chain(self) -> None:
        newest = max((epoch for group, epoch in self.kept if group == self.group), default=0)
        views = set()
        for person in self.people.values():
            if person.group is not None and person.linked and not person.stuck and not person.lost:
                assert (person.group.group.group_id, person.epoch) == (self.group, newest), (
                    "all are at the newest epoch"
                )
                views.add(person.group.epoch_authenticator())
        assert len(views) <= 1, "and have the same keys"

    @invariant()
    def no_ghost(self) -> None:
        epochs = self.room._epochs
        leaves = epochs.seats() if epochs is not None else frozenset()
        assert leaves == {name for name, held in self.room._seats.items() if held.state is not State.ADMITTED}

    @invariant()
    def frames_go_to_members_with_a_link_and_to_nobody_else(self) -> None:
        assert self.routed == {name for name, person in self.people.items() if person.group and person.linked}

    @invariant()
    def nobody_waits_for_ever(self) -> None:
        waiting = [held for held in self.room._seats.values() if held.state is State.ADMITTED and held.turn is None]
        assert not waiting or self.wake is not None

    @invariant()
    def bounded(self) -> None:
        linked = [person for person in self.people.values() if person.linked]
        assert sum(person.group is not None for person in linked) <= PROFILE.seats
        assert sum(person.group is None for person in linked) <= PROFILE.admitted
        assert len(self.room._seats) <= PROFILE.leaves

    def teardown(self) -> None:
        self.now += 31
        self.do(Tick())
        for name, person in self.people.items():
            if person.linked:
                self.do(Leave(name))
        assert self.empty, "the room ends empty"
        assert not self.routed


@pytest.mark.promise("P34", "P26")
def test_any_order_of_commands() -> None:
    busy = [HealthCheck.too_slow]  # a busy machine is no fault of the code
    run_state_machine_as_test(
        Meeting, settings=settings(max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=busy)
    )
