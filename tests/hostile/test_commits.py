"""Commits that break a rule never reach a member; one that members cannot apply does not stop the meeting."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest

from aparte.core.mls.errors import MlsError
from aparte.core.wire.control import (
    Accepted,
    Bye,
    Commit,
    CommitNotice,
    Create,
    Gone,
    Nack,
    Ping,
    Pong,
    Refused,
    Reopened,
    Resumed,
    ResumeRequest,
    Turn,
)
from aparte.core.wire.errors import Reason
from aparte.e2ee.mls.meeting import Participant
from tests.charters import own_person
from tests.e2ee.mls.evil import Sent, bad_announcements, bad_commits, bad_joins, join_with_another_key, unopenable
from tests.e2ee.mls.random import seeded
from tests.server.conftest import Running, Start
from tests.server.link_client import LinkClient, TestMeeting, members

RANDOM = seeded(31)


async def hears_nothing(link: LinkClient) -> None:
    """Whatever is under way has arrived by now: the room answers in order."""
    link.say(Ping(n=1))
    assert await link.control() == Pong(n=1)


def stranger(link: LinkClient) -> Participant:
    """Somebody who has the link, and a seat of its own choice."""
    assert link.who is not None
    return replace(link.who, seat=bytes(range(16)), own=own_person("Eve"))


async def ends_as_bad(link: LinkClient) -> None:
    code, last = await link.ending()
    assert (code, last) == (4015, Bye(reason=Reason.BAD_COMMIT))


@pytest.mark.promise("P6")
@pytest.mark.parametrize("name", ["badly signed", "cut short", "an add", "another identity", "announcing another tree"])
async def test_a_members_bad_commit_reaches_nobody(start: Start, name: str) -> None:
    running = await start()
    meeting = await TestMeeting.make(running.url)
    ann, bob, eve = await members(running.port, meeting, 3)
    bad = bad_commits(eve.group, ann.group, stranger(eve), RANDOM) | {
        f"announcing {kind}": sent for kind, sent in bad_announcements(eve.group, ann.group, RANDOM).items()
    }
    eve.say(Commit(commit=bad[name].commit, info=bad[name].info))
    await ends_as_bad(eve)
    for link in (ann, bob):
        assert await link.expect(Gone) == Gone(seat=eve.seat)
        await hears_nothing(link)
    await ann.renew(eve.seat)
    assert (await bob.follow()).epoch == 2
    assert bob.group.epoch_authenticator() == ann.group.epoch_authenticator()
    back = await LinkClient.open(running.port)
    back.say_hello(meeting, ResumeRequest(seat=eve.seat, token=eve.token, epoch=2))
    assert await back.close_code() == 4014


@pytest.mark.promise("P6", "P21")
async def test_a_newcomers_bad_commit_reaches_nobody(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    (ann,) = await members(plain.port, meeting, 1)
    count = 0
    while True:
        eve = await LinkClient.open(plain.port)
        await eve.greet(meeting)
        await eve.expect(Turn)
        assert eve.who is not None
        assert ann.who is not None
        bad = bad_joins(ann.group, eve.who, stranger(eve), ann.who, RANDOM)
        if count == len(bad):
            break
        sent: Sent = list(bad.values())[count]
        eve.say(Commit(commit=sent.commit, info=sent.info))
        await ends_as_bad(eve)
        count += 1
    await hears_nothing(ann)


async def test_a_group_of_somebody_else(plain: Running) -> None:
    """The first one announces a group that another meeting's server has accepted."""
    elsewhere = await TestMeeting.make(plain.url)
    ann = await LinkClient.open(plain.port)
    await ann.greet(elsewhere)
    made = await ann.create()
    eve = await LinkClient.open(plain.port)
    await eve.greet(await TestMeeting.make(plain.url))
    eve.say(Create(made.group, made.info, made.tree))
    await ends_as_bad(eve)


@pytest.mark.promise("P26")
async def test_a_commit_that_members_cannot_apply_is_taken_back(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    ann, bob, cat, eve = await members(plain.port, meeting, 4)
    eve.send(unopenable(eve.group, RANDOM))
    await eve.expect(Accepted)
    for link in (ann, bob, cat):
        notice = await link.expect(CommitNotice)
        with pytest.raises(MlsError):
            link.group.process(notice.commit)
        link.say(Nack(epoch=notice.epoch))
    await ends_as_bad(eve)
    for link in (ann, bob, cat):
        assert await link.expect(Reopened) == Reopened(epoch=3)
        assert await link.expect(Gone) == Gone(seat=eve.seat)
    kept = sqlite3.connect(plain.data / "aparte.db").execute("select max(epoch) from 'commit'").fetchone()
    assert kept == (3,), "it is not kept either"
    await ann.renew(eve.seat)
    for link in (bob, cat):
        assert (await link.follow()).epoch == 3
        assert link.group.epoch_authenticator() == ann.group.epoch_authenticator()
    dan = await LinkClient.open(plain.port)
    await dan.greet(meeting)
    await dan.join()
    await ann.follow()
    assert ann.group.epoch_authenticator() == dan.group.epoch_authenticator()
    ann.binary(frame := ann.sound())
    for link in (bob, cat, dan):
        assert await link.frame() == frame


@pytest.mark.promise("P26")
async def test_a_newcomer_whom_nobody_can_follow_is_out(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    ann, bob = await members(plain.port, meeting, 2)
    eve = await LinkClient.open(plain.port)
    await eve.greet(meeting)
    turn = await eve.expect(Turn)
    assert turn.group is not None
    assert eve.who is not None
    eve.send(join_with_another_key(turn.group.info, turn.group.tree, eve.who, RANDOM))
    await eve.expect(Accepted)
    for link in (ann, bob):
        await link.expect(CommitNotice)
        link.say(Nack(epoch=1))
    await ends_as_bad(eve)
    for link in (ann, bob):
        assert await link.expect(Reopened) == Reopened(epoch=1)
        await hears_nothing(link)
    # Bob announced what nobody could be followed into: the next epoch is another member's.
    await ann.renew()
    await bob.follow()
    assert ann.group.epoch_authenticator() == bob.group.epoch_authenticator()


@pytest.mark.promise("P26")
async def test_a_few_who_cannot_apply_a_commit_come_in_again(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    ann, bob, cat, eve = await members(plain.port, meeting, 4)
    eve.send(made := unopenable(eve.group, RANDOM, cat.group.group.leaf))
    await eve.accepted(made)
    for link in (ann, bob):
        await link.follow()
        assert link.group.epoch_authenticator() == eve.group.epoch_authenticator()
    notice = await cat.expect(CommitNotice)
    with pytest.raises(MlsError):
        cat.group.process(notice.commit)
    for _ in range(3):
        cat.say(Nack(epoch=3))
    await hears_nothing(cat)
    await hears_nothing(ann)
    cat.drop()
    again = await LinkClient.open(plain.port)
    await again.greet(meeting)
    await again.join()
    assert len(again.group.people()) == 5, "its old leaf is still to be removed"
    for link in (ann, bob, eve):
        while not isinstance(message := await link.control(), CommitNotice):
            continue
        assert link.group.process(message.commit).epoch_authenticator() == again.group.epoch_authenticator()


@pytest.mark.promise("P27")
async def test_a_commit_on_what_was_taken_back_costs_nobody_its_place(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    ann, bob, cat, eve = await members(plain.port, meeting, 4)
    dan = await LinkClient.open(plain.port)
    eve.send(
        made := unopenable(eve.group, RANDOM, ann.group.group.leaf)
    )  # Ann and Bob share the key that it is sealed to
    await eve.accepted(made)
    await cat.follow()
    await dan.greet(meeting)
    turn = await dan.expect(Turn)
    assert turn.group is not None
    assert turn.group.epoch == 4
    for link in (ann, bob):
        await link.expect(CommitNotice)
        link.say(Nack(epoch=3))
    await ends_as_bad(eve)
    assert await cat.expect(Reopened) == Reopened(epoch=3)
    cat.commit()
    assert isinstance(await cat.expect(Gone), Gone)
    assert await cat.expect(Refused) == Refused("commit", Reason.STALE_EPOCH)
    dan.controls.put_nowait(turn)
    await dan.ask_to_join()
    assert await dan.expect(Refused) == Refused("commit", Reason.STALE_EPOCH)
    # Nobody comes in before a member has made a fresh epoch.
    assert await ann.expect(Reopened) == Reopened(epoch=3)
    await ann.expect(Gone)
    await ann.renew()
    again = await dan.expect(Turn)
    assert again.group is not None
    assert again.group.epoch == 4


async def test_who_was_away_while_a_commit_was_taken_back(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    ann, bob, cat, eve = await members(plain.port, meeting, 4)
    eve.send(made := unopenable(eve.group, RANDOM, ann.group.group.leaf))
    await eve.accepted(made)
    await cat.follow()
    cat.drop()
    for link in (ann, bob):
        link.say(Nack(epoch=3))
    await ends_as_bad(eve)
    for epoch, code in ((4, 4014), (3, None)):
        back = await LinkClient.open(plain.port)
        back.say_hello(meeting, ResumeRequest(seat=cat.seat, token=cat.token, epoch=epoch))
        if code is None:
            assert (await back.expect(Resumed)).epoch == 3
        else:
            assert await back.close_code() == code


@pytest.mark.promise("P6")
async def test_the_log_says_which_rule_was_broken_and_nothing_of_the_commit(
    start: Start, logging: Callable[[], None], capfd: pytest.CaptureFixture[str]
) -> None:
    logging()
    running = await start()
    meeting = await TestMeeting.make(running.url)
    ann, bob, eve = await members(running.port, meeting, 3)
    sent = bad_commits(eve.group, ann.group, stranger(eve), RANDOM)["an add"]
    eve.say(Commit(commit=sent.commit, info=sent.info))
    await ends_as_bad(eve)
    bob.send(unopenable(bob.group, RANDOM))
    ann.say(Nack(epoch=2))
    await ends_as_bad(bob)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    noted = [line for line in lines if line["event"] == "bad-commit"]
    assert [line["rule"] for line in noted] == ["A11", "not-applied"]
    for line in noted:
        assert set(line) == {"event", "level", "timestamp", "meeting", "rule"}
        assert len(line["meeting"]) == 8
