"""Whose turn it is: one newcomer at a time, and nobody for ever."""

import pytest

from aparte.core.room.commands import Commit
from aparte.core.room.effects import Close, Wake
from aparte.core.room.turns import Turns
from aparte.core.wire.control import Accepted, Refused, Turn, Welcome
from aparte.core.wire.errors import Reason
from tests.core.room.script import ANN, BOB, CAT, CHARTER, DAN, EVE, Script, tells, token

STALE = Refused("commit", Reason.STALE_EPOCH)


def welcome(name: str) -> Welcome:
    return Welcome(v=1, seat=name, token=token(name), charter=CHARTER.encoded)


@pytest.mark.promise("P27")
def test_newcomers_come_in_one_after_the_other() -> None:
    script = Script()
    script.enter(ANN)
    assert tells(script.join(BOB), BOB) == [welcome(BOB), script.turn()]
    for name in (CAT, DAN):
        assert tells(script.join(name), name) == [welcome(name)]
    for name, after in ((BOB, CAT), (CAT, DAN)):
        effects = script.commit(name)
        assert tells(effects, name)[0] == Accepted(epoch=script.epoch)
        assert tells(effects, after) == [script.turn()], "of the epoch that has just been made"
    assert tells(script.commit(DAN), DAN) == [Accepted(epoch=3)], "nobody has worked for nothing"


def test_a_turn_lasts_a_second_and_who_is_slow_can_still_come_in() -> None:
    script = Script()
    script.enter(ANN)
    script.join(BOB)
    slow = script.propose(BOB)
    assert Wake(script.now + 1) in script.join(CAT)
    assert tells(script.pass_time(0.999), CAT) == []
    assert tells(script.pass_time(0.001), CAT) == [script.turn()]
    assert tells(script.send(BOB, slow), BOB) == [Accepted(epoch=1)]
    assert tells(script.commit(CAT, epoch=0), CAT) == [STALE, script.turn()], "it lost to the slow one"
    assert tells(script.commit(CAT), CAT) == [Accepted(epoch=2)]


def test_who_lost_in_its_own_second_is_next() -> None:
    script = Script()
    script.enter(ANN)
    script.join(BOB)
    script.join(CAT)
    lost = script.propose(BOB)
    script.commit(ANN)
    effects = script.send(BOB, lost)
    assert tells(effects, BOB) == [STALE, script.turn()]
    assert tells(effects, CAT) == []


def test_who_was_slow_goes_to_the_end() -> None:
    script = Script()
    script.enter(ANN)
    for name in (BOB, CAT, DAN, EVE):
        script.join(name)
    slow = script.propose(BOB)
    script.pass_time(1)  # it is Cat's turn
    script.commit(CAT)  # and now Dan's
    for _ in range(3):
        assert tells(script.send(BOB, slow), BOB) == [STALE]
    effects = script.commit(DAN)
    assert tells(effects, EVE) == [script.turn()]
    assert tells(effects, BOB) == []
    assert tells(script.commit(EVE), BOB) == [script.turn()]


@pytest.mark.parametrize("how", ["cut", "leave"])
def test_the_turn_of_somebody_who_goes_is_over(how: str) -> None:
    script = Script()
    script.enter(ANN)
    script.join(BOB)
    script.join(CAT)
    script.join(DAN)
    getattr(script, how)(CAT)
    assert tells(getattr(script, how)(BOB), DAN) == [script.turn()]


def test_a_turn_is_told_once_for_an_epoch() -> None:
    """Nobody gets the tree again and again, or keeps the others waiting, by asking for what is not so."""
    script = Script()
    script.enter(ANN)
    script.commit(ANN)
    script.join(BOB)
    script.join(CAT)
    late = script.propose(BOB, epoch=0)
    for _ in range(3):
        assert tells(script.send(BOB, late), BOB) == [STALE]
    assert tells(script.pass_time(1), CAT) == [script.turn()]


def test_who_has_not_had_its_turn_gains_nothing_by_a_commit() -> None:
    script = Script()
    script.enter(ANN)
    script.commit(ANN)
    for name in (BOB, CAT, DAN):
        script.join(name)
    late = script.propose(DAN, epoch=0)
    assert tells(script.do(Commit(DAN, late.commit, late.info)), DAN) == [STALE]
    assert tells(script.commit(BOB), CAT) == [script.turn()]


def test_waiting_costs_no_seat() -> None:
    script = Script()
    script.enter(ANN)
    script.join(BOB)
    late: list[str] = []
    for n in range(40):
        name = f"{n:021d}A"
        script.join(name)
        late.append(name)
    for name in late:
        effects = script.pass_time(1)
        assert tells(effects, name) == [script.turn()]
        assert Close(name, Reason.SILENT) not in effects
    assert tells(script.commit(late[-1]), late[-1]) == [Accepted(epoch=1)]


def test_the_queue() -> None:
    turns = Turns()
    assert turns.take(0.0) is None
    assert turns.next() is None
    turns.arrive("a")
    turns.arrive("b")
    assert turns.take(0.0) == "a"
    assert turns.take(0.9) is None
    assert turns.next() == 1.0
    turns.leave("c")
    turns.leave("a")
    assert turns.take(0.9) == "b"
    turns.again("a", soon=True)
    turns.again("a", soon=True)
    assert turns.has("b", 1.8)
    assert not turns.has("b", 1.9)
    assert turns.take(1.9) == "a"
    assert turns.take(9.0) is None
    turns.pause(9.0)
    turns.arrive("d")
    assert turns.take(18.9) is None
    assert turns.are_paused(18.9)
    turns.resume()
    assert not turns.are_paused(18.9)
    assert turns.take(18.9) == "d"
    turns.pause(19.0)
    assert turns.waits("d")
    assert turns.take(28.9) is None
    assert turns.take(29.0) == "d"


def test_nobody_has_a_turn_for_ever_without_a_group() -> None:
    script = Script()
    script.join(ANN)
    assert tells(script.join(BOB), BOB) == [welcome(BOB)]
    assert tells(script.pass_time(1), BOB) == [Turn(None)]
    assert tells(script.create(BOB), BOB) == [Accepted(epoch=0)]
