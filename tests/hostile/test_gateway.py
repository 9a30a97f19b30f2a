"""Telephony and WebRTC cannot lead into a meeting: nothing of theirs is spoken here, and only members are heard."""

import asyncio
import struct

import pytest

from aparte.core.wire.errors import CLOSE_CODES
from tests.server.conftest import Running
from tests.server.link_client import LinkClient, TestMeeting, members

SIP = (
    b"INVITE sip:room@localhost SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:room@localhost>\r\n"
    b"Call-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: 0\r\n\r\n"
)
H225_SETUP = bytes.fromhex("030000220802000105") + bytes(25)  # TPKT, Q.931 SETUP
STUN = struct.pack(">HHI", 0x0001, 0, 0x2112A442) + bytes(12)  # binding request
RTP = bytes.fromhex("806f0001000000000000abcd") + bytes(160)


@pytest.mark.shows("B33")
@pytest.mark.parametrize("call", [SIP, H225_SETUP, STUN, RTP], ids=["SIP", "H.323", "STUN", "RTP"])
async def test_a_call_by_another_protocol_gets_no_answer_and_no_seat(plain: Running, call: bytes) -> None:
    meeting = await TestMeeting.make(plain.url)
    ada, blaise = await members(plain.port, meeting, 2)
    reader, writer = await asyncio.open_connection("127.0.0.1", plain.port)
    writer.write(call)
    if not call.endswith(b"\r\n\r\n"):
        writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    # The same bytes on a link are no frame either.
    stranger = await LinkClient.open(plain.port)
    stranger.binary(call)
    assert await stranger.close_code() in CLOSE_CODES.values()
    # Nobody came, nobody was told of anybody, and the two go on.
    ada.binary(frame := ada.sound())
    assert await blaise.frame() == frame
    assert ada.controls.empty()
    assert blaise.controls.empty()
