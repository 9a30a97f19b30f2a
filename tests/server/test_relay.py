"""A receiver's gate, on a real socket."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from aparte.core.relay.feed import Wanted
from aparte.core.wire.errors import Reason, WireError
from aparte.core.wire.header import Header, Stream
from aparte.server.clock import steady
from aparte.server.config import Limits
from aparte.server.receiver import Receiver
from aparte.server.relay import Relay

KEY = Header(Stream.CAMERA, 0, 0, True, False, 1, 0)
STATE = Header(Stream.STATE, 0, 0, False, False, 0, 0)
PROOF = Header(Stream.PROOF, 0, 0, False, False, 0, 0)
SOUND = Header(Stream.SOUND, 0, 0, False, False, 0, 0)


class Pair:
    """A connection whose far end reads when it is told to."""

    def __init__(self, writer: asyncio.StreamWriter, reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        assert isinstance(writer.transport, asyncio.Transport)
        self.transport = writer.transport
        self.reader = reader
        self.far = far
        self.wanted: list[Wanted] = []

    def receiver(self, limits: Limits | None = None) -> Receiver:
        return Receiver(self.transport, limits or Limits(), self.wanted.append)


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    accepted: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda _, writer: accepted.set_result(writer), "127.0.0.1", 0)
    reader, far = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=2**16)
    near = await accepted
    yield Pair(near, reader, far)
    for writer in (near, far):
        writer.transport.abort()
    server.close()
    await server.wait_closed()


def fill(pair: Pair) -> None:
    """Write until the kernel takes no more."""
    while pair.transport.get_write_buffer_size() == 0:
        pair.transport.write(bytes(100_000))


async def test_an_open_gate_lets_frames_through_at_once(pair: Pair) -> None:
    receiver = pair.receiver()
    assert receiver.offer("a", KEY, b"key", 0.0)
    assert receiver.offer("a", SOUND, b"sound", 0.0)
    assert receiver.control(b"control")
    assert await pair.reader.readexactly(15) == b"keysoundcontrol"


async def test_a_state_rides_with_the_next_frame(pair: Pair) -> None:
    receiver = pair.receiver()
    assert receiver.offer("a", STATE, b"state", 0.0)
    assert receiver.offer("b", STATE, b"another", 0.0)
    assert receiver.offer("a", SOUND, b"sound", 0.0)
    receiver.let_off()
    assert await pair.reader.readexactly(17) == b"stateanothersound"
    assert receiver.offer("a", SOUND, b"sound", 0.0)
    assert await pair.reader.readexactly(5) == b"sound"


async def test_a_proof_rides_with_the_next_frame(pair: Pair) -> None:
    receiver = pair.receiver()
    assert receiver.offer("a", PROOF, b"proof", 0.0)
    assert receiver.offer("b", SOUND, b"sound", 0.0)
    assert await pair.reader.readexactly(10) == b"proofsound"


async def test_a_state_does_not_wait_for_long(pair: Pair) -> None:
    receiver = pair.receiver()
    Relay(steady, 1.0, 0.001).forward((receiver,), "a", STATE, b"state")
    assert await asyncio.wait_for(pair.reader.readexactly(7), 10) == b"\x82\x05state"


async def test_a_closed_gate_holds_frames_back(pair: Pair) -> None:
    receiver = pair.receiver()
    fill(pair)
    waiting = pair.transport.get_write_buffer_size()
    now = steady()
    assert not receiver.offer("a", KEY, b"key", now)
    assert not receiver.offer("a", SOUND, b"sound", now)
    assert not receiver.control(b"control")
    assert not receiver.flush(now)
    assert pair.transport.get_write_buffer_size() == waiting


async def test_the_relay_looks_after_receivers_until_nothing_waits(pair: Pair) -> None:
    receiver = pair.receiver()
    relay = Relay(steady, 0.001, 0.001)
    fill(pair)
    relay.forward((receiver,), "a", KEY, b"picture")
    assert receiver.control(b"last words") is False
    taken = b""
    while not taken.endswith((b"picture", b"last words")):
        taken += await asyncio.wait_for(pair.reader.read(2**16), 10)
    assert b"last words" in taken[-40:]


async def test_control_messages_that_nobody_reads(pair: Pair) -> None:
    receiver = pair.receiver(Limits(control_bytes=1000))
    fill(pair)
    receiver.control(bytes(900))
    with pytest.raises(WireError) as error:
        receiver.control(bytes(200))
    assert error.value.reason is Reason.TOO_SLOW


async def test_a_picture_without_its_beginning_asks_for_one(pair: Pair) -> None:
    receiver = pair.receiver()
    delta = Header(Stream.CAMERA, 2, 0, False, False, 9, 50)
    assert not receiver.offer("a", delta, b"delta", 10.0)
    assert receiver.flush(10.0)
    assert pair.wanted == [Wanted("a", Stream.CAMERA, 2)]


async def test_a_closed_receiver_takes_everything_and_writes_nothing(pair: Pair) -> None:
    receiver = pair.receiver()
    receiver.close()
    assert receiver.offer("a", KEY, os.urandom(10), 0.0)
    assert receiver.control(b"control")
    assert receiver.flush(0.0)
    pair.transport.write(b"!")
    assert await pair.reader.read(10) == b"!"


async def test_one_message_is_framed_once_for_all(pair: Pair) -> None:
    written: list[bytes] = []

    class Recorder(Receiver):
        def offer(self, sender: str, header: Header, framed: bytes, now: float) -> bool:
            written.append(framed)
            return True

    receivers = tuple(Recorder(pair.transport, Limits(), pair.wanted.append) for _ in range(3))
    Relay(steady, 1.0, 1.0).forward(receivers, "a", KEY, memoryview(b"x" * 200))
    assert written[0] == b"\x82\x7e\x00\xc8" + b"x" * 200
    assert all(framed is written[0] for framed in written)
