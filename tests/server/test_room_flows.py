"""What members live through: joining, committing, talking, leaving, being cut and coming back."""

import asyncio
import os
import sqlite3
from hashlib import sha256

import pytest

from aparte.core.policy.rights import SENDING
from aparte.core.room.epochs import Epochs
from aparte.core.room.profile import Profile
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import (
    Accepted,
    Away,
    Back,
    Bye,
    CommitNotice,
    Create,
    Gone,
    GroupState,
    Leave,
    PastCommit,
    Ping,
    Pong,
    RefreshNotice,
    RefreshRequest,
    Refused,
    Resumed,
    ResumeRequest,
    Turn,
)
from aparte.core.wire.errors import CLOSE_CODES, Reason
from aparte.core.wire.header import Stream
from aparte.core.wire.limits import MAX_INFO, MAX_TREE
from tests.server.conftest import Running, Start
from tests.server.link_client import LinkClient, TestMeeting, members


@pytest.mark.shows("B32")
async def test_forwarded_bytes_are_the_received_bytes(secure: Running) -> None:
    meeting = await TestMeeting.make(secure.url, secure.server.certificate)
    a, b, c = await members(secure.port, meeting, 3, secure.tls)
    sent = [a.video(6_000), a.sound(), a.video(70_000), *(a.sound() for _ in range(20)), a.video(120)]
    hashes = [sha256(frame).digest() for frame in sent]
    for frame in sent:
        a.binary(frame)
        # One at a time: a burst may be thinned out for a slow receiver, and that is not what is looked at here.
        assert sha256(await b.frame()).digest() == hashes[0]
        assert sha256(await c.frame()).digest() == hashes.pop(0)
    assert a.frames.empty()


async def test_a_newcomer_gets_the_group_and_everybody_the_commit(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    a = await LinkClient.open(plain.port)
    await a.greet(meeting)
    created = await a.create()
    b = await LinkClient.open(plain.port)
    await b.greet(meeting)
    made = await b.join()
    assert b.turn == Turn(GroupState(created.group, 0, created.info, created.tree))
    assert b.epoch == 1
    assert await a.follow() == CommitNotice(epoch=0, seat=b.seat, commit=made.commit)
    assert a.group.epoch_authenticator() == b.group.epoch_authenticator()


async def test_the_first_commit_of_an_epoch_wins(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    everybody = await members(plain.port, meeting, 20)
    epoch = everybody[0].epoch
    made = [link.group.commit([], os.urandom) for link in everybody]
    for link, proposed in zip(everybody, made, strict=True):
        link.send(proposed)
    first = [await link.control() for link in everybody]
    winners = [link for link, answer in zip(everybody, first, strict=True) if isinstance(answer, Accepted)]
    assert len(winners) == 1
    notices: set[bytes] = set()
    for link, answer in zip(everybody, first, strict=True):
        if link is winners[0]:
            assert answer == Accepted(epoch=epoch + 1)
            continue
        # Each loser hears of the commit that won, and that its own did not, in the order in which both happened.
        heard = [answer, await link.control()]
        notices.update(message.commit for message in heard if isinstance(message, CommitNotice))
        assert [m.reason for m in heard if isinstance(m, Refused)] == [Reason.STALE_EPOCH]
    assert notices == {made[everybody.index(winners[0])].commit}
    kept = sqlite3.connect(plain.data / "aparte.db").execute("select epoch, bytes from 'commit' order by epoch")
    assert [row[0] for row in kept] == list(range(epoch + 2))


async def test_who_is_not_a_member_gets_no_frame_and_sends_none(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    a, b = await members(plain.port, meeting, 2)
    stranger = await LinkClient.open(plain.port)
    admitted = await LinkClient.open(plain.port)
    await admitted.greet(meeting)
    for _ in range(10):
        frame = a.sound()
        a.binary(frame)
        assert await b.frame() == frame
    for link in (stranger, admitted):
        link.binary(b.sound())
        assert await link.close_code() == 4004
        assert "frame" not in link.heard
    # Nothing of what the two sent went anywhere.
    a.binary(last := a.sound())
    assert await b.frame() == last
    assert a.frames.empty()


async def test_a_frame_never_overtakes_the_commit_before_it(start: Start) -> None:
    running = await start(commits_at_once=30)
    meeting = await TestMeeting.make(running.url)
    a, b = await members(running.port, meeting, 2)
    for _ in range(20):
        await a.renew()
        a.binary(a.sound())
    for _ in range(20):
        await b.frame()
    assert b.heard[-40:] == ["CommitNotice", "frame"] * 20


async def test_the_largest_group_reaches_a_newcomer(secure: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = await TestMeeting.make(secure.url, secure.server.certificate)
    a, b = await members(secure.port, meeting, 2, secure.tls)
    large = Turn(GroupState(os.urandom(64), 1, os.urandom(MAX_INFO), os.urandom(MAX_TREE)))
    monkeypatch.setattr(Epochs, "turn", large)
    c = await LinkClient.open(secure.port, secure.tls)
    await c.greet(meeting)
    assert await c.expect(Turn) == large
    a.binary(frame := a.sound())
    assert await b.frame() == frame


async def test_leaving(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    a, b = await members(plain.port, meeting, 2)
    b.say(Leave())
    assert await b.close_code() == 1000
    assert await a.expect(Gone) == Gone(seat=b.seat)
    await a.renew(b.seat)
    assert a.epoch == 2
    assert [person.seat for person in a.group.people()] == [b64_decode(a.seat)]
    # Its token opens nothing any more.
    again = await LinkClient.open(plain.port)
    with pytest.raises(AssertionError, match="unknown-seat"):
        await again.greet(meeting, ResumeRequest(seat=b.seat, token=b.token, epoch=1))
    assert await again.close_code() == 4014


async def test_nobody_who_is_there_is_removed_without_the_right(plain: Running) -> None:
    a, b = await members(plain.port, await TestMeeting.make(plain.url, everybody=SENDING), 2)
    a.gone.add(b.seat)  # as a modified client would have it
    a.commit(b.seat)
    assert await a.expect(Refused) == Refused("commit", Reason.NOT_GONE)
    assert b.controls.empty()


async def test_who_is_removed_by_right_is_out_at_once(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    a, b, c = await members(plain.port, meeting, 3)
    await a.renew(b.seat)
    assert await b.ending() == (CLOSE_CODES[Reason.REMOVED], Bye(reason=Reason.REMOVED))
    await c.follow()
    assert [person.seat for person in c.group.people()] == [b64_decode(a.seat), b64_decode(c.seat)]
    again = await LinkClient.open(plain.port)
    with pytest.raises(AssertionError, match="unknown-seat"):
        await again.greet(meeting, ResumeRequest(seat=b.seat, token=b.token, epoch=3))


async def test_coming_back_after_a_cut(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    a, b, c = await members(plain.port, meeting, 3)
    b.drop()
    assert await a.expect(Away) == Away(seat=b.seat)
    made = await a.renew()
    assert a.epoch == 3
    back = await LinkClient.open(plain.port)
    back.say_hello(meeting, ResumeRequest(seat=b.seat, token=b.token, epoch=2))
    resumed = await back.expect(Resumed)
    assert resumed.commits == (PastCommit(epoch=2, seat=a.seat, commit=made.commit),)
    assert (resumed.epoch, resumed.gone, resumed.away) == (3, (), ())
    assert resumed.token != b.token
    assert await a.expect(Back) == Back(seat=b.seat)
    # The counters of the seat go on: what it sent before is a replay on the new link too.
    back.carry_on(b)
    back.binary(frame := back.sound())
    assert await a.frame() == frame
    back.binary(frame)
    assert await back.close_code() == 4005
    assert await c.frame() == frame


async def test_a_token_serves_once(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    a, b = await members(plain.port, meeting, 2)
    first = await LinkClient.open(plain.port)
    await first.greet(meeting, ResumeRequest(seat=b.seat, token=b.token, epoch=1))
    assert await b.close_code() == 4010
    thief = await LinkClient.open(plain.port)
    thief.say_hello(meeting, ResumeRequest(seat=b.seat, token=b.token, epoch=1))
    assert await thief.close_code() == 4014
    # The seat is where it was: on the first link.
    first.carry_on(b)
    first.binary(frame := first.sound())
    assert await a.frame() == frame


async def test_who_stays_away_is_gone(start: Start) -> None:
    running = await start(Profile(grace=0.05))
    meeting = await TestMeeting.make(running.url)
    a, b = await members(running.port, meeting, 2)
    b.drop()
    assert await a.expect(Away) == Away(seat=b.seat)
    assert await a.expect(Gone) == Gone(seat=b.seat)
    # A newcomer hears of it as well, for it sees the leaf and may remove it.
    c = await LinkClient.open(running.port)
    await c.greet(meeting)
    await c.join()
    assert await c.expect(Gone) == Gone(seat=b.seat)


async def test_an_empty_room_leaves_nothing_behind(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    for link in await members(plain.port, meeting, 2):
        link.say(Leave())
        assert await link.close_code() == 1000
    newcomer = await LinkClient.open(plain.port)
    await newcomer.greet(meeting)
    assert await newcomer.expect(Turn) == Turn(None)
    rows = sqlite3.connect(plain.data / "aparte.db").execute("select count(*) from 'commit'").fetchone()
    assert rows == (0,)


async def test_asking_for_a_key_frame(plain: Running) -> None:
    a, b = await members(plain.port, await TestMeeting.make(plain.url), 2)
    b.say(RefreshRequest(seat=a.seat, stream=Stream.CAMERA, rendition=1))
    assert await a.expect(RefreshNotice) == RefreshNotice(stream=Stream.CAMERA, rendition=1)


async def test_the_relay_asks_for_a_key_frame_when_a_receiver_has_none(plain: Running) -> None:
    a, b = await members(plain.port, await TestMeeting.make(plain.url), 2)
    a.binary(a.video(key=False, tl0=4))
    assert await a.expect(RefreshNotice) == RefreshNotice(stream=Stream.CAMERA, rendition=0)
    a.binary(key := a.video(tl0=5))
    assert await b.frame() == key


async def test_ping(plain: Running) -> None:
    (a,) = await members(plain.port, await TestMeeting.make(plain.url), 1)
    a.say(Ping(n=7))
    assert await a.expect(Pong) == Pong(n=7)


@pytest.mark.promise("P27")
async def test_forty_joins_at_once_make_one_chain(start: Start) -> None:
    running = await start(silence_seconds=60.0)  # who waits here does not ping
    meeting = await TestMeeting.make(running.url)
    (founder,) = await members(running.port, meeting, 1)

    async def arrive() -> LinkClient:
        link = await LinkClient.open(running.port)
        await link.greet(meeting)
        await link.join_somehow()
        return link

    links = await asyncio.gather(*(arrive() for _ in range(40)))
    assert sorted(link.epoch for link in links) == list(range(1, 41))
    assert not any("Refused" in link.heard for link in links), "nobody has worked for nothing"
    for epoch in range(40):
        assert (await founder.follow()).epoch == epoch
    (last,) = (link for link in links if link.epoch == 40)
    assert founder.group.epoch_authenticator() == last.group.epoch_authenticator()


async def test_rooms_do_not_hear_each_other(plain: Running) -> None:
    a, b = await members(plain.port, await TestMeeting.make(plain.url), 2)
    c, d = await members(plain.port, await TestMeeting.make(plain.url), 2)
    a.binary(frame := a.sound())
    assert await b.frame() == frame
    c.binary(other := c.sound())
    assert await d.frame() == other
    for link in (a, b, c, d):
        assert link.frames.empty()


@pytest.mark.promise("P11")
async def test_a_seat_that_was_closed_for_its_state_comes_back_to_its_counters(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    a, b = await members(plain.port, meeting, 2)
    b.binary(old := b.sound())
    assert await a.frame() == old
    b.say(Create(group=b"g" * 32, info=b"again", tree=b"tree"))
    assert await b.close_code() == 4004
    again = await LinkClient.open(plain.port)
    again.carry_on(b)
    again.say_hello(meeting, ResumeRequest(seat=b.seat, token=b.token, epoch=b.epoch))
    await again.expect(Resumed)
    again.binary(old)
    assert await again.close_code() == 4005
