"""Who removes somebody who is gone, and when."""

from dataclasses import replace

import pytest

from aparte.client.membership import RENEWAL_RANK_SECONDS, RENEWAL_SECONDS
from aparte.client.removal import REST_SECONDS
from aparte.core.wire import control
from aparte.core.wire.errors import Reason
from aparte.core.wire.limits import MAX_COMMIT
from aparte.e2ee.mls.meeting import MeetingGroup, Proposed
from tests.client.hub import Hub, Peer, agree, go, three


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


def swell(peer: Peer, monkeypatch: pytest.MonkeyPatch, least: int) -> list[int]:
    """Make the peer's commits that remove so many too large; returns how many each was to remove."""
    tried: list[int] = []
    groups = peer.membership._groups
    real = groups.commit

    def swollen(group: MeetingGroup, removes: list[int]) -> Proposed:
        tried.append(len(removes))
        made = real(group, removes)
        return made if len(removes) < least else replace(made, commit=bytes(MAX_COMMIT + 1))

    monkeypatch.setattr(groups, "commit", swollen)
    return tried


def test_a_commit_that_would_be_too_large_removes_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub()
    ada = hub.join("Ada")
    others = [hub.join(f"P{number}") for number in range(7)]
    tried = swell(ada, monkeypatch, 3)
    go(hub, *others[:5])
    hub.run(2.0)
    agree(ada, others[6])
    assert ada.names == ["Ada", "P5", "P6"]
    assert tried == [5, 2, 3, 1, 2]
    assert all(len(past.commit) <= MAX_COMMIT for past in hub.chain)


def test_who_can_remove_nobody_leaves_and_the_next_one_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, ada, ben, cleo = three()
    dan, eve = hub.join("Dan"), hub.join("Eve")
    tried, said = swell(ada, monkeypatch, 1), len(ada.said)
    go(hub, dan, eve)
    hub.run(0.05)
    assert (ada.ending, tried) == ("group-too-large", [2, 1])
    assert ada.membership.group is None, "the keys are gone"
    assert len(ada.said) == said
    go(hub, ada)
    hub.run(2.0)
    agree(ben, cleo)
    assert ben.names == ["Ben", "Cleo"]


def test_a_renewal_that_would_be_too_large_is_left_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, ada, ben, cleo = three()
    tried = swell(ada, monkeypatch, 0)
    hub.run(RENEWAL_SECONDS + RENEWAL_RANK_SECONDS + 1)
    agree(ada, ben, cleo)
    assert hub.chain[-1].seat == ben.seat
    assert (ada.ending, set(tried)) == (None, {0})
