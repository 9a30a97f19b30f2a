"""Measures frozen pictures and gaps in sound of a real meeting on bad lines; the last line is JSON.

python bench/stability.py --seconds 20            (as root: it makes network name spaces)

The receiver's Chromium sits behind a line with loss, delay and a rate limit; the sender and a real ``aparte serve``
over TLS sit on the other side. A picture counts as frozen for what its successor comes later than 200 ms after it;
sound is missing for each 20 ms in which the loudspeaker's signal has less than a hundredth of its usual power.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import chromium
from stability.line import CLIENT, SERVER, SERVER_ADDRESS

if TYPE_CHECKING:
    from playwright.async_api import Page

ROOT = Path(__file__).parents[1]
FLAGS = [*chromium.QUIET, *chromium.DEVICES, "--ignore-certificate-errors"]
FROZEN_MS = 200.0
PORT = 8443


@dataclass(frozen=True)
class Line:
    """Loss in percent each way, round trip in ms, rate towards the receiver in kbit/s (0: none), queue in ms."""

    name: str
    loss: float
    rtt: float
    rate: float = 0
    queue: float = 250


LINES = [
    Line("good", 0, 20),
    Line("loss-2", 2, 50),
    Line("loss-5", 5, 50),
    Line("rate-1000", 0, 50, 1000),
    Line("rate-200", 0, 50, 200),
]


def figures(seen: dict[str, Any], seconds: float) -> dict[str, float]:
    """Shares of the time in percent, pictures a second, the longest freeze and the longest silence in ms."""
    times = [0.0, *seen["pictures"], seconds * 1000]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    usual = median(power for _, power in seen["sounds"])
    silent = [power < usual / 100 for _, power in seen["sounds"]]
    longest = run = 0
    for quiet in silent:
        run = run + 1 if quiet else 0
        longest = max(longest, run)
    return {
        "frozen_percent": round(sum(gap - FROZEN_MS for gap in gaps if gap > FROZEN_MS) / seconds / 10, 2),
        "longest_freeze_ms": round(max(gaps)),
        "pictures_per_s": round(len(seen["pictures"]) / seconds, 1),
        "kbit_per_s": round(seen["bytes"] * 8 / seconds / 1000),
        "silent_percent": round(100 * sum(silent) / len(silent), 2),
        "longest_silence_ms": 20.0 * longest,
    }


async def meet(link: str, folder: Path, seconds: float) -> dict[str, Any]:
    """Two people meet; give what the one behind the line sees and hears for ``seconds``."""
    from playwright.async_api import async_playwright

    synthetic = (ROOT / "tests" / "browser" / "synthetic.js").read_text("utf-8")
    watch = (ROOT / "bench" / "stability" / "watch.js").read_text("utf-8")

    async with async_playwright() as playwright:
        pages = []
        for number, (name, space) in enumerate((("Near", SERVER), ("Far", CLIENT)), start=1):
            # A browser in a name space is one that is started there.
            starter = folder / f"chromium-{name}"
            starter.write_text(f'#!/bin/sh\nexec ip netns exec {space} {chromium.path()} "$@"\n')
            starter.chmod(0o700)
            browser = await playwright.chromium.launch(executable_path=str(starter), headless=True, args=FLAGS)
            context = await browser.new_context(viewport={"width": 800, "height": 600}, ignore_https_errors=True)
            setup = {"id": number, "tone": 440 * number, "width": 640, "height": 360}
            await context.add_init_script(f"window.__synthetic = {json.dumps(setup)};\n{synthetic}\n{watch}")
            page = await context.new_page()
            await page.goto(link, timeout=60_000)
            await page.get_by_test_id("name").fill(name)
            await page.get_by_test_id("join").click()
            await page.locator('main[data-phase="inside"]').wait_for(timeout=60_000)
            pages.append(page)
        far = pages[1]
        await far.locator('[data-testid="tile"][data-name="Near"][data-state="live"]').wait_for(timeout=60_000)
        selector = '[data-testid="tile"][data-name="Near"] video'
        # What joining stirs up settles first.
        await far.evaluate("([s, ms]) => window.__watch(s, ms)", [selector, 4000])
        before = await received(far)
        seen: dict[str, Any] = await far.evaluate("([s, ms]) => window.__watch(s, ms)", [selector, seconds * 1000])
        seen["bytes"] = await received(far) - before
        return seen


async def received(page: "Page") -> int:
    """Bytes of sealed frames that have come so far, as the page counts them (once a second)."""
    data = await page.locator('[data-testid="counters"]').first.evaluate("e => e.dataset.bytesDown")
    return int(json.loads(data))


def inside(space: str, *command: str, **options: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(["ip", "netns", "exec", space, *command], text=True, **options)


def measure(line: Line, seconds: float) -> dict[str, float]:
    """One line, one server, one meeting."""
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="aparte-bench-") as name:
        folder = Path(name)
        numbers = [str(value) for value in (line.loss, line.rtt, line.rate, line.queue)]
        carrier = subprocess.Popen(
            [sys.executable, "-m", "stability.line", *numbers],
            cwd=ROOT / "bench",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(lambda: carrier.communicate(timeout=10))
        assert carrier.stdout is not None
        if carrier.stdout.readline() != "ready\n":
            raise RuntimeError("the line could not be made")
        aparte = str(Path(sys.executable).with_name("aparte"))
        options = ["--host", SERVER_ADDRESS, "--port", str(PORT), "--data", str(folder / "data"), "--no-instant"]
        server = inside(SERVER, aparte, "serve", *options, "--tls", "self-signed", stdout=subprocess.PIPE)
        stack.callback(server.wait, 15)
        stack.callback(server.terminate)
        assert server.stdout is not None
        if not any(said.startswith("Certificate") for said in server.stdout):
            raise RuntimeError("the server did not start")
        certificate = str(next(folder.rglob("certificate.pem")))
        make = [aparte, "instant", f"https://{SERVER_ADDRESS}:{PORT}", "--trust", certificate]
        made = inside(SERVER, *make, stdout=subprocess.PIPE)
        link = made.communicate(timeout=30)[0].split()[-1]
        return figures(asyncio.run(meet(link, folder, seconds)), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/stability.py", description="Freezes and gaps on bad lines.")
    parser.add_argument("--seconds", type=float, default=20, help="length of one measured window")
    parser.add_argument("--lines", nargs="*", choices=[line.name for line in LINES], help="which lines (all)")
    options = parser.parse_args()
    lacking = [] if shutil.which("ip") else ["ip (Debian's iproute2)"]
    lacking += [] if chromium.path() else ["chromium"]
    if lacking or os.geteuid() != 0:
        sys.exit(f"bench/stability.py needs: {', '.join([*lacking, *(['root'] if os.geteuid() else [])])}")
    rows = {}
    for line in LINES:
        if options.lines and line.name not in options.lines:
            continue
        rows[line.name] = measure(line, options.seconds)
        print(line.name, " ".join(f"{name} {value}" for name, value in rows[line.name].items()), flush=True)
    # The capability is that these things are measured: all lines were, and something was seen and heard on each.
    measured = len(rows) == len(LINES) and all(
        row["pictures_per_s"] and row["silent_percent"] < 50 for row in rows.values()
    )
    report = {"bench": "stability", "seconds": options.seconds, "shows": ["B36"], "passed": measured, "lines": rows}
    print(json.dumps(report))
    record = ROOT / "build" / "bench" / "stability.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(report) + "\n", "utf-8")


if __name__ == "__main__":
    main()
