"""A real server with TLS in a process of its own, for all tests of this folder, and a fresh meeting for each."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from aparte.cli.instant import make_link
from aparte.client import Meeting, Person, join

SECONDS = 60


@dataclass(frozen=True)
class House:
    """Where the server is, and the certificate to trust."""

    url: str
    certificate: Path

    def link(self) -> str:
        """The link of a new meeting."""
        return make_link(self.url, self.certificate)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("house")
    command = [sys.executable, "-m", "aparte.cli", "serve", "--port", "0", "--data", str(data)]
    with subprocess.Popen(
        [*command, "--tls", "self-signed", "--no-instant"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            url = server.stdout.readline().split()[1]
            yield House(url, data / "tls" / "certificate.pem")
        finally:
            server.terminate()
            server.stdout.read()


Enter = Callable[..., Awaitable[Meeting]]


@pytest.fixture
async def enter(house: House) -> AsyncIterator[Enter]:
    """Come into the test's meeting under a name; everybody leaves at the end."""
    link = house.link()
    async with AsyncExitStack() as stack:

        async def come(name: str) -> Meeting:
            async with asyncio.timeout(SECONDS):
                return await stack.enter_async_context(join(link, name=name, ca=house.certificate))

        yield come


async def find(meeting: Meeting, name: str) -> Person:
    """The person of that name, as soon as it is there."""
    async with asyncio.timeout(SECONDS):
        async for people in meeting.changes():
            for person in people:
                if person.name == name:
                    return person
    raise AssertionError("the meeting is over")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
