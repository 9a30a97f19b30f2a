"""Frames that tests send, and how they are heard."""

import asyncio

from aparte.client import Codec, Colour, EncodedFrame, Frame, Meeting, Publisher, Sound, Stream, Video
from aparte.client.feeds import OpenedFeed


def sound(number: int) -> EncodedFrame:
    return EncodedFrame(Sound(number * 20_000, 30, 1, 200, b"opus %d" % number))


def picture(number: int, key: bool = False) -> EncodedFrame:
    colour = Colour(6, False, 6)
    return EncodedFrame(Video(Codec.VP9, number * 33_000, 640, 360, colour, b"vp9 %d" % number), key or number == 0)


async def say(microphone: Publisher, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        assert await microphone.send(sound(number))


async def hear(feed: OpenedFeed, count: int) -> list[Frame]:
    async with asyncio.timeout(30):
        return [await anext(feed) for _ in range(count)]


async def heard(listener: Meeting, speaker: Meeting, count: int = 5) -> bool:
    """Whether what one says arrives and opens at the other."""
    feed = listener.frames(Stream.SOUND, of=speaker.me)
    microphone = speaker.publish(Stream.SOUND)
    try:
        await say(microphone, count)
        return [frame.payload for frame in await hear(feed, count)] == [b"opus %d" % number for number in range(count)]
    finally:
        microphone.close()
