"""The whole server: its parts put together, started, and stopped."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from aparte.server.clock import Clock, calendar, steady
from aparte.server.config import Config
from aparte.server.front import Front
from aparte.server.http.app import create_app
from aparte.server.http.connection import HttpServer
from aparte.server.http.headers import date_header, security_headers
from aparte.server.link import Link
from aparte.server.log import log
from aparte.server.port import congestion_control, listen, raise_file_limit
from aparte.server.rooms import ERASE_SECONDS, SWEEP_SECONDS, Rooms
from aparte.server.tls import self_signed, server_context
from aparte.server.websocket import WebSocket
from aparte.store.interface import Store
from aparte.store.sqlite import SqliteStore

_SPARE_FILES = 256  # beside the connections: the store, the pages, the libraries


class Server:
    """``start`` it, let it run, ``stop`` it. The clocks are arguments so that a test can turn them."""

    def __init__(self, config: Config, steady: Clock = steady, calendar: Clock = calendar) -> None:
        self.config = config
        self.certificate: Path | None = config.certificate
        self.port = config.port
        self.congestion = ""
        self._steady = steady
        self._calendar = calendar
        self._store: Store | None = None
        self._front: Front | None = None
        self._http: HttpServer | None = None
        self._rooms: Rooms | None = None
        self._repeated: list[asyncio.Task[None]] = []

    @property
    def links(self) -> int:
        """How many participants are connected."""
        return self._rooms.links if self._rooms is not None else 0

    async def erase(self) -> None:
        """Erase the meetings that nobody has used for long."""
        if self._rooms is not None:
            await self._rooms.erase()

    async def start(self) -> None:
        """Open the store and the port. Raises ``OSError`` (a port in use, files that do not serve)."""
        config = self.config
        raise_file_limit(config.limits.connections + _SPARE_FILES)
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        tls = self._tls()
        listening = listen(config.host, config.port)
        try:
            self._store = store = await SqliteStore.open(config.data / "aparte.db", config.limits.meetings)
            # Whoever was in a group has lost its seat with the process that knew it.
            await store.forget_groups()
        except BaseException:
            listening.close()
            raise
        self.port = listening.getsockname()[1]
        self.congestion = congestion_control(listening)
        self._rooms = rooms = Rooms(config, store, self._steady, self._calendar)
        headers = security_headers(config.encrypted)
        app = create_app(store, config.limits, self._steady, self._calendar, config.encrypted)
        self._http = http = HttpServer(app, config.limits, headers)
        self._front = Front(
            listening,
            tls,
            config.limits,
            http=http.connection,
            link=lambda lost: WebSocket(Link(rooms, config.limits), lost),
            headers=headers,
        )
        self._sweep()
        self._repeated = [
            asyncio.create_task(_repeat(SWEEP_SECONDS, self._sweep)),
            asyncio.create_task(_repeat(ERASE_SECONDS, self.erase)),
        ]
        self._front.start()

    async def stop(self) -> None:
        """Say goodbye to every link, finish what is begun, and let go of everything."""
        for task in self._repeated:
            task.cancel()
        if self._front is not None:
            self._front.close()
        if self._http is not None:
            self._http.close()
        if self._rooms is not None:
            await self._rooms.close()
        if self._front is not None:
            await self._front.closed(self.config.limits.closing_seconds)
        if self._store is not None:
            await self._store.close()

    def _tls(self) -> ssl.SSLContext | None:
        config = self.config
        if config.self_signed:
            folder = config.data / "tls"
            self.certificate, key = self_signed(folder, config.host, self._calendar())
            return server_context(self.certificate, key)
        if config.certificate is not None and config.key is not None:
            return server_context(config.certificate, config.key)
        return None

    def _sweep(self) -> None:
        if self._http is not None:
            self._http.date(date_header(self._calendar()))
        if self._rooms is not None:
            self._rooms.sweep()


async def _repeat(seconds: float, act: Callable[[], Awaitable[None] | None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            doing = act()
            if doing is not None:
                await doing
        except Exception as error:
            # A disk that is full for a while must not end what keeps silent links out.
            log.error("task-failed", error=type(error).__name__)
