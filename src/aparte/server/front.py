"""One port for everything: reads the first request head of a connection and hands the connection to who serves it."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, cast

import aiofastnet

from aparte.server.access.tokens import COOKIE, read_token
from aparte.server.config import Limits
from aparte.server.head import Head, names_this_machine, parse_head
from aparte.server.http.connection import HttpConnection
from aparte.server.log import log
from aparte.server.peers import Peers, network
from aparte.server.websocket import WebSocketFactory, feed

# It reports every handshake that fails, with the peer's address. Strangers knock on every port.
logging.getLogger("aiofastnet").setLevel(logging.CRITICAL + 1)

# One TLS record and its overhead: larger buffers cost memory for every receiver and gain nothing with small frames.
_TLS_BUFFER = 16_384 + 256
_SHUTDOWN_SECONDS = 2.0
_PAUSE_SECONDS = 0.1


class Front:
    """Accepts connections on a listening socket until ``close``.

    A connection has ``head_seconds`` from being accepted to a whole request head, the TLS handshake included. At most
    ``half_open`` may be on that way: when one more comes, the oldest is cut, and silent ones keep nobody out.
    """

    def __init__(
        self,
        listening: socket.socket,
        tls: ssl.SSLContext | None,
        limits: Limits,
        http: Callable[[Callable[[], None]], HttpConnection],
        link: WebSocketFactory,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        self._listening = listening
        self._tls = tls
        self._limits = limits
        self._http = http
        self._link = link
        self._headers = headers
        self._opening: dict[_Opening, None] = {}  # oldest first
        self._peers = Peers(limits)
        self._none_open = asyncio.Event()
        self._none_open.set()
        self._accepting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to accept."""
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept no more, and drop what has not said what it wants."""
        if self._accepting is not None:
            self._accepting.cancel()
        self._listening.close()
        for opening in list(self._opening):
            opening.cut()

    async def closed(self, seconds: float) -> None:
        """Wait until the last connection is gone, but not longer than this."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._none_open.wait()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, address = await loop.sock_accept(self._listening)
            except OSError as error:
                # Out of files or memory, or a connection that was gone at once: others are still to be served.
                log.warning("accept-failed", error=error.errno)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            name = network(address[0])
            if not self._peers.enter(name):
                accepted.close()
                continue
            if len(self._opening) >= self._limits.half_open:
                next(iter(self._opening)).cut()
            self._none_open.clear()
            opening = _Opening(self, self._limits, partial(self._lost, name))
            self._opening[opening] = None
            opening.connecting = asyncio.create_task(self._connect(opening, accepted))

    async def _connect(self, opening: "_Opening", accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        tls = _tls_arguments(self._tls, self._limits.head_seconds) if self._tls is not None else {}
        try:
            await aiofastnet.connect_accepted_socket(loop, lambda: opening, accepted, **tls)
        except (OSError, asyncio.CancelledError):
            # A handshake that fails or takes too long is the peer's affair (ssl.SSLError is an OSError).
            pass
        finally:
            if opening.transport is None:
                opening.connection_lost(None)

    # What becomes of a connection

    def settle(self, opening: "_Opening") -> None:
        """It is no longer half open."""
        self._opening.pop(opening, None)

    def _lost(self, name: str) -> None:
        self._peers.leave(name)
        if self._peers.none:
            self._none_open.set()

    def hand_over(self, transport: asyncio.Transport, data: bytes, head: Head | None, lost: Callable[[], None]) -> bool:
        """Give it, and what it has said so far, to the protocol that serves it; false when it is refused instead."""
        if head is None or not head.wants_link:
            http = self._http(lost)
            transport.set_protocol(http)
            http.connection_made(transport)
            http.data_received(data)
            return True
        if self._tls is None and not names_this_machine(head.headers.get("host", [])):
            self.refuse(transport, HTTPStatus.MISDIRECTED_REQUEST, "misdirected")
            return False
        if not head.same_origin(self._tls is not None):
            self.refuse(transport, HTTPStatus.FORBIDDEN, "wrong-origin")
            return False
        link = self._link(lost, _session_token(head))
        transport.set_protocol(link)
        link.connection_made(transport)
        feed(link, data)
        return True

    def refuse(self, transport: asyncio.Transport, status: HTTPStatus, reason: str) -> None:
        """Answer a request that goes no further, and close."""
        body = f'{{"reason":"{reason}"}}'.encode()
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in self._headers]
        lines += [b"content-type: application/json", b"connection: close", b"content-length: %d" % len(body), b"", body]
        transport.write(b"\r\n".join(lines))
        transport.close()


def _session_token(head: Head) -> bytes | None:
    """What says whose link it is: a bearer token, or the cookie, which counts only with an ``Origin``."""
    kind, _, bearer = (head.one("authorization") or "").partition(" ")
    if kind.lower() == "bearer":
        return read_token(bearer.strip())
    pairs = (pair.strip().partition("=") for pair in (head.one("cookie") or "").split(";"))
    found = [value for name, _, value in pairs if name == COOKIE]
    return read_token(found[0]) if len(found) == 1 and "origin" in head.headers else None


def _tls_arguments(tls: ssl.SSLContext, seconds: float) -> dict[str, Any]:
    return {
        "ssl": tls,
        "ssl_handshake_timeout": seconds,
        "ssl_shutdown_timeout": _SHUTDOWN_SECONDS,
        "ssl_incoming_bio_size": _TLS_BUFFER,
        "ssl_outgoing_bio_size": _TLS_BUFFER,
    }


class _Opening(asyncio.Protocol):
    """A connection until its first request head is whole."""

    def __init__(self, front: Front, limits: Limits, lost: Callable[[], None]) -> None:
        self._front = front
        self._limits = limits
        self._data = b""
        self._lost = lost
        self._handed_over = False
        self.transport: asyncio.Transport | None = None
        self.connecting: asyncio.Task[None] | None = None
        self._deadline = asyncio.get_running_loop().call_later(limits.head_seconds, self.cut)

    def cut(self) -> None:
        """Drop the connection, in whichever step of opening it is."""
        self._settle()
        if self.transport is not None:
            self.transport.abort()
        elif self.connecting is not None:
            self.connecting.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection, and its TLS, is there."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """A piece of the head, and perhaps of what follows it."""
        if self.transport is None or self._handed_over:
            return
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0 and len(self._data) < self._limits.head_bytes:
            return
        self._settle()
        if 0 <= end < self._limits.head_bytes:
            head = parse_head(self._data[:end])
            self._handed_over = self._front.hand_over(self.transport, self._data, head, self._lost)
        else:
            self._front.refuse(self.transport, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too-large")

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone before its head was whole, or after a refusal."""
        self._settle()
        self._lost()

    def _settle(self) -> None:
        self._deadline.cancel()
        self._front.settle(self)
