"""What the relay passes on of whom, by the policy that it follows from outside."""

from dataclasses import replace
from os import urandom

import pytest

from aparte.core.policy.rights import Rights
from tests.server.conftest import Running
from tests.server.link_client import LinkClient, TestMeeting, members


async def passes_on(sender: LinkClient, receiver: LinkClient, frames: list[bytes]) -> list[bytes]:
    """What arrives of these, and of a picture behind them."""
    last = sender.video()
    for frame in [*frames, last]:
        sender.binary(frame)
    heard: list[bytes] = []
    while not heard or heard[-1] != last:
        heard.append(await receiver.frame())
    return heard[:-1]


@pytest.mark.promise("P6")
async def test_what_nobody_may_send_reaches_nobody(plain: Running) -> None:
    """A modified client sends it all the same."""
    meeting = await TestMeeting.make(plain.url, everybody=Rights.CAMERA)
    a, b = await members(plain.port, meeting, 2)
    assert await passes_on(a, b, [a.sound(), a.sound()]) == []


@pytest.mark.promise("P6")
async def test_a_right_is_over_with_the_commit_that_takes_it(plain: Running) -> None:
    meeting = await TestMeeting.make(plain.url, everybody=Rights.CAMERA | Rights.SOUND | Rights.GRANT)
    a, b = await members(plain.port, meeting, 2)
    sound = a.sound()
    assert await passes_on(a, b, [sound]) == [sound]
    made = a.group.commit([], urandom, replace(a.group.meeting_policy, everybody=Rights.CAMERA))
    a.send(made)
    await a.accepted(made)
    await b.follow()
    for sender, receiver in ((a, b), (b, a)):
        assert await passes_on(sender, receiver, [sender.sound()]) == []
