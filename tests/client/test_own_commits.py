"""What becomes of a member's own commits: answers, renewals, cuts of the line."""

from dataclasses import replace

import pytest

from aparte.client.membership import RENEWAL_RANK_SECONDS, RENEWAL_SECONDS
from aparte.client.removal import REST_SECONDS
from aparte.core.policy import acts
from aparte.core.policy.rights import ALL, Rights
from aparte.core.wire import control
from aparte.core.wire.control import GroupState
from aparte.core.wire.errors import Reason
from tests.charters import charter_for
from tests.client.hub import MEETING, SECRET, agree, resumed, three


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever() -> None:
    hub, ada, _ben, cleo = three()
    hub.mute = True
    ada.hear(control.Gone(cleo.seat))
    hub.run(9.0)
    assert ada.ending is None
    hub.run(1.1)
    assert ada.ending == "out-of-step"


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


@pytest.mark.parametrize("reason", [Reason.STALE_EPOCH, Reason.NOT_GONE])
def test_what_nobody_has_overtaken_is_not_asked_again_at_once(reason: Reason) -> None:
    """A room refuses a member for seconds when newcomers could not follow: asked without end it would cut the line."""
    hub, ada, _ben, _cleo = three(charter_for(MEETING, SECRET, everybody=ALL))
    hub.mute = True
    answers: list[str | None] = []
    ada.membership.direct(lambda policy: acts.freeze(policy, True), (), answers.append)
    said = len(ada.said)
    assert isinstance(ada.said[-1], control.Commit)
    for _ in range(3):
        ada.hear(control.Refused("commit", reason))
        assert len(ada.said) == said
        hub.run(REST_SECONDS - 0.01)
        assert len(ada.said) == said
        hub.run(0.02)
        said += 1
        assert len(ada.said) == said
        assert isinstance(ada.said[-1], control.Commit)
    assert (ada.ending, answers) == (None, [])


def test_a_policy_that_nobody_could_read_takes_no_other_wish_with_it() -> None:
    hub, ada, ben, _cleo = three(charter_for(MEETING, SECRET, everybody=ALL))
    answers: list[str | None] = []
    hub.mute = True
    ada.membership.direct(lambda policy: policy, (b"nobody",), answers.append)
    ada.hear(control.Gone(ben.seat))
    hub.run(0.05)
    ada.membership.direct(lambda policy: replace(policy, everybody=Rights(1 << 15)), (), answers.append)
    ada.membership.direct(lambda policy: acts.freeze(policy, True), (), answers.append)
    ada.hear(control.Refused("commit", Reason.STALE_EPOCH))
    hub.mute = False
    hub.run(2.0)
    assert (ada.ending, answers) == (None, [None, "malformed", None])
    assert ada.membership.roster.policy is not None
    assert ada.membership.roster.policy.frozen
