"""Security levels in a real browser: an administrator reads, changes, copies and retires them, and planners see it."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import NewPage, Server
from tests.browser.test_accounts import become_administrator
from tests.browser.test_plans import colleague, plan

pytestmark = pytest.mark.browser


async def levels(page: Page) -> None:
    await page.get_by_role("link", name="Levels").click()
    await expect(page.get_by_role("heading", name="Security levels", level=1)).to_be_visible()


def row(page: Page, number: int) -> Locator:
    return page.locator(f'[data-testid="level"][data-number="{number}"]')


async def test_a_changed_level_is_a_new_version_and_a_plan_that_exists_keeps_its_own(
    server: Server, new_page: NewPage
) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    alice = await colleague(ada, new_page, server, "alice@cabinet.example", "Alice", "organiser")
    await plan(alice, "Before", 3)

    await levels(ada)
    await expect(ada.get_by_test_id("level")).to_have_count(5)
    await expect(row(ada, 3)).to_contain_text("version 1")
    await expect(row(ada, 3)).to_contain_text("Only people who are invited enter.")
    await row(ada, 3).get_by_test_id("change-level").click()
    await expect(ada.get_by_text("Saving makes version 2.")).to_be_visible()
    await ada.get_by_test_id("name-en").fill("Sensitive")
    await ada.get_by_test_id("save-level").click()
    await expect(ada.get_by_test_id("levels-note")).to_contain_text("Sensitive is saved, as version 2.")
    await expect(row(ada, 3)).to_contain_text("version 2")

    # The plan from before keeps its level; the next one gets the new version.
    await alice.goto(server.url)
    before = alice.locator('[data-testid="planned"][data-title="Before"]')
    await expect(before).to_contain_text("Restricted")
    await plan(alice, "After", 3)
    await alice.goto(server.url)
    await expect(alice.locator('[data-testid="planned"][data-title="After"]')).to_contain_text("Sensitive")
    await expect(before).to_contain_text("Restricted")
    # Saving what nobody has changed makes no version.
    await row(ada, 3).get_by_test_id("change-level").click()
    await ada.get_by_test_id("save-level").click()
    await expect(ada.get_by_test_id("levels-note")).to_contain_text("Nothing was changed")
    await expect(row(ada, 3)).to_contain_text("version 2")


async def test_what_contradicts_itself_is_said_at_its_field_and_not_sent(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    await levels(ada)
    sent: list[str] = []
    ada.on("request", lambda request: sent.append(request.method) if "/api/levels" in request.url else None)
    await row(ada, 2).get_by_test_id("change-level").click()
    guests = ada.get_by_test_id("guests")
    await ada.get_by_test_id("access-factor").check()
    await expect(ada.get_by_text("Guests have no second factor to show")).to_be_visible()
    await expect(guests).to_have_attribute("aria-invalid", "true")
    await ada.get_by_test_id("save-level").click()
    await expect(ada.get_by_test_id("save-level-problem")).to_be_visible()
    await expect(guests).to_be_focused()
    # The keyboard alone puts it right: the focus is where it is wrong.
    await ada.keyboard.press("Space")
    await expect(guests).to_have_attribute("aria-invalid", "false")
    await ada.get_by_test_id("chat").uncheck()
    await expect(ada.get_by_test_id("chat")).to_have_attribute("aria-invalid", "true")
    await ada.get_by_test_id("everybody-chat:send").uncheck()
    await expect(ada.get_by_test_id("chat")).to_have_attribute("aria-invalid", "false")
    assert "PATCH" not in sent
    await ada.get_by_test_id("save-level").click()
    await expect(ada.get_by_test_id("levels-note")).to_contain_text("version 2")
    await expect(row(ada, 2)).to_contain_text("There is not: chat.")
    assert sent.count("PATCH") == 1


async def test_a_copy_is_a_level_of_its_own_and_a_retired_one_is_not_offered(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    alice = await colleague(ada, new_page, server, "alice@cabinet.example", "Alice", "organiser")
    await levels(ada)
    await row(ada, 4).get_by_test_id("copy-level").click()
    await expect(ada.get_by_test_id("number")).to_have_value("6")
    await ada.get_by_test_id("number").fill("4")
    await ada.get_by_test_id("name-en").fill("Hearing")
    await ada.get_by_test_id("save-level").click()
    await expect(ada.get_by_text("Another level has this number.")).to_be_visible()
    await expect(ada.get_by_text("One line of 1 to 40 visible characters.")).to_be_visible()
    await ada.get_by_test_id("number").fill("40")
    await ada.get_by_test_id("name-fr").fill("Audience")
    await ada.get_by_test_id("save-level").click()
    await expect(row(ada, 40)).to_contain_text("Hearing")
    assert await row(ada, 40).locator(".hint").all_inner_texts() == await row(ada, 4).locator(".hint").all_inner_texts()

    # The question takes the focus and gives it back; Escape changes nothing.
    await row(ada, 2).get_by_test_id("retire").click()
    await expect(ada.get_by_test_id("cancel")).to_be_focused()
    await ada.keyboard.press("Escape")
    await expect(row(ada, 2).get_by_test_id("retire")).to_be_focused()
    await ada.keyboard.press("Enter")
    await ada.get_by_test_id("retire-yes").click()
    await expect(row(ada, 2)).to_have_attribute("data-retired", "true")
    await alice.goto(server.url)
    await alice.get_by_test_id("plan").click()
    offered = alice.locator('input[name="level"]')
    await expect(offered).to_have_count(5)
    assert [await one.get_attribute("value") for one in await offered.all()] == ["1", "3", "4", "5", "40"]
    await expect(offered.first).to_be_checked()

    # The last one that is offered stays, and one that was retired comes back.
    for number in (1, 3, 4, 5):
        await row(ada, number).get_by_test_id("retire").click()
        await ada.get_by_test_id("retire-yes").click()
        await expect(row(ada, number)).to_have_attribute("data-retired", "true")
    await row(ada, 40).get_by_test_id("retire").click()
    await expect(row(ada, 40).get_by_test_id("retire-problem")).to_contain_text("cannot be retired")
    await row(ada, 2).get_by_test_id("retire").click()
    await expect(row(ada, 2)).to_have_attribute("data-retired", "false")


async def test_nobody_but_an_administrator_gets_there(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    alice = await colleague(ada, new_page, server, "alice@cabinet.example", "Alice", "organiser")
    await expect(alice.get_by_role("link", name="Levels")).to_have_count(0)
    await alice.goto(f"{server.url}/levels")
    await expect(alice.locator('main[data-screen="home"]')).to_be_visible()
    stranger = await new_page(locale="en-GB")
    await stranger.goto(f"{server.url}/levels")
    await expect(stranger.get_by_test_id("sign-in")).to_be_visible()
    # With the address alone an administrator is there, also after the page is loaded anew.
    await ada.goto(f"{server.url}/levels")
    await expect(ada.get_by_test_id("level")).to_have_count(5)
