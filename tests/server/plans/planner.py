"""People who plan meetings and come to them, at a running server."""

import os
from typing import Any

from aparte.core.plan.level import SecurityLevel
from aparte.core.plan.shipped import SHIPPED
from aparte.core.wire.control import Bye, Hello, Welcome
from aparte.core.wire.errors import Reason
from tests.server.accounts import Person
from tests.server.conftest import Running
from tests.server.link_client import LinkClient, TestMeeting

NOT_INVITED = 4006


class Clock:
    """A calendar that a test turns."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def new_meeting() -> TestMeeting:
    """A link, as a planner's client makes it."""
    return TestMeeting(os.urandom(16), os.urandom(32))


def keys_of(running: Running, meeting: TestMeeting, level: SecurityLevel, organisers: list[str]) -> dict[str, str]:
    """What the client shows of the link."""
    fields = level.charter_fields()
    subjects = tuple(bytes.fromhex(one) for one in organisers)
    fixed = {"door": fields.door, "opens": fields.opens, "everybody": fields.everybody, "level": fields.level}
    body = meeting.body(running.house_key, organisers=subjects, **fixed)
    return {name: body[name] for name in ("door_hash", "charter")}


def body(person: Person, meeting: TestMeeting, number: int, start: int, **other: Any) -> dict[str, Any]:
    """A whole plan."""
    organisers = other.get("organisers", [person.id])
    plan = {
        "meeting": meeting.id.hex(),
        "title": "Quarterly review",
        "start": start,
        "zone": "Europe/Paris",
        "minutes": 60,
        "level": number,
        "keys": keys_of(person.running, meeting, SHIPPED[number - 1], organisers),
    }
    return {**plan, **other}


async def plan(person: Person, number: int, start: int = 1_800_000_000, **other: Any) -> TestMeeting:
    """Plan a meeting."""
    meeting = new_meeting()
    answer = await person.ask("POST", "/api/plans", body(person, meeting, number, start, **other))
    assert answer.status_code == 201, answer.text
    return meeting


def path(meeting: TestMeeting, rest: str = "") -> str:
    return f"/api/plans/{meeting.id.hex()}{rest}"


async def invite(person: Person, meeting: TestMeeting, **who: Any) -> dict[str, Any]:
    """Invite an account (``account``) or a guest (``address``, ``name``)."""
    answer = await person.ask("POST", path(meeting, "/invitations"), who)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def knock(
    port: int, meeting: TestMeeting, person: Person | None = None, code: str | None = None, door: bytes | None = None
) -> LinkClient:
    """Open a link and greet; the answer is not waited for."""
    if person is None:
        link = await LinkClient.open(port)
    else:
        link = await LinkClient.open(port, Authorization=f"Bearer {person.token}")
    link.say(Hello(v=1, meeting=meeting.id, door=door or meeting.door, code=code))
    return link


async def come(port: int, meeting: TestMeeting, person: Person | None = None, code: str | None = None) -> LinkClient:
    """Greet, and be admitted."""
    link = await knock(port, meeting, person, code)
    welcome = await link.expect(Welcome)
    link.welcomed(meeting, welcome)
    return link


async def enters(
    port: int, meeting: TestMeeting, person: Person | None = None, code: str | None = None, door: bytes | None = None
) -> bool:
    """Whether somebody is let in; the link is dropped at once."""
    link = await knock(port, meeting, person, code, door)
    answer = await link.control()
    if isinstance(answer, Welcome):
        link.drop()
        return True
    assert answer == Bye(Reason.NOT_INVITED)
    assert await link.close_code() == NOT_INVITED
    return False
