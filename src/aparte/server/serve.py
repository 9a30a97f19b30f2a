"""The whole server: its parts put together, started, and stopped."""

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from fastapi import FastAPI

from aparte.server.access.accounts import Accounts
from aparte.server.access.house import SEED_SIZE, House
from aparte.server.clock import Clock, calendar, steady
from aparte.server.config import Config, is_loopback
from aparte.server.front import Front
from aparte.server.http.app import create_app
from aparte.server.http.connection import HttpServer
from aparte.server.http.headers import date_header, security_headers
from aparte.server.link import Link
from aparte.server.log import log
from aparte.server.plans.desk import Stores
from aparte.server.plans.planning import Planning
from aparte.server.port import congestion_control, listen, raise_file_limit
from aparte.server.rooms import ERASE_SECONDS, SWEEP_SECONDS, Rooms
from aparte.server.tls import self_signed, server_context
from aparte.server.websocket import WebSocket
from aparte.store.sqlite import SqliteStore

DATABASE = "aparte.db"
"""In the data folder."""
END_SECONDS = 1.0
"""How often accounts and clearances whose end has come are looked for."""
_SPARE_FILES = 256  # beside the connections: the store, the pages, the libraries

Act = Callable[[], Awaitable[None] | None]


class Server:
    """``start`` it, let it run, ``stop`` it. The clocks are arguments so that a test can turn them."""

    def __init__(self, config: Config, steady: Clock = steady, calendar: Clock = calendar) -> None:
        self.config = config
        self.certificate: Path | None = config.certificate
        self.port = config.port
        self.congestion = ""
        self._steady = steady
        self._calendar = calendar
        self.setup_ticket: bytes | None = None  # for the first administrator, while there is none
        self.app: FastAPI | None = None  # once it has started
        self._store: SqliteStore | None = None
        self._accounts: Accounts | None = None
        self.house: House | None = None  # once it has started
        self.planning: Planning | None = None  # once it has started
        self._front: Front | None = None
        self._http: HttpServer | None = None
        self._rooms: Rooms | None = None
        self._repeated: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    @property
    def links(self) -> int:
        """How many participants are connected."""
        return self._rooms.links if self._rooms is not None else 0

    async def erase(self) -> None:
        """Erase the meetings that nobody has used for long, and sessions and tickets that are over."""
        if self._rooms is None or self._accounts is None:
            return
        await self._rooms.erase()
        await self._accounts.sessions.erase_stale(self._rooms.linked_sessions)
        if self.planning is not None:
            await self.planning.erase()

    async def end_due(self) -> None:
        """End the accounts whose end has come, and put out of areas whose clearance has."""
        if self._accounts is not None:
            await self._accounts.end_due()
        if self.planning is not None:
            await self.planning.areas.sweep()

    async def start(self) -> None:
        """Open the store and the port. Raises ``OSError`` (a port in use, files that do not serve)."""
        config = self.config
        raise_file_limit(config.limits.connections + _SPARE_FILES)
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        tls = self._tls()
        listening = listen(config.host, config.port)
        try:
            self._store = store = await SqliteStore.open(config.data / DATABASE, config.limits.meetings)
            # Whoever was in a group has lost its seat with the process that knew it.
            await store.forget_groups()
        except BaseException:
            listening.close()
            raise
        self.port = listening.getsockname()[1]
        self.congestion = congestion_control(listening)
        self._rooms = rooms = Rooms(config, store, self._steady, self._calendar)
        self._accounts = accounts = Accounts(
            store.accounts, config.access, config.data, self._steady, self._calendar, rooms.end
        )
        rooms.who = accounts.sessions.holder
        self.house = house = House(await store.house.seed(secrets.token_bytes(SEED_SIZE)), accounts.sessions)
        self.setup_ticket = await accounts.first_ticket()
        headers = security_headers(config.encrypted)
        stores = Stores(store.plans, store.levels, store.attendance, store.accounts, store.areas, store.refusals)
        clocks = self._steady, self._calendar
        self.planning = planning = Planning(stores, rooms, config, self._origin(), house.key, *clocks)
        await planning.begin()
        self.app = app = create_app(store, store.accounts, accounts, house, planning, config, *clocks)
        self._http = http = HttpServer(app, config.limits, headers)
        self._front = Front(
            listening,
            tls,
            config.limits,
            http=http.connection,
            link=lambda lost, token: WebSocket(Link(rooms, config.limits, token), lost),
            headers=headers,
        )
        self._sweep()
        acts: list[tuple[float, Act]] = [
            (SWEEP_SECONDS, self._sweep),
            (ERASE_SECONDS, self.erase),
            (END_SECONDS, self.end_due),
        ]
        self._repeated = [asyncio.create_task(_repeat(seconds, act, self._stopping)) for seconds, act in acts]
        self._front.start()

    async def stop(self) -> None:
        """Say goodbye to every link, finish what is begun, and let go of everything."""
        # Not cancelled: what the store is asked for is answered before it is closed.
        self._stopping.set()
        await asyncio.gather(*self._repeated)
        if self._front is not None:
            self._front.close()
        if self._http is not None:
            self._http.close()
        if self._rooms is not None:
            await self._rooms.close()
        if self._front is not None:
            await self._front.closed(self.config.limits.closing_seconds)
        if self.planning is not None:
            await self.planning.close()
        if self._accounts is not None:
            self._accounts.close()
        if self._store is not None:
            await self._store.close()

    def _origin(self) -> str:
        """Under which people reach the server, as far as it knows."""
        host = "localhost" if is_loopback(self.config.host) else self.config.host
        return self.config.origin or f"{'https' if self.config.encrypted else 'http'}://{host}:{self.port}"

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


async def _repeat(seconds: float, act: Act, stopping: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stopping.wait()
                return
        try:
            doing = act()
            if doing is not None:
                await doing
        except Exception as error:
            # A disk that is full for a while must not end what keeps silent links out.
            log.error("task-failed", error=type(error).__name__)
