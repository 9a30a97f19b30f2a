"""Ten thousand broken messages against the running server: documented close codes, and nobody else notices."""

import asyncio
import os
import random
from collections import Counter

import pytest
from picows import WSMsgType

from aparte.core.wire.control import (
    ClientMessage,
    Commit,
    Create,
    Hello,
    Leave,
    Nack,
    Ping,
    Pong,
    RefreshRequest,
    ResumeRequest,
    encode_client,
)
from aparte.core.wire.errors import CLOSE_CODES
from aparte.core.wire.header import Stream
from tests.server.conftest import Start
from tests.server.link_client import LinkClient, TestMeeting, members
from tests.server.raw_client import UPGRADE, RawClient

MESSAGES = 10_000
AT_ONCE = 4
LINKS_A_MEETING = 20
DOCUMENTED = {*CLOSE_CODES.values(), 1002, 1007, 1009}
SEAT, TOKEN = "A" * 22, "A" * 43


class Mutator:
    """Messages that are nearly right."""

    def __init__(self, chance: random.Random, meeting: TestMeeting) -> None:
        self._random = chance
        resume = ResumeRequest(seat=SEAT, token=TOKEN, epoch=0)
        messages: list[ClientMessage] = [
            Hello(v=1, meeting=meeting.id, door=meeting.door),
            Hello(v=1, meeting=meeting.id, door=meeting.door, resume=resume),
            Create(group=b"g" * 32, info=b"info", tree=b"tree"),
            Commit(commit=b"commit", info=b"info"),
            Nack(epoch=0),
            RefreshRequest(seat=SEAT, stream=Stream.CAMERA, rendition=0),
            Ping(n=1),
            Leave(),
        ]
        self._texts = [encode_client(message).encode() for message in messages]

    def next(self, link: LinkClient) -> tuple[WSMsgType, bytes]:
        """One message, mutated more often than not."""
        kind = self._random.choice([WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.BINARY])
        if self._random.random() < 0.1:
            return kind, self._random.randbytes(self._random.choice([0, 1, 7, 8, 24, 25, 200, 5_000]))
        if kind is WSMsgType.TEXT:
            return kind, self._mutate(self._random.choice(self._texts))
        frame = link.sound(40) if self._random.random() < 0.5 else link.video(self._random.choice([17, 500, 9_000]))
        return kind, self._mutate(frame)

    def _mutate(self, message: bytes) -> bytes:
        data = bytearray(message)
        for _ in range(self._random.choice([0, 0, 1, 1, 2, 5])):
            place = self._random.randrange(min(len(data), 60)) if data else 0
            match self._random.randrange(5):
                case 0 if data:
                    data[place] ^= 1 << self._random.randrange(8)
                case 1 if data:
                    del data[place : place + self._random.randrange(1, 20)]
                case 2:
                    data[place:place] = self._random.randbytes(self._random.randrange(1, 20))
                case 3:
                    data[place:place] = self._random.choice([b"{", b"[", b"null", b"1e999", b'"t":', b"\x00", b"\xff"])
                case _:
                    data += data[place:]
        return bytes(data)


@pytest.mark.promise("P19", "P20")
async def test_broken_messages_end_their_link_and_nothing_else(start: Start) -> None:
    running = await start(
        frames_a_second=100_000,
        controls_a_second=100_000,
        silence_seconds=60.0,
        greeting_seconds=60.0,
        head_seconds=60.0,
    )
    a, b = await members(running.port, await TestMeeting.make(running.url), 2)
    codes: Counter[int] = Counter()
    done = 0
    talking = asyncio.Lock()

    async def attack(seed: int) -> None:
        chance = random.Random(seed)
        while done < MESSAGES:
            hostile = await TestMeeting.make(running.url)
            (founder,) = await members(running.port, hostile, 1)
            for _ in range(LINKS_A_MEETING):
                await attack_once(chance, hostile)
                await talk()
            # Its room has gone on.
            founder.say(Ping(n=12345))
            while await founder.control() != Pong(n=12345):
                continue
            founder.drop()

    async def attack_once(chance: random.Random, hostile: TestMeeting) -> None:
        nonlocal done
        mutator = Mutator(chance, hostile)
        link = await LinkClient.open(running.port)
        if chance.random() < 0.5:
            await link.greet(hostile)
            if chance.random() < 0.7:
                await link.join_somehow()
        for _ in range(chance.randrange(1, 40)):
            kind, message = mutator.next(link)
            link.transport.send(kind, message)
            done += 1
            await asyncio.sleep(0)
            if link.closed.done():
                break
        else:
            link.transport.send_close(1000)  # type: ignore[arg-type]
        codes[await link.close_code()] += 1

    async def talk() -> None:
        async with talking:
            for one, other in ((a, b), (b, a)):
                one.binary(frame := one.sound())
                assert await other.frame() == frame

    await asyncio.gather(*(attack(seed) for seed in range(AT_ONCE)))
    assert set(codes) <= DOCUMENTED, codes


@pytest.mark.promise("P19")
async def test_broken_websocket_frames(start: Start) -> None:
    """Random bytes after the upgrade."""
    running = await start()
    a, b = await members(running.port, await TestMeeting.make(running.url), 2)
    for _ in range(300):
        client = await RawClient.open(running.port)
        client.send(UPGRADE.format(port=running.port, more=""))
        await client.head()
        client.send(bytes([0x81 + random.randrange(2), 0x80 | random.randrange(128)]) + os.urandom(200))
        client.close()
    for opcode in range(16):
        client = await RawClient.open(running.port)
        client.send(UPGRADE.format(port=running.port, more=""))
        await client.head()
        client.send(bytes([0x80 | opcode, 0x01, 0x00]))  # not masked
        answer = await client.end()
        assert b"\x03\xea" in answer, opcode  # 1002
        client.close()
    a.binary(frame := a.sound())
    assert await b.frame() == frame
