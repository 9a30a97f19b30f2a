"""A member who sends in another's name, in a page's eyes (P13)."""

import pytest
from playwright.async_api import Browser, expect

from aparte.client import Meeting, join
from aparte.core.wire.header import Header, Stream, build_header
from aparte.e2ee.content import Sound, build_sound
from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.kid import build_kid, context_of
from tests.browser.conftest import Server
from tests.browser.people import Person, enter, eventually
from tests.browser.test_meeting import hears, sees

pytestmark = pytest.mark.browser

HONEST_FRAMES = 500


def send_as(thief: Meeting, victim: str, stream: Stream, counter: int, plaintext: bytes) -> None:
    """Seal under the key of a member of this name, and hand it to the server as one's own: it cannot tell."""
    session = thief._session
    group = session.group
    assert group is not None
    leaf = next(person.leaf for person in thief.people if person.name == victim)
    head = Header(stream, 0, 0, False, False, 0, counter)
    kid = build_kid(context_of(stream, 0), leaf, group.group.epoch)
    session._send_frame(Cipher(group.sframe_base_key(), kid).encrypt(counter, build_header(head), plaintext))


@pytest.mark.promise("P13")
async def test_a_page_marks_whom_somebody_sends_as(browser: Browser, server: Server) -> None:
    link = server.instant_link()
    alice = await enter(browser, link, "Alice", 1)
    bob = await enter(browser, link, "Bob", 2)
    async with join(link, name="Mallory") as mallory:
        await sees(alice, bob)
        await hears(alice, bob)
        doubts = await watch(alice)
        # Nothing honest is marked, pages and program alike, in as many frames as 8 s have.
        opened = (await alice.counters())["opened"]
        await eventually(alice.counters, lambda counted: counted["opened"] > opened + HONEST_FRAMES, within=30)
        assert await seen(alice, doubts) == []

        voice = build_sound(Sound(0, 30, 1, 200, b"another's words"))
        send_as(mallory, "Bob", Stream.SOUND, 4_000_000_000, voice)
        tile = alice.page.locator(alice.tile(bob))
        await expect(tile).to_have_attribute("data-doubt", "late", timeout=4_000)
        await expect(tile.get_by_test_id("doubt")).to_have_text("Not proven to come from Bob")
        await expect(tile).not_to_have_attribute("data-doubt", "late", timeout=8_000)

        send_as(mallory, "Bob", Stream.PROOF, 4_000_000_000, bytes(200))
        await expect(tile).to_have_attribute("data-doubt", "forged", timeout=4_000)
        warning = alice.page.locator('[data-testid="warning"][data-kind="forged"]')
        await expect(warning).to_contain_text("in the name of Bob")
        assert {name for name, _ in await seen(alice, doubts)} == {"Bob"}, "and nobody else"


async def watch(person: Person) -> str:
    """Keep every doubt that a tile shows from now on."""
    await person.page.evaluate(
        """() => {
            window.__doubts = [];
            const look = () => {
                for (const {dataset} of document.querySelectorAll('[data-testid="tile"]'))
                    if (dataset.doubt) window.__doubts.push([dataset.name, dataset.doubt]);
            };
            look();
            new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
        }"""
    )
    return "__doubts"


async def seen(person: Person, name: str) -> list[tuple[str, str]]:
    found: list[list[str]] = await person.page.evaluate("name => window[name]", name)
    return [(who, doubt) for who, doubt in found]
