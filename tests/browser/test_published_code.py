"""A page runs the published code or does not start: one byte of any asset changed on its way to a real Chromium."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from aparte.release.delivery import PAGES
from tests.browser.conftest import NewPage, Server
from tests.browser.people import enter
from tests.release.liar import Change, Delivered, flip, liar

pytestmark = pytest.mark.browser

FILES: dict[str, dict[str, object]] = json.loads((PAGES / "release.json").read_text())["files"]
ASSETS = sorted(path for path in FILES if path.startswith("/assets/"))


[SCRIPT] = [path for path in ASSETS if path.endswith(".js")]


def asset(path: str) -> Path:
    return PAGES / path.removeprefix("/")


async def opened(page: Page, server: Server, change: Change) -> str:
    """What the page says of itself when everything that it loads has run or was refused: started or refused."""
    async with liar(server.port, change) as port:
        await page.goto(f"http://localhost:{port}/", wait_until="load")
    started = await page.locator("#app").evaluate("app => app.childElementCount > 0")
    refused = await page.locator("#refused").count() == 1
    assert started != refused
    return "started" if started else "refused"


async def test_a_page_that_nobody_changed_starts(server: Server, new_page: NewPage) -> None:
    page = await new_page(locale="en-GB")
    assert await opened(page, server, lambda answer: answer) == "started"


@pytest.mark.promise("P24")
async def test_one_changed_byte_keeps_the_page_from_starting(server: Server, new_page: NewPage) -> None:
    page = await new_page(locale="en-GB")
    for path in ASSETS:
        for at in (0, asset(path).stat().st_size // 2, -1):
            assert await opened(page, server, flip(path, at)) == "refused", (path, at)


@pytest.mark.promise("P24")
async def test_code_of_worker_and_worklets_is_covered_too(server: Server, new_page: NewPage) -> None:
    content = asset(SCRIPT).read_bytes()
    page = await new_page(locale="en-GB")
    for word in (b"aparte-playout", b"aparte-microphone", b"AES-GCM"):
        assert await opened(page, server, flip(SCRIPT, content.index(word))) == "refused", word


@pytest.mark.promise("P24")
async def test_a_script_without_a_hash_is_not_run(server: Server, new_page: NewPage) -> None:
    def strip(answer: Delivered) -> Delivered:
        if answer.path != "/":
            return answer
        start = answer.body.index(b' integrity="', answer.body.index(SCRIPT.encode()))
        end = answer.body.index(b'"', start + 12) + 1
        return replace(answer, body=answer.body[:start] + answer.body[end:])

    assert await opened(await new_page(locale="en-GB"), server, strip) == "refused"


async def test_a_page_that_does_not_start_says_so(server: Server, new_page: NewPage) -> None:
    for path in ASSETS:
        page = await new_page(locale="fr-FR")
        async with liar(server.port, flip(path, -1)) as port:
            await page.goto(f"http://localhost:{port}/")
            await page.get_by_text("Cette page n’a pas démarré").wait_for(timeout=15_000)
            await page.get_by_text("This page has not started").wait_for(timeout=1_000)


@pytest.mark.promise("P24")
async def test_a_meeting_runs_on_one_script_and_nothing_else(browser: Browser, server: Server) -> None:
    asked: list[str] = []
    alice = await enter(browser, server.instant_link(), "Alice", 1, asked=asked)
    scripts = {url for url in asked if url.startswith(server.url) and not url.startswith(f"{server.url}/m/")}
    assert scripts == {f"{server.url}{path}" for path in ASSETS}
    assert [worker.url.partition(":")[0] for worker in alice.page.workers] == ["blob"]


FORBIDDEN = {
    "worker of the server": "() => { new Worker('/assets/x.js'); }",
    "blob of somebody": "() => { new Worker(URL.createObjectURL(new Blob(['1']))); }",
    "service worker": "() => navigator.serviceWorker.register('/assets/x.js')",
    "script element": "() => { document.createElement('script').src = '/assets/x.js'; }",
    "markup": "() => { document.body.innerHTML = '<b>x</b>'; }",
    "text as code": "() => { setTimeout('1', 0); }",
    "another policy": "() => { trustedTypes.createPolicy('other', {}); }",
    "a second policy of that name": "() => { trustedTypes.createPolicy('aparte', {}); }",
}


@pytest.mark.promise("P24")
async def test_the_page_lets_no_other_code_start(browser: Browser, server: Server) -> None:
    alice = await enter(browser, server.instant_link(), "Alice", 1)
    assert await alice.page.evaluate("() => crossOriginIsolated")
    for name, attempt in FORBIDDEN.items():
        ended = await alice.page.evaluate(f"() => (async {attempt})().then(() => 'done', error => error.name)")
        assert ended == "TypeError", name
    # An import passes no Trusted Type, but it carries no hash either.
    ended = await alice.page.evaluate(f"() => import('{SCRIPT}?again').then(() => 'done', error => error.name)")
    assert ended == "TypeError"
