"""Members of one meeting of both kinds behind one face: a real Chromium page, and a participant in Python.

Both send the same camera, a time code over a colour, and the same kind of tone; both look for them in what arrives.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, Protocol

import numpy as np
from playwright.async_api import Browser, expect

from aparte import client
from aparte.client import Meeting, media
from aparte.client.media import Publication, ToneSound
from aparte.core.mls.leaf import LeafNode
from aparte.core.policy.meeting import read_person
from aparte.core.wire.b64 import b64_encode
from tests.browser.people import TONES, Person, enter, eventually, security
from tests.browser.signals import HEIGHT, WIDTH, StampedPictures, is_since, levels, off_colour, stands_out
from tests.browser.wire import Wire

Kind = Literal["python", "chromium"]
CLIENTS: Final[dict[Kind, str]] = {"python": "python", "chromium": "page"}
"""What each kind says of itself (spec/wire.md section 1)."""
LATEST_US = 2_000_000
OFF_COLOUR = 8
"""How far a colour may be off in any channel; a receiver that guesses the matrix or the range is 10 to 60 off."""
SILENT_DB = -80.0
HEARD_SAMPLES = 16_384


class Listed(Protocol):
    """What identifies a member to the others."""

    name: str
    number: int  # carried in the picture
    tone: int  # Hz


class Member(Listed, Protocol):
    """Somebody in the meeting, whatever plays the part."""

    kind: Kind
    wire: Wire

    async def code(self) -> str:
        """The 30 digits of the epoch code."""

    async def epoch(self) -> int:
        """The epoch in force."""

    async def roster(self) -> frozenset[tuple[str, str, str | None]]:
        """Seat, name and kind of program of everybody in the meeting, as this member knows them."""

    async def commits_refused(self) -> int:
        """How many commits this member would not apply."""

    async def speak(self) -> None:
        """Turn camera and microphone on."""

    async def hush(self) -> None:
        """Turn both off."""

    async def silent(self) -> None:
        """Wait until nobody is seen or heard here."""

    async def sees(self, other: Listed, since_us: int) -> None:
        """Wait for the other's picture, made since then, in its colour, and for one made after it."""

    async def hears(self, other: Listed, since_us: int) -> None:
        """Wait for the other's tone, spoken since then, and for no other."""

    async def leave(self) -> None:
        """Go."""


class Page:
    """A real Chromium page."""

    kind: Kind = "chromium"

    def __init__(self, person: Person, wire: Wire) -> None:
        self.name, self.number, self.tone = person.name, person.number, person.tone
        self.wire = wire
        self.person = person

    @classmethod
    async def enter(cls, browser: Browser, link: str, name: str, number: int, wire: Wire) -> "Page":
        """Join with the page's lobby, and turn camera and microphone off."""
        member = cls(await enter(browser, wire.link(link), name, number, size=(WIDTH, HEIGHT)), wire)
        await security(member.person)
        await member.hush()
        return member

    async def code(self) -> str:
        return await self.person.code()

    async def epoch(self) -> int:
        return int(await self.person.page.locator("[data-epoch]").get_attribute("data-epoch") or -1)

    async def roster(self) -> frozenset[tuple[str, str, str | None]]:
        tiles = await self.person.page.get_by_test_id("tile").evaluate_all(
            "all => all.map(({dataset: d}) => [d.seat, d.name, d.client ?? null])"
        )
        return frozenset((seat, name, word) for seat, name, word in tiles)

    async def commits_refused(self) -> int:
        return int((await self.person.counters())["commitsRefused"])

    async def marks(self, other: Listed) -> None:
        """Wait until the other is shown as a Python program, in words, on its tile and in the list of people."""
        page = self.person.page
        await expect(page.locator(self._tile(other)).get_by_text("Python program")).to_be_visible()
        await page.get_by_test_id("people").click()
        row = page.locator(f'[data-testid="person"][data-name="{other.name}"]')
        await expect(row.get_by_test_id("program")).to_have_text("Python program")
        await security(self.person)

    async def speak(self) -> None:
        await self._switch("on")

    async def hush(self) -> None:
        await self._switch("off")

    async def _switch(self, state: str) -> None:
        for subject in ("camera", "mic"):
            button = self.person.page.get_by_test_id(subject)
            # A device that is still being opened is waited for: switching it off then would be another test.
            await expect(button).to_have_attribute("data-state", "off" if state == "on" else "on")
            await button.click()
            await expect(button).to_have_attribute("data-state", state)

    async def silent(self) -> None:
        page = self.person.page
        others = page.locator('[data-testid="tile"][data-self="false"]')
        await eventually(
            lambda: others.evaluate_all("all => all.map(e => e.dataset.state)"),
            lambda states: set(states) == {"paused"},
            what=f"no picture at {self.name}",
        )
        await eventually(self._levels, lambda levels: max(levels.values()) < SILENT_DB, what=f"silence at {self.name}")

    async def sees(self, other: Listed, since_us: int) -> None:
        async def look() -> dict[str, Any] | None:
            seen: dict[str, Any] | None = await self.person.page.evaluate(
                "s => window.__read(s)", f"{self._tile(other)} video, {self._tile(other)} canvas"
            )
            return seen

        def is_new(seen: dict[str, Any] | None) -> bool:
            if seen is None or seen["id"] != other.number or seen["ageMs"] * 1000 > LATEST_US:
                return False
            return is_since(seen["ms"], since_us) and seen["ms"] != before

        before: int | None = None
        for _ in range(2):
            seen = await eventually(look, is_new, what=f"{self.name} seeing {other.name}")
            assert seen is not None
            assert seen["offColour"] <= OFF_COLOUR
            before = seen["ms"]

    async def hears(self, other: Listed, since_us: int) -> None:
        # Before the other spoke nothing was heard here (`silent`), so what is heard was spoken since.
        await eventually(
            self._levels,
            lambda levels: stands_out({int(tone): level for tone, level in levels.items()}, other.tone),
            what=f"{self.name} hearing {other.name}",
        )

    async def _levels(self) -> dict[str, float]:
        levels: dict[str, float] = (await self.person.page.evaluate("() => window.__heard()"))["at"]
        return levels

    async def leave(self) -> None:
        page = self.person.page
        await page.get_by_test_id("leave").click()
        await page.locator('main[data-phase="ended"]').wait_for()
        await self.person.context.close()

    def _tile(self, other: Listed) -> str:
        return f'[data-testid="tile"][data-name="{other.name}"]'


class Program:
    """A participant in Python, in this process."""

    kind: Kind = "python"

    def __init__(self, meeting: Meeting, name: str, number: int, wire: Wire) -> None:
        self.name, self.number, self.tone = name, number, TONES[number]
        self.wire = wire
        self.meeting = meeting
        self._sending: Publication | None = None

    @classmethod
    async def enter(cls, link: str, name: str, number: int, wire: Wire) -> "Program":
        """Join."""
        return cls(await client.join(wire.link(link), name=name), name, number, wire)

    async def code(self) -> str:
        return "".join(self.meeting.epoch_code.split())

    async def epoch(self) -> int:
        return self.meeting.epoch

    async def roster(self) -> frozenset[tuple[str, str, str | None]]:
        return frozenset(
            (person.seat, person.name, None if person.client is None else person.client.value)
            for person in self.meeting.people
        )

    async def commits_refused(self) -> int:
        return self.meeting.counters.commits_refused

    def leaves(self) -> dict[str, LeafNode]:
        """The leaves of the tree by their seats, in order: what the group says, and not what the server says."""
        group = self.meeting._session.group
        assert group is not None
        tree = group.group.public.tree
        return {b64_encode(read_person(leaf).seat): leaf for _, leaf in tree.leaves()}

    async def speak(self) -> None:
        camera, microphone = StampedPictures(self.number), ToneSound(self.tone)
        self._sending = media.publish(self.meeting, camera, microphone, rendition=media.SMALL)

    async def hush(self) -> None:
        if self._sending is not None:
            await self._sending.stop()
            self._sending = None

    async def silent(self) -> None:
        async def sending() -> list[str]:
            return [person.name for person in self.meeting.people if person.mic or person.camera]

        await eventually(sending, lambda names: names == [], what=f"nobody sending, at {self.name}")

    async def sees(self, other: Listed, since_us: int) -> None:
        before = since_us
        left = 2
        async with within(15, f"{self.name} seeing {other.name}"):
            async for picture in media.pictures(self.meeting, self._person(other)):
                if picture.time_us <= before:
                    continue
                before = picture.time_us
                rgb = picture.rgb()
                number, ms = media.read_code(rgb)
                assert (number, rgb.shape) == (other.number, (HEIGHT, WIDTH, 3))
                assert is_since(ms, since_us)
                assert off_colour(rgb, other.number) <= OFF_COLOUR
                left -= 1
                if left == 0:
                    return

    async def hears(self, other: Listed, since_us: int) -> None:
        heard = np.zeros(0, np.float32)
        async with within(15, f"{self.name} hearing {other.name}"):
            async for samples in media.sound(self.meeting, self._person(other)):
                if samples.time_us < since_us:
                    continue
                heard = np.concatenate([heard, samples.pcm[:, 0]])[-HEARD_SAMPLES:]
                if len(heard) == HEARD_SAMPLES and stands_out(levels(heard), other.tone):
                    return

    async def leave(self) -> None:
        await self.hush()
        await self.meeting.leave()

    def _person(self, other: Listed) -> client.Person:
        return next(person for person in self.meeting.people if person.name == other.name)


@asynccontextmanager
async def within(seconds: float, what: str) -> AsyncIterator[None]:
    """A deadline that says what was waited for."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise AssertionError(f"{what} not within {seconds} s") from None
