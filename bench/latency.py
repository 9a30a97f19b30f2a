"""Measures glass to glass at 360p30 on loopback, ours beside plain WebRTC; the last line is JSON.

python bench/latency.py --seconds 10 --rounds 2

Two real pages of the built application meet through a real ``aparte serve`` and see each other; then two pages do the
same over a plain RTCPeerConnection. Every picture of one camera carries the moment of its making in its pixels, and
the far page reads it from its ``<video>`` when the browser presents it (requestVideoFrameCallback). Both get the same
track, the same bit rate and codec (VP9, 600 kbit/s), and sound both ways. Drawing and reading the stamp cost some
milliseconds, in both alike. latency/README.md says how to read the figures.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

import chromium
from relay.process import waiting_seconds
from relay.server import free_port

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, ViewportSize

ROOT = Path(__file__).parents[1]
CHROMIUM_FLAGS = [
    *chromium.QUIET,
    *chromium.DEVICES,
    # Two pages of one machine find each other without a name server for their hidden addresses.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
]
# Without a graphics card every pixel is painted by the processor: a page no larger than the picture deserves.
VIEWPORT: "ViewportSize" = {"width": 800, "height": 600}
WITHIN_MS = 30_000
SETTLE_SECONDS = 3.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/latency.py", description="Glass to glass, ours beside plain WebRTC.")
    parser.add_argument("--seconds", type=float, default=10, help="length of one measured window")
    parser.add_argument("--rounds", type=int, default=2, help="rounds for each, in turn")
    options = parser.parse_args()
    if not 1 <= options.seconds <= 120:
        parser.error("--seconds: 1 to 120")
    if not 1 <= options.rounds <= 20:
        parser.error("--rounds: 1 to 20")
    return options


@dataclass(frozen=True)
class Figures:
    """One window: ages of the pictures in ms when they were presented, how many came a second, and how busy it was."""

    glass_ms_p50: float
    glass_ms_p95: float
    pictures_per_s: float
    machine_waits_percent: float


def script() -> str:
    """Build what every page gets before its own scripts."""
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as folder:
        build = ["tools/web.sh", "vite", "build", "--config", "dev/latency.config.ts", "--outDir", folder]
        subprocess.run([*build, "--logLevel", "error"], cwd=ROOT, check=True, timeout=120)
        return (Path(folder) / "line.js").read_text("utf-8")


@asynccontextmanager
async def server() -> AsyncIterator[str]:
    """Run ``aparte serve`` on a free loopback port, and give its address."""
    folder = Path(tempfile.mkdtemp(prefix="aparte-bench-"))
    port = free_port()
    command = [sys.executable, "-m", "aparte.cli", "serve", "--port", str(port), "--data", str(folder / "data")]
    with (folder / "log.txt").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, "--no-instant", stdout=log, stderr=log)
    try:
        await asyncio.to_thread(_answers, f"http://localhost:{port}")
        yield f"http://localhost:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        shutil.rmtree(folder)


def _answers(url: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/api/health", timeout=2):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


@asynccontextmanager
async def pages(browser: "Browser", line: str) -> AsyncIterator[tuple["Page", "Page"]]:
    """Two people, each in a browser profile of its own; only the first one's camera is stamped."""
    contexts = []
    opened = []
    for stamped in ("true", "false"):
        context = await browser.new_context(viewport=VIEWPORT, locale="en-GB")
        await context.grant_permissions(["camera", "microphone"])
        await context.add_init_script(f"globalThis.latencyStamped = {stamped};\n{line}")
        contexts.append(context)
        opened.append(await context.new_page())
    try:
        yield opened[0], opened[1]
    finally:
        for context in contexts:
            await context.close()


async def window(page: "Page", seconds: float) -> Figures:
    """Wait until pictures come, let things settle, and measure."""
    await page.wait_for_function("() => latency.take().length > 5", timeout=WITHIN_MS, polling=500)
    await asyncio.sleep(SETTLE_SECONDS)
    await page.evaluate("() => latency.take()")
    start, waited = time.monotonic(), waiting_seconds()
    await asyncio.sleep(seconds)
    ages: list[float] = await page.evaluate("() => latency.take()")
    elapsed = time.monotonic() - start
    waits = (waiting_seconds() - waited) / elapsed * 100
    if len(ages) < 20:
        raise RuntimeError(f"only {len(ages)} pictures came in {elapsed:.1f} s")
    cuts = quantiles(ages, n=20)
    return Figures(round(cuts[9], 1), round(cuts[18], 1), round(len(ages) / elapsed, 1), round(waits, 1))


async def ours(browser: "Browser", line: str, url: str, seconds: float) -> Figures:
    """Two pages of the application in an instant meeting."""
    instant = [sys.executable, "-m", "aparte.cli", "instant", url]
    made = await asyncio.to_thread(subprocess.run, instant, capture_output=True, text=True, check=True, timeout=30)
    link = next(word for word in made.stdout.split() if word.startswith(url))
    async with pages(browser, line) as (near, far):
        for page, name in ((near, "Near"), (far, "Far")):
            await page.goto(link)
            await page.get_by_test_id("name").fill(name)
            await page.get_by_test_id("join").click()
            await page.locator('main[data-phase="inside"]').wait_for(timeout=WITHIN_MS)
        return await window(far, seconds)


async def webrtc(browser: "Browser", line: str, url: str, seconds: float) -> Figures:
    """Two pages with a plain RTCPeerConnection, without any server in the media's way."""
    async with pages(browser, line) as (near, far):
        for page in (near, far):
            # Any page of a secure origin will do: the script brings everything.
            await page.goto(f"{url}/api/health")
        offer: str = await near.evaluate("() => latency.offer()")
        answer: str = await far.evaluate("sdp => latency.answer(sdp)", offer)
        await near.evaluate("sdp => latency.accept(sdp)", answer)
        return await window(far, seconds)


def medians(rounds: list[Figures]) -> dict[str, float]:
    names = Figures.__dataclass_fields__
    return {name: round(median(getattr(figures, name) for figures in rounds), 1) for name in names}


async def main(options: argparse.Namespace) -> dict[str, Any]:
    from playwright.async_api import async_playwright

    line = script()
    rounds: dict[str, list[Figures]] = {"aparte": [], "webrtc": []}
    async with server() as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.path(), headless=True, args=CHROMIUM_FLAGS)
        for number in range(options.rounds):
            for name, measure in (("aparte", ours), ("webrtc", webrtc)):
                figures = await measure(browser, line, url, options.seconds)
                rounds[name].append(figures)
                print(
                    f"round {number + 1} {name:7} glass to glass p50 {figures.glass_ms_p50:.1f} "
                    f"p95 {figures.glass_ms_p95:.1f} ms, {figures.pictures_per_s:.1f} pictures/s  "
                    f"some process waits {figures.machine_waits_percent:.0f} %",
                    flush=True,
                )
        await browser.close()
    mine, theirs = medians(rounds["aparte"]), medians(rounds["webrtc"])
    ratios = {name: round(mine[name] / theirs[name], 3) for name in ("glass_ms_p50", "glass_ms_p95")}
    print("ours / webrtc: " + ", ".join(f"{name} {value}" for name, value in ratios.items()))
    size = {"width": 640, "height": 360, "fps": 30, "seconds": options.seconds, "rounds": options.rounds}
    return {"bench": "latency", **size, **mine, "peers": {"webrtc": theirs}, "ratio_webrtc": ratios}


if __name__ == "__main__":
    chosen = arguments()
    try:
        print(json.dumps(asyncio.run(main(chosen))))
    except (RuntimeError, TimeoutError, subprocess.CalledProcessError) as fault:
        sys.exit(f"bench/latency.py: {fault or type(fault).__name__}")
