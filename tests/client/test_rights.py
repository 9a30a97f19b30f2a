"""Who may do what, as memberships and receivers see it: by the group's policy, whatever the server says."""

from collections.abc import Callable
from dataclasses import replace
from secrets import token_bytes

import pytest

from aparte.client.membership import _Pending
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import GroupContextExtensions, Remove
from aparte.core.policy.charter import Charter
from aparte.core.policy.meeting import policy_extensions
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import ALL, NONE, SENDING, Rights
from aparte.core.wire import control
from aparte.core.wire.header import Stream
from aparte.e2ee.mls.meeting import Participant
from tests.charters import HouseKey, charter_for, subject_of
from tests.client.hub import MEETING, SECRET, Hub, Peer, agree, go, three
from tests.client.town import Town
from tests.e2ee.mls.forge import commit_of, frame

DIRECTED = charter_for(MEETING, SECRET, organisers=(subject_of("Ada"),), everybody=SENDING)
"""Ada directs; the others are heard and seen."""


class Modified(Peer):
    """A client that lets itself do anything."""

    def participant(self, seat: str, charter: Charter, is_gone: Callable[[bytes], bool]) -> Participant:
        return replace(super().participant(seat, charter, is_gone), is_gone=lambda _: True)


def modified(hub: Hub, name: str) -> Modified:
    peer = Modified(hub, name)
    hub.admit(peer)
    hub.turn(peer)
    hub.run()
    return peer


def direct(peer: Peer, policy: Policy, *removed: Peer) -> None:
    """Change the policy, and remove these."""
    made = peer.group.commit([other.group.group.leaf for other in removed], token_bytes, policy)
    peer.membership._send(_Pending(made.group, made.commit), control.Commit(made.commit, made.info))
    peer.hub.run()


def remove(peer: Peer, *removed: Peer) -> None:
    members = peer.membership.roster.members
    assert peer.membership._propose([members[other.seat] for other in removed])
    peer.hub.run()


# Removing


def test_who_has_the_right_removes_somebody_who_is_there() -> None:
    hub, ada, ben, cleo = three(DIRECTED)
    remove(ada, cleo)
    agree(ada, ben)
    assert ada.names == ["Ada", "Ben"]
    assert cleo.ending == "removed"
    assert hub.nacks == []


@pytest.mark.promise("P6")
def test_nobody_without_the_right_removes_somebody_who_is_there() -> None:
    """The server passes it on as if it might be."""
    hub, ada, ben, cleo = three(DIRECTED)
    eve = modified(hub, "Eve")
    before = ada.group.epoch_authenticator()
    remove(eve, cleo)
    for peer in (ada, ben, cleo):
        assert (peer.refused, peer.blamed) == (["no-right"], [eve.seat])
        assert peer.names == ["Ada", "Ben", "Cleo", "Eve"]
        assert peer.group.epoch_authenticator() == before
        assert (peer.seat, 3) in hub.nacks
        assert peer.ending is None


@pytest.mark.promise("P6")
def test_nobody_but_an_organiser_removes_an_organiser() -> None:
    hub, ada, ben, cleo = three(DIRECTED)
    eve = modified(hub, "Eve")
    direct(ada, ada.group.meeting_policy.with_entry(Entry(subject_of("Eve"), ALL & ~Rights.ORGANISE, barred=False)))
    remove(eve, ada)
    assert [peer.refused for peer in (ada, ben, cleo)] == [["no-right"]] * 3
    assert ada.ending is None


def test_who_is_called_gone_may_be_removed_by_anybody() -> None:
    """That somebody never comes back is the server's word; it could as well pass nothing on to them any more."""
    hub, ada, ben, cleo = three(DIRECTED)
    go(hub, ada)
    hub.run(0.05)
    agree(ben, cleo)
    assert ben.names == ["Ben", "Cleo"]


def test_who_is_called_gone_and_is_not_comes_in_anew() -> None:
    """A server can say so of somebody who is there. Whom it concerns does not believe it, and comes again."""
    hub, ada, ben, cleo = three(charter_for(MEETING, SECRET, everybody=SENDING))
    hub.tell(control.Gone(cleo.seat))
    hub.run(0.05)
    agree(ada, ben)
    assert ada.names == ["Ada", "Ben"]
    assert cleo.refused == ["no-right"]
    hub.run(3.1)
    assert cleo.ending == "commit-refused"


def test_who_was_called_gone_once_may_be_removed_later() -> None:
    """A server that takes back who is gone makes nobody stay whom a removal on its way concerns."""
    hub, ada, ben, cleo = three(DIRECTED)
    hub.tell(control.Gone(cleo.seat))
    hub.tell(control.Back(cleo.seat))
    hub.run(0.05)
    agree(ada, ben)


def test_who_was_cut_follows_removals_of_those_whom_it_never_heard_called_gone() -> None:
    hub, ada, ben, cleo = three(DIRECTED)
    cleo.deaf = True
    cleo.membership.cut()
    go(hub, ada)
    hub.run(0.05)
    cleo.deaf = False
    assert hub.state is not None
    cleo.hear(control.Resumed("A" * 43, hub.state.epoch, tuple(hub.chain[2:]), (), ()))
    hub.run(0.05)
    agree(ben, cleo)
    assert ben.names == ["Ben", "Cleo"]


# Changing the policy


def test_a_change_holds_for_everybody_from_the_same_epoch_on() -> None:
    hub, ada, ben, cleo = three(DIRECTED)
    assert ben.membership.roster.rights(cleo.seat) == SENDING
    direct(ada, ada.group.meeting_policy.with_entry(Entry(subject_of("Cleo"), Rights.CAMERA, barred=False)))
    agree(ada, ben, cleo)
    for peer in (ada, ben, cleo):
        assert peer.membership.roster.rights(cleo.seat) == Rights.CAMERA
        assert peer.membership.roster.rights(ada.seat) == ALL
        assert peer.membership.roster.rights("Z" * 22) == NONE
    dan = hub.join("Dan")
    assert dan.membership.roster.rights(cleo.seat) == Rights.CAMERA, "who comes later learns it from the group"


def test_somebody_is_removed_and_barred_in_one_commit() -> None:
    hub, ada, ben, cleo = three(DIRECTED)
    direct(ada, ada.group.meeting_policy.with_entry(Entry(cleo.own.subject, NONE, barred=True)), cleo)
    assert cleo.ending == "removed"
    agree(ada, ben)
    again = hub.join("Cleo")
    assert again.ending == "group-not-admitted", "under the same person key"
    assert ada.names == ["Ada", "Ben"]


@pytest.mark.promise("P6")
@pytest.mark.parametrize("kind", ["a right", "an organiser", "a bar", "another charter", "no policy"])
def test_nobody_without_the_right_changes_the_policy(kind: str) -> None:
    _hub, ada, ben, cleo = three(DIRECTED)
    now, eve = ada.group.meeting_policy, cleo.own.subject
    policies = {
        "a right": now.with_entry(Entry(eve, SENDING | Rights.GRANT, barred=False)),
        "an organiser": replace(now, organisers=tuple(sorted((*now.organisers, eve)))),
        "a bar": now.with_entry(Entry(ben.own.subject, NONE, barred=True)),
        "another charter": replace(now, charter=charter_for(MEETING, SECRET, organisers=(eve,))),
    }
    extensions = policy_extensions(policies[kind]) if kind in policies else ()
    one, before = cleo.group.group, ada.group.epoch_authenticator()
    made = write_message(frame(one, commit_of(one, [GroupContextExtensions(extensions)])))
    for peer in (ada, ben):
        peer.hear(control.CommitNotice(2, cleo.seat, made))
        assert peer.refused == ["no-right" if kind in policies else "forbidden"]
        assert peer.group.epoch_authenticator() == before
        assert peer.group.meeting_policy == now


@pytest.mark.promise("P6")
def test_a_change_does_not_bring_along_what_may_not_be() -> None:
    """Who may change one thing may not remove somebody in the same breath."""
    _hub, ada, ben, cleo = three(DIRECTED)
    direct(ada, ada.group.meeting_policy.with_entry(Entry(cleo.own.subject, Rights.DOOR, barred=False)))
    one, now = cleo.group.group, cleo.group.meeting_policy
    locked = GroupContextExtensions(policy_extensions(replace(now, door=now.door.LOCKED)))
    made = write_message(frame(one, commit_of(one, [locked, Remove(ben.group.group.leaf)])))
    ada.hear(control.CommitNotice(3, cleo.seat, made))
    assert ada.refused == ["no-right"]
    assert ada.group.meeting_policy == now


# Coming in


def test_an_account_comes_in_under_the_name_that_the_house_says() -> None:
    house, account = HouseKey(), bytes(range(50, 66))
    charter = charter_for(MEETING, SECRET, house.key, organisers=(account,))
    hub = Hub(charter)
    ada = hub.join("Ada", own=house.person("Ada Lovelace", account, label="Analysis"))
    ben = hub.join("Ben")
    agree(ada, ben)
    said = [(one.name, one.label, one.subject, one.is_guest) for one in ben.membership.roster.members.values()]
    assert said == [("Ada Lovelace", "Analysis", account, False), ("Ben", "", subject_of("Ben"), True)]
    assert ben.membership.roster.rights(ada.seat) == ALL
    for own in (
        replace(house.person("Ada Lovelace", account), name="Grace Hopper"),
        HouseKey(bytes(32)).person("Ada Lovelace", account),
        house.person("Ada Lovelace", account, until=0),
    ):
        eve = hub.join("Eve", own=own)
        assert eve.ending in ("group-identity", "group-expired"), "its own client says so at once"
    assert ben.names == ["Ada Lovelace", "Ben"]


# What is sent


def permitted(town: Town, name: str, rights: Rights) -> None:
    """The organiser gives or takes rights, and everybody hears of it."""
    policy = town["Ada"].group.meeting_policy
    town.direct(policy.with_entry(Entry(subject_of(name), rights, barred=False)))
    town.run(0.1)


def test_nothing_is_opened_of_who_has_no_right_to_send_it() -> None:
    """Eve's client is modified: it goes on sending, and the server passes it on."""
    town = Town("Ada", "Ben", "Eve", charter=DIRECTED)
    ada, ben, eve = town["Ada"], town["Ben"], town["Eve"]
    permitted(town, "Eve", Rights.CAMERA)
    opened = ada.incoming.opened
    for _ in range(5):
        eve.say(Stream.SOUND)
    town.run(0.1)
    for listener in (ada, ben):
        assert listener.incoming.refused["not-permitted"] == 5
    assert ada.incoming.opened == opened
    eve.say(Stream.CAMERA)
    eve.say(Stream.STATE)
    ben.say(Stream.SOUND)
    town.run(0.1)
    assert ada.incoming.opened == opened + 3, "what it may send, and what others send, opens"
    permitted(town, "Eve", SENDING)
    eve.say(Stream.SOUND)
    town.run(0.1)
    assert ada.incoming.opened == opened + 4
    assert ada.incoming.refused["not-permitted"] == 5


def test_frames_of_the_epoch_before_are_not_opened_either() -> None:
    """Those on their way when the right is taken: what holds is the newest policy."""
    town = Town("Ada", "Eve", charter=DIRECTED)
    ada, eve = town["Ada"], town["Eve"]
    town.delay = lambda: 0.0
    held: list[bytes] = []

    def hold(sender: object, receiver: object, message: bytes) -> tuple[bytes, ...]:
        held.append(message)
        return ()

    honest, town.pass_on = town.pass_on, hold
    eve.say(Stream.SOUND)
    town.pass_on = honest
    permitted(town, "Eve", NONE)
    opened = ada.incoming.opened
    town.inject(ada, held[0])
    town.run(0.1)
    assert (ada.incoming.opened, ada.incoming.refused["not-permitted"]) == (opened, 1)


def test_who_stops_when_told_is_not_in_doubt() -> None:
    """An honest client stops with the epoch that takes the right; what was on its way is lost, and nobody's fault."""
    town = Town("Ada", "Ben", "Cleo", charter=DIRECTED)
    for _ in range(20):
        town["Ben"].say(Stream.SOUND)
        town.run(0.02)
    town["Ben"].say(Stream.SOUND)
    permitted(town, "Ben", NONE)
    town.run(6.0)
    assert not any(doubt for party in town.parties for _, _, doubt in party.told)
