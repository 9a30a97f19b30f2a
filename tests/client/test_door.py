"""Who comes in, and who directs: people in Python at a real server, by a meeting's charter and policy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from aparte.client import Door, JoinError, Meeting, NotDone, Rights, Stream, Waiting, events, join
from aparte.core.policy.charter import TAG_SIZE, Charter, Opens
from aparte.e2ee.person import OwnPerson
from tests.charters import own_person
from tests.client.conftest import SECONDS, House, until
from tests.client.talk import hear, say, sound

SPEAKING = Rights.SOUND | Rights.CAMERA


@dataclass
class Room:
    """One meeting, its organiser, and whoever comes."""

    house: House
    link: str
    organiser: OwnPerson
    stack: AsyncExitStack
    waited: dict[str, list[Waiting]] = field(default_factory=dict)

    async def enter(self, name: str, person: OwnPerson | None = None) -> Meeting:
        async with asyncio.timeout(SECONDS):
            return await self.stack.enter_async_context(self.joining(name, person))

    def joining(self, name: str, person: OwnPerson | None = None) -> "join":  # type: ignore[valid-type]
        waited = self.waited.setdefault(name, [])
        return join(self.link, name=name, ca=self.house.ca, person=person, on_wait=waited.append)

    async def direct(self) -> Meeting:
        return await self.enter("Olga", self.organiser)

    def knock(self, name: str, person: OwnPerson | None = None) -> "asyncio.Task[Meeting]":
        return asyncio.create_task(self.enter(name, person))


Open = Callable[..., Awaitable[Room]]


@pytest.fixture
async def room(house: House) -> AsyncIterator[Open]:
    """Make a meeting with an organiser called Olga."""
    async with AsyncExitStack() as stack:

        async def begin(door: Door = Door.OPEN, opens: Opens = Opens.ANYBODY, everybody: Rights = SPEAKING) -> Room:
            olga = own_person("Olga")

            def write(meeting: bytes, house_key: bytes) -> Charter:
                return Charter(meeting, house_key, 1, door, opens, everybody, (olga.subject,), bytes(TAG_SIZE))

            return Room(house, await house.link(write), olga, stack)

        yield begin


def person(meeting: Meeting, name: str):  # type: ignore[no-untyped-def]
    return next(person for person in meeting.people if person.name == name)


async def knocks(meeting: Meeting, count: int = 1) -> None:
    await until(lambda: len(meeting.knocks) == count, "somebody knocks")


async def test_who_knocks_is_let_in_by_the_organiser(room: Open) -> None:
    place = await room(Door.ALL_KNOCK)
    olga = await place.direct()
    coming = place.knock("Ben")
    await knocks(olga)
    (ben,) = olga.knocks
    assert (ben.name, ben.label, ben.is_guest) == ("Ben", "", True)
    assert [(wait.why, wait.someone) for wait in place.waited["Ben"]] == [("present", True), ("admission", True)]
    assert olga.count == 1
    olga.organiser.admit(ben)
    entered = await coming
    await until(lambda: olga.count == entered.count == 2)
    assert olga.epoch_code == entered.epoch_code
    assert olga.knocks == ()


async def test_who_is_refused_is_told_so(room: Open) -> None:
    place = await room(Door.ALL_KNOCK)
    olga = await place.direct()
    coming = place.knock("Ben")
    await knocks(olga)
    olga.organiser.refuse(olga.knocks[0])
    with pytest.raises(JoinError, match="refused"):
        await coming
    await knocks(olga, 0)


async def test_nobody_is_let_in_by_who_has_not_the_right(room: Open) -> None:
    place = await room(Door.ALL_KNOCK)
    olga = await place.direct()
    first = place.knock("Ben")
    await knocks(olga)
    olga.organiser.admit(olga.knocks[0])
    ben = await first
    second = place.knock("Cat")
    await knocks(olga)
    assert ben.knocks == ()
    with pytest.raises(NotDone, match="no-right"):
        ben.organiser.admit(olga.knocks[0])
    second.cancel()


async def test_who_waits_hears_when_somebody_comes_who_may_let_in(room: Open) -> None:
    place = await room(Door.ALL_KNOCK, Opens.ORGANISERS)
    coming = place.knock("Ben")
    await until(lambda: [wait.why for wait in place.waited.get("Ben", [])] == ["present", "closed"])
    olga = await place.direct()
    await knocks(olga)
    assert (place.waited["Ben"][-1].why, place.waited["Ben"][-1].someone) == ("admission", True)
    await olga.leave()
    await until(lambda: place.waited["Ben"][-1].why == "closed")
    coming.cancel()


async def test_a_locked_door_and_a_frozen_room(room: Open) -> None:
    place = await room()
    olga, ben = await place.direct(), await place.enter("Ben")
    await until(lambda: olga.count == 2)
    await olga.organiser.set_door(Door.LOCKED)
    coming = place.knock("Cat")
    await until(lambda: [wait.why for wait in place.waited.get("Cat", [])][-1:] == ["locked"])
    assert olga.knocks == ()
    await olga.organiser.set_door(Door.OPEN)
    cat = await coming
    await olga.organiser.freeze()
    await until(lambda: all(person(one, "Ben").rights == Rights(0) for one in (olga, ben, cat)))
    late = place.knock("Dan")
    await until(lambda: [wait.why for wait in place.waited.get("Dan", [])][-1:] == ["locked"])
    await olga.organiser.thaw()
    await late
    await until(lambda: person(ben, "Ben").rights == SPEAKING)


async def test_a_right_that_is_taken_stays_taken_across_a_return(room: Open) -> None:
    place = await room(Door.GUESTS_KNOCK)
    olga = await place.direct()
    who = own_person("Ben")
    coming = place.knock("Ben", who)
    await knocks(olga)
    olga.organiser.admit(olga.knocks[0])
    ben = await coming
    await until(lambda: olga.count == 2)
    publisher = ben.publish(Stream.SOUND)
    feed = olga.frames(Stream.SOUND)
    await say(publisher, 3)
    await hear(feed, 3)
    await olga.organiser.take(person(olga, "Ben"), Rights.SOUND)
    await until(lambda: Rights.SOUND not in ben.me.rights)
    assert not await publisher.send(sound(4))
    await until(lambda: not person(olga, "Ben").mic)
    await ben.leave()
    again = place.knock("Ben", who)
    await knocks(olga)
    olga.organiser.admit(olga.knocks[0])
    ben = await again
    assert ben.me.rights == Rights.CAMERA
    await olga.organiser.give(person(olga, "Ben"), Rights.SOUND)
    await until(lambda: ben.me.rights == SPEAKING)
    await say(ben.publish(Stream.SOUND), 3)
    await hear(feed, 3)


async def test_who_is_removed_is_out_of_the_group_and_does_not_come_back(room: Open) -> None:
    place = await room()
    olga, cat = await place.direct(), await place.enter("Cat")
    who = own_person("Ben")
    ben = await place.enter("Ben", who)
    await until(lambda: olga.count == cat.count == 3)
    await olga.organiser.remove(person(olga, "Ben"))
    await until(lambda: ben.ended == "removed")
    await until(lambda: olga.count == cat.count == 2)
    assert olga.policy is not None
    assert olga.policy.door is Door.GUESTS_KNOCK
    with pytest.raises(JoinError, match="barred"):
        await place.enter("Ben", who)
    with pytest.raises(NotDone, match="no-right"):
        await cat.organiser.remove(person(cat, "Olga"))


async def test_everybody_is_muted_but_the_organisers(room: Open) -> None:
    place = await room()
    olga, ben = await place.direct(), await place.enter("Ben")
    await until(lambda: olga.count == 2)
    await olga.organiser.take_all(Rights.SOUND)
    await until(lambda: ben.me.rights == Rights.CAMERA)
    cat = await place.enter("Cat")
    assert cat.me.rights == Rights.CAMERA
    assert Rights.SOUND in olga.me.rights
    await olga.organiser.give_all(Rights.SOUND)
    await until(lambda: ben.me.rights == cat.me.rights == SPEAKING)


async def test_an_organiser_who_drops_returns_as_organiser_and_nobody_inherits(room: Open) -> None:
    place = await room()
    olga, ben = await place.direct(), await place.enter("Ben")
    await until(lambda: olga.count == ben.count == 2)
    await olga.leave()
    await until(lambda: ben.count == 1)
    with pytest.raises(NotDone, match="no-right"):
        await ben.organiser.take_all(Rights.SOUND)
    olga = await place.direct()
    await olga.organiser.take_all(Rights.SOUND)
    await until(lambda: ben.me.rights == Rights.CAMERA)


async def test_several_organisers_and_one_who_is_dismissed(room: Open) -> None:
    place = await room()
    olga, ben = await place.direct(), await place.enter("Ben")
    await until(lambda: olga.count == ben.count == 2)
    await olga.organiser.make_organiser(person(olga, "Ben"))
    await until(lambda: Rights.ORGANISE in ben.me.rights)
    await ben.organiser.dismiss(person(ben, "Olga").subject)
    await until(lambda: olga.me.rights == SPEAKING)
    with pytest.raises(NotDone, match="no-right"):
        await olga.organiser.freeze()
    with pytest.raises(NotDone, match="no-organiser"):
        await ben.organiser.dismiss(ben.me.subject)


async def test_two_organisers_direct_in_the_same_moment(room: Open) -> None:
    place = await room()
    olga, ben = await place.direct(), await place.enter("Ben")
    cat = await place.enter("Cat")
    await until(lambda: olga.count == ben.count == 3)
    await olga.organiser.make_organiser(person(olga, "Ben"))
    await until(lambda: Rights.ORGANISE in ben.me.rights)
    await asyncio.gather(
        olga.organiser.take(person(olga, "Cat"), Rights.SOUND),
        ben.organiser.take(person(ben, "Cat"), Rights.CAMERA),
        olga.organiser.set_door(Door.ALL_KNOCK),
        ben.organiser.give_all(Rights.CHAT),
    )
    await until(lambda: cat.me.rights == Rights.CHAT)
    assert cat.policy is not None
    assert cat.policy.door is Door.ALL_KNOCK


async def test_a_knock_is_an_event(room: Open) -> None:
    place = await room(Door.ALL_KNOCK)
    olga = await place.direct()
    feed = olga.events()
    coming = place.knock("Ben")
    async with asyncio.timeout(SECONDS):
        async for event in feed:
            if isinstance(event, events.Knocked):
                assert event.knocker.name == "Ben"
                break
    coming.cancel()
