"""Real Chromium pages against a real `aparte serve`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.wire import Wire

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=30,display-media-type=browser",
    "--autoplay-policy=no-user-gesture-required",
]
START_SECONDS = 20
APARTE = str(Path(sys.executable).with_name("aparte"))


class Server:
    """One `aparte serve` on a free loopback port with a data folder of its own; it may be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.log = folder / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start the server and return once it answers.

        Raises AssertionError with the server's own words when it ends or stays silent.
        """
        command = [APARTE, "serve", "--port", str(self.port), "--data", str(self.data)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([*command, "--no-instant", *options], stdout=log, stderr=log)
        for _ in range(START_SECONDS * 20):
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/api/health", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                # The only sign of a listening server is an answer, so the wait is a retry every 50 ms.
                try:
                    self._process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
        raise AssertionError(f"the server did not start:\n{self.log.read_text('utf-8')}")

    def stop(self) -> int:
        """Ask the server to end, wait for it, and give its exit code."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process whose memory a test may read."""
        assert self._process is not None
        return self._process.pid

    def instant_link(self) -> str:
        """Make an instant meeting as a client does and give its link, the secret in the fragment included."""
        done = subprocess.run([APARTE, "instant", self.url], capture_output=True, text=True, timeout=30, check=True)
        return next(word for word in done.stdout.split() if word.startswith(self.url))


@pytest.fixture
async def wire(server: Server) -> AsyncIterator[Wire]:
    """Give a way to the server that the test can record, cut and meddle with."""
    way = Wire(("127.0.0.1", server.port))
    await way.start()
    yield way
    way.cut()


class NewPage(Protocol):
    """Opens a page in a context of its own: another person on another device."""

    async def __call__(self, *, locale: str) -> Page:
        """``locale`` such as `en-GB`: the language that the page speaks."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a running server; it is stopped at the end of the test."""
    served = Server(tmp_path)
    served.start()
    yield served
    if served.running:
        served.stop()


def chromium_path() -> str:
    """Find the browser: `APARTE_CHROMIUM`, or Debian's chromium."""
    path = os.environ.get("APARTE_CHROMIUM") or shutil.which("chromium")
    assert path is not None, "no chromium found: install Debian's package, or name one in APARTE_CHROMIUM"
    return path


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Give a headless Chromium with a synthetic camera and microphone."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path(), headless=True, args=CHROMIUM_FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def new_page(browser: Browser) -> NewPage:
    """Give the way to open one more page, with camera and microphone allowed."""

    async def open_page(*, locale: str) -> Page:
        context = await browser.new_context(permissions=["camera", "microphone"], locale=locale)
        return await context.new_page()

    return open_page
