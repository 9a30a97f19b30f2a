"""Pages before the door and inside: a meeting that a page has begun, and directs."""

from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import NewPage, Server
from tests.browser.test_persons import is_inside, join

pytestmark = pytest.mark.browser

# What the page has opened, so that a test can ask whether its light is still on.
DEVICES = """(() => {
  window.__opened = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const stream = await open(wish);
    window.__opened.push(...stream.getTracks());
    return stream;
  };
})()"""
LIVE = "kind => window.__opened.filter((track) => track.kind === kind && track.readyState === 'live').length"


class Come(Protocol):
    """Somebody follows the link, up to the door."""

    async def __call__(self, name: str, *, camera: bool = False) -> Page:
        """``camera``: whether it is on; a machine that shows few pictures takes more people."""


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Give several people on one machine their time."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=None)


@pytest.fixture
async def olga(server: Server, new_page: NewPage) -> Page:
    """Begin a meeting from the start page: its maker directs it."""
    page = await new_page(locale="en-GB")
    await page.goto(server.url)
    await page.get_by_test_id("start").click()
    await camera_off(page)
    await join(page, "Olga")
    await people(page)
    return page


@pytest.fixture
async def come(olga: Page, new_page: NewPage) -> Come:
    """Give the way for somebody to come."""
    link = await olga.get_by_test_id("link").input_value()

    async def follow(name: str, *, camera: bool = False) -> Page:
        page = await new_page(locale="en-GB")
        await page.add_init_script(DEVICES)
        await page.goto(link)
        if not camera:
            await camera_off(page)
        await page.get_by_test_id("name").fill(name)
        await page.get_by_test_id("join").click()
        return page

    return follow


async def camera_off(page: Page) -> None:
    """Switch the camera off in the lobby."""
    await expect(page.get_by_test_id("camera")).to_have_attribute("data-on", "true")
    await page.get_by_test_id("camera").click()


async def people(page: Page) -> None:
    """Open the sheet of the people."""
    if await page.get_by_test_id("panel-people").count() == 0:
        await page.get_by_test_id("people").click()
    await page.get_by_test_id("panel-people").wait_for()


def person(page: Page, name: str) -> Locator:
    """Give somebody's row in the sheet of the people."""
    return page.locator(f'[data-testid="person"][data-name="{name}"]')


async def set_door(page: Page, position: str, door: str) -> None:
    """Set the door, and wait until the group has it."""
    await page.get_by_test_id("door").locator(f'label:has(input[value="{position}"])').click()
    await expect(page.get_by_test_id("door")).to_have_attribute("data-door", door)


async def waits(page: Page, why: str, *, someone: bool) -> None:
    """Wait until somebody waits for this."""
    place = page.get_by_test_id("waiting")
    await expect(place).to_have_attribute("data-why", why)
    await expect(place).to_have_attribute("data-someone", str(someone).lower())


async def ended(page: Page, reason: str) -> None:
    """Wait until the meeting is over for somebody."""
    await expect(page.get_by_test_id("ended")).to_have_attribute("data-reason", reason)


async def turn_right(page: Page, name: str, right: str, on: bool) -> None:
    """Give somebody a right, or take it, and wait until the group has it."""
    row = person(page, name)
    switch = row.locator(f'button[data-right="{right}"]')
    if await switch.count() == 0:
        await row.get_by_test_id("person-more").click()
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", str(on).lower())


async def test_who_knocks_waits_and_is_let_in(olga: Page, come: Come) -> None:
    await set_door(olga, "knock", "all-knock")
    ben = await come("Ben")
    await waits(ben, "admission", someone=True)
    knock = olga.get_by_test_id("knock")
    await expect(knock).to_contain_text("Ben")
    await expect(person(olga, "Ben")).to_have_count(0)
    await knock.get_by_test_id("admit").first.click()
    await is_inside(ben)
    await expect(person(olga, "Ben")).to_have_count(1)
    await expect(knock).to_have_count(0)


async def test_who_is_refused_is_told_so_and_may_try_again(olga: Page, come: Come) -> None:
    await set_door(olga, "knock", "all-knock")
    ben = await come("Ben")
    await waits(ben, "admission", someone=True)
    await olga.get_by_test_id("refuse").first.click()
    await ended(ben, "refused")
    await expect(olga.get_by_test_id("knock")).to_have_count(0)
    await ben.get_by_test_id("back").click()
    await ben.get_by_test_id("join").click()
    await waits(ben, "admission", someone=True)
    await expect(olga.get_by_test_id("knock")).to_contain_text("Ben")
    # Who goes away knocks no longer.
    await ben.get_by_test_id("leave").click()
    await expect(olga.get_by_test_id("knock")).to_have_count(0)


async def test_a_locked_door_opens_for_who_waits(olga: Page, come: Come) -> None:
    await set_door(olga, "locked", "locked")
    ben = await come("Ben")
    await waits(ben, "locked", someone=True)
    await expect(olga.get_by_test_id("knock")).to_have_count(0)
    await set_door(olga, "open", "open")
    await is_inside(ben)


async def test_a_microphone_that_is_taken_goes_off_and_stays_off(olga: Page, come: Come) -> None:
    ben = await come("Ben")
    await is_inside(ben)
    mic = ben.get_by_test_id("mic")
    await expect(mic).to_have_attribute("data-state", "on")
    assert await ben.evaluate(LIVE, "audio") == 1
    said = person(olga, "Ben").locator(".person-icons [data-on]").nth(1)
    await expect(said).to_have_attribute("data-on", "true")
    await turn_right(olga, "Ben", "sound:send", False)
    # A guest who is silenced would come back as another one: guests knock from now on.
    await expect(olga.get_by_test_id("door")).to_have_attribute("data-door", "guests-knock")
    await expect(mic).to_have_attribute("data-on", "false")
    await expect(mic).to_have_attribute("aria-disabled", "true")
    await expect(said).to_have_attribute("data-on", "false")
    assert await ben.evaluate(LIVE, "audio") == 0
    await mic.click(force=True)
    await expect(mic).to_have_attribute("data-on", "false")

    # It is the person from whom it was taken, not the page; and who was inside has to knock as well.
    await ben.reload()
    await waits(ben, "admission", someone=True)
    await olga.get_by_test_id("admit").first.click()
    await is_inside(ben)
    await expect(mic).to_have_attribute("aria-disabled", "true")

    await turn_right(olga, "Ben", "sound:send", True)
    await expect(mic).to_have_attribute("aria-disabled", "false")
    await expect(mic).to_have_attribute("data-on", "false")
    assert await ben.evaluate(LIVE, "audio") == 0
    await mic.click()
    await expect(mic).to_have_attribute("data-state", "on")
    await expect(said).to_have_attribute("data-on", "true")


@pytest.mark.parametrize("bar", [False, True])
async def test_who_is_removed_is_out(olga: Page, come: Come, bar: bool) -> None:
    ben = await come("Ben")
    await is_inside(ben)
    row = person(olga, "Ben")
    await row.get_by_test_id("person-more").click()
    await row.get_by_test_id("remove").click()
    await olga.get_by_test_id("remove-bar" if bar else "remove-yes").click()
    await ended(ben, "removed")
    await expect(row).to_have_count(0)
    await expect(olga.get_by_test_id("door")).to_have_attribute("data-door", "guests-knock")
    await ben.get_by_test_id("back").click()
    await ben.get_by_test_id("join").click()
    if bar:
        await ended(ben, "barred")
    else:
        await waits(ben, "admission", someone=True)


async def test_a_frozen_meeting_stops_everybody_but_its_organiser(olga: Page, come: Come) -> None:
    ben = await come("Ben", camera=True)
    await is_inside(ben)
    await expect(ben.get_by_test_id("camera")).to_have_attribute("data-state", "on")
    freeze = olga.get_by_test_id("freeze").first
    await freeze.click()
    for device in ("mic", "camera"):
        await expect(ben.get_by_test_id(device)).to_have_attribute("aria-disabled", "true")
    assert await ben.evaluate(LIVE, "audio") + await ben.evaluate(LIVE, "video") == 0
    await expect(olga.get_by_test_id("mic")).to_have_attribute("data-on", "true")
    cat = await come("Cat")
    await waits(cat, "locked", someone=True)
    await olga.get_by_test_id("freeze").first.click()
    await is_inside(cat)
    for device in ("mic", "camera"):
        await expect(ben.get_by_test_id(device)).to_have_attribute("aria-disabled", "false")
        await expect(ben.get_by_test_id(device)).to_have_attribute("data-on", "false")


async def test_an_organiser_who_reloads_is_one_again_and_nobody_inherits(olga: Page, come: Come) -> None:
    ben = await come("Ben")
    await is_inside(ben)
    await set_door(olga, "locked", "locked")
    await people(ben)
    await expect(ben.get_by_test_id("door-word")).to_have_attribute("data-door", "locked")
    await olga.reload()
    await is_inside(olga)
    await people(olga)
    await expect(person(olga, "Olga").get_by_test_id("organiser")).to_have_count(1)
    await expect(person(ben, "Ben").get_by_test_id("organiser")).to_have_count(0)
    await set_door(olga, "open", "open")
    await expect(ben.get_by_test_id("door-word")).to_have_attribute("data-door", "open")


async def test_who_is_made_an_organiser_lets_people_in_too(olga: Page, come: Come) -> None:
    ben = await come("Ben")
    await is_inside(ben)
    await set_door(olga, "knock", "all-knock")
    row = person(olga, "Ben")
    await row.get_by_test_id("person-more").click()
    await row.get_by_test_id("organise").click()
    await olga.get_by_test_id("organise-yes").click()
    await people(ben)
    await expect(person(ben, "Ben").get_by_test_id("organiser")).to_have_count(1)
    cat = await come("Cat")
    await waits(cat, "admission", someone=True)
    await ben.get_by_test_id("admit").first.click()
    await is_inside(cat)
