"""Real Chromium pages in one meeting: each camera carries a time code, each microphone a tone."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playwright.async_api import Browser, BrowserContext, Page

SCRIPT = (Path(__file__).parent / "synthetic.js").read_text()
T = TypeVar("T")
TONES = [310, 440, 620, 880, 1240, 1760]


@dataclass
class Person:
    """One page: what the test does as this person and what it sees and hears there."""

    name: str
    number: int  # carried in the picture
    tone: int  # Hz
    page: Page
    context: BrowserContext

    def tile(self, other: "Person") -> str:
        return f'[data-testid="tile"][data-name="{other.name}"]'

    async def sees(self, other: "Person") -> dict[str, Any] | None:
        """The time code of the other's picture here: id, ageMs, width, height; None when there is none."""
        seen: dict[str, Any] | None = await self.page.evaluate(
            "s => window.__read(s)", f"{self.tile(other)} video, {self.tile(other)} canvas"
        )
        return seen

    async def hears(self, other: "Person") -> float:
        """How far the other's tone stands above the median of the tones that nobody plays, in dB."""
        at = (await self.page.evaluate("() => window.__heard()"))["at"]
        return float(at[str(other.tone)])

    async def code(self) -> str:
        text = await self.page.locator('[data-testid="epoch-code"]').first.text_content()
        return "".join((text or "").split())

    async def names(self) -> list[str]:
        tiles = await self.page.locator('[data-testid="tile"]').evaluate_all("all => all.map(e => e.dataset.name)")
        return sorted(tiles)

    async def counters(self) -> dict[str, Any]:
        data: dict[str, str] = await self.page.locator('[data-testid="counters"]').first.evaluate(
            "e => ({...e.dataset})"
        )
        return {key: json.loads(value) for key, value in data.items() if key != "testid"}


async def enter(
    browser: Browser,
    link: str,
    name: str,
    number: int,
    *,
    size: tuple[int, int] = (640, 360),
    wide: tuple[int, int] = (1280, 800),
    asked: list[str] | None = None,
) -> Person:
    """Open the link in a fresh browser profile and join: lobby, name, Join. ``asked`` gets the URL of every request."""
    context = await browser.new_context(
        viewport={"width": wide[0], "height": wide[1]}, ignore_https_errors=True, locale="en-GB"
    )
    await context.grant_permissions(["camera", "microphone"])
    tone = TONES[number % len(TONES)]
    setup = {"id": number, "tone": tone, "width": size[0], "height": size[1]}
    await context.add_init_script(f"window.__synthetic = {json.dumps(setup)};\n{SCRIPT}")
    page = await context.new_page()
    if asked is not None:
        context.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("pageerror", lambda error: print(f"{name}: {error}"))
    page.on(
        "console", lambda message: print(f"{name}: {message.text}") if message.type in {"error", "warning"} else None
    )
    await page.goto(link)
    await page.get_by_test_id("name").fill(name)
    await page.get_by_test_id("join").click()
    await page.locator('main[data-phase="inside"]').wait_for(timeout=20_000)
    return Person(name, number, tone, page, context)


async def eventually(
    look: Callable[[], Awaitable[T]], good: Callable[[T], bool], *, within: float = 15, what: str = "it"
) -> T:
    """Look until it is good; the last look is in the failure."""
    end = time.monotonic() + within
    while True:
        seen = await look()
        if good(seen):
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"{what} not within {within} s; last: {seen!r}")
        await asyncio.sleep(0.05)


async def security(person: Person) -> None:
    """Open the panel with the epoch code."""
    if await person.page.locator('[data-testid="epoch-code"]').count() == 0:
        await person.page.get_by_test_id("security").click()
        await person.page.locator('[data-testid="epoch-code"]').first.wait_for()
