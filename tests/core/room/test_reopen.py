"""A commit that keeps every rule that the room can check, and that members cannot apply: it is taken back."""

import pytest

from aparte.core.mls.errors import MlsError
from aparte.core.room.commands import Commit, Tick
from aparte.core.room.effects import Close, Effect, Keep, Refuse, Route, Stop, Tell, Withdraw
from aparte.core.wire.control import Accepted, Gone, Refused, Reopened, Resumed, Turn
from aparte.core.wire.errors import Reason
from aparte.e2ee.mls.meeting import Proposed
from tests.core.room.script import ANN, BOB, CAT, DAN, EVE, FAY, GUS, Script, participant, tells
from tests.e2ee.mls.evil import join_with_another_key, unopenable

STALE = Refused("commit", Reason.STALE_EPOCH)


def meeting() -> Script:
    script = Script()
    script.enter(ANN, BOB, CAT, DAN)
    return script


def break_in(script: Script, *victims: str) -> int:
    """Dan's commit cannot be applied by the victims; returns the epoch from which it starts."""
    made = unopenable(script.at(DAN), script.random, *(script.at(name).group.leaf for name in victims))
    epoch = script.epoch
    assert tells(script.send(DAN, made), DAN) == [Accepted(epoch=epoch + 1)], "the room cannot know"
    for name in victims:
        with pytest.raises(MlsError):
            script.at(name)
    return epoch


def take_back(script: Script) -> None:
    """What the script knows of the newest epoch is gone with it."""
    script.chain.pop()
    for person in script.people.values():
        person.groups.pop(len(script.chain), None)


def changes_nothing(effects: tuple[Effect, ...]) -> bool:
    return not any(isinstance(effect, Withdraw | Close | Tell) for effect in effects)


@pytest.mark.promise("P26")
def test_what_most_members_cannot_apply_is_taken_back() -> None:
    script = meeting()
    start = break_in(script, ANN, BOB, CAT)
    assert changes_nothing(script.nack(ANN, start))
    effects = script.nack(BOB, start)
    take_back(script)
    assert [effect for effect in effects if not isinstance(effect, Tell)][:3] == [
        Withdraw(script.group, start),
        Stop(DAN),
        Close(DAN, Reason.BAD_COMMIT),
    ]
    for name in (ANN, BOB, CAT):
        assert tells(effects, name) == [Reopened(epoch=start), Gone(seat=DAN)]
    assert tells(effects, DAN) == []
    assert tells(script.commit(ANN, DAN), BOB) == [script.notice()], "the meeting goes on from there"
    assert [people.name for people in script.at(CAT).people()] == ["Ada"] * 3


def test_a_newcomer_that_members_cannot_follow_leaves_nothing_behind() -> None:
    script = meeting()
    script.join(EVE)
    turn = script.turn().group
    assert turn is not None
    made = join_with_another_key(turn.info, turn.tree, participant(EVE), script.random)
    start = script.epoch
    assert tells(script.send(EVE, made), EVE) == [Accepted(epoch=start + 1)]
    for name in (ANN, BOB, CAT):
        with pytest.raises(MlsError):
            script.at(name)
    script.nack(ANN, start)
    script.nack(BOB, start)
    effects = script.nack(CAT, start)
    take_back(script)
    assert Close(EVE, Reason.BAD_COMMIT) in effects
    assert tells(effects, ANN) == [Reopened(epoch=start)], "nobody has to remove it"
    assert tells(script.commit(ANN), BOB) == [script.notice()]
    assert script.room._epochs is not None
    assert script.room._epochs.seats() == {ANN, BOB, CAT, DAN}


@pytest.mark.promise("P26")
def test_what_came_after_it_is_taken_back_too() -> None:
    """The evil one hurries to make another epoch; a newcomer comes in meanwhile, and somebody is removed."""
    script = Script()
    script.enter(ANN, BOB, CAT, DAN)
    script.leave(CAT)
    start = break_in(script, ANN, BOB)
    script.join(EVE)
    script.send(DAN, script.at(DAN).commit([2], script.random))
    made = script.propose(EVE)
    assert tells(script.send(EVE, made), EVE) == [Accepted(epoch=start + 3)]
    assert tells(script.resume(CAT, start), CAT) == []
    script.nack(ANN, start)
    effects = script.nack(BOB, start)
    assert effects[0] == Withdraw(script.group, start)
    assert Close(EVE, Reason.UNKNOWN_SEAT) in effects, "it joins anew"
    assert Close(DAN, Reason.BAD_COMMIT) in effects
    assert tells(effects, ANN) == [Reopened(epoch=start), Gone(seat=DAN), Gone(seat=CAT)]
    del script.chain[start + 1 :]
    for person in script.people.values():
        person.groups = {epoch: group for epoch, group in person.groups.items() if epoch <= start}
    effects = script.commit(ANN, CAT, DAN)
    assert Keep(script.group, start + 1, ANN, script.chain[-1].commit, tidies=True) in effects
    assert tells(effects, BOB) == [script.notice()]


def test_who_is_far_away_cannot_come_back_into_what_never_was() -> None:
    script = meeting()
    script.cut(CAT)
    start = break_in(script, ANN, BOB)
    script.nack(ANN, start)
    script.nack(BOB, start)
    take_back(script)
    script.commit(ANN)
    assert script.resume(CAT, start + 1) == (Refuse(Reason.UNKNOWN_SEAT),), "it may mean the other one"
    (resumed,) = tells(script.resume(CAT, start), CAT)
    assert isinstance(resumed, Resumed)
    assert resumed.commits == script.past(start)


def test_a_commit_on_what_was_taken_back_blames_nobody() -> None:
    """Cat could apply it, and goes on from there before it hears that the epoch is open again."""
    script = meeting()
    start = break_in(script, ANN, BOB)
    script.join(EVE)
    cat, eve = script.propose(CAT), script.propose(EVE)
    script.nack(ANN, start)
    script.nack(BOB, start)
    take_back(script)
    for name, made in ((CAT, cat), (EVE, eve)):
        assert tells(script.do(Commit(name, made.commit, made.info)), name) == [STALE], "an epoch ahead"
    script.commit(ANN)
    for name, made in ((CAT, cat), (EVE, eve)):
        assert tells(script.do(Commit(name, made.commit, made.info)), name)[0] == STALE, "another epoch of this number"
    script.commit(ANN)
    assert tells(script.do(Commit(CAT, cat.commit, cat.info)), CAT) == [STALE], "an epoch that is over"


def test_an_epoch_reopens_once() -> None:
    script = meeting()
    start = break_in(script, ANN, BOB, CAT)
    script.nack(ANN, start)
    script.nack(BOB, start)
    take_back(script)
    made = unopenable(script.at(CAT), script.random)
    assert tells(script.send(CAT, made), CAT)[0] == Accepted(epoch=start + 1)
    assert changes_nothing((*script.nack(ANN, start), *script.nack(BOB, start)))


@pytest.mark.promise("P26")
def test_one_alone_changes_nothing() -> None:
    script = meeting()
    script.join(EVE)
    start = break_in(script, CAT)
    for _ in range(5):
        assert changes_nothing(script.nack(CAT, start)), "said twice is said once"
    assert changes_nothing(script.nack(DAN, start)), "its maker has no say"
    assert changes_nothing(script.nack(BOB, start + 1)), "another epoch"
    assert changes_nothing(script.nack(ANN, start - 2)), "one that is over"
    assert Close(EVE, Reason.OUT_OF_STATE) in script.nack(EVE, start), "who is not in has no say"
    assert tells(script.commit(ANN), BOB) == [script.notice()]


def test_nobody_has_a_say_after_two_seconds() -> None:
    script = meeting()
    start = break_in(script, ANN, BOB, CAT)
    script.nack(ANN, start)
    script.now += 2
    assert changes_nothing((*script.nack(BOB, start), *script.nack(CAT, start)))
    assert script.do(Tick()) == ()


def test_who_came_in_later_has_no_say() -> None:
    script = Script()
    script.enter(ANN, DAN)
    script.enter(BOB)
    start = script.epoch
    script.join(CAT)
    script.join(EVE)
    made = unopenable(script.at(DAN), script.random)
    script.send(DAN, made)
    late = script.propose(CAT)
    script.send(CAT, late)
    assert changes_nothing(script.nack(CAT, start))
    assert changes_nothing(script.nack(ANN, start))
    assert Close(DAN, Reason.BAD_COMMIT) in script.nack(BOB, start)


def test_members_come_before_newcomers_after_it() -> None:
    """A newcomer starts from what the last committer announced: a member's fresh commit is worth waiting for."""
    script = meeting()
    start = break_in(script, ANN, BOB, CAT)
    script.join(EVE)
    script.nack(ANN, start)
    effects = script.nack(BOB, start)
    take_back(script)
    assert tells(effects, EVE) == []
    late = script.again()
    assert tells(late.pass_time(9.9), EVE) == []
    assert tells(late.pass_time(0.1), EVE) == [script.turn()], "but not for ever"
    assert tells(script.join("A" * 22), "A" * 22)[1:] == []
    assert tells(script.commit(BOB), EVE)[-1:] == [script.turn()], "whose turn it was when it happened"


def refused_newcomer() -> tuple[Script, Proposed]:
    """Dan has announced the epoch in force; what newcomers make of it is taken back once. Eve had its turn before."""
    script = Script()
    script.enter(ANN, BOB, CAT, DAN)
    script.commit(DAN)
    script.join(EVE)
    early = script.propose(EVE)
    script.pass_time(1)
    script.join(FAY)
    turn = script.turn().group
    assert turn is not None
    made = join_with_another_key(turn.info, turn.tree, participant(FAY), script.random)
    start = script.epoch
    script.send(FAY, made)
    for name in (ANN, BOB):
        script.nack(name, start)
    assert Close(FAY, Reason.BAD_COMMIT) in script.nack(CAT, start)
    take_back(script)
    return script, early


@pytest.mark.promise("P26")
def test_nobody_comes_in_again_by_what_may_be_unusable() -> None:
    """An epoch opens once: a second newcomer from the same GroupInfo would throw all honest members out."""
    script, early = refused_newcomer()
    assert tells(script.send(EVE, early), EVE) == [STALE]
    script.pass_time(1.5)
    assert tells(script.send(EVE, early), EVE) == [STALE]
    assert tells(script.commit(BOB), EVE) == [script.turn()]
    assert tells(script.commit(EVE), EVE)[0] == Accepted(epoch=script.epoch)


@pytest.mark.promise("P26")
def test_who_announced_it_does_not_announce_the_next_one() -> None:
    script, _ = refused_newcomer()
    assert tells(script.send(DAN, script.propose(DAN)), DAN) == [STALE]
    assert tells(script.commit(ANN), DAN) == [script.notice()]
    assert tells(script.commit(DAN), DAN) == [Accepted(epoch=script.epoch)], "there is no more to it"


def test_who_is_alone_announces_what_it_can() -> None:
    script = Script()
    script.enter(DAN)
    script.join(EVE)
    turn = script.turn().group
    assert turn is not None
    script.send(EVE, join_with_another_key(turn.info, turn.tree, participant(EVE), script.random))
    script.nack(DAN, 0)
    take_back(script)
    assert tells(script.commit(DAN), DAN) == [Accepted(epoch=1)]


def test_the_meeting_begins_anew_at_once_when_all_go_after_it() -> None:
    script, _ = refused_newcomer()
    assert len(tells(script.join(GUS), GUS)) == 1
    for name in (ANN, BOB, CAT):
        script.leave(name)
    assert tells(script.leave(DAN), GUS) == [Turn(None)]


@pytest.mark.promise("P26")
def test_who_went_on_from_it_comes_in_anew() -> None:
    """Two who work together gain no second chance in the epoch that is open again."""
    script = meeting()
    start = break_in(script, ANN, BOB)
    script.send(CAT, script.propose(CAT))
    script.nack(ANN, start)
    effects = script.nack(BOB, start)
    assert Close(DAN, Reason.BAD_COMMIT) in effects
    assert Close(CAT, Reason.UNKNOWN_SEAT) in effects
    assert tells(effects, CAT) == []
    assert set(tells(effects, ANN)) == {Reopened(epoch=start), Gone(seat=DAN), Gone(seat=CAT)}


def test_nothing_is_left_of_who_is_away_in_what_never_was() -> None:
    script = meeting()
    start = break_in(script, ANN, BOB)
    script.join(EVE)
    script.send(EVE, script.propose(EVE))
    script.cut(EVE)
    script.nack(ANN, start)
    assert Close(EVE, Reason.UNKNOWN_SEAT) in script.nack(BOB, start), "the shell holds its counters"


def test_voters_that_have_left_do_not_count() -> None:
    script = meeting()
    start = break_in(script, ANN, BOB)
    script.leave(CAT)
    assert changes_nothing(script.nack(ANN, start))
    script.leave(BOB)
    assert Close(DAN, Reason.BAD_COMMIT) in script.nack(ANN, start)


def test_the_commit_of_somebody_else_is_no_excuse() -> None:
    """Only the leaf that made it may not have known that its epoch was taken back."""
    script = meeting()
    start = break_in(script, ANN, BOB)
    script.join(EVE)
    cat = script.propose(CAT)
    script.nack(ANN, start)
    script.nack(BOB, start)
    take_back(script)
    script.commit(ANN)
    assert tells(script.again().do(Commit(CAT, cat.commit, cat.info)), CAT) == [STALE]
    assert any(isinstance(effect, Close) for effect in script.do(Commit(BOB, cat.commit, cat.info)))


def test_two_alone_with_each_other() -> None:
    """One of two is more than half of the others: whoever is not believed has to come in again."""
    script = Script()
    script.enter(ANN, DAN)
    start = break_in(script, ANN)
    effects = script.nack(ANN, start)
    assert Close(DAN, Reason.BAD_COMMIT) in effects
    assert Route(DAN) not in effects
