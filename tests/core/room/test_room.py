import pytest

from aparte.core.policy.rights import SENDING
from aparte.core.room.commands import Command, Commit, Create, Cut, Join, Leave, Nack, Refresh, Resume, Tick
from aparte.core.room.effects import Close, Forget, Keep, Permit, Refuse, Route, Stop, Tell, Wake
from aparte.core.room.profile import Profile
from aparte.core.wire.control import (
    Accepted,
    Away,
    Back,
    Gone,
    GroupState,
    PastCommit,
    RefreshNotice,
    Refused,
    Resumed,
    Turn,
    Welcome,
    encode_server,
)
from aparte.core.wire.errors import Reason
from aparte.core.wire.header import Stream
from aparte.core.wire.limits import MAX_GROUP, MAX_INFO, MAX_SERVER_TEXT, MAX_TREE
from tests.core.room.script import ANN, BOB, CAT, CHARTER, DAN, EVE, Script, seat, tells, token

STALE = Refused("commit", Reason.STALE_EPOCH)


def test_the_first_one_is_welcomed_and_has_its_turn() -> None:
    script = Script()
    assert script.join(ANN) == (
        Tell(ANN, Welcome(v=1, seat=ANN, token=token(ANN), charter=CHARTER.encoded)),
        Tell(ANN, Turn(None)),
        Wake(script.now + 30),
    )


def test_creating_the_group_makes_a_member() -> None:
    script = Script()
    script.join(ANN)
    assert script.create(ANN) == (
        Keep(script.group, 0, ANN, b""),
        Tell(ANN, Accepted(epoch=0)),
        Route(ANN),
        Permit(ANN, SENDING),
    )


def test_a_second_group_is_refused_and_gets_the_first() -> None:
    script = Script()
    script.join(ANN)
    script.join(BOB)
    assert tells(script.pass_time(1), BOB) == [Turn(None)], "the first one takes its time"
    assert tells(script.create(ANN), BOB) == []
    _, second = script.new_group(BOB)
    assert tells(script.do(second), BOB) == [Refused("create", Reason.GROUP_EXISTS), script.turn()]


def test_a_newcomer_gets_the_group_and_nothing_else() -> None:
    script = Script()
    script.enter(ANN)
    effects = script.join(BOB)
    assert tells(effects, BOB) == [Welcome(v=1, seat=BOB, token=token(BOB), charter=CHARTER.encoded), script.turn()]
    assert tells(effects, ANN) == []


def test_an_external_commit_is_kept_then_told_then_routed() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.join(EVE)
    effects = script.commit(EVE)
    assert effects == (
        Keep(script.group, 2, EVE, script.chain[2].commit),
        Tell(EVE, Accepted(epoch=2)),
        Tell(ANN, script.notice()),
        Tell(BOB, script.notice()),
        Route(EVE),
        Permit(EVE, SENDING),
    )


def test_what_nobody_can_catch_up_with_is_not_kept() -> None:
    script = Script(Profile(commits=2))
    script.enter(ANN)
    kept = [effect for _ in range(5) for effect in script.commit(ANN) if isinstance(effect, Keep)]
    assert [(keep.epoch, keep.oldest) for keep in kept] == [(1, 0), (2, 0), (3, 1), (4, 2), (5, 3)]


@pytest.mark.promise("P27")
def test_the_first_commit_of_an_epoch_wins() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.join(EVE)
    epoch = script.epoch
    script.commit(BOB)
    assert tells(script.commit(ANN, epoch=epoch), ANN) == [STALE]
    assert tells(script.commit(EVE, epoch=epoch), EVE) == [STALE, script.turn()], "it goes on at once"
    assert tells(script.commit(EVE), EVE) == [Accepted(epoch=epoch + 2)]


def test_a_commit_without_a_group() -> None:
    script = Script()
    script.enter(ANN)
    script.join(BOB)
    made = script.propose(BOB)
    script.leave(ANN)
    assert tells(script.do(Commit(BOB, made.commit, made.info)), BOB) == [
        Refused("commit", Reason.NO_GROUP),
        Turn(None),
    ]


@pytest.mark.parametrize("removed", [CAT, BOB], ids=["away", "present"])
def test_who_cannot_be_removed(removed: str) -> None:
    script = Script()
    script.enter(ANN, BOB, CAT, DAN)
    script.cut(CAT)
    script.leave(DAN)
    assert script.commit(ANN, DAN, removed) == (Tell(ANN, Refused("commit", Reason.NOT_GONE)),)
    assert tells(script.commit(ANN, DAN), ANN) == [Accepted(epoch=4)]


def test_a_removed_seat_is_forgotten() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.leave(BOB)
    script.commit(ANN, BOB)
    assert script.resume(BOB, 1)[0] == Refuse(Reason.UNKNOWN_SEAT)


def test_leaving_stops_tells_and_closes() -> None:
    script = Script()
    script.enter(ANN, BOB)
    assert script.leave(BOB) == (Stop(BOB), Tell(ANN, Gone(seat=BOB)), Close(BOB, Reason.LEFT))


def test_a_cut_member_is_away_then_gone() -> None:
    script = Script()
    script.enter(ANN, BOB)
    assert script.cut(BOB) == (Stop(BOB), Tell(ANN, Away(seat=BOB)))
    assert script.pass_time(2) == (Wake(script.now + 28),)
    assert script.pass_time(27.9) == (Wake(script.now + 0.1),)
    assert script.pass_time(0.1) == (Tell(ANN, Gone(seat=BOB)),)
    assert script.resume(BOB, 1) == (Refuse(Reason.UNKNOWN_SEAT),)


def test_the_grace_ends_on_time_even_when_the_tick_is_late() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.cut(BOB)
    script.now += 30
    assert script.resume(BOB, 1) == (Tell(ANN, Gone(seat=BOB)), Refuse(Reason.UNKNOWN_SEAT))


def test_a_cut_admitted_seat_is_forgotten_without_a_word() -> None:
    script = Script()
    script.enter(ANN)
    script.join(BOB)
    assert script.cut(BOB) == ()
    assert script.resume(BOB, 0) == (Refuse(Reason.UNKNOWN_SEAT),)


def test_coming_back_catches_up() -> None:
    script = Script()
    script.enter(ANN, BOB, CAT, DAN, EVE)
    script.cut(BOB)
    epoch = script.epoch
    script.leave(CAT)
    script.cut(DAN)
    script.commit(ANN)
    script.commit(EVE)
    effects = script.resume(BOB, epoch)
    assert effects == (
        Tell(BOB, Resumed(f"next {token(BOB)}", epoch + 2, script.past(epoch, epoch + 1), gone=(CAT,), away=(DAN,))),
        Route(BOB),
        Tell(ANN, Back(seat=BOB)),
        Tell(EVE, Back(seat=BOB)),
    )


def test_a_token_serves_once() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.cut(BOB)
    script.resume(BOB, 1)
    script.cut(BOB)
    assert script.resume(BOB, 1, f"next {token(BOB)}") == (Refuse(Reason.UNKNOWN_SEAT),), "once a second"
    script.now += 1
    assert script.resume(BOB, 1) == (Refuse(Reason.UNKNOWN_SEAT),)
    assert Route(BOB) in script.resume(BOB, 1, f"next {token(BOB)}")


@pytest.mark.parametrize(
    ("shown", "epoch"),
    [
        (token(ANN), 3),
        ("", 3),
        ("tökén", 3),
        (token(BOB), 4),  # not yet
        (token(BOB), 0),  # before it came in
    ],
)
def test_who_does_not_come_back(shown: str, epoch: int) -> None:
    script = Script()
    script.enter(ANN, CAT, BOB)
    script.commit(ANN)
    script.cut(BOB)
    assert script.do(Resume(BOB, shown, "next", epoch)) == (Refuse(Reason.UNKNOWN_SEAT),)
    assert Route(BOB) in script.resume(BOB, 1), "the seat is untouched; its own commit is among what it missed"


def test_who_has_missed_more_than_the_log_joins_anew() -> None:
    script = Script(Profile(commits=3))
    script.enter(ANN, BOB)
    epoch = script.epoch
    script.cut(BOB)
    for _ in range(4):
        script.commit(ANN)
    assert script.resume(BOB, epoch) == (Refuse(Reason.UNKNOWN_SEAT),)
    assert Route(BOB) in script.resume(BOB, epoch + 1)


def test_a_second_link_replaces_the_first() -> None:
    script = Script()
    script.enter(ANN, BOB)
    assert script.resume(BOB, 1) == (
        Close(BOB, Reason.REPLACED),
        Tell(BOB, Resumed(f"next {token(BOB)}", 1, (), gone=(), away=())),
        Route(BOB),
    )


def test_a_wrong_token_does_not_replace() -> None:
    script = Script()
    script.enter(ANN, BOB)
    assert script.resume(BOB, 1, token(ANN)) == (Refuse(Reason.UNKNOWN_SEAT),)


def test_a_newcomer_learns_whose_leaves_have_nobody() -> None:
    script = Script()
    script.enter(ANN, BOB, CAT)
    script.leave(BOB)
    script.cut(CAT)
    script.join(EVE)
    effects = script.commit(EVE)
    assert tells(effects, EVE) == [Accepted(epoch=3), Away(seat=CAT), Gone(seat=BOB)]
    assert effects.index(Tell(EVE, Gone(seat=BOB))) < effects.index(Route(EVE))
    assert tells(script.commit(EVE, BOB), EVE) == [Accepted(epoch=4)]


def test_a_group_without_anybody_is_over() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.join(EVE)
    late = script.propose(EVE)
    script.leave(ANN)
    script.leave(BOB)
    assert tells(script.join(DAN), DAN)[1:] == [], "it is still another one's turn"
    assert tells(script.send(EVE, late), EVE) == [Refused("commit", Reason.NO_GROUP), Turn(None)]
    assert tells(script.create(EVE), EVE) == [Accepted(epoch=0)]
    assert script.resume(ANN, 0) == (Refuse(Reason.UNKNOWN_SEAT),)
    script.join(BOB)
    assert tells(script.send(BOB, late), BOB)[0] == STALE, "a commit of a group that is over blames nobody"


def test_a_group_waits_for_those_who_are_away() -> None:
    script = Script()
    script.enter(ANN)
    script.cut(ANN)
    assert tells(script.join(BOB), BOB)[1] == script.turn()
    script.commit(BOB)
    assert tells(script.pass_time(30), BOB) == [Gone(seat=ANN)]


@pytest.mark.parametrize("last", [Leave(ANN), Cut(ANN)])
def test_an_empty_room_is_forgotten(last: Command) -> None:
    script = Script()
    script.enter(ANN)
    effects = (*script.do(last), *script.pass_time(30))
    assert Forget() in effects
    assert script.do(Tick()) == (Forget(),)


def test_nothing_to_come_back_to() -> None:
    assert Script().resume(ANN, 0) == (Refuse(Reason.UNKNOWN_SEAT), Forget())


def test_a_full_room() -> None:
    script = Script(Profile(seats=2))
    script.enter(ANN, BOB)
    assert script.join(DAN) == (Refuse(Reason.FULL),)
    script.cut(BOB)
    assert script.join(DAN) == (Refuse(Reason.FULL),), "an away seat is kept"
    script.leave(ANN)
    assert tells(script.join(DAN), DAN)


def test_who_arrives_takes_no_place() -> None:
    script = Script(Profile(seats=2, admitted=3))
    script.enter(ANN)
    for name in (BOB, CAT, EVE):
        assert tells(script.join(name), name)
    assert script.join(DAN) == (Refuse(Reason.FULL),), "so many may be on their way in"
    assert Tell(BOB, Accepted(epoch=1)) in script.commit(BOB)
    assert script.commit(CAT)[0] == Close(CAT, Reason.FULL), "the last place is taken"
    assert tells(script.cut(CAT), CAT) == []
    script.leave(BOB)
    assert tells(script.join(DAN), DAN)
    assert Tell(DAN, Accepted(epoch=2)) in script.commit(DAN)


def test_silent_links_keep_nobody_out() -> None:
    script = Script(Profile(admitted=2))
    script.enter(ANN)
    script.join(BOB)
    script.join(CAT)
    assert script.join(DAN) == (Refuse(Reason.FULL),), "it is Bob's turn, and Cat's is to come"
    script.pass_time(1)
    effects = script.join(DAN)
    assert effects[0] == Close(BOB, Reason.SILENT)
    assert isinstance(tells(effects, DAN)[0], Welcome)
    assert script.join(EVE) == (Refuse(Reason.FULL),)


def test_members_cannot_keep_newcomers_out_by_renewing() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.join(CAT)
    assert tells(script.commit(ANN), ANN) == [Accepted(epoch=2)]
    script.join(DAN)
    lost = script.propose(CAT, epoch=1)
    script.send(CAT, lost)
    stale = Refused("commit", Reason.STALE_EPOCH)
    assert tells(script.send(BOB, script.propose(BOB)), BOB) == [stale]
    assert tells(script.commit(CAT), CAT)[0] == Accepted(epoch=3)


def test_gone_seats_cannot_fill_the_memory() -> None:
    script = Script(Profile(seats=3, leaves=5))
    script.enter(ANN)
    guests = [seat(f"guest {n}") for n in range(4)]
    for guest in guests:
        script.enter(guest)
        script.leave(guest)
    assert script.join(BOB) == (Refuse(Reason.FULL),)
    script.commit(ANN, guests[0])
    assert tells(script.join(BOB), BOB)


def test_a_seat_that_had_its_turn_has_a_deadline() -> None:
    script = Script()
    script.enter(ANN)
    script.join(BOB)
    script.commit(ANN)
    script.commit(BOB, epoch=0)
    assert Close(BOB, Reason.SILENT) not in script.pass_time(29.9)
    assert Close(BOB, Reason.SILENT) in script.pass_time(0.1)


def test_what_a_member_may_not_do() -> None:
    script = Script()
    script.enter(ANN, BOB)
    assert script.do(script.new_group(BOB)[1]) == (
        Stop(BOB),
        Tell(ANN, Away(seat=BOB)),
        Close(BOB, Reason.OUT_OF_STATE),
    )


def test_what_an_admitted_seat_may_not_do() -> None:
    script = Script()
    script.enter(ANN)
    script.join(BOB)
    assert Close(BOB, Reason.OUT_OF_STATE) in script.refresh(BOB, ANN)
    script.join(CAT)
    assert Close(CAT, Reason.OUT_OF_STATE) in script.nack(CAT, 0)


@pytest.mark.parametrize(
    "command",
    [
        Create(BOB, bytes(32), b"info", b"tree"),
        Commit(BOB, b"commit", b"info"),
        Nack(BOB, 1),
        Refresh(BOB, ANN, 2, 0),
        Leave(BOB),
        Cut(BOB),
    ],
)
@pytest.mark.parametrize("state", ["away", "gone", "removed", "never"])
def test_who_has_no_link_is_not_listened_to(state: str, command: Command) -> None:
    script = Script()
    script.enter(ANN, *(() if state == "never" else (BOB,)))
    if state == "away":
        script.cut(BOB)
    elif state != "never":
        script.leave(BOB)
    if state == "removed":
        script.commit(ANN, BOB)
    assert script.do(command) == ()


def test_refresh_reaches_the_sender_once_a_second() -> None:
    script = Script()
    script.enter(ANN, BOB, CAT)
    script.pass_time(5)
    notice = Tell(ANN, RefreshNotice(Stream.CAMERA, 0))
    assert script.refresh(BOB, ANN) == (notice,)
    assert script.refresh(CAT, ANN) == (Wake(script.now + 1),)
    assert script.refresh(BOB, ANN) == ()
    assert script.refresh(BOB, ANN, rendition=1) == (Tell(ANN, RefreshNotice(Stream.CAMERA, 1)),)
    assert script.pass_time(1) == (notice,)
    assert script.pass_time(1) == ()
    assert script.refresh(BOB, ANN) == (notice,)


@pytest.mark.parametrize(
    ("of", "reason"),
    [(BOB, Reason.UNWANTED), (EVE, Reason.UNKNOWN_SEAT), ("nobody", Reason.UNKNOWN_SEAT)],
)
def test_refresh_that_is_refused(of: str, reason: Reason) -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.join(EVE)
    assert script.refresh(BOB, of) == (Tell(BOB, Refused("refresh", reason)),)


def test_refresh_of_somebody_who_is_not_there() -> None:
    script = Script()
    script.enter(ANN, BOB, CAT)
    script.cut(ANN)
    script.leave(CAT)
    assert script.refresh(BOB, ANN) == ()
    assert script.refresh(BOB, CAT) == ()


def test_a_tick_too_many_does_no_harm() -> None:
    script = Script()
    script.join(ANN)
    assert script.pass_time(0) == (Wake(script.now + 30),), "asked again: the shell has just used up its timer"


def test_a_seat_name_that_comes_twice_inherits_nothing() -> None:
    script = Script()
    script.enter(ANN, BOB)
    script.leave(BOB)
    script.commit(ANN, BOB)
    script.do(Join(BOB, "another token"))
    assert script.resume(BOB, 1) == (Refuse(Reason.UNKNOWN_SEAT),)
    assert Close(BOB, Reason.OUT_OF_STATE) in script.refresh(BOB, ANN)


def test_the_longest_resumed_message_fits_its_limit() -> None:
    profile = Profile()
    size = profile.catchup // profile.commits
    past = tuple(PastCommit(2**53 - 1, ANN, bytes(size)) for _ in range(profile.commits))
    seats = tuple(seat(str(n)) for n in range(profile.leaves))
    message = Resumed("t" * 43, 2**53 - 1, past, seats, seats)
    assert len(encode_server(message)) <= MAX_SERVER_TEXT


def test_the_largest_turn_fits_its_limit() -> None:
    message = Turn(GroupState(bytes(MAX_GROUP), 2**53 - 1, bytes(MAX_INFO), bytes(MAX_TREE)))
    assert len(encode_server(message)) <= MAX_SERVER_TEXT
