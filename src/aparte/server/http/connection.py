"""One HTTP/1.1 connection: uvicorn's protocol with the bounds that it leaves to a proxy."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from uvicorn.config import Config as UvicornConfig
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from aparte.server.config import Limits

# It reports every request that is not one, with words of its own. Strangers knock on every port.
logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)


class HttpConnection(HttpToolsProtocol):
    """Each request head has ``head_seconds`` and ``head_bytes``, each body ``body_seconds``, and each response
    ``response_seconds`` to leave: whoever does not read what it asked for would otherwise hold a connection for ever.
    """

    def __init__(self, config: UvicornConfig, state: ServerState, limits: Limits, lost: Callable[[], None]) -> None:
        """``lost`` is called when the connection is gone."""
        super().__init__(config, state, {})
        self._limits = limits
        self._lost = lost
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes: int | None = None  # of the head that is being read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The connection is this protocol's from now on, and a request is on its way."""
        super().connection_made(transport)
        self._expect(self._limits.head_seconds)

    def data_received(self, data: bytes) -> None:
        """Bytes of requests. A head that outgrows its bound closes the connection."""
        was_idle = self.timeout_keep_alive_task is not None
        before = self._deadline
        super().data_received(data)
        if was_idle and self._deadline is before and self.timeout_keep_alive_task is None:
            # What came is not yet the beginning of a request (empty lines may precede it), and ended the idle time.
            self._expect(self._limits.head_seconds)
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.head_bytes:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head_bytes = 0
        self._expect(self._limits.head_seconds)

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._head_bytes = None
        self._expect(self._limits.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Its body is whole."""
        self._expect(self._limits.response_seconds)
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._expect(None)
        super().connection_lost(exc)
        self._lost()

    def _expect(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


class HttpServer:
    """Makes the connections of one application, all with the same headers."""

    def __init__(self, app: FastAPI, limits: Limits, headers: list[tuple[bytes, bytes]]) -> None:
        self._config = UvicornConfig(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            # An address that a client claims for itself is not the address that its allowance is kept for.
            proxy_headers=False,
        )
        self._config.load()
        self._state = ServerState()
        self._headers = headers
        self._limits = limits

    def connection(self, lost: Callable[[], None]) -> HttpConnection:
        """A protocol for a connection whose first request head has been read."""
        return HttpConnection(self._config, self._state, self._limits, lost)

    def date(self, header: tuple[bytes, bytes]) -> None:
        """Every response from now on carries this Date."""
        self._state.default_headers = [header, *self._headers]

    def close(self) -> None:
        """End idle connections; others end with their response."""
        connections: set[Any] = set(self._state.connections)
        for connection in connections:
            connection.shutdown()
