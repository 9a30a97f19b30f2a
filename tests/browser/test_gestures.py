"""Asking somebody for a gesture: three pages, of whom one may ask (B41)."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_door import Come, people, person
from tests.browser.test_door import come as come
from tests.browser.test_door import olga as olga
from tests.browser.test_door import patience as patience
from tests.browser.test_persons import is_inside

pytestmark = pytest.mark.browser


@pytest.mark.shows("B41")
async def test_everybody_sees_what_somebody_is_asked_for_and_by_whom(olga: Page, come: Come) -> None:
    ben, cleo = await come("Ben"), await come("Cleo")
    for page in (ben, cleo):
        await is_inside(page)
        await expect(page.locator('[data-testid="tile"]')).to_have_count(3)
    await person(olga, "Ben").get_by_test_id("person-more").click()
    ask = person(olga, "Ben").get_by_test_id("ask-for")
    await expect(ask).to_contain_text("proves nothing")
    await ask.get_by_test_id("ask-gesture").click()

    mine = ben.get_by_test_id("asked-me")
    await expect(mine).to_contain_text("Olga asks you:")
    gesture = await mine.get_attribute("data-gesture")
    assert gesture is not None
    assert 0 <= int(gesture) < 12
    strip = cleo.locator('[data-testid="tile"][data-name="Ben"]').get_by_test_id("asked")
    await expect(strip).to_contain_text("Olga asks:")
    await expect(strip).to_have_attribute("data-gesture", gesture)
    for page in (ben, cleo):
        await expect(page.get_by_test_id("asked")).to_have_count(1 if page is cleo else 0)
        await expect(page.get_by_test_id("asking")).to_have_count(0)
        # Nobody without the right is offered to ask.
        await people(page)
        await person(page, "Olga").get_by_test_id("person-more").click()
        await expect(person(page, "Olga").get_by_test_id("compare")).to_be_visible()
        await expect(page.get_by_test_id("ask-for")).to_have_count(0)

    asking = olga.get_by_test_id("asking")
    await expect(asking).to_contain_text("Ben was asked:")
    await asking.get_by_test_id("not-as-asked").click()
    await expect(asking).to_have_count(0)
    await expect(ask).to_contain_text("You noted: not as asked.")
    for page in (ben, cleo):
        await expect(page.get_by_text("You noted")).to_have_count(0)
    # What was asked is over in its time, also while states still come.
    await expect(mine).to_have_count(0, timeout=45_000)
    await expect(strip).to_have_count(0)
