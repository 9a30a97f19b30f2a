"""The peer under load: Janus with its event loops set, and everything that it does not need switched off."""

import asyncio
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any

import chromium
from playwright.async_api import Browser, Page, Playwright, Route, async_playwright

from relay.figures import LINGER, Counts, Window
from relay.isolation import ADDRESS
from relay.process import Child, ended
from relay.server import free_port

HERE = Path(__file__).parent
CLIP = HERE.parents[2] / "build" / "bench" / "clip.webm"
LIBRARIES = Path("/usr/lib")
LOOPS = 2
PICTURE_WITHIN = 90.0
PAGE = "http://localhost/subscribers.html"
FLAGS = [
    *chromium.QUIET,
    "--mute-audio",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets",
]


def missing() -> list[str]:
    """What this machine lacks for the peer, in the words of an installer."""
    modules = [f"Python module {name}" for name in ("aiortc", "av", "numpy", "playwright") if find_spec(name) is None]
    programs = [] if shutil.which("janus") else ["program janus"]
    return modules + programs + ([] if chromium.path() else ["program chromium"])


class Janus:
    """One VideoRoom: a publisher, and subscribers that are peer connections of one Chromium page."""

    name = "janus"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aparte-bench-"))
        self._port = free_port()
        self._address = ADDRESS
        self._server: asyncio.subprocess.Process | None = None
        self._publisher: Child | None = None
        self._feed = 0
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._page: Page | None = None

    def _configure(self) -> None:
        plugins = next(LIBRARIES.glob("*/janus/plugins"))
        transports = plugins.parent / "transports"
        values = {
            "folder": self._folder,
            "plugins": plugins,
            "transports": transports,
            "loops": LOOPS,
            "address": self._address,
            "port": self._port,
            "disabled_plugins": others(plugins, "libjanus_videoroom.so"),
            "disabled_transports": others(transports, "libjanus_websockets.so"),
        }
        for template in HERE.glob("*.jcfg"):
            text = Template(template.read_text()).substitute({name: str(value) for name, value in values.items()})
            (self._folder / template.name).write_text(text)

    async def start(self) -> int:
        self._configure()
        with (self._folder / "log.txt").open("wb") as log:
            self._server = await asyncio.create_subprocess_exec(
                "janus", "-F", str(self._folder), stdout=log, stderr=log
            )
        for _ in range(100):
            if self._server.returncode is not None:
                break
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return self._server.pid
        raise RuntimeError("janus does not answer:\n" + (self._folder / "log.txt").read_text()[-2000:])

    async def publish(self) -> None:
        self._publisher = await Child.start("relay.janus.publish", str(self._port), self._address, str(CLIP))
        self._feed = (await self._publisher.hear())["feed"]

    async def subscribe(self, subscribers: int) -> None:
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=chromium.path(), args=FLAGS, chromium_sandbox=False
        )
        self._page = await self._browser.new_page()
        await self._page.route(PAGE, serve)
        await self._page.goto(PAGE)
        await self._page.evaluate("([p, f, n]) => start(p, f, n)", [self._port, self._feed, subscribers])
        await self._page.wait_for_function("(n) => seen === n", arg=subscribers, timeout=PICTURE_WITHIN * 1000)

    async def count(self, window: Window) -> Counts:
        assert self._publisher is not None
        assert self._page is not None
        self._publisher.tell(opens=window.opens, closes=window.closes)
        await self._page.evaluate("([o, c]) => open(o, c)", [window.opens / 1e6, window.closes / 1e6])
        sent = await self._publisher.hear()
        await window.until(window.closes + int(LINGER * 1e9))
        received: dict[str, Any] = await self._page.evaluate("() => result()")
        received.pop("connected")
        return Counts(**sent, **received)

    async def stop(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()
        if self._publisher is not None:
            await self._publisher.stop()
        if self._server is not None:
            await ended(self._server)
        shutil.rmtree(self._folder, ignore_errors=True)


def others(folder: Path, wanted: str) -> str:
    """The libraries of a folder without the wanted one, as Janus wants them named."""
    return ",".join(sorted(file.name for file in folder.glob("*.so") if file.name != wanted))


async def serve(route: Route) -> None:
    """The page, isolated from other origins: the browser's clock is finer then."""
    await route.fulfill(
        body=(HERE / "subscribers.html").read_text(),
        content_type="text/html",
        headers={"cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp"},
    )
