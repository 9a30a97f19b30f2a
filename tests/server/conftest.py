"""A server in this process, and ways to it."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from aparte.core.room.profile import Profile
from aparte.server import log
from aparte.server.clock import Clock, calendar, steady
from aparte.server.config import Access, Config, Limits
from aparte.server.serve import Server
from tests.server.link_client import LinkClient


@dataclass
class Running:
    """A server that listens on a free port of this machine."""

    server: Server
    data: Path

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def url(self) -> str:
        return f"{'https' if self.server.config.encrypted else 'http'}://localhost:{self.port}"

    @property
    def house_key(self) -> bytes:
        """What charters here have to name."""
        assert self.server.house is not None
        return self.server.house.key

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What a client needs to trust the server's own certificate."""
        if self.server.certificate is None:
            return None
        return ssl.create_default_context(cafile=self.server.certificate)


# One Argon2id hash takes a third of a second with what the server uses.
CHEAP = Access(hash_memory=8, hash_passes=1)

Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a server with some limits of its own; it is stopped at the end of the test."""
    async with AsyncExitStack() as stack:

        async def begin(
            profile: Profile | None = None,
            self_signed: bool = False,
            access: Access = CHEAP,
            clocks: tuple[Clock, Clock] = (steady, calendar),
            **limits: Any,
        ) -> Running:
            # Many meetings are made from one address here.
            bounds = Limits(**{"meetings_a_minute": 10_000, "tickets_a_minute": 10_000, **limits})
            data = tmp_path / "data"
            rules = profile or Profile()
            config = Config(port=0, data=data, self_signed=self_signed, limits=bounds, profile=rules, access=access)
            server = Server(config, *clocks)
            await server.start()
            stack.push_async_callback(server.stop)
            return Running(server, data)

        yield begin
        await LinkClient.hang_up()


@pytest.fixture
def logging() -> Iterator[Callable[[], None]]:
    """Begin to log as the server does: what the test then writes is its own, and is closed after it."""
    yield log.configure
    structlog.reset_defaults()


@pytest.fixture
async def plain(start: Start) -> Running:
    """A server on loopback without TLS."""
    return await start()


@pytest.fixture
async def secure(start: Start) -> Running:
    """A server with TLS and a certificate of its own."""
    return await start(self_signed=True)
