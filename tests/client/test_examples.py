"""The examples of docs/sdk run as they are, each in a process of its own, on a real server."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from aparte.client import Stream
from tests.client.conftest import Enter, House, until
from tests.client.talk import sound

SDK = Path(__file__).parents[2] / "docs" / "sdk"
EXAMPLES = SDK / "examples"


class Run:
    """An example that is running."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            return (await self.process.stdout.readline()).decode().rstrip()

    async def rest(self) -> list[str]:
        async with asyncio.timeout(60):
            out, _ = await self.process.communicate()
        assert self.process.returncode == 0
        return out.decode().splitlines()


@pytest.fixture
def environment(house: House, link: str) -> dict[str, str]:
    return {**os.environ, "APARTE_LINK": link, "SSL_CERT_FILE": os.fspath(house.ca)}


Start = Callable[..., Awaitable[Run]]


@pytest.fixture
async def run(environment: dict[str, str]) -> AsyncIterator[Start]:
    """Start an example; what is still running at the end is ended."""
    running: list[Run] = []

    async def start(name: str, **more: str) -> Run:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLES / name), env=environment | more, stdout=asyncio.subprocess.PIPE
        )
        running.append(Run(process))
        return running[-1]

    yield start
    for one in running:
        if one.process.returncode is None:
            one.process.kill()
        await one.process.communicate()


async def test_people(enter: Enter, run: Start) -> None:
    ada = await enter("Ada")
    example = await run("people.py")
    await until(lambda: ada.count == 2)
    while not (said := await example.line()).endswith("Ada, Notary"):
        assert said
    assert said.startswith(ada.epoch_code)
    await ada.leave()
    assert (await example.rest())[-1].endswith(" Notary")


async def test_speak_and_listen(enter: Enter, run: Start) -> None:
    ada = await enter("Ada")
    listening = await run("listen.py", SOUNDS="60")
    await until(lambda: ada.count == 2)
    microphone = ada.publish(Stream.SOUND)
    speaking = await run("speak.py")
    await until(lambda: ada.count == 3)
    for number in range(10):
        await microphone.send(sound(number))
    assert await speaking.rest() == ["100 sounds sent, 0 dropped"]
    said = await listening.rest()
    assert sorted(said[:2]) == ["Ada: 10 sounds", "Silent Bob: 50 sounds"]
    assert said[2:] == ["lost because we were slow: 0", "did not open: {}"]


async def test_sealed(enter: Enter, run: Start) -> None:
    ada = await enter("Ada")
    metering = await run("sealed.py")
    await until(lambda: ada.count == 2)
    microphone = ada.publish(Stream.SOUND)
    for number in range(30):
        await microphone.send(sound(number))
    said = await metering.rest()
    assert len(said) == 20
    assert all(re.fullmatch(r"(sound|state): \d+ bytes", line) for line in said)


def test_every_example_is_named_and_tested() -> None:
    text = (SDK / "README.md").read_text("utf-8") + "".join(path.read_text("utf-8") for path in SDK.glob("*.md"))
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    for example in EXAMPLES.glob("*.py"):
        assert f"(examples/{example.name})" in text
        assert example.name in tests
