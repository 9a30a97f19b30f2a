"""Every close code of spec/wire.md section 4 that a client can bring about, with its ``bye`` before it."""

import asyncio
import os
from collections.abc import Callable

import pytest
from picows import WSMsgType

from aparte.core.policy.rights import SENDING
from aparte.core.room.profile import Profile
from aparte.core.wire.b64 import b64_encode
from aparte.core.wire.control import (
    Accepted,
    Away,
    Bye,
    Commit,
    Create,
    Gone,
    Hello,
    Leave,
    Nack,
    Ping,
    Refused,
    Welcome,
    encode_client,
)
from aparte.core.wire.errors import CLOSE_CODES, Reason
from aparte.core.wire.limits import MAX_CAMERA, MAX_CLIENT_TEXT, MAX_SOUND
from tests.server.conftest import Running, Start
from tests.server.link_client import LinkClient, TestMeeting, members


async def ends(link: LinkClient, reason: Reason) -> None:
    """The link ends with ``bye`` and the close code of this reason."""
    code, last = await link.ending()
    assert (code, last) == (CLOSE_CODES[reason], Bye(reason=reason))


async def member(running: Running) -> LinkClient:
    (link,) = await members(running.port, await TestMeeting.make(running.url), 1)
    return link


FRAMES: dict[str, tuple[Callable[[LinkClient], bytes], Reason]] = {
    "another version": (lambda link: b"\x21" + link.sound()[1:], Reason.BAD_VERSION),
    "another kind": (lambda link: b"\x12" + link.sound()[1:], Reason.UNKNOWN_KIND),
    "another stream": (lambda link: b"\x11\x40" + link.sound()[2:], Reason.UNKNOWN_KIND),
    "reserved flags": (lambda link: link.sound()[:2] + b"\x80" + link.sound()[3:], Reason.MALFORMED),
    "sound with a layer": (lambda link: b"\x11\x11" + link.sound()[2:], Reason.MALFORMED),
    "nothing sealed": (lambda link: link.sound()[:24], Reason.MALFORMED),
    "empty": (lambda link: b"", Reason.MALFORMED),
    "sound too large": (lambda link: link.sound(MAX_SOUND - 7), Reason.TOO_LARGE),
    "camera too large": (lambda link: link.video(MAX_CAMERA - 7), Reason.TOO_LARGE),
}


@pytest.mark.parametrize("case", FRAMES)
async def test_frames(plain: Running, case: str) -> None:
    make, reason = FRAMES[case]
    link = await member(plain)
    link.binary(make(link))
    await ends(link, reason)


async def test_a_counter_that_does_not_rise(plain: Running) -> None:
    link = await member(plain)
    link.binary(frame := link.sound())
    link.binary(frame)
    await ends(link, Reason.REPLAYED)


TEXTS: dict[str, tuple[str, Reason]] = {
    "not JSON": ("{", Reason.MALFORMED),
    "not an object": ("[]", Reason.MALFORMED),
    "no type": ("{}", Reason.MALFORMED),
    "an unknown type": ('{"t":"dance"}', Reason.UNKNOWN_KIND),
    "a server's type": ('{"t":"welcome"}', Reason.UNKNOWN_KIND),
    "an unknown field": ('{"t":"ping","n":1,"m":1}', Reason.MALFORMED),
    "a missing field": ('{"t":"ping"}', Reason.MALFORMED),
    "a wrong type": ('{"t":"ping","n":"1"}', Reason.MALFORMED),
    "too large": ('{"t":"ping","n":1}' + " " * MAX_CLIENT_TEXT, Reason.TOO_LARGE),
    "not UTF-8": ("", Reason.MALFORMED),
}


@pytest.mark.parametrize("case", TEXTS)
async def test_control_messages(plain: Running, case: str) -> None:
    text, reason = TEXTS[case]
    link = await member(plain)
    link.text(text or b'{"t":"\xff"}')
    await ends(link, reason)


async def test_hello_of_another_version(plain: Running) -> None:
    link = await LinkClient.open(plain.port)
    link.text(f'{{"t":"hello","v":2,"meeting":"{b64_encode(bytes(16))}","door":"{b64_encode(bytes(32))}"}}')
    await ends(link, Reason.BAD_VERSION)


@pytest.mark.parametrize("message", [Ping(n=1), Leave(), Create(group=b"g" * 32, info=b"i", tree=b"t")])
async def test_anything_before_hello(plain: Running, message: Ping | Leave | Create) -> None:
    link = await LinkClient.open(plain.port)
    link.say(message)
    await ends(link, Reason.OUT_OF_STATE)


@pytest.mark.parametrize("kind", [WSMsgType.TEXT, WSMsgType.BINARY])
@pytest.mark.parametrize("pieces", [[4_097], [4_000, 97]])
async def test_a_large_message_before_the_welcome(plain: Running, kind: WSMsgType, pieces: list[int]) -> None:
    link = await LinkClient.open(plain.port)
    for number, size in enumerate(pieces, 1):
        link.transport.send(kind if number == 1 else WSMsgType.CONTINUATION, b" " * size, fin=number == len(pieces))
    await ends(link, Reason.TOO_LARGE)


async def test_a_greeting_of_the_largest_size(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    link = await LinkClient.open(plain.port)
    hello = encode_client(Hello(v=1, meeting=meeting.id, door=meeting.door))
    link.text(hello + " " * (4_096 - len(hello)))
    await link.expect(Welcome)


async def test_hello_twice(plain: Running) -> None:
    link = await member(plain)
    link.say(Hello(v=1, meeting=bytes(16), door=bytes(32)))
    await ends(link, Reason.OUT_OF_STATE)


async def test_create_as_a_member(plain: Running) -> None:
    link = await member(plain)
    link.say(Create(group=b"g" * 32, info=b"i", tree=b"t"))
    await ends(link, Reason.OUT_OF_STATE)


async def test_a_nack_before_one_is_a_member(plain: Running) -> None:
    link = await LinkClient.open(plain.port)
    await link.greet(await TestMeeting.make(plain.url))
    link.say(Nack(epoch=0))
    await ends(link, Reason.OUT_OF_STATE)


async def test_a_commit_that_is_none(plain: Running) -> None:
    link = await member(plain)
    link.say(Commit(commit=b"commit", info=b"info"))
    await ends(link, Reason.BAD_COMMIT)


async def test_a_group_that_is_none(plain: Running) -> None:
    link = await LinkClient.open(plain.port)
    await link.greet(await TestMeeting.make(plain.url))
    link.say(Create(group=b"g" * 32, info=b"i", tree=b"t"))
    await ends(link, Reason.BAD_COMMIT)


async def test_a_full_room(start: Start) -> None:
    running = await start(Profile(seats=2))
    meeting = await TestMeeting.make(running.url)
    await members(running.port, meeting, 2)
    third = await LinkClient.open(running.port)
    third.say_hello(meeting)
    await ends(third, Reason.FULL)


async def test_too_many_frames(start: Start) -> None:
    running = await start(frames_a_second=10)
    link = await member(running)
    for _ in range(40):
        link.binary(link.sound())
    await ends(link, Reason.TOO_MANY)


async def test_too_many_bytes(start: Start) -> None:
    running = await start(bytes_a_second=100_000)
    link = await member(running)
    for _ in range(4):
        link.binary(link.video(100_000))
    await ends(link, Reason.TOO_MANY)


async def test_too_many_control_messages(start: Start) -> None:
    running = await start(controls_a_second=10)
    link = await member(running)
    for number in range(40):
        link.say(Ping(n=number))
    await ends(link, Reason.TOO_MANY)


async def test_too_many_commits(start: Start) -> None:
    running = await start(commits_at_once=3, commits_a_second=0)
    a, b = await members(running.port, await TestMeeting.make(running.url), 2)
    late = a.group.commit([], os.urandom)
    await a.renew()
    for _ in range(3):
        # What is refused was first at somebody else's cost, and is not counted.
        a.send(late)
        assert (await a.expect(Refused)).reason is Reason.STALE_EPOCH
    await a.renew()
    a.commit()
    await ends(a, Reason.TOO_MANY)
    for _ in range(3):
        await b.follow()
    await b.expect(Away)


async def test_removing_who_is_gone_costs_nothing(start: Start) -> None:
    """Whoever is first in the tree has to do it, however many go at once."""
    running = await start(commits_at_once=1, commits_a_second=0, checks_at_once=2, checks_a_second=0)
    a, *others = await members(running.port, await TestMeeting.make(running.url), 6)
    for one in others:
        one.say(Leave())
        gone = await a.expect(Gone)
        await a.renew(gone.seat)
    a.commit()
    await ends(a, Reason.TOO_MANY)


async def test_too_many_commits_that_are_refused(start: Start) -> None:
    running = await start(checks_at_once=5, checks_a_second=0)
    a, b = await members(running.port, await TestMeeting.make(running.url, everybody=SENDING), 2)
    a.gone.add(b.seat)
    for _ in range(4):
        a.commit(b.seat)
        assert (await a.expect(Refused)).reason is Reason.NOT_GONE
    a.commit(b.seat)
    await ends(a, Reason.TOO_MANY)


async def test_too_many_websocket_pings(start: Start) -> None:
    running = await start(controls_a_second=10)
    link = await member(running)
    for _ in range(40):
        link.transport.send_ping(b"")
    await ends(link, Reason.TOO_MANY)


async def test_a_member_that_falls_silent(start: Start) -> None:
    running = await start(silence_seconds=0.1)
    await ends(await member(running), Reason.SILENT)


async def test_no_greeting(start: Start) -> None:
    running = await start(greeting_seconds=0.1)
    await ends(await LinkClient.open(running.port), Reason.SILENT)


async def test_a_client_that_does_not_read_control_messages(start: Start) -> None:
    plenty = 1_000_000_000
    running = await start(
        control_bytes=20_000,
        frames_a_second=plenty,
        bytes_a_second=plenty,
        commits_at_once=plenty,
        checks_at_once=plenty,
    )
    a, b = await members(running.port, await TestMeeting.make(running.url), 2)
    b.transport.underlying_transport.pause_reading()
    for _ in range(300):
        if running.server.links == 1:
            break
        # The pictures fill the connection, and the commits have to wait.
        for _ in range(5):
            a.binary(a.video(200_000))
        made = a.commit()
        while not isinstance(await a.control(), Accepted):
            continue
        a.became(made)
    assert running.server.links == 1
    b.transport.underlying_transport.resume_reading()
    # What was written before still arrives, then the reason.
    await ends(b, Reason.TOO_SLOW)


async def test_the_server_stops(plain: Running) -> None:
    link = await member(plain)
    stopping = asyncio.create_task(plain.server.stop())
    await ends(link, Reason.CLOSING)
    await stopping


class TestWebSocket:
    """What breaks RFC 6455 itself is answered with its codes."""

    async def test_a_message_in_pieces_is_one_message(self, plain: Running) -> None:
        a, b = await members(plain.port, await TestMeeting.make(plain.url), 2)
        frame = a.video(200_000)
        a.transport.send(WSMsgType.BINARY, frame[:70_000], fin=False)
        a.transport.send_ping(b"between")
        a.transport.send(WSMsgType.CONTINUATION, frame[70_000:140_000], fin=False)
        a.transport.send(WSMsgType.CONTINUATION, frame[140_000:], fin=True)
        assert await b.frame() == frame
        text = '{"t":"ping","n":5}'
        a.transport.send(WSMsgType.TEXT, text[:3], fin=False)
        a.transport.send(WSMsgType.CONTINUATION, text[3:], fin=True)
        assert type(await a.control()).__name__ == "Pong"

    async def test_pieces_that_grow_too_large(self, plain: Running) -> None:
        link = await member(plain)
        link.transport.send(WSMsgType.BINARY, link.video(400_000), fin=False)
        link.transport.send(WSMsgType.CONTINUATION, bytes(200_000), fin=True)
        await ends(link, Reason.TOO_LARGE)

    @pytest.mark.parametrize("pieces", [[WSMsgType.CONTINUATION], [WSMsgType.BINARY, WSMsgType.BINARY]])
    async def test_pieces_out_of_order(self, plain: Running, pieces: list[WSMsgType]) -> None:
        link = await member(plain)
        for kind in pieces:
            link.transport.send(kind, b"x", fin=False)
        assert await link.close_code() == 1002

    async def test_reserved_bits(self, plain: Running) -> None:
        link = await member(plain)
        link.transport.send(WSMsgType.BINARY, link.sound(), rsv1=True)
        assert await link.close_code() == 1002

    async def test_a_message_far_too_large(self, plain: Running) -> None:
        link = await member(plain)
        link.binary(bytes(5_000_000))
        # The refusal may be lost with a connection that is closed while most of the message is still on its way.
        assert await link.close_code() in (1009, 1006)

    async def test_the_peer_closes(self, plain: Running) -> None:
        a, b = await members(plain.port, await TestMeeting.make(plain.url), 2)
        b.transport.send_close(4321, "bye")  # type: ignore[arg-type]
        assert await b.close_code() == 4321
        assert type(await a.control()).__name__ == "Away"


async def test_not_invited(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url)
    unknown = TestMeeting(os.urandom(16), os.urandom(32))
    wrong = TestMeeting(meeting.id, os.urandom(32))
    for stranger in (unknown, wrong):
        link = await LinkClient.open(plain.port)
        link.say_hello(stranger)
        await ends(link, Reason.NOT_INVITED)


async def test_an_error_of_the_server_ends_one_link(plain: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = await members(plain.port, await TestMeeting.make(plain.url), 2)
    monkeypatch.setattr("aparte.server.link.parse_header", lambda _message: 1 / 0)
    a.binary(a.sound())
    assert await a.close_code() == 1011
    b.say(Ping(n=1))
    assert type(await b.control()).__name__ == "Away"
    assert type(await b.control()).__name__ == "Pong"
