"""What a membership believes of a server, and what not."""

from dataclasses import replace
from secrets import token_bytes

import pytest

from aparte.client.groups import Groups
from aparte.client.membership import RENEWAL_RANK_SECONDS, RENEWAL_SECONDS, TRIES
from aparte.client.removal import REST_SECONDS
from aparte.core.mls.errors import Rule
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import GroupState
from aparte.core.wire.errors import Reason
from aparte.core.wire.limits import MAX_COMMIT
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.mls.meeting import MeetingGroup, Participant, Proposed
from tests.client.hub import KEYS, MEETING, TOKEN, Hub, Peer
from tests.e2ee.mls.evil import Sent, bad_commits, bad_joins, join_with_another_key, unopenable


def agree(*peers: Peer) -> None:
    assert len({peer.group.epoch_authenticator() for peer in peers}) == 1
    assert len({tuple(peer.names) for peer in peers}) == 1


def three() -> tuple[Hub, Peer, Peer, Peer]:
    hub = Hub()
    return hub, hub.join("Ada"), hub.join("Ben"), hub.join("Cleo")


def flipped(commit: bytes) -> bytes:
    """Somebody else's word: the confirmation tag is the last thing but the optional membership tag."""
    return commit[:-1] + bytes([commit[-1] ^ 1])


# Coming in


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


def test_a_group_of_another_link_is_not_entered() -> None:
    hub = Hub()
    hub.join("Ada")
    eve = Peer(hub, "Eve", derive_link_keys(bytes(32), MEETING))
    hub.admit(eve)
    hub.turn(eve)
    assert eve.ending == "group-identity"


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


def test_a_member_is_not_led_into_another_group() -> None:
    for message in (control.Welcome(1, "A" * 22, TOKEN), control.Turn(None)):
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
    return Participant(MEETING, b64_decode(seat), name, KEYS)


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


# Leaving


def go(hub: Hub, *peers: Peer) -> None:
    for peer in peers:
        hub.members.remove(peer)
    for peer in peers:
        hub.tell(control.Gone(peer.seat))


def test_the_first_member_removes_who_is_gone_and_all_of_them_at_once() -> None:
    hub, ada, ben, cleo = three()
    dan = hub.join("Dan")
    go(hub, ben, cleo)
    hub.run(0.05)
    agree(ada, dan)
    assert ada.names == ["Ada", "Dan"]
    assert ada.epochs[-1] == 4, "one commit for both"
    assert ada.membership.gone == set()


def test_the_next_one_removes_them_if_the_first_does_nothing() -> None:
    hub, ada, ben, cleo = three()
    dan = hub.join("Dan")
    ada.deaf = True
    go(hub, dan)
    hub.run(1.0)
    assert ben.names == ["Ada", "Ben", "Cleo", "Dan"]
    hub.run(1.0)
    agree(ben, cleo)
    assert ben.names == ["Ada", "Ben", "Cleo"]
    assert hub.chain[-1].seat == ben.seat


def test_who_is_away_is_not_waited_for() -> None:
    hub, ada, ben, _cleo = three()
    dan = hub.join("Dan")
    ada.deaf = True
    hub.tell(control.Away(ada.seat))
    go(hub, dan)
    hub.run(0.05)
    assert hub.chain[-1].seat == ben.seat


def test_who_was_removed_is_told_by_the_group() -> None:
    hub, ada, ben, cleo = three()
    ada.hear(control.Gone(cleo.seat))
    hub.run(0.05)
    assert cleo.ending == "removed"
    agree(ada, ben)


def test_a_server_that_takes_back_who_is_gone_is_not_asked_for_ever() -> None:
    hub, ada, _ben, cleo = three()
    hub.mute = True
    ada.hear(control.Gone(cleo.seat))
    hub.run(0.05)
    assert len(ada.said) == 2
    ada.hear(control.Refused("commit", Reason.NOT_GONE))
    hub.run(1.0)
    assert len(ada.said) == 2
    assert ada.membership.gone == set()


def test_what_was_left_undone_is_done_after_the_answer() -> None:
    hub, ada, ben, cleo = three()
    dan = hub.join("Dan")
    hub.mute = True
    go(hub, cleo)
    hub.run(0.05)
    go(hub, dan)
    hub.run(0.05)
    assert len(ada.said) == 2, "one commit is on its way, and no other"
    ada.hear(control.Refused("commit", Reason.STALE_EPOCH))
    hub.mute = False
    hub.run(REST_SECONDS)
    agree(ada, ben)
    assert ada.names == ["Ada", "Ben"]


def test_removals_come_in_batches() -> None:
    hub = Hub()
    ada = hub.join("Ada")
    others = [hub.join(f"P{number}") for number in range(9)]
    joined = len(hub.chain)
    for other in others[:8]:
        go(hub, other)
        hub.run(0.1)
    hub.run(REST_SECONDS)
    agree(ada, others[8])
    assert ada.names == ["Ada", "P8"]
    assert len(hub.chain) - joined == 3, "0.8 seconds at two a second, the first at once"


def test_new_epochs_and_others_who_go_do_not_put_a_removal_off() -> None:
    hub, ada, ben, _cleo = three()
    dan, eve, fay = hub.join("Dan"), hub.join("Eve"), hub.join("Fay")
    ada.deaf = True
    go(hub, dan)
    hub.run(1.0)
    hub.join("Gus")
    go(hub, eve)
    hub.run(0.6)
    assert hub.chain[-1].seat == ben.seat
    agree(ben, fay)
    assert ben.names == ["Ada", "Ben", "Cleo", "Fay", "Gus"]


def test_who_gets_a_lower_rank_waits_less() -> None:
    hub, ada, ben, _cleo = three()
    dan = hub.join("Dan")
    ada.deaf = True
    go(hub, dan)
    hub.run(0.1)
    go(hub, ada)
    hub.run(0.1)
    assert hub.chain[-1].seat == ben.seat


def test_what_is_due_in_vain_is_not_committed() -> None:
    """Whoever was waiting does nothing when another has done it."""
    hub, ada, ben, cleo = three()
    dan = hub.join("Dan")
    go(hub, dan)
    hub.run(5.0)
    assert [past.seat for past in hub.chain[3:]] == [ada.seat]
    agree(ada, ben, cleo)


def test_a_commit_that_would_be_too_large_removes_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub()
    ada = hub.join("Ada")
    others = [hub.join(f"P{number}") for number in range(7)]
    tried: list[int] = []
    real = Groups.commit

    def swollen(groups: Groups, group: MeetingGroup, removes: list[int]) -> Proposed:
        tried.append(len(removes))
        made = real(groups, group, removes)
        return made if len(removes) < 3 else replace(made, commit=bytes(MAX_COMMIT + 1))

    monkeypatch.setattr(Groups, "commit", swollen)
    go(hub, *others[:5])
    hub.run(2.0)
    agree(ada, others[6])
    assert ada.names == ["Ada", "P5", "P6"]
    assert tried == [5, 2, 3, 1, 2]
    assert all(len(past.commit) <= MAX_COMMIT for past in hub.chain)


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever() -> None:
    hub, ada, _ben, cleo = three()
    hub.mute = True
    ada.hear(control.Gone(cleo.seat))
    hub.run(9.0)
    assert ada.ending is None
    hub.run(1.1)
    assert ada.ending == "out-of-step"


def test_while_the_line_is_cut_nothing_is_committed_and_no_answer_awaited() -> None:
    hub, ada, ben, cleo = three()
    hub.mute = True
    ada.hear(control.Gone(cleo.seat))
    hub.run(0.05)
    ada.membership.cut()
    said = len(ada.said)
    hub.run(30.0)
    assert (ada.ending, len(ada.said)) == (None, said)
    hub.mute = False
    resumed(hub, ada, 2)
    hub.run()
    agree(ada, ben, cleo)
    assert ada.epochs[-1] == 3


@pytest.mark.promise("P9")
def test_neither_who_goes_nor_a_refusal_puts_the_renewal_off() -> None:
    hub, ada, _ben, cleo = three()
    hub.mute = True
    hub.run(RENEWAL_SECONDS - 5)
    ada.hear(control.Gone(cleo.seat))
    hub.run(0.05)
    ada.hear(control.Refused("commit", Reason.NOT_GONE))
    said = len(ada.said)
    hub.run(11)
    assert len(ada.said) == said + 1
    ada.hear(control.Refused("commit", Reason.STALE_EPOCH))
    hub.run(11)
    assert len(ada.said) == said + 2


def test_ones_own_commit_that_comes_as_a_notice_needs_no_other_answer() -> None:
    hub, ada, ben, cleo = three()
    hub.mute = True
    ada.hear(control.Gone(cleo.seat))
    hub.run(0.05)
    own = ada.said[-1]
    assert isinstance(own, control.Commit)
    ada.hear(control.CommitNotice(2, ada.seat, own.commit))
    ada.hear(control.Gone(ben.seat))
    hub.run(REST_SECONDS + 0.05)
    assert ada.said[-1] != own
    assert isinstance(ada.said[-1], control.Commit)


# Renewing, coming back


@pytest.mark.promise("P9")
def test_the_keys_are_renewed_after_four_minutes_by_the_first_who_is_there() -> None:
    hub, ada, ben, cleo = three()
    hub.run(RENEWAL_SECONDS - 1)
    assert len(hub.chain) == 2
    hub.run(10)
    agree(ada, ben, cleo)
    assert [past.seat for past in hub.chain[2:]] == [ada.seat]
    ada.deaf = True
    ada.membership.close()
    hub.run(RENEWAL_SECONDS + 2 * RENEWAL_RANK_SECONDS - 1)
    assert [past.seat for past in hub.chain[3:]] == [ben.seat]


def resumed(hub: Hub, peer: Peer, epoch: int, *, gone: tuple[str, ...] = (), away: tuple[str, ...] = ()) -> None:
    assert hub.state is not None
    commits = tuple(past for past in hub.chain if past.epoch >= epoch)
    peer.hear(control.Resumed(TOKEN, hub.state.epoch, commits, gone, away))


def test_who_was_cut_catches_up_and_starts_a_fresh_epoch() -> None:
    hub, ada, ben, cleo = three()
    cleo.deaf = True
    dan, eve = hub.join("Dan"), hub.join("Eve")
    cleo.deaf = False
    resumed(hub, cleo, 2, away=(eve.seat, "Z" * 21 + "A"))
    hub.run()
    agree(ada, ben, cleo, dan, eve)
    assert cleo.epochs == [2, 3, 4, 5]
    assert cleo.membership.away == {eve.seat}


def test_ones_own_commit_whose_echo_was_lost_is_taken_up() -> None:
    hub, ada, ben, cleo = three()
    cleo.deaf = True
    hub.mute = True
    ada.hear(control.Gone(cleo.seat))
    hub.run(0.05)
    said = ada.said[-1]
    assert isinstance(said, control.Commit)
    hub.mute = False
    hub.chain.append(control.PastCommit(2, ada.seat, said.commit))
    hub.state = GroupState(hub.state.group, 3, said.info, b"") if hub.state else None
    ben.hear(control.CommitNotice(2, ada.seat, said.commit))
    resumed(hub, ada, 2)
    agree(ada, ben)
    assert ada.names == ["Ada", "Ben"]


def test_what_was_sent_before_a_cut_and_is_not_in_the_chain_is_gone() -> None:
    hub, ada, ben, cleo = three()
    hub.mute = True
    ada.hear(control.Gone(cleo.seat))
    hub.run(0.05)
    hub.mute = False
    resumed(hub, ada, 2, gone=(cleo.seat,))
    hub.members.remove(cleo)
    hub.run(REST_SECONDS + 0.05)
    agree(ada, ben)
    assert ada.names == ["Ada", "Ben"]
