"""Framing what the server writes, and protocols that take the place of others."""

import os

import pytest

from aparte.core.wire.control import Ping, encode_client
from aparte.core.wire.limits import MAX_CLIENT_TEXT
from aparte.server.websocket import Opcode, build_close, build_frame
from tests.server.conftest import Running
from tests.server.link_client import TestMeeting, members


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, "8200"),
        (1, "8201"),
        (125, "827d"),
        (126, "827e007e"),
        (65_535, "827effff"),
        (65_536, "827f0000000000010000"),
    ],
)
def test_frames(size: int, head: str) -> None:
    payload = os.urandom(size)
    for given in (payload, bytearray(payload), memoryview(payload)):
        assert build_frame(Opcode.BINARY, given) == bytes.fromhex(head) + payload


def test_close() -> None:
    assert build_close(4001, "malformed") == b"\x88\x0b\x0f\xa1malformed"


@pytest.mark.parametrize("self_signed", [False, True])
async def test_large_messages_come_and_go(start, self_signed: bool) -> None:  # type: ignore[no-untyped-def]
    """After each large message the connection has a new protocol; nothing of what follows is lost."""
    running: Running = await start(self_signed=self_signed, bytes_a_second=10_000_000)
    meeting = await TestMeeting.make(running.url, running.server.certificate)
    a, b = await members(running.port, meeting, 2, running.tls)
    for size in (100_000, 200, 40_000, 33_000, 300_000, 20, 70_000):
        for frame in (a.video(size), a.sound()):
            a.binary(frame)
            assert await b.frame() == frame
    # As large as a control message may be, and padded in a way that JSON allows.
    a.text(encode_client(Ping(n=1)).ljust(MAX_CLIENT_TEXT))
    assert type(await a.control()).__name__ == "Pong"
    await a.renew()
    a.binary(frame := a.sound())
    assert await b.frame() == frame
    a.binary(b"")
    assert await a.close_code() == 4001
    assert type(await b.control()).__name__ == "CommitNotice"
    assert type(await b.control()).__name__ == "Away"
