"""Comparing keys, and somebody who comes back under another one (P17)."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.conftest import Server
from tests.browser.people import Person, enter, eventually
from tests.browser.test_door import patience as patience
from tests.browser.test_meeting import hears, sees

pytestmark = pytest.mark.browser

FRAMES = 200
WATCH = """() => {
    window.__places = {};
    const look = () => {
        for (const tile of document.querySelectorAll('[data-testid="tile"][data-self="false"]')) {
            const {seat, compared} = tile.dataset;
            const place = `${compared} ${tile.querySelector("canvas, video") === null ? "closed" : "open"}`;
            (window.__places[seat] ??= []).includes(place) || window.__places[seat].push(place);
        }
    };
    look();
    new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


async def details(person: Person, name: str) -> Locator:
    """Open somebody's entry in the list of people."""
    page = person.page
    if await page.get_by_test_id("panel-people").count() == 0:
        await page.get_by_test_id("people").click()
    row = page.locator(f'[data-testid="person"][data-name="{name}"]')
    if await row.get_by_test_id("person-code").count() == 0:
        await row.get_by_test_id("person-more").click()
    return row


async def code(person: Person, name: str) -> str | None:
    row = await details(person, name)
    return await row.get_by_test_id("person-code").get_attribute("data-code")


async def places(person: Person) -> dict[str, Any]:
    """By seat, how the others' tiles have been since the watch began."""
    found: dict[str, Any] = await person.page.evaluate("() => window.__places")
    return found


@pytest.mark.shows("B41")
@pytest.mark.promise("P17")
async def test_whoever_comes_under_another_key_is_announced_before_anything_of_them_plays(
    browser: Browser, server: Server
) -> None:
    link = server.instant_link()
    alice = await enter(browser, link, "Alice", 1)
    bob = await enter(browser, link, "Bob", 2)
    await sees(alice, bob, within=30)
    shown = await code(alice, "Bob")
    assert shown is not None
    assert shown == await code(bob, "Bob") != await code(bob, "Alice")
    await (await details(alice, "Bob")).get_by_test_id("compare-same").click()
    tile = alice.page.locator(alice.tile(bob))
    await expect(tile.get_by_test_id("compared-mark")).to_be_visible()
    await expect((await details(alice, "Bob")).get_by_test_id("compared-mark")).to_be_visible()
    # The mark is nobody else's.
    await expect(bob.page.get_by_test_id("compared-mark")).to_have_count(0)

    # The same key comes back: the mark is still there, and nothing is closed.
    first = await tile.get_attribute("data-seat")

    async def seats() -> list[str]:
        found: list[str] = await tile.evaluate_all("all => all.map(e => e.dataset.seat)")
        return found

    await bob.page.reload()
    await bob.page.locator('main[data-phase="inside"]').wait_for(timeout=20_000)
    await eventually(
        seats, lambda found: len(found) == 1 and first not in found, within=30, what="Bob under one other seat"
    )
    await expect(tile.get_by_test_id("compared-mark")).to_be_visible()
    await expect(alice.page.get_by_test_id("key-changed")).to_have_count(0)
    assert await code(alice, "Bob") == shown
    await sees(alice, bob, within=30)
    await bob.page.get_by_test_id("leave").click()
    await eventually(alice.names, lambda names: names == ["Alice"], within=30, what="Bob's tile gone")

    await alice.page.evaluate(WATCH)
    other = await enter(browser, link, "Bob", 3)
    banner = alice.page.get_by_test_id("key-changed")
    await expect(banner).to_contain_text("Bob is here under another key than the one you compared")
    await expect(tile).to_contain_text("Another key than the one you compared")
    await sees(other, alice, within=30)
    # Its frames arrive and open: what keeps them from being seen and heard is that nobody has decided.
    opened = (await alice.counters())["opened"]
    await eventually(alice.counters, lambda counted: counted["opened"] > opened + FRAMES, within=30)
    assert await alice.sees(other) is None
    assert await alice.hears(other) < -60
    assert [*(await places(alice)).values()] == [["changed closed"]]

    await banner.get_by_test_id("compare-again").click()
    row = await details(alice, "Bob")
    await expect(row.get_by_test_id("person-code")).to_be_visible()
    assert await code(alice, "Bob") == await code(other, "Bob") != shown
    await banner.get_by_test_id("go-on").click()
    await expect(banner).to_have_count(0)
    await sees(alice, other, within=30)
    await hears(alice, other, within=30)
    await expect(alice.page.get_by_test_id("compared-mark")).to_have_count(0)
