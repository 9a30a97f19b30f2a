"""What members live through: joining, committing, talking, leaving, being cut and coming back."""

from aparte.core.wire.control import (
    Accepted,
    Away,
    Back,
    Commit,
    CommitNotice,
    Gone,
    Leave,
    Ping,
    Pong,
    Refused,
    ResumeRequest,
)
from tests.server.conftest import Running
from tests.server.link_client import LinkClient, TestMeeting, members


async def test_frames_go_to_every_other_member_byte_for_byte(secure: Running) -> None:
    meeting = await TestMeeting.make(secure.url, secure.tls)
    a, b, c = await members(secure.port, meeting, 3, secure.tls)
    for frame in (a.video(), a.sound(), a.video(70_000), a.video(500)):
        a.binary(frame)
        assert await b.frame() == frame
        assert await c.frame() == frame
    assert a.frames.empty()


async def test_ping(plain: Running) -> None:
    (a,) = await members(plain.port, await TestMeeting.make(plain.url), 1)
    a.say(Ping(n=7))
    assert await a.expect(Pong) == Pong(n=7)
