"""The way into a meeting in a real browser: start page, links, lobby, and what is said when something is missing."""

import pytest
from playwright.async_api import Page

from tests.browser.conftest import NewPage, Server

pytestmark = pytest.mark.browser

KEPT = "() => Object.keys(sessionStorage).concat(Object.keys(localStorage)).sort()"
DENIED = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"


async def join(page: Page, name: str) -> None:
    await page.get_by_test_id("name").fill(name)
    await page.get_by_test_id("join").click()
    await page.locator('main[data-phase="inside"]').wait_for(timeout=30_000)


@pytest.mark.shows("A36")
@pytest.mark.promise("P25")
async def test_a_meeting_from_the_start_page_on_needs_this_server_alone(server: Server, new_page: NewPage) -> None:
    page = await new_page(locale="en-GB")
    asked: list[str] = []
    complaints: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(server.url)
    await page.get_by_test_id("start").click()
    await join(page, "Alice")
    link = await page.get_by_test_id("link").input_value()
    secret = link.split("#")[1]
    assert len(secret) == 43
    host = server.url.removeprefix("http://")
    own = (f"http://{host}/", f"ws://{host}/", f"blob:http://{host}/")
    assert [url for url in asked if not url.startswith(own)] == []
    assert [url for url in asked if secret in url] == []
    assert complaints == []
    assert page.url == link.split("#")[0]


async def test_the_secret_leaves_the_address_bar_and_is_kept_for_this_tab_only(
    server: Server, new_page: NewPage
) -> None:
    link = server.instant_link()
    page = await new_page(locale="en-GB")
    await page.goto(link)
    await page.get_by_test_id("join").wait_for()
    assert page.url == link.split("#")[0]
    assert await page.evaluate("() => Object.keys(localStorage)") == []
    assert all(link.split("#")[0].rsplit("/", 1)[1] in key for key in await page.evaluate(KEPT))
    await page.reload()
    await join(page, "Alice")
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.get_by_role("heading", name="This link is incomplete").wait_for()


async def test_a_link_that_is_not_whole_or_not_right_gets_words(server: Server, new_page: NewPage) -> None:
    link = server.instant_link()
    page = await new_page(locale="en-GB")
    await page.goto(server.url)
    await page.get_by_test_id("paste").fill(link.split("#")[0])
    await page.get_by_test_id("open").click()
    await page.get_by_text("not a complete meeting link").wait_for()
    await page.get_by_test_id("paste").fill(link)
    await page.get_by_test_id("open").click()
    await page.get_by_test_id("join").wait_for()
    stranger = await new_page(locale="fr-FR")
    start, secret = link.split("#")
    await stranger.goto(f"{start}#{'A' * 42 + 'E'}" if secret != "A" * 42 + "E" else f"{start}#{'A' * 43}")
    await stranger.get_by_test_id("name").fill("Mallory")
    await stranger.get_by_test_id("join").click()
    await stranger.get_by_role("heading", name="Ce lien n’ouvre aucune réunion").wait_for(timeout=20_000)
    assert await stranger.get_by_test_id("ended").get_attribute("data-reason") == "not-invited"


async def test_blocked_devices_are_said_and_one_joins_without_them(server: Server, new_page: NewPage) -> None:
    page = await new_page(locale="en-GB")
    await page.add_init_script(DENIED)
    await page.goto(server.instant_link())
    await page.get_by_text("The camera is blocked", exact=True).wait_for()
    await page.get_by_text("The microphone is blocked", exact=True).wait_for()
    await join(page, "Alice")
    tile = page.get_by_test_id("tile")
    assert await tile.get_attribute("data-state") == "paused"


async def test_a_browser_that_lacks_something_is_told_what(server: Server, new_page: NewPage) -> None:
    page = await new_page(locale="en-GB")
    await page.add_init_script("delete globalThis.MediaStreamTrackProcessor; delete globalThis.VideoEncoder;")
    await page.goto(server.url)
    await page.locator('main[data-phase="unsupported"]').wait_for()
    missing = page.get_by_test_id("missing").locator("li")
    assert [await item.get_attribute("data-missing") for item in await missing.all()] == [
        "video-encode",
        "track-processor",
    ]
    assert "MediaStreamTrackProcessor" in await page.get_by_test_id("missing").inner_text()


async def test_a_name_is_asked_for_before_joining(server: Server, new_page: NewPage) -> None:
    page = await new_page(locale="en-GB")
    await page.goto(server.instant_link())
    await page.get_by_test_id("join").click()
    await page.get_by_text("Please enter a name").wait_for()
    assert await page.get_by_test_id("name").evaluate("e => e === document.activeElement")
    await page.get_by_test_id("name").fill("\u202egnp.exe")
    await page.get_by_test_id("join").click()
    await page.get_by_text("1 to 64 ordinary characters").wait_for()
