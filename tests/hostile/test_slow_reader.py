"""A participant who takes nothing, or little, of what it is sent."""

import asyncio
import re
from pathlib import Path
from time import monotonic

import pytest

from aparte.core.wire.control import Ping
from aparte.core.wire.header import parse_header
from tests.server.conftest import Start
from tests.server.link_client import LinkClient, TestMeeting, members

PATTERN = (0, 2, 1, 2)


def resident() -> int:
    """Kilobytes of this process, the server in it."""
    match = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert match is not None
    return int(match[1])


@pytest.mark.promise("P20")
async def test_who_does_not_read_delays_nobody_and_costs_a_bounded_amount(start: Start) -> None:
    running = await start(frames_a_second=100_000, bytes_a_second=1_000_000_000)
    meeting = await TestMeeting.make(running.url)
    sender, reader, slow = await members(running.port, meeting, 3)
    slow.transport.underlying_transport.pause_reading()
    delays = []
    tl0 = 0
    before = 0
    for number in range(1_200):
        temporal = PATTERN[number % 4]
        tl0 = (tl0 + (temporal == 0)) % 256
        sent = monotonic()
        sender.binary(frame := sender.video(20_000, temporal, key=number % 400 == 0, tl0=tl0))
        # A receiver may be spared a picture when this machine is busy; it is never given a broken one.
        got = await reader.frame()
        assert got == frame
        delays.append(monotonic() - sent)
        if number % 50 == 0:
            for link in (sender, reader, slow):
                link.say(Ping(n=number))
        if number == 400:
            before = resident()  # the kernel's buffers for the slow one are full by now
    assert resident() - before < 4_000
    delays.sort()
    assert delays[len(delays) // 2] < 0.1
    # It reads again: the pictures begin with a key frame, and sound and pings work as if nothing had been.
    slow.transport.underlying_transport.resume_reading()
    seen = 0
    while True:
        sender.binary(last := sender.sound())
        await reader.frame()
        got = await slow.frame()
        while parse_header(got).stream.name != "SOUND":
            got = await slow.frame()
            seen += 1
        if got == last:
            break
    assert seen < 1_200
    slow.say(Ping(n=1))
    await slow.control()


async def test_what_a_slow_reader_gets_can_be_decoded(start: Start) -> None:
    """Whatever is left out, every picture comes after all that it depends on."""
    running = await start(frames_a_second=100_000, bytes_a_second=1_000_000_000)
    sender, slow = await members(running.port, await TestMeeting.make(running.url), 2)
    tl0 = 0
    received: list[bytes] = []

    async def read_slowly() -> None:
        while True:
            received.append(await slow.frame())
            slow.transport.underlying_transport.pause_reading()
            await asyncio.sleep(0.01)
            slow.transport.underlying_transport.resume_reading()

    reading = asyncio.create_task(read_slowly())
    for number in range(600):
        temporal = PATTERN[number % 4]
        tl0 = (tl0 + (temporal == 0)) % 256
        sender.binary(sender.video(60_000, temporal, key=number % 100 == 0, tl0=tl0))
        await asyncio.sleep(0.002)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert received
    assert len(received) < 600
    base: int | None = None
    for header in map(parse_header, received):
        if header.temporal == 0:
            assert header.key or (base is not None and header.tl0 == (base + 1) % 256)
            base = header.tl0
        else:
            assert header.tl0 == base


async def test_many_who_do_not_read(start: Start) -> None:
    """Ten of them: the one who reads still gets everything in order."""
    running = await start(frames_a_second=100_000, bytes_a_second=1_000_000_000)
    meeting = await TestMeeting.make(running.url)
    sender, reader, *deaf = await members(running.port, meeting, 12)
    for link in deaf:
        link.transport.underlying_transport.pause_reading()
    for _ in range(300):
        sender.binary(frame := sender.sound(3_000))
        assert await reader.frame() == frame
    assert isinstance(reader, LinkClient)
