"""A seat whose account is over: gone at once, wherever it is."""

from aparte.core.room.commands import End, Resume
from aparte.core.room.effects import Close, Forget, Refuse, Stop, Tell
from aparte.core.wire.control import Accepted, Gone
from aparte.core.wire.errors import Reason
from tests.core.room.script import ANN, BOB, CAT, EVE, Script, tells, token


def test_a_member_is_gone_and_everybody_hears_it() -> None:
    script = Script()
    script.enter(ANN, BOB, CAT)
    assert script.do(End(BOB)) == (
        Stop(BOB),
        Tell(ANN, Gone(seat=BOB)),
        Tell(CAT, Gone(seat=BOB)),
        Close(BOB, Reason.ACCOUNT_ENDED),
    )
    removal = tells(script.commit(ANN, BOB), ANN)
    assert removal == [Accepted(epoch=3)], "its leaf may be removed"
    assert script.do(End(BOB)) == ()


def test_who_is_away_is_gone_without_grace() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.cut(BOB)
    assert tells(script.do(End(BOB)), ANN) == [Gone(seat=BOB)]
    assert script.do(Resume(BOB, token(BOB), "next", 1)) == (Refuse(Reason.UNKNOWN_SEAT),)


def test_who_waits_to_come_in_is_forgotten() -> None:
    script = Script()
    script.enter(ANN)
    script.join(EVE)
    effects = script.do(End(EVE))
    assert Close(EVE, Reason.ACCOUNT_ENDED) in effects
    assert tells(effects, ANN) == []


def test_the_reason_is_what_is_over() -> None:
    script = Script()
    script.enter(ANN, BOB)
    assert script.do(End(BOB, Reason.NOT_INVITED))[-1] == Close(BOB, Reason.NOT_INVITED)


def test_the_last_one_ends_the_room() -> None:
    script = Script()
    script.enter(ANN)
    assert script.do(End(ANN))[-1] == Forget()
