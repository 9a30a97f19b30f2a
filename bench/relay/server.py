"""The server under load: a real ``aparte serve`` with TLS on loopback, and the members of one meeting."""

import asyncio
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

from aparte.cli.instant import Unmade, make_link
from aparte.e2ee.keys import parse_link
from relay.figures import Counts, Window
from relay.process import Child, ended

START_WITHIN = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Aparte:
    """One room: a publisher, and subscribers in ``processes`` processes, with or without the states of every member."""

    name = "aparte"

    def __init__(self, processes: int = 1, stating: bool = True) -> None:
        self._processes = processes
        self._stating = stating
        self._folder = Path(tempfile.mkdtemp(prefix="aparte-bench-"))
        self._server: asyncio.subprocess.Process | None = None
        self._publisher: Child | None = None
        self._subscribers: list[Child] = []
        self._room: tuple[str, str, str] = ("", "", "")

    async def start(self) -> int:
        port = free_port()
        arguments = ["--host", "127.0.0.1", "--port", str(port), "--data", str(self._folder / "data")]
        with (self._folder / "log.txt").open("wb") as log:
            self._server = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                "from aparte.cli import main; main()",
                "serve",
                *arguments,
                "--tls",
                "self-signed",
                "--no-instant",
                stdout=log,
                stderr=log,
            )
        certificate = self._folder / "data" / "tls" / "certificate.pem"
        deadline = time.monotonic() + START_WITHIN
        while self._server.returncode is None and time.monotonic() < deadline:
            try:
                link = parse_link(await asyncio.to_thread(make_link, f"https://localhost:{port}", certificate))
            except Unmade:
                await asyncio.sleep(0.1)
                continue
            self._room = (str(port), link.meeting.hex(), link.secret.hex())
            return self._server.pid
        raise RuntimeError("aparte serve does not answer:\n" + (self._folder / "log.txt").read_text()[-2000:])

    async def publish(self) -> None:
        self._publisher = await Child.start("relay.publish", *self._room)
        await self._publisher.hear()

    async def subscribe(self, subscribers: int) -> None:
        share, rest = divmod(subscribers, self._processes)
        for number in range(self._processes):
            child = await Child.start(
                "relay.subscribe", *self._room, str(share + (number < rest)), str(int(self._stating))
            )
            self._subscribers.append(child)
        await asyncio.gather(*(child.hear() for child in self._subscribers))

    async def count(self, window: Window) -> Counts:
        assert self._publisher is not None
        children = [self._publisher, *self._subscribers]
        for child in children:
            child.tell(opens=window.opens, closes=window.closes)
        counts = Counts()
        for answer in await asyncio.gather(*(child.hear() for child in children)):
            if answer.pop("lost"):
                raise RuntimeError("the server closed links of the bench")
            for name, value in answer.items():
                setattr(counts, name, getattr(counts, name) + value)
        return counts

    async def stop(self) -> None:
        for child in [*self._subscribers, *([self._publisher] if self._publisher else [])]:
            await child.stop()
        if self._server is not None:
            await ended(self._server)
        shutil.rmtree(self._folder, ignore_errors=True)
