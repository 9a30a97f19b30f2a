"""Random histories: after every step all members, and whoever only watches, have the same group."""

import os
import random
from collections import Counter

import pytest

from aparte.core.mls.delivery import check_announcement, follow, follow_from
from aparte.core.mls.errors import MlsError, Reason
from aparte.core.mls.policy import MeetingPolicy
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.mls.meeting import MeetingGroup, Participant, Proposed
from tests.e2ee.mls.crowd import Crowd

SEEDS = int(os.environ.get("APARTE_WALKS", "24").partition("x")[0])
MAX = 1 << 18


@pytest.mark.promise("P3")
def test_everybody_agrees_after_every_step() -> None:
    done: Counter[str] = Counter()
    for seed in range(SEEDS):
        crowd = Crowd(seed)
        for _ in range(60):
            done[crowd.step()] += 1
    assert len(done) == 10, "every kind of step was taken"


class Meeting:
    """A meeting's group as its clients and its server have it, with X-Wing and all its rules."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.keys = derive_link_keys(self.rng.randbytes(32), bytes(16))
        self.policy = MeetingPolicy(self.keys.psk_id)
        self.seats = 0
        who = self.somebody()
        group, self.info, tree = MeetingGroup.create(who, self.rng.randbytes)
        self.server = follow_from(self.info, tree, self.policy, MAX)
        self.members = [(who, group)]

    def somebody(self) -> Participant:
        self.seats += 1
        return Participant(bytes(16), self.seats.to_bytes(16), f"Person {self.seats}", self.keys)

    def join(self, who: Participant) -> Proposed:
        return MeetingGroup.join(self.info, self.server.tree.encoded, who, self.rng.randbytes)

    def accept(self, made: Proposed, gone: set[int], newcomer: Participant | None, committer: int | None) -> None:
        change = follow(self.server, made.commit, self.policy, MAX)
        check_announcement(change, made.info, MAX)
        self.server, self.info = change.after, made.info
        after: list[tuple[Participant, MeetingGroup]] = []
        for who, group in self.members:
            if group.group.leaf in gone:
                with pytest.raises(MlsError) as caught:
                    group.process(made.commit)
                assert caught.value.reason is Reason.REMOVED
            elif group.group.leaf == committer:
                after.append((who, made.group))
            else:
                after.append((who, group.process(made.commit)))
        if newcomer is not None:
            after.append((newcomer, made.group))
        self.members = after

    def step(self) -> None:
        kind = self.rng.choice(["join", "join", "join", "remove", "refresh", "race"])
        _, group = self.rng.choice(self.members)
        if kind == "join" or len(self.members) < 2:
            who = self.somebody()
            self.accept(self.join(who), set(), who, None)
            return
        if kind == "race":
            group.commit([], self.rng.randbytes)
            self.join(self.somebody())
        others = [other.group.leaf for _, other in self.members if other is not group]
        gone = set(self.rng.sample(others, self.rng.randint(1, len(others)))) if kind == "remove" else set()
        self.accept(group.commit(sorted(gone), self.rng.randbytes), gone, None, group.group.leaf)

    def agree(self) -> None:
        _, first = self.members[0]
        people = first.people()
        assert sorted(person.seat for person in people) == sorted(who.seat for who, _ in self.members)
        for who, group in self.members:
            assert group.people() == people
            assert group.epoch_authenticator() == first.epoch_authenticator()
            assert group.sframe_base_key() == first.sframe_base_key()
            assert group.group.public.context == self.server.context
            assert who.name in {person.name for person in people}


@pytest.mark.shows("B26")
@pytest.mark.promise("P3", "P6")
def test_a_meeting_agrees_after_every_step() -> None:
    for seed in range(max(SEEDS // 4, 1)):
        meeting = Meeting(seed)
        for _ in range(25):
            meeting.step()
            meeting.agree()


def test_who_was_removed_cannot_follow() -> None:
    """Not even when only one is left: its commit secret is fresh randomness."""
    meeting = Meeting(1)
    who = meeting.somebody()
    meeting.accept(meeting.join(who), set(), who, None)
    (_, first), (_, second) = meeting.members
    made = first.commit([second.group.leaf], meeting.rng.randbytes)
    assert made.group.epoch_authenticator() != second.epoch_authenticator()
    again = first.commit([second.group.leaf], meeting.rng.randbytes)
    assert made.group.epoch_authenticator() != again.group.epoch_authenticator()
    with pytest.raises(MlsError):
        second.process(made.commit)
