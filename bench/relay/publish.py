"""Process: one member that sends a camera and a sound. Arguments: port, meeting, link secret (hexadecimal)."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator

import uvloop

from aparte.core.wire.header import Stream, build_header
from relay.figures import LINGER, Counts, Window
from relay.media import (
    FRAMES_PER_SECOND,
    PACKETS_PER_SECOND,
    SOUND_BYTES,
    STATE_BYTES,
    Camera,
    Counters,
    Picture,
    sealed,
)
from relay.member import Member, connect, states
from relay.process import say, told

REMEMBERED = 120  # seconds of send stamps: longer than any window


class Publisher:
    """Sends on time whatever happens: a late frame does not move the next one."""

    def __init__(self) -> None:
        self._counters = Counters()
        self._camera = Camera(seed=1)
        self._pictures: Iterator[Picture] = iter(self._camera)
        self._video: list[int] = []
        self._sound: list[int] = []

    def refresh(self) -> None:
        self._camera.wanted()

    def frame(self, stream: Stream, size: int, picture: Picture | None = None) -> tuple[int, bytes]:
        header = build_header(self._counters.header(stream, picture))
        stamp = time.time_ns()
        return stamp, sealed(header, stamp, size)

    def state(self) -> bytes:
        return self.frame(Stream.STATE, STATE_BYTES)[1]

    async def video(self, member: Member) -> None:
        async for _ in ticks(FRAMES_PER_SECOND):
            picture = next(self._pictures)
            stamp, message = self.frame(Stream.CAMERA, picture.size, picture)
            member.send(message)
            self._video.append(stamp)
            del self._video[: -REMEMBERED * FRAMES_PER_SECOND]

    async def sound(self, member: Member) -> None:
        async for _ in ticks(PACKETS_PER_SECOND):
            stamp, message = self.frame(Stream.SOUND, SOUND_BYTES)
            member.send(message)
            self._sound.append(stamp)
            del self._sound[: -REMEMBERED * PACKETS_PER_SECOND]

    def count(self, window: Window) -> Counts:
        def inside(stamps: list[int]) -> int:
            return sum(window.opens <= stamp < window.closes for stamp in stamps)

        return Counts(sent_video=inside(self._video), sent_sound=inside(self._sound))


async def ticks(rate: int) -> AsyncIterator[None]:
    """Comes round ``rate`` times a second, without drift."""
    loop = asyncio.get_running_loop()
    start, number = loop.time(), 0
    while True:
        yield
        number += 1
        await asyncio.sleep(start + number / rate - loop.time())


async def main(port: int, meeting: bytes, secret: bytes) -> None:
    commands = told()
    publisher = Publisher()
    member = await connect(port, meeting, secret, lambda _: None, publisher.refresh)
    work = [
        asyncio.ensure_future(task)
        for task in (publisher.video(member), publisher.sound(member), states(member, publisher.state))
    ]
    say(ready=True)
    while (command := await commands.get()) is not None:
        window = Window(command["opens"], command["closes"])
        await window.until(window.closes + int(LINGER * 1e9))
        counts = publisher.count(window)
        say(sent_video=counts.sent_video, sent_sound=counts.sent_sound, lost=int(member.lost))
    for task in work:
        task.cancel()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])))
