"""Who a browser is in meetings: keys that no script reads, for an account or a guest, and names that nobody swaps."""

import sqlite3
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPage, Server
from tests.browser.test_accounts import OTHER, add_account, become_administrator, sign_in, signed_in_as, submit

pytestmark = pytest.mark.browser

KEPT = """async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "aparte")) return [];
  const answer = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await answer(indexedDB.open("aparte"));
  const table = database.transaction("persons").objectStore("persons");
  const [ids, persons] = await Promise.all([answer(table.getAllKeys()), answer(table.getAll())]);
  database.close();
  return Promise.all(persons.map(async ({ publicKey, privateKey, certificate, name }, at) => ({
    id: ids[at],
    key: [...publicKey].join(),
    certified: certificate !== null,
    name,
    usages: privateKey.usages,
    refused: await Promise.all(["pkcs8", "jwk"].map((form) =>
      crypto.subtle.exportKey(form, privateKey).then(() => "", (error) => error.name))),
  })));
}"""
AGED = """(hours) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("aparte");
  opening.onsuccess = () => {
    const transaction = opening.result.transaction("persons", "readwrite");
    const cursor = transaction.objectStore("persons").openCursor();
    cursor.onsuccess = () => {
      if (cursor.result === null) return;
      cursor.result.update({ ...cursor.result.value, used: cursor.result.value.used - hours * 3600000 });
      cursor.result.continue();
    };
    transaction.oncomplete = () => { opening.result.close(); resolve(null); };
    transaction.onabort = () => reject(transaction.error);
  };
})"""


async def kept(page: Page) -> list[dict[str, Any]]:
    """The person keys of a browser, each as far as a script can tell."""
    persons: list[dict[str, Any]] = await page.evaluate(KEPT)
    return sorted(persons, key=lambda person: str(person["id"]))


async def is_inside(page: Page) -> None:
    await page.locator('main[data-phase="inside"]').wait_for(timeout=20_000)


async def join(page: Page, name: str) -> None:
    """Join as a guest, from the lobby."""
    await page.get_by_test_id("name").fill(name)
    await page.get_by_test_id("join").click()
    await is_inside(page)


async def join_as_account(page: Page, name: str, label: str = "") -> None:
    """Join from the lobby as the account that is signed in."""
    shown = page.get_by_test_id("account-name")
    await expect(shown).to_contain_text(name)
    await expect(shown).to_contain_text(label)
    await expect(shown).to_contain_text("this server confirms it")
    await page.get_by_test_id("join").click()
    await is_inside(page)


async def expect_mark(page: Page, name: str, mark: str, *, organiser: bool) -> None:
    """Look in the list of people for what is said of somebody."""
    if await page.get_by_test_id("panel-people").count() == 0:
        await page.get_by_test_id("people").click()
    row = page.locator(f'[data-testid="person"][data-name="{name}"]')
    await expect(row.get_by_test_id("mark")).to_have_text(mark)
    await expect(row.get_by_test_id("organiser")).to_have_count(1 if organiser else 0)


async def meeting_of(page: Page) -> str:
    """The text of the id of the meeting whose page this is."""
    return page.url.partition("/m/")[2]


async def test_a_guest_has_a_key_for_each_meeting_that_no_script_reads_and_a_reload_keeps(
    server: Server, new_page: NewPage
) -> None:
    page = await new_page(locale="en-GB")
    await page.goto(server.url)
    assert await kept(page) == []
    await page.get_by_test_id("start").click()
    await join(page, "Zoé")
    first = await kept(page)
    assert [(one["id"], one["certified"], one["name"], one["usages"]) for one in first] == [
        (f"guest.{await meeting_of(page)}", False, "", ["sign"])
    ]
    assert first[0]["refused"] == ["InvalidAccessError", "InvalidAccessError"]
    await expect_mark(page, "Zoé", "Guest", organiser=True)

    await page.reload()
    await is_inside(page)
    await expect_mark(page, "Zoé", "Guest", organiser=True)
    assert await kept(page) == first

    # Another meeting sees another key, and does not learn that it is the same browser.
    await page.get_by_test_id("leave").click()
    await page.goto(server.instant_link())
    await join(page, "Zoé")
    await expect_mark(page, "Zoé", "Guest", organiser=False)
    both = await kept(page)
    assert len({one["key"] for one in both}) == 2
    assert first[0] in both


async def test_a_guest_is_forgotten_a_day_after_the_last_visit(server: Server, new_page: NewPage) -> None:
    page = await new_page(locale="en-GB")
    await page.goto(server.instant_link())
    await join(page, "Zoé")
    await page.get_by_test_id("leave").click()
    assert len(await kept(page)) == 1
    await page.evaluate(AGED, 23)
    await page.goto(server.url)
    await page.get_by_test_id("start").wait_for()
    assert len(await kept(page)) == 1
    await page.evaluate(AGED, 2)
    await page.goto(server.url)
    await page.wait_for_function(f"async () => (await ({KEPT})()).length === 0")


async def test_an_account_has_one_key_from_its_first_meeting_until_it_signs_out(
    server: Server, new_page: NewPage
) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    page = await new_page(locale="en-GB")
    await page.goto(await add_account(ada, "blaise@cabinet.example", "Blaise Pascal", "member"))
    await submit(page, "set-up", password=OTHER)
    await signed_in_as(page, "Blaise Pascal")
    assert await kept(page) == []

    link = server.instant_link()
    await page.goto(link)
    await join_as_account(page, "Blaise Pascal")
    first = await kept(page)
    assert [(one["certified"], one["name"], one["usages"]) for one in first] == [(True, "Blaise Pascal", ["sign"])]
    assert str(first[0]["id"]).startswith("account.")
    assert first[0]["refused"] == ["InvalidAccessError", "InvalidAccessError"]
    guest = await new_page(locale="en-GB")
    await guest.goto(link)
    await join(guest, "Blaise Pascal")
    for one in (page, guest):
        await one.get_by_test_id("people").click()
        marks = one.locator('[data-testid="person"][data-name="Blaise Pascal"]').get_by_test_id("mark")
        # The same name twice: the account is told from the guest, on both sides.
        await expect(marks).to_have_text(["Account", "Guest"])

    await page.reload()
    await is_inside(page)
    assert await kept(page) == first
    await page.get_by_test_id("leave").click()
    await page.goto(f"{server.url}/account")
    await page.get_by_test_id("sign-out").click()
    await page.wait_for_function(f"async () => (await ({KEPT})()).length === 0")

    # Each login is a person of its own.
    await sign_in(page, server, "blaise@cabinet.example", OTHER)
    await signed_in_as(page, "Blaise Pascal")
    await page.goto(link)
    await join_as_account(page, "Blaise Pascal")
    second = await kept(page)
    assert [one["id"] for one in second] == [first[0]["id"]]
    assert second[0]["key"] != first[0]["key"]


async def test_an_account_that_makes_a_meeting_directs_it_from_any_device(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    desk = await new_page(locale="en-GB")
    await desk.goto(await add_account(ada, "blaise@cabinet.example", "Blaise Pascal", "member"))
    await submit(desk, "set-up", password=OTHER)
    await signed_in_as(desk, "Blaise Pascal")
    await desk.goto(server.url)
    await desk.get_by_test_id("start").click()
    await join_as_account(desk, "Blaise Pascal")
    await expect_mark(desk, "Blaise Pascal", "Account", organiser=True)
    link = await desk.get_by_test_id("link").input_value()
    await desk.get_by_test_id("leave").click()

    phone = await new_page(locale="en-GB")
    await sign_in(phone, server, "blaise@cabinet.example", OTHER)
    await signed_in_as(phone, "Blaise Pascal")
    await phone.goto(link)
    await join_as_account(phone, "Blaise Pascal")
    await expect_mark(phone, "Blaise Pascal", "Account", organiser=True)


async def test_nobody_joins_under_a_name_that_was_not_on_the_screen(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    await ada.goto(server.instant_link())
    await expect(ada.get_by_test_id("account-name")).to_contain_text("Ada Lovelace")
    # In another window of the same browser she signs out, and this one still shows her name.
    other = await ada.context.new_page()
    await other.goto(f"{server.url}/account")
    await other.get_by_test_id("sign-out").click()
    await expect(other.locator('main[data-screen="home"]')).to_be_visible()
    await ada.get_by_test_id("join").click()
    await expect(ada.get_by_test_id("join-problem")).to_contain_text("Who is signed in here has changed")
    await expect(ada.get_by_test_id("account-name")).to_have_count(0)
    await join(ada, "Ada")
    await expect_mark(ada, "Ada", "Guest", organiser=False)


async def test_a_server_that_names_another_organiser_is_not_followed(server: Server, new_page: NewPage) -> None:
    link = server.instant_link()
    with sqlite3.connect(server.data / "aparte.db") as database:
        [(charter,)] = database.execute("select charter from meeting").fetchall()
        # The organiser stands right before the tag of 32 octets.
        changed = charter[:-48] + bytes(16) + charter[-32:]
        database.execute("update meeting set charter = ?", (changed,))
    page = await new_page(locale="en-GB")
    await page.goto(link)
    await page.get_by_test_id("name").fill("Zoé")
    await page.get_by_test_id("join").click()
    await expect(page.get_by_test_id("ended")).to_have_attribute("data-reason", "bad-charter", timeout=20_000)
    await expect(page.get_by_role("heading", name="The server shows another meeting")).to_be_visible()
