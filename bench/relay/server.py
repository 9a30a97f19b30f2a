"""The server under load: a real ``aparte serve`` with TLS on loopback, and the members of one meeting."""

import asyncio
import hashlib
import json
import os
import shutil
import socket
import ssl
import sys
import tempfile
import time
import urllib.request
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from urllib.error import URLError

from aparte.e2ee.keys import derive_door
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
        secret = os.urandom(32)
        deadline = time.monotonic() + START_WITHIN
        while self._server.returncode is None and time.monotonic() < deadline:
            try:
                meeting = await asyncio.to_thread(create_meeting, port, derive_door(secret))
            except (URLError, TimeoutError):
                await asyncio.sleep(0.1)
                continue
            self._room = (str(port), meeting.hex(), secret.hex())
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


def create_meeting(port: int, door: bytes) -> bytes:
    """Makes a meeting whose door is ``door`` and returns its id; raises ``URLError`` when nobody answers."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    body = json.dumps({"door_hash": b64(hashlib.sha256(door).digest())}).encode()
    request = urllib.request.Request(
        f"https://127.0.0.1:{port}/api/meetings", body, {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=5, context=context) as response:
        meeting: str = json.load(response)["meeting"]
    return urlsafe_b64decode(meeting + "==")


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
