"""One connection to a server: control messages as text, sealed frames as binary, over one WebSocket (spec/wire.md).

It pings, notices silence, and knows nothing of groups or keys.
"""

import asyncio
import logging
import ssl
from array import array
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from aparte.client.connection import Events
from aparte.core.wire import control
from aparte.core.wire.control import ClientMessage, ServerMessage, encode_client
from aparte.core.wire.errors import WireError
from aparte.core.wire.limits import MAX_SERVER_TEXT

PING_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 2.0
_HIGH_WATER: Final = 65_536
_SIOCOUTQNSD: Final = 0x894B  # linux/sockios.h: bytes of a socket that have not been sent once
# picows logs addresses and parts of messages. Its errors end the connection, which is all that is needed.
_MUTE: Final = logging.Logger("aparte.line", logging.CRITICAL + 1)

Decode = Callable[[bytes], ServerMessage]
"""Reads a control message; raises ``WireError``."""


class SocketLine(WSListener):
    """A line over TLS, or without it to this machine."""

    def __init__(
        self, url: str, tls: ssl.SSLContext | None, decode: Decode, events: Events, token: str | None = None
    ) -> None:
        """Begin to connect to ``url`` (ws or wss); what becomes of it is told to ``events``.

        ``token`` is of the session with which it is opened.
        """
        self.round_trip = 0.0  # seconds
        self.bytes_sent = 0
        self.bytes_heard = 0
        self._url = url
        self._tls = tls
        self._headers = {} if token is None else {"authorization": f"Bearer {token}"}
        self._decode = decode
        self._events: Events | None = events
        self._transport: WSTransport | None = None
        self._loop = asyncio.get_running_loop()
        self._heard = self._pinged = self._loop.time()
        self._pings = 0
        self._farewell: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._task = self._loop.create_task(self._connect())

    # What is said

    def send(self, message: ClientMessage) -> None:
        """Say this; nothing happens before the line is there and after its end."""
        text = encode_client(message)
        self.bytes_sent += len(text)
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, text)

    def send_frame(self, message: bytes) -> None:
        """Hand in a sealed frame."""
        self.bytes_sent += len(message)
        if self._transport is not None:
            self._transport.send(WSMsgType.BINARY, message)

    @property
    def backlog(self) -> int:
        """Bytes that were handed in and have not left this machine."""
        if self._transport is None:
            return 0
        under = self._transport.underlying_transport
        return under.get_write_buffer_size() + _unsent(under)

    async def writable(self) -> None:
        """Wait until the line takes more, or has ended."""
        await self._writable.wait()

    def close(self) -> None:
        """Let what was said go out, and end."""
        self._events = None
        self._end()

    async def closed(self) -> None:
        """Wait for the end of the connection itself, for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.wait([self._task])
                if self._transport is not None:
                    await self._transport.wait_disconnected()

    # What comes

    async def _connect(self) -> None:
        reason: str | None = "unreachable"
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await ws_connect(
                    lambda: self,
                    self._url,
                    ssl_context=self._tls,
                    extra_headers=self._headers,
                    logger_name=_MUTE,
                    max_redirects=0,
                    websocket_handshake_timeout=CONNECT_SECONDS,
                    max_frame_size=MAX_SERVER_TEXT,
                )
                return
        except ssl.SSLCertVerificationError:
            reason = "certificate"
        except (TimeoutError, ConnectionResetError, ConnectionAbortedError):
            # Somebody is there, and has too much to do: as good as a cut.
            reason = None
        except (OSError, WSError):
            pass
        self._farewell = self._farewell or reason
        self._end()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """See ``WSListener``; so are the others."""
        self._transport = transport
        if self._events is None:
            transport.disconnect(graceful=False)
            return
        transport.underlying_transport.set_write_buffer_limits(_HIGH_WATER)
        self._heard = self._loop.time()
        self._timer = self._loop.call_later(PING_SECONDS, self._ping)
        self._events.opened()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A WebSocket frame came in."""
        self._heard = self._loop.time()
        self.bytes_heard += frame.payload_size
        events = self._events
        if events is None:
            return
        if frame.msg_type == WSMsgType.BINARY and frame.fin:
            events.frame(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.TEXT and frame.fin:
            self._control(events, frame.get_payload_as_bytes())
        elif frame.msg_type in (WSMsgType.PING, WSMsgType.PONG):
            pass
        else:
            # The end, or what no server of ours says.
            self._end()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone."""
        self._end()

    def pause_writing(self) -> None:
        """Too much waits."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """There is room again."""
        self._writable.set()

    def _control(self, events: Events, text: bytes) -> None:
        try:
            message = self._decode(text)
        except WireError as error:
            # A server that does not speak the protocol is not listened to any further.
            self._farewell = str(error.reason)
            self._end()
            return
        if isinstance(message, control.Pong):
            if message.n == self._pings:
                self.round_trip = self._heard - self._pinged
        elif isinstance(message, control.Bye):
            self._farewell = str(message.reason)
        else:
            events.control(message)

    def _ping(self) -> None:
        now = self._loop.time()
        if now - self._heard > SILENCE_SECONDS:
            self._end(graceful=False)
            return
        self._pings += 1
        self._pinged = now
        self.send(control.Ping(self._pings))
        self._timer = self._loop.call_later(PING_SECONDS, self._ping)

    def _end(self, graceful: bool = True) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._writable.set()
        if self._transport is not None:
            if graceful and not self._transport.is_disconnected:
                self._transport.send_close()
            self._transport.disconnect(graceful)
        elif self._events is None:
            self._task.cancel()
        events, self._events = self._events, None
        if events is not None:
            events.closed(self._farewell)


def _unsent(transport: asyncio.BaseTransport) -> int:
    """Return what the kernel has not sent yet, as far as it tells."""
    try:
        from fcntl import ioctl

        answer = array("i", [0])
        ioctl(transport.get_extra_info("socket").fileno(), _SIOCOUTQNSD, answer, True)
        return answer[0]
    except (ImportError, OSError, AttributeError, ValueError):
        return 0  # a closed socket has no number
