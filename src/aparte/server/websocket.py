"""WebSocket framing (RFC 6455): picows reads, and what is written is framed once, however many receive it."""

import asyncio
import logging
import struct
from collections.abc import Callable
from enum import IntEnum

from picows import WSAutoPingStrategy, WSListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # picows ships no types for its protocol

from aparte.core.wire.limits import MAX_CAMERA, MAX_CLIENT_TEXT

MAX_MESSAGE = max(MAX_CAMERA, MAX_CLIENT_TEXT)
"""Bytes of the largest message of either type."""

# A message that is only a little too large is still read, so that it gets the protocol's own close code; what announces
# more than this is refused by its frame header, before a byte of it is kept.
_MAX_FRAME = MAX_MESSAGE + 65_536
_READ_BUFFER = 8_192

_SMALL = struct.Struct(">BB")
_MEDIUM = struct.Struct(">BBH")
_LARGE = struct.Struct(">BBQ")
_CODE = struct.Struct(">H")
_FINAL = 0x80

# picows logs addresses and parts of messages. Its errors end the connection, which is all that is needed.
_MUTE = logging.Logger("aparte.websocket", logging.CRITICAL + 1)


Payload = bytes | bytearray | memoryview


class Opcode(IntEnum):
    """What a server writes (RFC 6455 section 5.2)."""

    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PONG = 0xA


INVALID = 1002
"""Close code: the peer broke RFC 6455."""
FAILED = 1011
"""Close code: an error of the server's own."""


def build_frame(opcode: Opcode, payload: Payload) -> bytes:
    """One whole message as a server sends it: unmasked, unfragmented."""
    size = len(payload)
    first = _FINAL | opcode
    if size < 126:
        return _SMALL.pack(first, size) + payload
    if size < 65_536:
        return _MEDIUM.pack(first, 126, size) + payload
    return _LARGE.pack(first, 127, size) + payload


def build_close(code: int, reason: str) -> bytes:
    """A close frame."""
    return build_frame(Opcode.CLOSE, _CODE.pack(code) + reason.encode())


WebSocketFactory = Callable[[Callable[[], None]], asyncio.BufferedProtocol]
"""Makes the protocol of a new WebSocket; the argument is called when the connection is lost."""


class WebSocket(WSProtocol):  # type: ignore[misc]
    """picows' server protocol for one connection whose request head the front has read."""

    def __init__(self, listener: WSListener, lost: Callable[[], None]) -> None:
        super().__init__(
            None,  # host and port: a client's
            None,  # path: a client's
            False,  # is_client_side
            lambda _request: listener,
            _MUTE,
            True,  # disconnect_on_exception
            None,  # handshake timeout: the front keeps it
            False,  # automatic pings: the protocol has its own
            20,
            20,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # automatic pongs: they count like any other message
            _MAX_FRAME,
            None,  # extra headers
            _READ_BUFFER,
        )
        self._lost = lost

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, whether or not the upgrade was ever whole."""
        super().connection_lost(exc)
        self._lost()


def feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Give a buffered protocol bytes that were read before it took over."""
    view = memoryview(data)
    while view:
        space = memoryview(protocol.get_buffer(-1))
        size = min(len(space), len(view))
        space[:size] = view[:size]
        protocol.buffer_updated(size)
        view = view[size:]
