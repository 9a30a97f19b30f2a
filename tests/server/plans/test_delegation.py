"""Who organises, word for word: it is handed over at planning, and an assistant prepares without entering."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from aparte.client import JoinError, Meeting, NotDone, Rights, SignInError, join, sign_in
from aparte.core.plan.shipped import SHIPPED
from aparte.e2ee.keys import Link, build_link
from tests.client.conftest import SECONDS, until
from tests.server.accounts import PASSWORD, Person
from tests.server.link_client import TestMeeting
from tests.server.plans.conftest import House
from tests.server.plans.planner import invite, keys_of, path, plan

INTERNAL, RESTRICTED = 2, 3

Enter = Callable[[Person, TestMeeting], Awaitable[Meeting]]


@pytest.fixture
async def enter(house: House) -> AsyncIterator[Enter]:
    """Sign in as somebody with a program, and come into a meeting by its link."""
    async with AsyncExitStack() as stack:

        async def come(person: Person, meeting: TestMeeting) -> Meeting:
            origin = house.running.url
            account = await sign_in(origin, str(person.account["login"]), PASSWORD)
            link = build_link(Link(origin, meeting.id, meeting.secret))
            async with asyncio.timeout(SECONDS):
                return await stack.enter_async_context(join(link, account=account))

        yield come


def named(meeting: Meeting, person: Person):  # type: ignore[no-untyped-def]
    return next(one for one in meeting.people if one.name == person.account["name"])


@pytest.mark.shows("B53", "B54", "B52")
@pytest.mark.promise("P6", "P7")
async def test_alice_delegates_to_bob_who_then_removes_her(house: House, enter: Enter) -> None:
    """Ada plans, hands the plan and the meeting to Bob, and Bob sends her out: of the meeting and of the group."""
    ada, bob = house.ada, house.bob
    meeting = await plan(ada, INTERNAL, int(house.clock.now), organisers=[bob.id])
    handed = await ada.ask("POST", path(meeting, "/delegate"), {"account": bob.id, "stay": False})
    assert handed.status_code == 200
    assert (await ada.ask("PATCH", path(meeting), {"title": "Mine again"})).status_code == 404
    there, here = await enter(bob, meeting), await enter(ada, meeting)
    await until(lambda: there.count == here.count == 2)
    with pytest.raises(NotDone, match="no-right"):
        await here.organiser.remove(named(here, bob))
    with pytest.raises(NotDone, match="no-right"):
        await here.organiser.take_all(Rights.SOUND)
    await there.organiser.remove(named(there, ada))
    await until(lambda: here.ended == "removed" and there.count == 1)
    assert [leaf.seat for leaf in there.leaves] == [there.me.seat]
    with pytest.raises(JoinError, match="barred"):
        await enter(ada, meeting)


@pytest.mark.shows("B55")
@pytest.mark.promise("P21")
async def test_an_assistant_prepares_and_neither_enters_nor_reads(house: House, enter: Enter) -> None:
    """Cy prepares without making the link; Ada makes it. Cy, even with the link, is not one of those who enter."""
    ada, cy = house.ada, house.cy
    meeting = await plan(cy, RESTRICTED, int(house.clock.now), organisers=[ada.id], keys=None)
    keys = keys_of(ada.running, meeting, SHIPPED[RESTRICTED - 1], [ada.id])
    made = await ada.ask("PATCH", path(meeting), {"keys": keys})
    assert made.status_code == 200, made.text
    organiser = await enter(ada, meeting)
    assert Rights.ORGANISE in organiser.me.rights
    with pytest.raises(JoinError, match="not-invited"):
        await enter(cy, meeting)
    # Full control stays with who organises: what Cy prepared, Ada changes in the meeting.
    await organiser.organiser.take_all(Rights.CAMERA)
    assert organiser.policy is not None
    assert Rights.CAMERA not in organiser.policy.everybody


@pytest.mark.shows("B46", "B48", "A18")
async def test_invited_people_have_the_least_rights_under_their_accounts_name(house: House, enter: Enter) -> None:
    ada, bob = house.ada, house.bob
    meeting = await plan(ada, RESTRICTED, int(house.clock.now))
    await invite(ada, meeting, account=bob.id)
    there, here = await enter(ada, meeting), await enter(bob, meeting)
    await until(lambda: there.count == here.count == 2)
    assert here.me.rights == Rights.SOUND | Rights.CAMERA | Rights.CHAT
    seen = named(there, bob)
    assert (seen.name, seen.label, seen.is_guest) == (bob.account["name"], bob.account["label"], False)
    assert seen.subject.hex() == bob.id


async def test_signing_in_says_why_not(house: House) -> None:
    with pytest.raises(SignInError, match="wrong"):
        await sign_in(house.running.url, str(house.ada.account["login"]), "not the password at all")
    with pytest.raises(SignInError, match="unreachable"):
        await sign_in("http://localhost:1", "ada@example.org", PASSWORD)
