"""Process: members that receive. Arguments: port, meeting, link secret (hexadecimal), how many, 1 to send states."""

import asyncio
import sys
import time
from array import array
from struct import Struct

import uvloop

from aparte.core.wire.header import HEADER_SIZE, Stream, build_header
from relay.figures import LINGER, Window
from relay.media import STATE_BYTES, Counters, sealed
from relay.member import Member, connect, states
from relay.process import say, told

PICTURE_WITHIN = 30.0
STAMP = Struct(">Q")


class Subscriber:
    """What one member receives, looked at as cheaply as possible: the machine is shared with the server."""

    def __init__(self) -> None:
        self.seen = asyncio.Event()
        self.video = self.sound = self.bytes = 0
        self.delays = array("Q")
        self._opens = self._closes = 0
        self._counters = Counters()

    def on_frame(self, message: memoryview) -> None:
        stream = message[1] >> 4
        (stamp,) = STAMP.unpack_from(message, HEADER_SIZE)
        if stream == Stream.CAMERA:
            self.seen.set()
        if stream == Stream.STATE or not self._opens <= stamp < self._closes:
            return
        self.delays.append(time.time_ns() - stamp)
        self.bytes += len(message)
        if stream == Stream.CAMERA:
            self.video += 1
        else:
            self.sound += 1

    def open(self, window: Window) -> None:
        self.video = self.sound = self.bytes = 0
        self.delays = array("Q")
        self._opens, self._closes = window.opens, window.closes

    def state(self) -> bytes:
        return sealed(build_header(self._counters.header(Stream.STATE)), time.time_ns(), STATE_BYTES)


async def main(port: int, meeting: bytes, secret: bytes, number: int, stating: bool) -> None:
    commands = told()
    members: list[Member] = []
    subscribers = [Subscriber() for _ in range(number)]
    work = []
    for subscriber in subscribers:
        member = await connect(port, meeting, secret, subscriber.on_frame, lambda: None)
        members.append(member)
        if stating:
            work.append(asyncio.ensure_future(states(member, subscriber.state)))
    for subscriber in subscribers:
        await asyncio.wait_for(subscriber.seen.wait(), PICTURE_WITHIN)
    say(ready=True)
    while (command := await commands.get()) is not None:
        window = Window(command["opens"], command["closes"])
        for subscriber in subscribers:
            subscriber.open(window)
        await window.until(window.closes + int(LINGER * 1e9))
        say(
            video=sum(s.video for s in subscribers),
            sound=sum(s.sound for s in subscribers),
            bytes=sum(s.bytes for s in subscribers),
            delays_ms=[round(delay / 1e6, 3) for s in subscribers for delay in s.delays],
            lost=sum(member.lost for member in members),
        )
    for task in work:
        task.cancel()


if __name__ == "__main__":
    uvloop.run(
        main(
            int(sys.argv[1]),
            bytes.fromhex(sys.argv[2]),
            bytes.fromhex(sys.argv[3]),
            int(sys.argv[4]),
            sys.argv[5] == "1",
        )
    )
