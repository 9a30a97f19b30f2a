"""Accounts in a real browser: the first administrator, an account that is given away, a second factor, and its end."""

import base64
import re
import time

import pytest
from playwright.async_api import Page, expect

from aparte.core.access.totp import code_at
from tests.browser.conftest import NewPage, Server

pytestmark = pytest.mark.browser

PASSWORD = "une phrase que personne ne devine"
OTHER = "correct horse battery staple"


async def submit(page: Page, button: str, **fields: str) -> None:
    """Fill fields by their test ids, and press a button."""
    for name, value in fields.items():
        await page.get_by_test_id(name).fill(value)
    await page.get_by_test_id(button).click()


async def sign_in(page: Page, server: Server, login: str, password: str) -> None:
    await page.goto(f"{server.url}/signin")
    await submit(page, "sign-in", login=login, password=password)


async def signed_in_as(page: Page, name: str) -> None:
    await expect(page.get_by_role("link", name=name)).to_be_visible()


async def become_administrator(page: Page, server: Server) -> None:
    """Use the link that the server printed."""
    match = re.search(r"http://\S+/setup#\S+", server.log.read_text("utf-8"))
    assert match is not None
    await page.goto(match[0])
    await submit(page, "set-up", login="ada@cabinet.example", name="Ada Lovelace", password=PASSWORD)
    await signed_in_as(page, "Ada Lovelace")


async def add_account(page: Page, login: str, name: str, role: str) -> str:
    """Let an administrator add an account; gives its link."""
    await page.get_by_role("link", name="Accounts").click()
    await page.get_by_test_id("add-account").click()
    await page.get_by_test_id("role").select_option(role)
    await submit(page, "make-account", login=login, name=name)
    link = await page.get_by_test_id("invitation").locator(".secret").inner_text()
    await page.get_by_role("button", name="Done").click()
    return link


async def add_totp(page: Page, server: Server, password: str) -> bytes:
    """Add an authenticator; gives its secret."""
    await page.goto(f"{server.url}/account")
    await page.get_by_test_id("add-totp").click()
    form = page.locator(".inset")
    await form.get_by_test_id("password").fill(password)
    await form.get_by_test_id("confirm").click()
    key = (await page.get_by_test_id("totp-key").locator("a").inner_text()).replace(" ", "")
    secret = base64.b32decode(key)
    await submit(page, "totp-confirm", code=code_at(secret, int(time.time() // 30)))
    return secret


@pytest.mark.shows("A26", "B43")
async def test_from_the_first_link_to_an_account_that_ends(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    asked: list[str] = []
    ada.on("request", lambda request: asked.append(request.url))
    await become_administrator(ada, server)
    assert "#" not in ada.url
    await expect(ada.locator('main[data-screen="home"]').get_by_role("heading", level=1)).to_be_visible()
    assert not [url for url in asked if "#" in url or "ticket" in url]

    link = await add_account(ada, "blaise@cabinet.example", "Blaise Pascal", "organiser")
    blaise = await new_page(locale="en-GB")
    await blaise.goto(link)
    await submit(blaise, "set-up", password="abcdefghijklmnop")
    await expect(blaise.get_by_test_id("set-up-problem")).to_contain_text("Rows like abcd")
    await submit(blaise, "set-up", password=OTHER)
    await signed_in_as(blaise, "Blaise Pascal")
    # Nobody but an administrator sees the accounts, and the address alone leads nowhere.
    await expect(blaise.get_by_role("link", name="Accounts")).to_have_count(0)
    await blaise.goto(f"{server.url}/accounts")
    await expect(blaise.locator('main[data-screen="home"]')).to_be_visible()
    # The link has served.
    again = await new_page(locale="en-GB")
    await again.goto(link)
    await submit(again, "set-up", password=OTHER)
    await expect(again.get_by_test_id("set-up-problem")).to_contain_text("not valid any more")

    row = ada.locator('[data-testid="account"][data-login="blaise@cabinet.example"]')
    await row.get_by_test_id("end").click()
    await ada.get_by_test_id("end-yes").click()
    await expect(row).to_have_attribute("data-ended", "true")
    await blaise.reload()
    await expect(blaise.get_by_role("link", name="Sign in")).to_be_visible()
    await sign_in(blaise, server, "blaise@cabinet.example", OTHER)
    await expect(blaise.get_by_test_id("sign-in-problem")).to_contain_text("Nobody is told which one")


async def test_a_second_factor_and_its_recovery_codes(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    await become_administrator(ada, server)
    secret = await add_totp(ada, server, PASSWORD)
    shown = ada.get_by_test_id("recovery-codes").locator("li")
    await expect(shown).to_have_count(10)
    codes = await shown.all_inner_texts()
    assert len(set(codes)) == 10
    await ada.get_by_test_id("recovery-kept").click()
    await expect(ada.get_by_test_id("factor")).to_have_attribute("data-kind", "totp")
    await ada.get_by_test_id("sign-out").click()
    await expect(ada.locator('main[data-screen="home"]')).to_be_visible()

    await sign_in(ada, server, "ada@cabinet.example", PASSWORD)
    # The code that confirmed the factor has served.
    await submit(ada, "prove", code=code_at(secret, int(time.time() // 30) - 1))
    await expect(ada.get_by_test_id("prove-problem")).to_contain_text("does not hold")
    await submit(ada, "prove", code=codes[0])
    await signed_in_as(ada, "Ada Lovelace")
    await ada.goto(f"{server.url}/account")
    await expect(ada.get_by_test_id("recovery")).to_contain_text("9 left")


async def test_a_passkey_alone_signs_in(server: Server, new_page: NewPage) -> None:
    ada = await new_page(locale="en-GB")
    devtools = await ada.context.new_cdp_session(ada)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await become_administrator(ada, server)
    await ada.goto(f"{server.url}/account")
    await ada.get_by_test_id("add-passkey").click()
    form = ada.locator(".inset")
    await form.get_by_test_id("password").fill("not the password, whatever")
    await form.get_by_test_id("confirm").click()
    await expect(ada.get_by_test_id("confirm-problem")).to_contain_text("not your current password")
    await form.get_by_test_id("password").fill(PASSWORD)
    await form.get_by_test_id("confirm").click()
    await ada.get_by_test_id("recovery-kept").click()
    await expect(ada.get_by_test_id("factor")).to_have_attribute("data-kind", "passkey")
    await ada.get_by_test_id("sign-out").click()
    await ada.get_by_role("link", name="Sign in").click()
    await ada.get_by_test_id("passkey").click()
    await signed_in_as(ada, "Ada Lovelace")


async def test_sessions_are_listed_and_ended(server: Server, new_page: NewPage) -> None:
    ada, elsewhere = await new_page(locale="en-GB"), await new_page(locale="en-GB")
    await become_administrator(ada, server)
    await sign_in(elsewhere, server, "ada@cabinet.example", PASSWORD)
    await signed_in_as(elsewhere, "Ada Lovelace")
    await ada.goto(f"{server.url}/account")
    await expect(ada.get_by_test_id("session")).to_have_count(2)
    await ada.get_by_role("button", name="Sign out there").click()
    await expect(ada.get_by_test_id("session")).to_have_count(1)
    await elsewhere.goto(f"{server.url}/account")
    await expect(elsewhere.get_by_test_id("sign-in")).to_be_visible()
