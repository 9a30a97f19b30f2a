import pytest

from aparte.core.room.commands import Command, Commit, Create, Cut, Join, Leave, Refresh, Resume, Tick
from aparte.core.room.effects import Close, Forget, Keep, Refuse, Route, Stop, Tell, Wake
from aparte.core.room.profile import Profile
from aparte.core.wire.control import (
    Accepted,
    Away,
    Back,
    CommitNotice,
    Gone,
    PastCommit,
    RefreshNotice,
    Refused,
    Resumed,
    Welcome,
    encode_server,
)
from aparte.core.wire.errors import Reason
from aparte.core.wire.header import Stream
from aparte.core.wire.limits import MAX_SERVER_TEXT
from tests.core.room.script import GROUP, INFO, Script, tells


def test_the_first_one_is_welcomed_without_a_group() -> None:
    script = Script()
    assert script.join("ann") == (
        Tell("ann", Welcome(v=1, seat="ann", token="token of ann", group=None)),
        Wake(script.now + 30),
    )


def test_creating_the_group_makes_a_member() -> None:
    script = Script()
    script.join("ann")
    assert script.create("ann") == (Keep(GROUP, 0, "ann", b""), Tell("ann", Accepted(epoch=0)), Route("ann"))


def test_a_second_group_is_refused_with_the_first() -> None:
    script = Script()
    script.join("ann")
    script.join("bob")
    script.create("ann")
    effects = script.do(Create("bob", b"another group", b"another info"))
    assert effects == (Tell("bob", Refused("create", Reason.GROUP_EXISTS, script.group())),)


def test_a_newcomer_gets_the_group_and_nothing_else() -> None:
    script = Script()
    script.enter("ann")
    effects = script.join("bob")
    assert tells(effects, "bob") == [Welcome(v=1, seat="bob", token="token of bob", group=script.group())]
    assert tells(effects, "ann") == []


def test_an_external_commit_is_kept_then_told_then_routed() -> None:
    script = Script()
    script.enter("ann", "bob")
    script.join("eve")
    assert script.commit("eve") == (
        Keep(GROUP, 2, "eve", b"commit 1"),
        Tell("eve", Accepted(epoch=2)),
        Tell("ann", CommitNotice(epoch=1, seat="eve", commit=b"commit 1")),
        Tell("bob", CommitNotice(epoch=1, seat="eve", commit=b"commit 1")),
        Route("eve"),
    )


def test_what_nobody_can_catch_up_with_is_not_kept() -> None:
    script = Script(Profile(commits=2))
    script.enter("ann")
    kept = [effect for _ in range(5) for effect in script.commit("ann") if isinstance(effect, Keep)]
    assert [(keep.epoch, keep.oldest) for keep in kept] == [(1, 0), (2, 0), (3, 1), (4, 2), (5, 3)]


def test_the_first_commit_of_an_epoch_wins() -> None:
    script = Script()
    script.enter("ann", "bob")
    script.join("eve")
    epoch = script.epoch
    script.commit("bob")
    assert script.commit("ann", epoch=epoch) == (Tell("ann", Refused("commit", Reason.STALE_EPOCH, None)),)
    assert script.commit("eve", epoch=epoch) == (Tell("eve", Refused("commit", Reason.STALE_EPOCH, script.group())),)
    assert tells(script.commit("eve"), "eve") == [Accepted(epoch=epoch + 2)]


@pytest.mark.parametrize("ahead", [1, 2, 2**53 - 1])
def test_an_epoch_that_has_not_come_is_stale_too(ahead: int) -> None:
    script = Script()
    script.enter("ann")
    assert tells(script.commit("ann", epoch=ahead), "ann") == [Refused("commit", Reason.STALE_EPOCH, None)]


def test_an_admitted_seat_may_not_remove() -> None:
    script = Script()
    script.enter("ann", "bob")
    script.leave("bob")
    script.join("eve")
    assert script.commit("eve", "bob") == (Tell("eve", Refused("commit", Reason.UNWANTED, script.group())),)


def test_a_commit_without_a_group() -> None:
    script = Script()
    script.join("ann")
    assert script.commit("ann") == (Tell("ann", Refused("commit", Reason.NO_GROUP, None)),)


@pytest.mark.parametrize(
    ("removed", "reason"),
    [
        ("cat", Reason.NOT_GONE),  # away
        ("bob", Reason.NOT_GONE),  # present
        ("ann", Reason.NOT_GONE),  # oneself
        ("eve", Reason.NOT_GONE),  # admitted
        ("nobody", Reason.UNKNOWN_SEAT),
    ],
)
def test_who_cannot_be_removed(removed: str, reason: Reason) -> None:
    script = Script()
    script.enter("ann", "bob", "cat", "dan")
    script.join("eve")
    script.cut("cat")
    script.leave("dan")
    assert script.commit("ann", "dan", removed) == (Tell("ann", Refused("commit", reason, None)),)
    assert tells(script.commit("ann", "dan"), "ann") == [Accepted(epoch=4)]


def test_a_removed_seat_is_forgotten() -> None:
    script = Script()
    script.enter("ann", "bob")
    script.leave("bob")
    script.commit("ann", "bob")
    assert script.commit("ann", "bob") == (Tell("ann", Refused("commit", Reason.UNKNOWN_SEAT, None)),)
    assert script.resume("bob", 1)[0] == Refuse(Reason.UNKNOWN_SEAT)


def test_leaving_stops_tells_and_closes() -> None:
    script = Script()
    script.enter("ann", "bob")
    assert script.leave("bob") == (Stop("bob"), Tell("ann", Gone(seat="bob")), Close("bob", Reason.LEFT))


def test_a_cut_member_is_away_then_gone() -> None:
    script = Script()
    script.enter("ann", "bob")
    assert script.cut("bob") == (Stop("bob"), Tell("ann", Away(seat="bob")), Wake(script.now + 30))
    assert script.pass_time(29.9) == (Wake(script.now + 0.1),)
    assert script.pass_time(0.1) == (Tell("ann", Gone(seat="bob")),)
    assert script.resume("bob", 1) == (Refuse(Reason.UNKNOWN_SEAT),)


def test_the_grace_ends_on_time_even_when_the_tick_is_late() -> None:
    script = Script()
    script.enter("ann", "bob")
    script.cut("bob")
    script.now += 30
    assert script.resume("bob", 1) == (Tell("ann", Gone(seat="bob")), Refuse(Reason.UNKNOWN_SEAT))


def test_a_cut_admitted_seat_is_forgotten_without_a_word() -> None:
    script = Script()
    script.enter("ann")
    script.join("bob")
    assert script.cut("bob") == ()
    assert script.resume("bob", 0) == (Refuse(Reason.UNKNOWN_SEAT),)


def test_coming_back_catches_up() -> None:
    script = Script()
    script.enter("ann", "bob", "cat", "dan", "eve")
    script.cut("bob")
    epoch = script.epoch
    script.leave("cat")
    script.cut("dan")
    script.commit("ann")
    script.commit("eve")
    commits = tuple(PastCommit(n, who, b"commit %d" % n) for n, who in ((epoch, "ann"), (epoch + 1, "eve")))
    effects = script.resume("bob", epoch)
    assert effects == (
        Tell("bob", Resumed("next token of bob", epoch + 2, commits, gone=("cat",), away=("dan",))),
        Route("bob"),
        Tell("ann", Back(seat="bob")),
        Tell("eve", Back(seat="bob")),
    )


def test_a_token_serves_once() -> None:
    script = Script()
    script.enter("ann", "bob")
    script.cut("bob")
    script.resume("bob", 1)
    script.cut("bob")
    assert script.resume("bob", 1)[0] == Refuse(Reason.UNKNOWN_SEAT)
    assert Route("bob") in script.resume("bob", 1, token="next token of bob")


@pytest.mark.parametrize(
    ("token", "epoch"),
    [
        ("token of ann", 3),
        ("", 3),
        ("tökén of bob", 3),
        ("token of bob", 4),  # not yet
        ("token of bob", 0),  # before it came in
    ],
)
def test_who_does_not_come_back(token: str, epoch: int) -> None:
    script = Script()
    script.enter("ann", "cat", "bob")
    script.commit("ann")
    script.cut("bob")
    assert script.do(Resume("bob", token, "next", epoch)) == (Refuse(Reason.UNKNOWN_SEAT),)
    assert Route("bob") in script.resume("bob", 1), "the seat is untouched; its own commit is among what it missed"


def test_who_has_missed_more_than_the_log_joins_anew() -> None:
    script = Script(Profile(commits=3))
    script.enter("ann", "bob")
    epoch = script.epoch
    script.cut("bob")
    for _ in range(4):
        script.commit("ann")
    assert script.resume("bob", epoch) == (Refuse(Reason.UNKNOWN_SEAT),)
    assert Route("bob") in script.resume("bob", epoch + 1)


def test_a_second_link_replaces_the_first() -> None:
    script = Script()
    script.enter("ann", "bob")
    assert script.resume("bob", 1) == (
        Close("bob", Reason.REPLACED),
        Tell("bob", Resumed("next token of bob", 1, (), gone=(), away=())),
        Route("bob"),
    )


def test_a_wrong_token_does_not_replace() -> None:
    script = Script()
    script.enter("ann", "bob")
    assert script.resume("bob", 1, token="token of ann") == (Refuse(Reason.UNKNOWN_SEAT),)


def test_a_newcomer_learns_whose_leaves_have_nobody() -> None:
    script = Script()
    script.enter("ann", "bob", "cat")
    script.leave("bob")
    script.cut("cat")
    script.join("eve")
    effects = script.commit("eve")
    assert tells(effects, "eve") == [Accepted(epoch=3), Away(seat="cat"), Gone(seat="bob")]
    assert effects.index(Tell("eve", Gone(seat="bob"))) < effects.index(Route("eve"))
    assert tells(script.commit("eve", "bob"), "eve") == [Accepted(epoch=4)]


def test_a_group_without_anybody_is_over() -> None:
    script = Script()
    script.enter("ann", "bob")
    script.join("eve")
    script.leave("ann")
    script.leave("bob")
    assert script.commit("eve") == (Tell("eve", Refused("commit", Reason.NO_GROUP, None)),)
    assert tells(script.join("dan"), "dan") == [Welcome(v=1, seat="dan", token="token of dan", group=None)]
    assert tells(script.create("eve"), "eve") == [Accepted(epoch=0)]
    assert script.resume("ann", 0) == (Refuse(Reason.UNKNOWN_SEAT),)


def test_a_group_waits_for_those_who_are_away() -> None:
    script = Script()
    script.enter("ann")
    script.cut("ann")
    assert tells(script.join("bob"), "bob") == [Welcome(1, "bob", "token of bob", script.group())]
    script.commit("bob")
    assert script.pass_time(30) == (Tell("bob", Gone(seat="ann")),)


@pytest.mark.parametrize("last", [Leave("ann"), Cut("ann")])
def test_an_empty_room_is_forgotten(last: Command) -> None:
    script = Script()
    script.enter("ann")
    effects = (*script.do(last), *script.pass_time(30))
    assert Forget() in effects
    assert script.do(Tick()) == (Forget(),)


def test_nothing_to_come_back_to() -> None:
    assert Script().resume("ann", 0) == (Refuse(Reason.UNKNOWN_SEAT), Forget())


def test_a_full_room() -> None:
    script = Script(Profile(seats=2))
    script.enter("ann", "bob")
    assert script.join("dan") == (Refuse(Reason.FULL),)
    script.cut("bob")
    assert script.join("dan") == (Refuse(Reason.FULL),), "an away seat is kept"
    script.leave("ann")
    assert tells(script.join("dan"), "dan")


def test_who_arrives_takes_no_place() -> None:
    script = Script(Profile(seats=2, admitted=3))
    script.enter("ann")
    for seat in ("bob", "cat", "silent"):
        assert tells(script.join(seat), seat)
    assert script.join("dan") == (Refuse(Reason.FULL),), "so many may be on their way in"
    assert Tell("bob", Accepted(epoch=1)) in script.commit("bob")
    assert script.commit("cat")[0] == Close("cat", Reason.FULL), "the last place is taken"
    assert script.cut("cat") == ()
    script.leave("bob")
    assert tells(script.join("dan"), "dan")
    assert Tell("dan", Accepted(epoch=2)) in script.commit("dan")


def test_gone_seats_cannot_fill_the_memory() -> None:
    script = Script(Profile(seats=3, leaves=5))
    script.enter("ann")
    for n in range(4):
        script.enter(f"guest {n}")
        script.leave(f"guest {n}")
    assert script.join("bob") == (Refuse(Reason.FULL),)
    script.commit("ann", "guest 0")
    assert tells(script.join("bob"), "bob")


def test_an_admitted_seat_has_a_deadline() -> None:
    script = Script()
    script.enter("ann")
    script.join("bob")
    script.commit("ann")
    script.commit("bob", epoch=0)
    assert script.pass_time(30) == (Close("bob", Reason.SILENT),)


def test_what_a_member_may_not_do() -> None:
    script = Script()
    script.enter("ann", "bob")
    assert script.create("bob") == (
        Stop("bob"),
        Tell("ann", Away(seat="bob")),
        Close("bob", Reason.OUT_OF_STATE),
        Wake(script.now + 30),
    )


def test_what_an_admitted_seat_may_not_do() -> None:
    script = Script()
    script.enter("ann")
    script.join("bob")
    assert script.refresh("bob", "ann") == (Close("bob", Reason.OUT_OF_STATE),)


@pytest.mark.parametrize(
    "command",
    [
        Create("bob", GROUP, INFO),
        Commit("bob", 1, b"commit", b"info", ()),
        Refresh("bob", "ann", 2, 0),
        Leave("bob"),
        Cut("bob"),
    ],
)
@pytest.mark.parametrize("state", ["away", "gone", "removed", "never"])
def test_who_has_no_link_is_not_listened_to(state: str, command: Command) -> None:
    script = Script()
    script.enter("ann", *(() if state == "never" else ("bob",)))
    if state == "away":
        script.cut("bob")
    elif state != "never":
        script.leave("bob")
    if state == "removed":
        script.commit("ann", "bob")
    assert script.do(command) == ()


def test_refresh_reaches_the_sender_once_a_second() -> None:
    script = Script()
    script.enter("ann", "bob", "cat")
    notice = Tell("ann", RefreshNotice(Stream.CAMERA, 0))
    assert script.refresh("bob", "ann") == (notice,)
    assert script.refresh("cat", "ann") == (Wake(script.now + 1),)
    assert script.refresh("bob", "ann") == ()
    assert script.refresh("bob", "ann", rendition=1) == (Tell("ann", RefreshNotice(Stream.CAMERA, 1)),)
    assert script.pass_time(1) == (notice,)
    assert script.pass_time(1) == ()
    assert script.refresh("bob", "ann") == (notice,)


@pytest.mark.parametrize(
    ("of", "reason"),
    [("bob", Reason.UNWANTED), ("eve", Reason.UNKNOWN_SEAT), ("nobody", Reason.UNKNOWN_SEAT)],
)
def test_refresh_that_is_refused(of: str, reason: Reason) -> None:
    script = Script()
    script.enter("ann", "bob")
    script.join("eve")
    assert script.refresh("bob", of) == (Tell("bob", Refused("refresh", reason, None)),)


def test_refresh_of_somebody_who_is_not_there() -> None:
    script = Script()
    script.enter("ann", "bob", "cat")
    script.cut("ann")
    script.leave("cat")
    assert script.refresh("bob", "ann") == ()
    assert script.refresh("bob", "cat") == ()


def test_a_tick_too_many_does_no_harm() -> None:
    script = Script()
    script.join("ann")
    assert script.pass_time(0) == (Wake(script.now + 30),), "asked again: the shell has just used up its timer"


def test_a_seat_name_that_comes_twice_inherits_nothing() -> None:
    script = Script()
    script.enter("ann", "bob")
    script.leave("bob")
    script.commit("ann", "bob")
    script.do(Join("bob", "another token"))
    assert script.resume("bob", 1) == (Refuse(Reason.UNKNOWN_SEAT),)
    assert script.refresh("bob", "ann") == (Close("bob", Reason.OUT_OF_STATE),)


def test_the_longest_resumed_message_fits_its_limit() -> None:
    profile = Profile()
    script = Script(profile)
    seat = "A" * 22
    script.do(Join(seat, "token"))
    script.do(Create(seat, b"g" * 64, b"info"))
    script.cut(seat)
    members = [f"{n:021d}A" for n in range(profile.leaves - 1)]
    size = profile.catchup // profile.commits
    epoch = 0
    for name in members:
        script.do(Join(name, "t" * 43))
        script.do(Commit(name, epoch, b"c" * size, b"info", ()))
        epoch += 1
        if name != members[-1]:
            script.leave(name)
    while epoch < profile.commits:
        script.do(Commit(members[-1], epoch, b"c" * size, b"info", ()))
        epoch += 1
    (resumed,) = tells(script.do(Resume(seat, "token", "n" * 43, 0)), seat)
    assert isinstance(resumed, Resumed)
    assert len(resumed.commits) == profile.commits
    assert len(resumed.gone) == profile.leaves - 2
    assert len(encode_server(resumed)) <= MAX_SERVER_TEXT
