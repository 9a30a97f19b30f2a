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


WebSocketFactory = Callable[[Callable[[], None], bytes | None], asyncio.BufferedProtocol]
"""Makes the protocol of a new WebSocket; the first argument is called when the connection is lost, the second is the
token of the session that it came with."""


class Listener(WSListener):
    """Who hears the frames of a connection."""

    def __init__(self) -> None:
        self.renew: Callable[[], None] = _nothing  # see WebSocket; may be called when nothing is half read


def _nothing() -> None:
    return


class WebSocket(WSProtocol):  # type: ignore[misc]
    """picows' server protocol for one connection whose request head the front has read.

    picows' read buffer grows to the largest message of its connection and stays so large; a member who once sent a
    commit would cost three times the memory of one who did not. ``renew`` puts a new protocol in place of this one.
    """

    def __init__(self, listener: Listener, lost: Callable[[], None]) -> None:
        """``lost`` is called when the connection is gone."""
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
        self._renewable = listener
        self._lost = lost
        self._connection: asyncio.Transport | None = None
        listener.renew = self._renew

    def connection_made(self, transport: asyncio.Transport) -> None:
        """The connection is this protocol's from now on."""
        super().connection_made(transport)
        self._connection = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, whether or not the upgrade was ever whole."""
        super().connection_lost(exc)
        self._lost()

    def _renew(self) -> None:
        if self._connection is None or self._connection.is_closing():
            return
        connection = self._connection.upgraded() if isinstance(self._connection, _Upgraded) else self._connection
        successor = WebSocket(self._renewable, self._lost)
        upgrading = _Upgraded(connection)
        successor.connection_made(upgrading)
        feed(successor, _UPGRADE)
        upgrading.quiet = False
        connection.set_protocol(successor)


# picows has no other way to a protocol that is past its upgrade than another upgrade, to which nobody listens.
_UPGRADE = b"\r\n".join(
    (
        b"GET /link HTTP/1.1",
        b"Host: localhost",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        b"",
        b"",
    )
)


class _Upgraded(asyncio.Transport):
    """A connection that swallows what is written while ``quiet``: the answer to an upgrade that was answered before."""

    def __init__(self, connection: asyncio.Transport) -> None:
        super().__init__()
        self.quiet = True
        self._connection = connection

    def upgraded(self) -> asyncio.Transport:
        """The connection itself."""
        return self._connection

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """See ``asyncio.Transport``; so are the others."""
        if not self.quiet:
            self._connection.write(data)

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Pass on."""
        return self._connection.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """Pass on."""
        return self._connection.get_write_buffer_size()

    def is_closing(self) -> bool:
        """Pass on."""
        return self._connection.is_closing()

    def close(self) -> None:
        """Pass on."""
        self._connection.close()

    def abort(self) -> None:
        """Pass on."""
        self._connection.abort()


def feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Give a buffered protocol bytes that were read before it took over."""
    view = memoryview(data)
    while view:
        space = memoryview(protocol.get_buffer(-1))
        size = min(len(space), len(view))
        space[:size] = view[:size]
        protocol.buffer_updated(size)
        view = view[size:]
