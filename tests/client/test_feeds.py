"""What a slow program loses, what it is told, and how iterating ends."""

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from aparte.client.errors import MeetingEnded
from aparte.client.events import EpochBegan
from aparte.client.feeds import EVENTS, Audience, EventFeed, OpenedFeed, PeopleFeed
from aparte.client.frames import Frame
from aparte.client.people import Person
from aparte.core.policy.rights import NONE
from aparte.core.wire.header import Header, Stream
from aparte.e2ee.content import Codec, Colour, Sound, Video
from tests.core.layers.camera import Camera, Decoder

SEAT = "A" * 22
SOUND = Sound(0, 0, 1, 200, b"opus")


def picture(header: Header, size: int = 1_000) -> Frame:
    return Frame(SEAT, header, Video(Codec.VP9, 0, 1, 1, Colour(1, False, 1), bytes(size)))


def sound(counter: int) -> Frame:
    return Frame(SEAT, Header(Stream.SOUND, 0, 0, False, False, 0, counter), SOUND)


class Asked:
    def __init__(self) -> None:
        self.wanted: list[tuple[str, Stream, int]] = []
        self.now = 0.0

    def feed(self, bound: int = 1 << 20, stream: Stream | None = None) -> OpenedFeed:
        return OpenedFeed(stream, None, bound, lambda *what: self.wanted.append(what), lambda: self.now)


async def taken(feed: OpenedFeed) -> list[Frame]:
    feed.end("left")
    return [frame async for frame in feed]


async def test_whoever_keeps_up_loses_nothing() -> None:
    asked, camera = Asked(), Camera()
    feed = asked.feed()
    frames = [picture(camera.next()) for _ in range(40)]
    for frame in frames:
        feed.put(frame, 1_000)
    assert await taken(feed) == frames
    assert (feed.lost, asked.wanted) == (0, [])


async def test_over_the_bound_the_upper_layers_go_first() -> None:
    asked, camera = Asked(), Camera()
    feed = asked.feed(bound=30_000)
    for number in range(31):
        feed.put(picture(camera.next(), 1_000), 1_000)
        feed.put(sound(number), 4)
    frames = await taken(feed)
    kept = [frame for frame in frames if frame.stream is Stream.CAMERA]
    assert [frame.temporal for frame in kept[:8]] == [0, 1, 0, 1, 0, 1, 0, 1], "the oldest of layer 2 went"
    assert sum(frame.stream is Stream.SOUND for frame in frames) == 31
    assert feed.lost == 31 - len(kept) > 0
    assert asked.wanted == []


async def test_memory_is_bounded_whatever_comes_and_what_is_left_can_be_decoded() -> None:
    asked, camera = Asked(), Camera()
    feed = asked.feed(bound=50_000)
    decoder = Decoder(camera)
    for number in range(2_000):
        feed.put(picture(camera.next(key=number % 300 == 0), 1_000), 1_000)
        assert feed._size <= 50_000
        if number % 97 == 0:
            for _ in range(20):
                frame = feed._take()
                if frame is not None:
                    decoder.decode(frame.header.counter)
    assert feed.lost > 1_000
    assert asked.wanted, "a key frame was asked for"


async def test_a_flood_of_sound_is_bounded_too() -> None:
    feed = Asked().feed(bound=1_000)
    for number in range(1_000):
        feed.put(sound(number), 4)
    frames = await taken(feed)
    assert frames[-1].header.counter == 999
    assert len(frames) + feed.lost == 1_000
    assert len(frames) <= 250


async def test_a_key_frame_is_asked_for_once_a_second_at_most() -> None:
    asked, camera = Asked(), Camera()
    feed = asked.feed()
    headers = [camera.next() for _ in range(12)]
    for header in headers[4:]:
        feed.put(picture(header), 1_000)
    assert feed._take() is None
    assert asked.wanted == [(SEAT, Stream.CAMERA, 0)]
    asked.now = 1.0
    feed.put(picture(camera.next()), 1_000)
    assert feed._take() is None
    assert len(asked.wanted) == 2
    feed.put(picture(camera.next(key=True)), 1_000)
    assert feed._take() is not None
    assert feed.lost == 9


async def test_the_oldest_events_are_lost_first_and_counted() -> None:
    feed = EventFeed()
    for number in range(EVENTS + 5):
        feed.put(EpochBegan(number))
    feed.end("left")
    events = [event async for event in feed]
    assert events == [EpochBegan(number) for number in range(5, EVENTS + 5)]
    assert feed.lost == 5


async def test_the_people_are_always_the_newest() -> None:
    people: tuple[Person, ...] = ()
    feed = PeopleFeed(lambda: people)
    assert await anext(feed) == ()
    ada = Person(0, SEAT, "Ada", "", bytes(16), True, NONE, "", bytes(32))
    for person in (replace(ada, mic=True), ada):
        people = (person,)
        feed.put()
    assert await anext(feed) == (ada,)
    waiting = asyncio.ensure_future(anext(feed))
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.put()
    assert await waiting == (ada,)


async def iterate(feed: EventFeed) -> AsyncIterator[object]:
    async for event in feed:
        yield event


async def test_iterating_ends_when_one_leaves_and_raises_when_the_meeting_ends() -> None:
    feed = EventFeed()
    waiting = asyncio.ensure_future(anext(feed))
    await asyncio.sleep(0)
    feed.end("left")
    with pytest.raises(StopAsyncIteration):
        await waiting
    other = EventFeed()
    other.put(EpochBegan(1))
    other.end("removed")
    assert await anext(other) == EpochBegan(1)
    with pytest.raises(MeetingEnded) as ended:
        await anext(other)
    assert ended.value.reason == "removed"


async def test_who_lets_go_of_a_feed_costs_nothing_more() -> None:
    feeds: Audience[EventFeed] = Audience()
    feed = EventFeed()
    feeds.add(feed)
    feed.put(EpochBegan(1))
    async for _ in feed:
        break
    assert list(feeds) == [feed]
    del feed
    gc.collect()
    assert not feeds
    assert list(feeds) == []
