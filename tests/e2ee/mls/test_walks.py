"""Random histories: after every step all members, and whoever only watches, have the same group."""

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from aparte.core.mls.delivery import check_announcement, follow
from aparte.core.mls.errors import MlsError, Reason
from aparte.core.policy.charter import Door
from aparte.core.policy.check import check_change, check_removal, needs_admission
from aparte.core.policy.delivery import Owner, follow_new
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.meeting import MeetingPolicy
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import ALL, NONE, SENDING, Rights
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.mls.meeting import Admitted, MeetingGroup, Participant, Proposed
from aparte.e2ee.person import OwnPerson, SeedKey
from tests.charters import HouseKey, charter_for
from tests.e2ee.mls.crowd import Crowd

SEEDS = int(os.environ.get("APARTE_WALKS", "24").partition("x")[0])
MAX = 1 << 18
MEETING = bytes(16)


@pytest.mark.promise("P3")
def test_everybody_agrees_after_every_step() -> None:
    done: Counter[str] = Counter()
    for seed in range(SEEDS):
        crowd = Crowd(seed)
        for _ in range(60):
            done[crowd.step()] += 1
    assert len(done) == 10, "every kind of step was taken"


class Meeting:
    """A meeting's group as its clients and its server have it, with X-Wing and all its rules.

    Half of its people have accounts. Everybody tries what comes to mind, and only what the policy allows happens.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.house = HouseKey()
        self.now = 1_800_000_000_000
        self.gone: set[bytes] = set()
        self.done: Counter[str] = Counter()
        self.seats = 0
        secret, founder = self.rng.randbytes(32), self.own(1)
        self.keys = derive_link_keys(secret, MEETING)
        self.charter = charter_for(
            MEETING, secret, self.house.key, (founder.subject,), Door.GUESTS_KNOCK, everybody=SENDING | Rights.REMOVE
        )
        self.policy = MeetingPolicy(self.charter, self.clock, self.gone.__contains__, 0)
        who = self.somebody(founder)
        group, self.info, tree = MeetingGroup.create(who, self.rng.randbytes)
        assert founder.certificate is not None
        owner = Owner(who.seat, founder.certificate.account)
        self.server = follow_new(self.info, tree, group.group.group_id, owner, self.policy, MAX)
        self.members = [(who, group)]

    def clock(self) -> int:
        return self.now

    def own(self, number: int) -> OwnPerson:
        """Every second one has an account."""
        name, key = f"Person {number}", SeedKey(number.to_bytes(32))
        if number % 2 == 0:
            return OwnPerson(key, name)
        label = "Aparté" if number % 3 == 0 else ""
        said = self.house.certify(key.public, number.to_bytes(16), name, label, self.now + 60_000)
        return OwnPerson(key, name, label, said)

    def somebody(self, own: OwnPerson | None = None) -> Participant:
        self.seats += 1
        own = own or self.own(self.seats)
        return Participant(
            self.seats.to_bytes(16), own, self.keys, self.charter, self.clock, lambda seat: seat in self.gone
        )

    @property
    def in_force(self) -> Policy:
        return self.policy.policy(self.server.context)

    def join(self, who: Participant, admitted: Admitted | None = None) -> Proposed:
        tree = self.server.tree.encoded
        return MeetingGroup.join(self.info, tree, who, self.rng.randbytes, admitted=admitted)

    def accept(
        self,
        made: Proposed,
        gone: Sequence[int] = (),
        newcomer: Participant | None = None,
        committer: int | None = None,
    ) -> None:
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
        kinds = ["come", "come", "come", "return", "remove", "mend", "refresh", "race", "change", "change", "change"]
        kind = self.rng.choice(kinds) if len(self.members) > 1 else "come"
        done = getattr(self, f"do_{kind}")()
        self.done[f"{kind}{'' if done else ' in vain'}"] += 1
        self.now += self.rng.randrange(1_000)

    def do_come(self) -> bool:
        return self.come(self.somebody())

    def do_return(self) -> bool:
        """Somebody who is there comes again from another device: under another seat, with the same rights."""
        who, _ = self.rng.choice(self.members)
        return self.come(self.somebody(who.own))

    def come(self, who: Participant) -> bool:
        """Come in, by an admission of whoever may give one where one is needed."""
        seed = self.rng.randbytes(32)
        leaf = who.leaf_of(seed, self.rng.randbytes).node
        admitted = None
        try:
            knocks = needs_admission(
                self.in_force, self.policy.check_knock(leaf.credential.identity, leaf.signature_key)
            )
        except PolicyError:
            self.refused(lambda: self.join(who), Reason.NOT_ADMITTED)
            return False
        if knocks:
            self.refused(lambda: self.join(who), Reason.NOT_ADMITTED)
            _, admitter = self.rng.choice(self.members)
            word = admitter.admit(who.seat, who.own.subject, leaf.signature_key)
            admitted = Admitted(word, seed)
            if Rights.ADMIT not in self.in_force.rights(self.subject(admitter)):
                self.refused(lambda: self.join(who, admitted), Reason.NOT_ADMITTED)
                return False
        self.accept(self.join(who, admitted), newcomer=who)
        return True

    def do_remove(self) -> bool:
        """One or several, by anybody; it happens if the policy gives the right to remove every one of them."""
        _, group = self.rng.choice(self.members)
        others = [other for other in self.members if other[1] is not group]
        targets = self.rng.sample(others, self.rng.randint(1, len(others)))
        leaves = sorted(other.group.leaf for _, other in targets)
        try:
            for who, _ in targets:
                check_removal(self.in_force, self.subject(group), who.own.subject)
        except PolicyError:
            self.refused(lambda: group.commit(leaves, self.rng.randbytes), Reason.NO_RIGHT)
            return False
        self.accept(group.commit(leaves, self.rng.randbytes), leaves, committer=group.group.leaf)
        return True

    def do_mend(self) -> bool:
        """Somebody is gone, and anybody else removes their leaf."""
        (who, lost), (_, group) = self.rng.sample(self.members, 2)
        self.gone.add(who.seat)
        leaves = [lost.group.leaf]
        self.accept(group.commit(leaves, self.rng.randbytes), leaves, committer=group.group.leaf)
        return True

    def do_refresh(self) -> bool:
        _, group = self.rng.choice(self.members)
        self.accept(group.commit([], self.rng.randbytes), committer=group.group.leaf)
        return True

    def do_race(self) -> bool:
        """Two commit at once: one of them is lost, with everything that its maker derived."""
        _, loser = self.rng.choice(self.members)
        loser.commit([], self.rng.randbytes)
        return self.do_refresh()

    def do_change(self) -> bool:
        """Somebody tries another policy, and perhaps to remove somebody in the same commit."""
        _, group = self.rng.choice(self.members)
        new = self.another(self.in_force)
        try:
            check_change(self.in_force, new, self.subject(group))
        except PolicyError:
            self.refused(lambda: group.commit([], self.rng.randbytes, new), Reason.NO_RIGHT)
            return False
        self.accept(group.commit([], self.rng.randbytes, new), committer=group.group.leaf)
        assert self.in_force == new
        return True

    def another(self, policy: Policy) -> Policy:
        someone = self.rng.choice(self.members)[0].own.subject
        some = self.rng.choice([NONE, SENDING, SENDING | Rights.ADMIT, SENDING | Rights.REMOVE | Rights.GRANT, ALL])
        match self.rng.randrange(6):
            case 0:
                return replace(policy, door=self.rng.choice([Door.OPEN, *Door]))
            case 1:
                return replace(policy, frozen=self.rng.random() < 0.3)
            case 2:
                return replace(policy, everybody=self.rng.choice([SENDING, SENDING | Rights.REMOVE]))
            case 3:
                entries = tuple(entry for entry in policy.entries if entry.subject != someone)
                return replace(policy, organisers=tuple(sorted({*policy.organisers, someone})), entries=entries)
            case 4 if someone in policy.organisers and len(policy.organisers) > 1:
                return replace(policy, organisers=tuple(one for one in policy.organisers if one != someone))
            case _:
                if someone in policy.organisers:
                    return policy
                return policy.with_entry(Entry(someone, some, self.rng.random() < 0.3))

    def subject(self, group: MeetingGroup) -> bytes:
        return next(who.own.subject for who, one in self.members if one is group)

    def refused(self, attempt: Callable[[], object], reason: Reason) -> None:
        """An honest client does not send what the others would refuse."""
        with pytest.raises(MlsError) as caught:
            attempt()
        assert caught.value.reason is reason

    def agree(self) -> None:
        _, first = self.members[0]
        people = first.people()
        assert sorted(person.seat for person in people) == sorted(who.seat for who, _ in self.members)
        own = {who.seat: who.own for who, _ in self.members}
        for person in people:
            said = own[person.seat]
            assert (person.name, person.label, person.subject) == (said.name, said.label, said.subject)
            assert person.is_guest == (said.certificate is None)
        for _, group in self.members:
            assert group.people() == people
            assert group.epoch_authenticator() == first.epoch_authenticator()
            assert group.sframe_base_key() == first.sframe_base_key()
            assert group.group.public.context == self.server.context
            assert group.meeting_policy == self.in_force


@pytest.mark.shows("B26")
@pytest.mark.promise("P3", "P6")
def test_a_meeting_agrees_after_every_step() -> None:
    done: Counter[str] = Counter()
    for seed in range(max(SEEDS // 4, 1)):
        meeting = Meeting(seed)
        for _ in range(30):
            meeting.step()
            meeting.agree()
        done += meeting.done
    kinds = {"come", "return", "remove", "change"}
    assert {*kinds, *(f"{kind} in vain" for kind in kinds), "mend", "refresh", "race"} <= set(done), done


def test_who_was_removed_cannot_follow() -> None:
    """Not even when only one is left: its commit secret is fresh randomness."""
    meeting = Meeting(1)
    assert meeting.come(meeting.somebody(meeting.own(3)))
    (_, first), (_, second) = meeting.members
    made = first.commit([second.group.leaf], meeting.rng.randbytes)
    assert made.group.epoch_authenticator() != second.epoch_authenticator()
    again = first.commit([second.group.leaf], meeting.rng.randbytes)
    assert made.group.epoch_authenticator() != again.group.epoch_authenticator()
    with pytest.raises(MlsError):
        second.process(made.commit)
