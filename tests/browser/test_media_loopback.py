"""The whole media path in one real Chromium page, without server and cryptography: web/dev/media.html.

A stamped camera and a beeping microphone go through capture, encoder, decoder and playout, under the content security
policy of the product; the stamp is read again from the `<video>`, the tone from the playout worklet's output.
"""

from __future__ import annotations

import statistics
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from aparte.release.delivery import security_headers

ROOT = Path(__file__).parents[2]
SECONDS = 8
# The trial page is built without hashes.
HEADERS = {name: value for name, value in security_headers(encrypted=False).items() if name != "integrity-policy"}


class Pages(SimpleHTTPRequestHandler):
    """The built trial pages, with the headers that the product's server sends."""

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def trial_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the trial pages and serve them on a free loopback port."""
    folder = tmp_path_factory.mktemp("trial")
    build = [
        "tools/web.sh",
        "vite",
        "build",
        "--config",
        "dev/vite.config.ts",
        "--outDir",
        str(folder),
        "--emptyOutDir",
    ]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Pages, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/media.html"
    server.shutdown()
    thread.join()
    server.server_close()


async def trial(browser: Browser, url: str, losses: list[int]) -> dict[str, Any]:
    """Run the page's trial, losing one picture of each temporal layer in `losses`; no script error may occur."""
    page = await browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    await page.goto(url)
    await page.wait_for_function("() => globalThis.runTrial !== undefined")
    result: dict[str, Any] = await page.evaluate("([seconds, losses]) => runTrial(seconds, losses)", [SECONDS, losses])
    assert [error for error in errors if "favicon" not in error and "404" not in error] == []
    return result


@pytest.mark.browser
async def test_picture_and_tone_come_back(browser: Browser, trial_url: str) -> None:
    result = await trial(browser, trial_url, [])
    ages, delays, worker = result["pictureAges"], result["soundDelays"], result["worker"]
    glass = statistics.quantiles(ages, n=20)
    print(f"\nglass to glass p50 {glass[9]:.1f} p95 {glass[18]:.1f} ms of {len(ages)} pictures")
    print(f"mouth to ear {statistics.median(delays):.1f} ms (+ output {result['outputLatencyMs']:.0f})", delays)
    print({key: worker[key] for key in ("pictures", "keys", "temporal", "report")})
    assert result["capability"] == {"missing": [], "replaced": []}
    assert worker["failures"] == []
    assert worker["videoState"] == "live"
    assert worker["soundState"] == "live"
    assert worker["size"] == "640x360"
    # How many come and how soon depends on how busy the machine is (bench/latency.py measures it): here they come, are
    # readable, and the quickest one is quick.
    assert worker["pictures"] > 30
    assert len(ages) > 0.3 * worker["pictures"]
    assert min(ages) < 150
    assert result["unreadable"] <= 0.05 * len(ages)
    assert worker["keys"] <= 2
    layer0, layer1, layer2 = worker["temporal"]
    assert layer0 == pytest.approx(layer1, abs=3)
    assert layer2 == pytest.approx(layer0 + layer1, abs=3)
    # Sound: constant size, the tone found again, and loud as it was said.
    assert len(set(worker["soundBytes"])) == 1
    # Blocks in which the tone begins, ends or is bridged are less pure; the others are nothing but the tone.
    assert sum(purity > 0.9 for purity in result["purity"]) >= 5
    assert min(worker["levels"]) in range(6, 13)  # a sine of amplitude 0.5 has -9 dBov
    assert max(result["micLevels"]) == 1
    assert len(delays) >= 5
    assert min(delays) < 200


@pytest.mark.browser
async def test_a_lost_picture_is_mended_by_the_rule_of_its_layer(browser: Browser, trial_url: str) -> None:
    result = await trial(browser, trial_url, [2, 1, 0])
    worker = result["worker"]
    # Layers 2 and 1 mend themselves, layer 0 takes one key frame; pictures go on and none of them is wrong.
    assert worker["keysAsked"] == 1
    assert worker["keys"] == 2
    assert worker["videoState"] == "live"
    assert result["unreadable"] <= 0.05 * len(result["pictureAges"])
