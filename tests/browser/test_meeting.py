"""Two and four people in real browsers: pictures, sound, the code, and somebody who leaves, reloads or is cut."""

from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import Server
from tests.browser.people import Person, enter, eventually, security
from tests.browser.wire import Wire

pytestmark = pytest.mark.browser


async def sees(a: Person, b: Person, within: float = 15) -> dict[str, Any]:
    seen = await eventually(
        lambda: a.sees(b),
        lambda t: t is not None and t["id"] == b.number and t["ageMs"] < 1500,
        within=within,
        what=f"{a.name} seeing {b.name}",
    )
    assert seen is not None
    return seen


async def moves(a: Person, b: Person) -> None:
    first = await sees(a, b)
    # A decoder that guesses the colour space is 10 to 60 off.
    assert first["offColour"] <= 8
    await eventually(lambda: a.sees(b), lambda t: t is not None and t["ms"] != first["ms"], what="a moving picture")


async def hears(a: Person, b: Person, within: float = 10) -> None:
    await eventually(lambda: a.hears(b), lambda level: level > -60, within=within, what=f"{a.name} hearing {b.name}")


async def same_code(*people: Person) -> str:
    for person in people:
        await security(person)

    async def codes() -> set[str]:
        return {await person.code() for person in people}

    one = await eventually(
        codes,
        lambda found: len(found) == 1 and len(next(iter(found))) == 30,
        what="one epoch code of 30 digits on every screen",
    )
    return next(iter(one))


@pytest.mark.shows("A01")
async def test_two_people_see_and_hear_each_other(browser: Browser, server: Server) -> None:
    link = server.instant_link()
    alice = await enter(browser, link, "Alice", 1)
    bob = await enter(browser, link, "Bob", 2)
    for one, other in ((alice, bob), (bob, alice)):
        await moves(one, other)
        await hears(one, other)
        # What is heard is the other's microphone and not an echo of one's own.
        assert await one.hears(one) < await one.hears(other) - 15
    before = await same_code(alice, bob)
    assert await alice.names() == await bob.names() == ["Alice", "Bob"]
    await bob.page.get_by_test_id("leave").click()
    await eventually(alice.names, lambda names: names == ["Alice"], what="Bob's tile gone")
    assert await same_code(alice) != before
    # Who left has nothing of the meeting in the tab any more.
    assert await bob.page.evaluate("() => Object.keys(sessionStorage)") == []


@pytest.mark.shows("B34")
async def test_four_people(browser: Browser, server: Server) -> None:
    link = server.instant_link()
    people = [
        await enter(browser, link, name, number)
        for number, name in enumerate(["Ada", "Blaise", "Chloé", "Denis"], start=1)
    ]
    for one in people:
        for other in people:
            if one is not other:
                await sees(one, other, within=30)
                await hears(one, other)
    await same_code(*people)
    for one in people:
        assert await one.names() == ["Ada", "Blaise", "Chloé", "Denis"]


async def test_a_tile_says_that_its_owner_paused_it_and_a_mute_is_silent(browser: Browser, server: Server) -> None:
    link = server.instant_link()
    alice = await enter(browser, link, "Alice", 1)
    bob = await enter(browser, link, "Bob", 2)
    await sees(alice, bob)
    await hears(alice, bob)
    tile = alice.page.locator(alice.tile(bob))

    async def state() -> str | None:
        return await tile.get_attribute("data-state")

    await bob.page.get_by_test_id("camera").click()
    await eventually(state, lambda seen: seen == "paused", what="the tile's word")
    await bob.page.get_by_test_id("mic").click()
    await eventually(lambda: alice.hears(bob), lambda level: level < -80, what="silence")
    await bob.page.get_by_test_id("camera").click()
    await bob.page.get_by_test_id("mic").click()
    await eventually(state, lambda seen: seen == "live", what="the tile's word")
    await sees(alice, bob)
    await hears(alice, bob)


async def test_a_reload_comes_back_by_itself_as_a_new_leaf(browser: Browser, server: Server) -> None:
    link = server.instant_link()
    alice = await enter(browser, link, "Alice", 1)
    bob = await enter(browser, link, "Bob", 2)
    before = await same_code(alice, bob)
    await bob.page.reload()
    await bob.page.locator('main[data-phase="inside"]').wait_for(timeout=20_000)
    await eventually(alice.names, lambda names: names == ["Alice", "Bob"], what="Bob once in the list")
    assert await same_code(alice, bob) != before
    await sees(alice, bob)
    await sees(bob, alice)
    await hears(alice, bob)


async def test_a_cut_heals_with_the_same_leaf_and_a_new_epoch(browser: Browser, server: Server, wire: Wire) -> None:
    link = server.instant_link()
    alice = await enter(browser, link, "Alice", 1)
    bob = await enter(browser, wire.link(link), "Bob", 2)
    await sees(alice, bob)
    before = await same_code(alice, bob)
    seat = await alice.page.locator(alice.tile(bob)).get_attribute("data-seat")
    wire.cut()
    await bob.page.locator('main[data-phase="cut"]').wait_for(timeout=15_000)

    async def state() -> str | None:
        return await alice.page.locator(alice.tile(bob)).get_attribute("data-state")

    await eventually(state, lambda seen: seen == "away", what="Alice told that Bob's line is cut")
    await wire.heal()
    await bob.page.locator('main[data-phase="inside"]').wait_for(timeout=15_000)
    await sees(alice, bob)
    await sees(bob, alice)
    await hears(bob, alice)
    assert await alice.page.locator(alice.tile(bob)).get_attribute("data-seat") == seat
    assert await same_code(alice, bob) != before


async def test_who_crashes_is_removed_and_the_group_moves_on(browser: Browser, server: Server) -> None:
    link = server.instant_link()
    people = [
        await enter(browser, link, name, number) for number, name in enumerate(["Ada", "Blaise", "Chloé"], start=1)
    ]
    before = await same_code(*people)
    await people[2].context.close()
    for one in people[:2]:
        await eventually(one.names, lambda names: names == ["Ada", "Blaise"], within=50, what="the crashed person gone")
    assert await same_code(*people[:2]) != before
    await sees(people[0], people[1])


@pytest.mark.shows("B31")
async def test_the_panel_tells_link_encryption_from_end_to_end(browser: Browser, server: Server) -> None:
    alice = await enter(browser, server.instant_link(), "Alice", 1)
    await security(alice)
    panel = alice.page.get_by_test_id("panel-security")
    said = await panel.inner_text()
    assert "Sealed end to end" in said
    assert "Only the people in the list can open them. The server passes them on sealed." in said
    assert "Protected on the way to the server only" in said
    assert "The server sees this; others on the network do not." in said
