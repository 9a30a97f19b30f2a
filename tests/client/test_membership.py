"""What a membership believes of a server, and what not."""

from dataclasses import replace
from secrets import token_bytes

import pytest
from msgspec.structs import replace as replace_struct

from aparte.client.membership import TRIES
from aparte.core.mls.errors import Rule
from aparte.core.policy.rights import ALL
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import GroupState
from aparte.core.wire.errors import Reason
from aparte.e2ee.mls.meeting import Participant
from tests.charters import charter_for, guest
from tests.client.hub import CHARTER, KEYS, MEETING, SECRET, TODAY, Hub, Peer, agree, three
from tests.e2ee.mls.evil import Sent, bad_commits, bad_joins, join_with_another_key, unopenable


def flipped(commit: bytes) -> bytes:
    """Somebody else's word: the confirmation tag is the last thing but the optional membership tag."""
    return commit[:-1] + bytes([commit[-1] ^ 1])


# Coming in


def test_an_admission_for_who_has_not_knocked_makes_no_sense() -> None:
    hub = Hub()
    hub.join("Ada")
    eve = Peer(hub, "Eve")
    hub.admit(eve)
    eve.hear(control.Admitted(bytes(157)))
    assert (eve.ending, eve.said) == ("out-of-step", [])


def test_whoever_comes_in_turn_is_in_the_same_group() -> None:
    _hub, *peers = three()
    agree(*peers)
    assert peers[0].names == ["Ada", "Ben", "Cleo"]
    assert peers[0].epochs == [0, 1, 2]
    assert peers[2].epochs == [2]


def test_nothing_counts_before_the_server_has_accepted_it() -> None:
    hub = Hub(mute=True)
    peer = Peer(hub, "Ada")
    hub.admit(peer)
    hub.turn(peer)
    assert [type(message) for message in peer.said] == [control.Create]
    assert peer.membership.group is None
    assert peer.membership.epoch == -1


def test_an_epoch_that_one_has_not_made_is_not_entered() -> None:
    hub = Hub(mute=True)
    peer = Peer(hub, "Ada")
    hub.admit(peer)
    hub.turn(peer)
    peer.hear(control.Accepted(1))
    assert peer.ending == "out-of-step"
    assert peer.epochs == []


def test_who_loses_a_race_comes_in_at_the_next_turn() -> None:
    hub = Hub()
    ada, ben, cleo = hub.join("Ada"), Peer(hub, "Ben"), Peer(hub, "Cleo")
    for peer in (ben, cleo):
        hub.admit(peer)
        hub.turn(peer)
    hub.run()
    assert cleo.membership.group is None
    hub.turn(cleo)
    hub.run()
    agree(ada, ben, cleo)


def test_a_slow_commit_may_still_win_after_a_newer_turn() -> None:
    hub = Hub()
    ada, ben = hub.join("Ada"), Peer(hub, "Ben")
    hub.admit(ben)
    hub.turn(ben)
    hub.turn(ben)
    hub.run()
    assert ben.epochs == [1]
    assert ben.ending is None
    agree(ada, ben)


@pytest.mark.promise("P5")
@pytest.mark.parametrize(
    "charter",
    [
        charter_for(MEETING, bytes(32)).encoded,
        charter_for(bytes(16), SECRET).encoded,
        replace(CHARTER, everybody=ALL).encoded,
        CHARTER.encoded[:-1],
        b"charter",
        b"",
    ],
    ids=["of another link", "of another meeting", "changed", "cut short", "unreadable", "none"],
)
def test_a_charter_that_nobody_with_the_link_has_made_is_not_believed(charter: bytes) -> None:
    hub = Hub()
    hub.join("Ada")
    for state in (hub.state, None):
        eve = Peer(hub, "Eve")
        eve.hear(replace_struct(hub.welcome("E" * 21 + "A"), charter=charter))
        if eve.ending is None:
            eve.hear(control.Turn(state))
        assert eve.ending == "bad-charter"
        assert not eve.said, "nothing is made under it, and nobody is told a name"


def test_a_group_of_another_link_is_not_entered() -> None:
    """A server shows somebody a group under the right charter, whose names this link does not open."""
    hub = Hub()
    hub.join("Ada")
    eve = Peer(hub, "Eve", replace(KEYS, name_key=bytes(32)))
    hub.admit(eve)
    hub.turn(eve)
    assert eve.ending == "group-identity"


def test_a_group_under_another_charter_is_not_entered() -> None:
    """Both were made by somebody with the link: only one is this meeting's."""
    hub = Hub(charter_for(MEETING, SECRET, everybody=ALL))
    hub.join("Ada")
    hub.charter = CHARTER
    eve = Peer(hub, "Eve")
    hub.admit(eve)
    hub.turn(eve)
    assert eve.ending == "group-forbidden"


def test_a_tree_that_the_info_does_not_name_is_not_entered() -> None:
    hub = Hub()
    hub.join("Ada")
    assert hub.state is not None
    earlier = hub.state.tree
    hub.join("Ben")
    hub.state = GroupState(hub.state.group, hub.state.epoch, hub.state.info, earlier)
    eve = Peer(hub, "Eve")
    hub.admit(eve)
    hub.turn(eve)
    assert eve.ending is not None
    assert eve.ending.startswith("group-")


def test_who_gets_turn_after_turn_for_nothing_gives_up() -> None:
    hub = Hub()
    hub.join("Ada")
    hub.mute = True
    ben = Peer(hub, "Ben")
    hub.admit(ben)
    for _ in range(TRIES + 1):
        hub.turn(ben)
        if ben.ending is None:
            ben.hear(control.Refused("commit", Reason.STALE_EPOCH))
    assert ben.ending == "cannot-join"


def test_how_one_comes_in_is_not_left_unanswered_for_ever() -> None:
    for already in ([], ["Ada"]):
        hub = Hub()
        for name in already:
            hub.join(name)
        hub.mute = True
        ben = Peer(hub, "Ben")
        hub.admit(ben)
        hub.turn(ben)
        hub.run(9.0)
        hub.turn(ben)
        assert ben.ending is None
        hub.run(1.1)
        assert ben.ending == "no-answer", "a newer turn gives no more time"
        assert [type(said) for said in ben.said] == [control.Commit if already else control.Create] * 2


def test_an_answer_gives_what_is_sent_after_it_all_its_time() -> None:
    hub = Hub()
    hub.join("Ada")
    hub.mute = True
    ben = Peer(hub, "Ben")
    hub.admit(ben)
    hub.run(60.0)
    assert ben.ending is None, "one waits for a turn"
    for answer in (control.Refused("commit", Reason.STALE_EPOCH), hub.welcome("B" * 21 + "A")):
        hub.turn(ben)
        hub.run(9.0)
        ben.hear(answer)
        hub.run(9.0)
        assert ben.ending is None
    hub.turn(ben)
    hub.run(10.1)
    assert ben.ending == "no-answer"


def test_a_member_is_not_led_into_another_group() -> None:
    hub = Hub()
    for message in (hub.welcome("A" * 22), control.Turn(None)):
        hub = Hub()
        ada = hub.join("Ada")
        ada.hear(message)
        assert ada.ending == "out-of-step"
        assert ada.membership.group is None, "the keys are gone"


def test_an_older_state_of_the_same_group_is_not_believed_again() -> None:
    hub, ada, ben, _cleo = three()
    assert hub.state is not None
    old = hub.state
    hub.join("Dan")
    hub.run(11)
    ben.hear(control.CommitNotice(9, ada.seat, b"x"))
    assert ben.ending == "out-of-step"
    again = Peer(hub, "Ben", seen=ben.membership.seen)
    hub.admit(again)
    again.hear(control.Turn(old))
    assert again.ending == "old-group"
    another = Peer(hub, "Ben", seen=ben.membership.seen)
    hub.admit(another)
    hub.turn(another)
    assert another.ending is None


# Following


@pytest.mark.promise("P5")
def test_a_forged_commit_changes_nobody() -> None:
    hub, ada, ben, cleo = three()
    before = ada.group.epoch_authenticator()
    hub.tamper = flipped
    hub.join("Dan")
    assert [peer.refused for peer in (ada, ben, cleo)] == [["not-authentic"]] * 3
    assert ada.names == ["Ada", "Ben", "Cleo"]
    assert ada.group.epoch_authenticator() == before
    assert hub.nacks == [(peer.seat, 2) for peer in (ada, ben, cleo)]


def test_a_commit_that_is_taken_back_is_forgotten() -> None:
    hub, ada, ben, cleo = three()
    state, hub.tamper = hub.state, flipped
    dan = hub.join("Dan")
    hub.state, hub.tamper = state, lambda commit: commit
    hub.members.remove(dan)
    hub.chain.pop()
    hub.tell(control.Reopened(2))
    dan.hear(control.Reopened(2))
    assert dan.ending == "reopened", "whoever applied it joins anew"
    hub.join("Eve")
    agree(ada, ben, cleo)
    assert ada.names == ["Ada", "Ben", "Cleo", "Eve"]
    again = hub.join("Dan", seen=dan.membership.seen)
    assert again.ending is None
    agree(ada, again)


def test_ones_own_commit_may_be_accepted_after_one_that_was_taken_back() -> None:
    hub, ada, ben, _cleo = three()
    hub.mute = True
    ada.membership._propose([])
    ada.hear(control.CommitNotice(2, ben.seat, b"nobody can follow this"))
    ada.hear(control.Reopened(2))
    ada.hear(control.Accepted(3))
    assert ada.ending is None
    assert ada.group.group.epoch == 3


def test_a_commit_that_nobody_takes_back_makes_one_join_anew() -> None:
    hub, ada, _ben, cleo = three()
    cleo.deaf = True
    hub.join("Dan")
    cleo.hear(control.CommitNotice(2, "B" * 21 + "A", flipped(hub.chain[-1].commit)))
    hub.run(2.9)
    assert cleo.ending is None
    cleo.hear(control.CommitNotice(3, ada.seat, b"what comes after it is not looked at"))
    hub.run(0.2)
    assert cleo.ending == "commit-refused"
    assert cleo.refused == ["not-authentic"]
    assert cleo.blamed == ["B" * 21 + "A"]


def someone(seat: str, name: str) -> Participant:
    return Participant(b64_decode(seat), guest(name), KEYS, CHARTER, lambda: TODAY)


@pytest.mark.shows("B24")
@pytest.mark.promise("P5", "P6")
def test_no_commit_that_breaks_the_rules_is_followed() -> None:
    hub, ada, ben, cleo = three()
    eve, twin = someone("E" * 21 + "A", "Eve"), someone(ben.seat, "Ben")
    before = ada.group.epoch_authenticator()
    bad = {
        **bad_commits(cleo.group, ben.group, eve, token_bytes),
        **bad_joins(cleo.group, eve, someone("F" * 21 + "A", "Fay"), twin, token_bytes),
    }
    # Sound in themselves: only the server knows whose link a commit came over, and what was announced with it.
    for what in ("somebody else's", "a seat of its own choice", "a member's commit", "announcing another epoch"):
        del bad[what]
    garbled = unopenable(cleo.group, token_bytes).commit
    assert hub.state is not None
    outsider = join_with_another_key(hub.state.info, hub.state.tree, eve, token_bytes).commit
    bad["rubbish for a path"] = Sent(garbled, b"", Rule.PATH_OPENS)
    bad["a key that is not the link's"] = Sent(outsider, b"", Rule.CONFIRMATION_TAG)
    for what, sent in bad.items():
        ada.hear(control.CommitNotice(2, cleo.seat, sent.commit))
        assert (what, ada.refused) == (what, [str(sent.rule.value[1])])
        assert ada.group.epoch_authenticator() == before
        assert ada.names == ["Ada", "Ben", "Cleo"]
        ada.refused.clear()
        ada.hear(control.Reopened(2))
    agree(ada, ben, cleo)


@pytest.mark.promise("P5")
def test_the_servers_word_puts_nobody_in_and_takes_nobody_out() -> None:
    _hub, ada, ben, _cleo = three()
    ghost = "G" * 21 + "A"
    for message in (control.Away(ghost), control.Gone(ghost), control.Away(ada.seat), control.Gone(ada.seat)):
        ada.hear(message)
    assert (ada.membership.away, ada.membership.gone) == (set(), set())
    ada.hear(control.Away(ben.seat))
    assert ada.membership.away == {ben.seat}
    ada.hear(control.Back(ben.seat))
    assert ada.membership.away == set()
    assert ada.names == ["Ada", "Ben", "Cleo"]


def test_one_commit_for_another_is_out_of_step() -> None:
    hub, ada, ben, cleo = three()
    ada.hear(control.Accepted(3))
    assert ada.ending == "out-of-step"
    ben.hear(control.CommitNotice(1, cleo.seat, hub.chain[1].commit))
    assert ben.ending == "out-of-step"
