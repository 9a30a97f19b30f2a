"""Python participants on a real server: they see, hear and leave each other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import aparte
from aparte.client import Client, Crowd, Meeting, MeetingEnded, Person, Source, Stream, events, join
from aparte.client.events import Event
from aparte.client.groups import Groups
from aparte.core.room.profile import Profile
from aparte.e2ee.mls.meeting import fingerprint
from aparte.e2ee.safety import person_code
from aparte.e2ee.sframe.errors import SealError
from tests.client.conftest import Enter, House, until
from tests.client.liar import Liar
from tests.client.talk import hear, heard, picture, say, sound


def names(meeting: Meeting) -> list[str]:
    return [person.name for person in meeting.people]


def key(person: Person) -> tuple[int, str, str, str]:
    return person.leaf, person.seat, person.name, person.fingerprint


async def agree(*meetings: Meeting) -> None:
    """All see as many people as there are meetings, the same ones, under one code."""
    await until(lambda: all(meeting.count == len(meetings) for meeting in meetings), "everybody is there")
    await until(lambda: len({meeting.epoch for meeting in meetings}) == 1)
    assert len({meeting.epoch_code for meeting in meetings}) == 1
    assert len({tuple(map(key, meeting.people)) for meeting in meetings}) == 1


async def test_leaves_are_the_people_with_their_public_keys(enter: Enter) -> None:
    ada, ben = await enter("Ada"), await enter("Ben")
    await agree(ada, ben)
    before = ada.leaves
    assert before == ben.leaves
    assert [leaf.source for leaf in before] == [Source.KEY_PACKAGE, Source.COMMIT]
    shown = [(leaf.leaf, leaf.seat, fingerprint(leaf.signature_key)) for leaf in before]
    assert shown == [(person.leaf, person.seat, person.fingerprint) for person in ada.people]
    await ben.leave()
    assert ben.leaves == ()
    await until(lambda: ada.count == 1)
    # The commit that removes somebody renews the committer's leaf; the signature key stays.
    (own,) = ada.leaves
    assert (own.signature_key, own.source) == (before[0].signature_key, Source.COMMIT)
    assert own.encryption_key != before[0].encryption_key


@pytest.mark.shows("B41")
async def test_a_person_key_has_a_code_to_compare(enter: Enter) -> None:
    ada, ben = await enter("Ada"), await enter("Ben")
    await agree(ada, ben)
    assert [person.code for person in ada.people] == [person.code for person in ben.people]
    assert ada.me.code == person_code(ada.me.person_key) != ben.me.code
    assert len(ada.me.person_key) == 32


@pytest.mark.shows("B23", "B28")
async def test_two_hear_and_see_each_other(enter: Enter) -> None:
    ada, ben = await enter("Ada"), await enter("Ben")
    await agree(ada, ben)
    assert names(ada) == ["Ada", "Ben"]
    assert (ada.me.name, ben.me.name) == ("Ada", "Ben")
    for speaker, listener in ((ada, ben), (ben, ada)):
        frames = listener.frames(of=speaker.me)
        microphone, camera = speaker.publish(Stream.SOUND), speaker.publish(Stream.CAMERA)
        for number in range(20):
            await microphone.send(sound(number))
            await camera.send(picture(number))
        came = await hear(frames, 40)
        sounds = [frame for frame in came if frame.stream is Stream.SOUND]
        pictures = [frame for frame in came if frame.stream is Stream.CAMERA]
        assert [frame.content for frame in sounds] == [sound(number).content for number in range(20)]
        assert [frame.content for frame in pictures] == [picture(number).content for number in range(20)]
        assert [frame.key for frame in pictures] == [True] + [False] * 19
        assert {frame.sender for frame in came} == {speaker.me.seat}
        assert listener.counters.refused.total() == 0


async def test_a_program_says_that_it_is_one_and_what_it_sends(enter: Enter) -> None:
    ada, ben = await enter("Ada"), await enter("Ben")
    await until(lambda: [person.client for person in ben.people] == [Client.PYTHON] * 2)
    assert not ben.people[0].mic
    microphone = ada.publish(Stream.SOUND)
    await until(lambda: ben.people[0].mic and not ben.people[0].camera)
    camera = ada.publish(Stream.CAMERA)
    await until(lambda: ben.people[0].camera)
    microphone.close()
    camera.close()
    await until(lambda: not ben.people[0].mic and not ben.people[0].camera)


@pytest.mark.shows("B34")
async def test_five_come_talk_and_go(enter: Enter) -> None:
    inside: list[Meeting] = []
    codes = set()
    for name in ("Ada", "Ben", "Cleo", "Dan", "Eve"):
        inside.append(await enter(name))
        await agree(*inside)
        codes.add(inside[0].epoch_code)
    for speaker in inside:
        for listener in inside:
            assert listener is speaker or await heard(listener, speaker)
    while len(inside) > 1:
        await inside.pop(0).leave()
        await agree(*inside)
        codes.add(inside[0].epoch_code)
    assert len(codes) == 9, "the code changes with everybody who comes or goes"


@pytest.mark.promise("P8")
async def test_who_comes_later_opens_nothing_earlier(enter: Enter) -> None:
    ada, ben = await enter("Ada"), await enter("Ben")
    recorded = ben.sealed(Stream.SOUND)
    await say(ada.publish(Stream.SOUND), 20)
    before = [(await anext(recorded)).message for _ in range(20)]
    cleo = await enter("Cleo")
    await agree(ada, ben, cleo)
    feed = cleo.frames()
    for message in before:
        cleo._session.incoming.frame(message)
    assert cleo.counters.refused.total() == 20
    assert feed._take() is None
    with pytest.raises(SealError):
        cleo._session.incoming._opener.open(before[0], asyncio.get_running_loop().time())


@pytest.mark.shows("B29", "B30")
async def test_who_has_left_opens_nothing_later_with_all_that_it_had(enter: Enter) -> None:
    ada, ben, cleo = await enter("Ada"), await enter("Ben"), await enter("Cleo")
    await agree(ada, ben, cleo)
    assert await heard(cleo, ada), "Cleo's keys are in use"
    stolen = cleo._session.incoming._opener
    await cleo.leave()
    assert (cleo.ended, cleo.people) == ("left", ())
    await agree(ada, ben)
    recorded = ben.sealed(Stream.SOUND)
    await say(ada.publish(Stream.SOUND), 20)
    for _ in range(20):
        sealed = await anext(recorded)
        with pytest.raises(SealError):
            stolen.open(sealed.message, asyncio.get_running_loop().time())
        assert cleo._session.group is None


async def test_events_and_changes_tell_what_happens(enter: Enter) -> None:
    ada = await enter("Ada")
    told, changes = ada.events(), ada.changes()
    assert [person.name for person in await anext(changes)] == ["Ada"]
    ben = await enter("Ben")
    await ben.leave()
    await until(lambda: names(ada) == ["Ada"] and ada.epoch == 2)
    happened: list[Event] = []
    while (event := told._take()) is not None:
        happened.append(event)
    kinds = [type(event) for event in happened if not isinstance(event, events.Said)]
    assert kinds == [events.Joined, events.EpochBegan, events.WentAway, events.Left, events.EpochBegan]
    assert [event.person.name for event in happened if isinstance(event, events.Joined | events.Left)] == ["Ben", "Ben"]
    assert [person.name for person in await anext(changes)] == ["Ada"], "the newest"


async def test_a_key_frame_is_asked_for_and_given(enter: Enter) -> None:
    ada, ben = await enter("Ada"), await enter("Ben")
    await agree(ada, ben)
    camera = ada.publish(Stream.CAMERA)
    await camera.send(picture(0))
    assert not camera.keyframe_wanted.is_set()
    await ben.refresh(ada.me)
    async with asyncio.timeout(10):
        await camera.keyframe_wanted.wait()
    await camera.send(picture(1, key=True))
    await enter("Cleo")
    async with asyncio.timeout(10):
        await camera.keyframe_wanted.wait()


async def test_a_slow_program_loses_and_is_told_how_much(enter: Enter) -> None:
    ada, ben = await enter("Ada"), await enter("Ben")
    await agree(ada, ben)
    slow, quick = ben.frames(Stream.SOUND, bound=100), ben.frames(Stream.SOUND)
    await say(ada.publish(Stream.SOUND), 100)
    await hear(quick, 100)
    last = await hear(slow, 1)
    assert slow.lost > 0
    await ben.leave()
    rest = [frame async for frame in slow]
    assert slow.lost + len(rest) + 1 == 100
    assert [*last, *rest][-1].payload == b"opus 99"


# Cuts


@pytest.mark.promise("P11")
async def test_a_cut_is_made_good_and_counters_go_on(enter: Enter, liar: Liar, link: str) -> None:
    ada, ben = await enter("Ada", liar.link(link)), await enter("Ben")
    await agree(ada, ben)
    told, sealed = ada.events(), ben.sealed(Stream.SOUND)
    microphone, seat, fingerprint = ada.publish(Stream.SOUND), ada.me.seat, ada.me.fingerprint
    heard_by_ben = ben.frames(Stream.SOUND)
    for round_ in range(3):
        await say(microphone, 10, start=10 * round_)
        assert [frame.payload for frame in await hear(heard_by_ben, 10)] == [
            b"opus %d" % number for number in range(10 * round_, 10 * round_ + 10)
        ]
        await liar.cut()
        await until(lambda: not ada.is_connected)
        assert not await microphone.send(sound(0)), "nothing is sent into the void"
        await until(lambda: ada.is_connected)
    assert (ada.me.seat, ada.me.fingerprint) == (seat, fingerprint), "the same leaf"
    pairs = [(frame.message[8:13], frame.header.counter) for frame in [await anext(sealed) for _ in range(30)]]
    assert len(set(pairs)) == 30
    assert [counter for _, counter in pairs] == list(range(30))
    assert ben.counters.refused.total() == 0
    happened = []
    while (event := told._take()) is not None:
        happened.append(event)
    assert sum(isinstance(event, events.Reconnecting) for event in happened) == 3
    assert [event.anew for event in happened if isinstance(event, events.Reconnected)] == [False] * 3
    await agree(ada, ben)


async def test_what_happened_meanwhile_is_caught_up_with(enter: Enter, liar: Liar, link: str) -> None:
    ada, ben = await enter("Ada", liar.link(link)), await enter("Ben")
    await agree(ada, ben)
    seat, liar.is_shut = ada.me.seat, True
    await liar.cut()
    cleo, dan = await enter("Cleo"), await enter("Dan")
    await until(lambda: any(person.away and person.seat == seat for person in ben.people))
    liar.is_shut = False
    await until(lambda: ada.is_connected)
    await agree(ada, ben, cleo, dan)
    assert ada.me.seat == seat
    assert await heard(dan, ada)
    assert await heard(ada, dan)


async def test_a_server_that_starts_again_makes_a_new_group_of_those_who_were_in(house: House, enter: Enter) -> None:
    ada, ben = await enter("Ada"), await enter("Ben")
    await agree(ada, ben)
    seats = {person.seat for person in ada.people}
    told = ada.events()
    await house.restart()
    await until(lambda: ada.is_connected and ben.is_connected)
    await agree(ada, ben)
    assert not seats & {person.seat for person in ada.people}
    happened = []
    while (event := told._take()) is not None:
        happened.append(event)
    assert [event.anew for event in happened if isinstance(event, events.Reconnected)] == [True]
    assert await heard(ben, ada)


async def test_a_server_that_has_forgotten_the_meeting_ends_it_in_a_word(house: House, enter: Enter) -> None:
    ada = await enter("Ada")
    frames, told = ada.frames(), ada.events()
    await house.restart(forgetful=True)
    with pytest.raises(MeetingEnded) as ended:
        async with asyncio.timeout(30):
            await anext(frames)
    assert ended.value.reason == ada.ended == "not-invited"
    with pytest.raises(MeetingEnded):
        [event async for event in told]
    with pytest.raises(MeetingEnded):
        ada.publish(Stream.SOUND)
    assert ada.people == ()
    assert ada._session.group is None


# Many


async def test_a_crowd_and_others_are_in_one_meeting(enter: Enter) -> None:
    crowd, open_crowd = Crowd(), Crowd(secrets=True)
    shared: list[Groups] = [crowd, crowd, open_crowd, Groups(), open_crowd, crowd, Groups(), crowd]
    inside = [await enter(f"Person {number}", groups=groups) for number, groups in enumerate(shared)]
    await agree(*inside)
    assert await heard(inside[0], inside[7])
    assert await heard(inside[6], inside[4])
    for _ in range(3):
        await inside.pop(1).leave()
        await agree(*inside)
    publics = {id(meeting._session.group.group.public) for meeting in (inside[0], inside[-1]) if meeting._session.group}
    assert len(publics) == 1, "a crowd has one tree in memory"


async def test_a_full_meeting_says_so(houses: Callable[..., Awaitable[House]]) -> None:
    house = await houses(Profile(seats=1))
    link = await house.link()
    async with join(link, name="Ada", ca=house.ca):
        with pytest.raises(aparte.client.JoinError, match="full"):
            await join(link, name="Ben", ca=house.ca)


async def test_what_cannot_be_published_is_an_error(enter: Enter) -> None:
    ada = await enter("Ada")
    camera = ada.publish(Stream.CAMERA, rendition=2)
    for stream, rendition in ((Stream.CAMERA, 2), (Stream.CAMERA, 3), (Stream.SOUND, 1), (Stream.STATE, 0)):
        with pytest.raises(ValueError, match=r"sent|sound"):
            ada.publish(stream, rendition)
    camera.close()
    ada.publish(Stream.CAMERA, rendition=2)


async def test_a_fault_in_a_timer_ends_it_in_a_word(enter: Enter) -> None:
    ada = await enter("Ada")

    def fail() -> None:
        raise RuntimeError("on purpose")

    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    ada._session.later(0.0, fail)
    await until(lambda: ada._session.reason is not None)
    assert ada._session.reason == "fault"
