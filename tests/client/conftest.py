"""A real server with TLS in this process, the link of a meeting on it, and people who come in."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from aparte.cli.instant import Write, make_link
from aparte.client import Meeting, join
from aparte.core.room.profile import Profile
from aparte.server.config import Config, Limits
from aparte.server.serve import Server
from tests.client.liar import Liar

SECONDS = 30.0


class House:
    """A server that can be stopped and started again on its port."""

    def __init__(self, data: Path, profile: Profile | None = None) -> None:
        self.data = data
        self._profile = profile or Profile()
        self.server = Server(self._config(0))

    def _config(self, port: int) -> Config:
        limits = Limits(meetings_a_minute=10_000, closing_seconds=0.5)
        return Config(port=port, data=self.data, self_signed=True, limits=limits, profile=self._profile)

    async def start(self) -> None:
        await self.server.start()

    async def restart(self, *, forgetful: bool = False) -> None:
        """Stop, and start anew with the same certificate; ``forgetful``: without any meeting."""
        port = self.server.port
        await self.server.stop()
        if forgetful:
            for file in self.data.glob("aparte.db*"):
                file.unlink()
        self.server = Server(self._config(port))
        await self.server.start()

    @property
    def ca(self) -> Path:
        assert self.server.certificate is not None
        return self.server.certificate

    @property
    def key(self) -> Path:
        return self.data / "tls" / "key.pem"

    async def link(self, write: Write | None = None) -> str:
        """The link of a new meeting, among equals unless a charter is written."""
        return await asyncio.to_thread(make_link, f"https://localhost:{self.server.port}", self.ca, write)


@pytest.fixture
async def houses(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[House]]]:
    """Start servers with a profile of their own."""
    async with AsyncExitStack() as stack:

        async def begin(profile: Profile | None = None) -> House:
            house = House(tmp_path / "data", profile)
            await house.start()
            stack.push_async_callback(lambda: house.server.stop())
            return house

        yield begin


@pytest.fixture
async def house(houses: Callable[..., Awaitable[House]]) -> House:
    return await houses()


@pytest.fixture
async def link(house: House) -> str:
    return await house.link()


Enter = Callable[..., Awaitable[Meeting]]


@pytest.fixture
async def enter(house: House, link: str) -> AsyncIterator[Enter]:
    """Come into the test's meeting under a name; everybody leaves at the end."""
    async with AsyncExitStack() as stack:

        async def come(name: str, to: str = "", **options: Any) -> Meeting:
            async with asyncio.timeout(SECONDS):
                return await stack.enter_async_context(join(to or link, name=name, ca=house.ca, **options))

        yield come


@pytest.fixture
async def liar(house: House) -> AsyncIterator[Liar]:
    """Somebody between a client and the server who may say anything."""
    liar = Liar(house.server.port, house.ca, house.key)
    await liar.start()
    yield liar
    await liar.stop()


async def until(true: Callable[[], bool], what: str = "") -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, what or "in time"
        await asyncio.sleep(0.005)
