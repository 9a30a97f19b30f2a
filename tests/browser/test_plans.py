"""Planned meetings in a real browser: planning, inviting, delegating, preparing, and entering by what was planned."""

import re
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPage, Server
from tests.browser.test_accounts import OTHER, add_account, become_administrator, signed_in_as, submit

pytestmark = pytest.mark.browser


async def colleague(ada: Page, new_page: NewPage, server: Server, login: str, name: str, role: str) -> Page:
    """Somebody with an account, signed in on a device of their own."""
    link = await add_account(ada, login, name, role)
    page = await new_page(locale="en-GB")
    await page.goto(link)
    await submit(page, "set-up", password=OTHER)
    await signed_in_as(page, name)
    await page.goto(server.url)
    return page


async def plan(page: Page, title: str, level: int, *organisers: str, prepare: bool = False) -> None:
    """Plan a meeting that begins now: those who do not organise come in from a quarter of an hour before it on."""
    await page.get_by_test_id("plan").click()
    await page.get_by_test_id("title").fill(title)
    now = datetime.now(UTC)
    await page.get_by_test_id("zone").select_option("UTC")
    await page.get_by_test_id("date").fill(now.strftime("%Y-%m-%d"))
    await page.get_by_test_id("time").fill(now.strftime("%H:%M"))
    await page.locator(f'input[name="level"][value="{level}"]').check()
    if prepare:
        await page.get_by_test_id("prepare").check()
    for login in organisers:
        await page.locator(f'[data-testid="organiser"][data-login="{login}"]').check()
    await page.get_by_test_id("save-plan").click()
    await expect(page.get_by_role("heading", name=title)).to_be_visible()


async def come(page: Page, link: str, name: str) -> None:
    """Try to join by a link, as the account that is signed in: nobody chooses another name for it."""
    await page.goto(link)
    await expect(page.get_by_test_id("account-name").locator("strong")).to_have_text(name)
    await expect(page.get_by_test_id("name")).to_have_count(0)
    await page.get_by_test_id("join").click()


async def come_as_guest(page: Page, link: str, name: str) -> None:
    """Try to join by a link, without an account."""
    await page.goto(link)
    await page.get_by_test_id("name").fill(name)
    await page.get_by_test_id("join").click()


async def is_inside(page: Page) -> None:
    await page.locator('main[data-phase="inside"]').wait_for(timeout=40_000)


async def is_refused(page: Page) -> None:
    await expect(page.get_by_test_id("ended")).to_have_attribute("data-reason", "not-invited", timeout=40_000)


@pytest.mark.shows("B53", "B44")
async def test_a_meeting_is_planned_and_handed_over_and_only_the_invited_enter(
    server: Server, new_page: NewPage
) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    alice = await colleague(ada, new_page, server, "alice@cabinet.example", "Alice", "organiser")
    bob = await colleague(ada, new_page, server, "bob@cabinet.example", "Bob", "member")
    carol = await colleague(ada, new_page, server, "carol@cabinet.example", "Carol", "member")

    asked: list[str] = []
    alice.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    await plan(alice, "Succession", 3)
    link = await alice.get_by_test_id("plan-link").inner_text()
    secret = link.partition("#")[2]
    assert len(secret) == 43
    assert not [request for request in asked if secret in request], "the secret never reaches the server"

    await alice.get_by_test_id("colleague").select_option(label="Bob (bob@cabinet.example)")
    await alice.get_by_test_id("invite-colleague").click()
    await expect(alice.locator('[data-testid="invitation"][data-name="Bob"]')).to_be_visible()
    # Bob finds the meeting in his list, and the link comes from Alice.
    await bob.reload()
    await expect(bob.locator('[data-testid="planned"][data-title="Succession"]')).to_be_visible()
    await come(alice, link, "Alice")
    await is_inside(alice)
    await come(bob, link, "Bob")
    await is_inside(bob)
    # Whoever is not invited does not enter, with the link and an account, or without one.
    await come(carol, link, "Carol")
    await is_refused(carol)
    stranger = await new_page(locale="en-GB")
    await come_as_guest(stranger, link, "Mallory")
    await is_refused(stranger)

    # Alice hands the management over: Bob has it alone.
    await alice.get_by_test_id("leave").click()
    await alice.goto(server.url)
    await alice.get_by_test_id("details").click()
    await alice.get_by_test_id("stay").uncheck()
    await alice.get_by_test_id("delegate-to").select_option(label="Bob (bob@cabinet.example)")
    await alice.get_by_test_id("delegate").click()
    await expect(alice.get_by_test_id("manage")).to_have_count(0)
    await bob.get_by_test_id("leave").click()
    await bob.goto(server.url)
    await bob.get_by_test_id("details").click()
    await expect(bob.get_by_test_id("manage")).to_be_visible()


@pytest.mark.shows("B55")
async def test_who_prepares_a_meeting_has_no_link_and_does_not_enter(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    assistant = await colleague(ada, new_page, server, "assistant@cabinet.example", "Assistant", "organiser")
    bob = await colleague(ada, new_page, server, "bob@cabinet.example", "Bob", "organiser")
    await plan(assistant, "Audit", 2, "bob@cabinet.example", prepare=True)
    await expect(assistant.get_by_test_id("link")).to_have_count(0)
    await bob.reload()
    await bob.get_by_test_id("details").click()
    await bob.get_by_test_id("make-link").click()
    link = await bob.get_by_test_id("plan-link").inner_text()
    assert re.fullmatch(r"http://\S+/m/[\w-]{22}#[\w-]{43}", link)
    await come(bob, link, "Bob")
    await is_inside(bob)


async def test_a_guest_with_an_entry_code_and_a_calendar_file_with_the_whole_link(
    server: Server, new_page: NewPage
) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    alice = await colleague(ada, new_page, server, "alice@cabinet.example", "Alice", "organiser")
    await plan(alice, "Reading", 3)
    link = await alice.get_by_test_id("plan-link").inner_text()
    guests = alice.get_by_test_id("invited")
    await guests.get_by_test_id("name").fill("Antoine Lefèvre")
    await guests.get_by_test_id("address").fill("antoine@lefevre.example")
    await guests.get_by_test_id("invite-guest").click()
    told = alice.get_by_test_id("code")
    await expect(told).to_contain_text(re.compile(r"Antoine Lefèvre: \d{8}"))
    digits = re.search(r"\d{8}", await told.inner_text())
    assert digits is not None
    antoine = await new_page(locale="en-GB")
    await come_as_guest(antoine, link, "Antoine Lefèvre")
    await is_refused(antoine)
    await antoine.get_by_test_id("back").click()
    await antoine.get_by_test_id("code").fill(digits[0])
    await antoine.get_by_test_id("join").click()
    # The code leads to the door. Somebody with an account has to begin, and then to let him in.
    await expect(antoine.get_by_test_id("waiting")).to_have_attribute("data-why", "closed", timeout=40_000)
    async with alice.expect_download() as downloading:
        await alice.get_by_test_id("calendar").click()
    download = await downloading.value
    file = (await download.path()).read_text("utf-8").replace("\n ", "").replace("\r", "")
    assert link in file
    assert "SUMMARY:Reading" in file
    await come(alice, link, "Alice")
    await is_inside(alice)
    await expect(antoine.get_by_test_id("waiting")).to_have_attribute("data-why", "admission", timeout=40_000)
    knock = alice.get_by_test_id("knock-banner")
    await expect(knock).to_contain_text("Antoine Lefèvre")
    await knock.get_by_test_id("admit").click()
    await is_inside(antoine)
