"""The server's own view of a real meeting: what crossed it, its memory and its files open nothing (P1, first cut)."""

import base64
import re
import urllib.parse
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser

from aparte.core.wire.header import Stream
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.header import parse_sframe_header
from aparte.e2ee.sframe.sealer import Marks, Sealer
from tests.browser.conftest import Server
from tests.browser.memory import holds
from tests.browser.people import enter, eventually
from tests.browser.test_meeting import hears, sees
from tests.browser.wire import Wire

pytestmark = pytest.mark.browser


def kept(folder: Path) -> bytes:
    """Everything that the server has written."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


SOUND = b"\x11\x10"


def unb64(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def carried(wire: Wire) -> Callable[[], Awaitable[int]]:
    async def size() -> int:
        return sum(map(len, wire.downs))

    return size


def opens(base_key: bytes, frame: bytes) -> bool:
    """Whether a sealed frame opens under this base key."""
    behind = frame[8:]
    header = parse_sframe_header(memoryview(behind))
    cipher = Cipher(base_key, header.kid)
    sealed = memoryview(behind)[header.size :]
    return cipher.decrypt(header.ctr, behind[: header.size], frame[:8], sealed) is not None


def opens_own() -> bool:
    """The attempt is a fair one: with the right key it succeeds."""
    sealer = Sealer(Stream.SOUND)
    sealer.rekey(bytes(range(32)), 3, 7)
    return opens(bytes(range(32)), sealer.seal(Marks(), b"hello, world, this is a plaintext"))


NAMES = ("Canary Marguerite", "Canary Théophile")


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def spellings(name: str, secret: bytes) -> dict[str, bytes]:
    """A secret as raw bytes and as the texts in which it might be kept."""
    return {
        f"{name} raw": secret,
        f"{name} b64url": b64(secret),
        f"{name} b64": base64.b64encode(secret).rstrip(b"="),
        f"{name} hex": secret.hex().encode(),
    }


@pytest.mark.shows("A02", "B22", "B24")
@pytest.mark.promise("P1")
async def test_the_server_learns_nothing_that_opens(browser: Browser, server: Server, wire: Wire) -> None:
    link = wire.link(server.instant_link())
    parts = urllib.parse.urlsplit(link)
    meeting = base64.urlsafe_b64decode(parts.path.rsplit("/", 1)[1] + "==")
    secret = base64.urlsafe_b64decode(parts.fragment + "=")
    keys = derive_link_keys(secret, meeting)

    alice = await enter(browser, link, NAMES[0], 1)
    bob = await enter(browser, link, NAMES[1], 2)
    await sees(alice, bob)
    await sees(bob, alice)
    await hears(alice, bob)
    await eventually(carried(wire), lambda size: size > 200_000, what="some seconds of sound and picture")
    traffic = wire.texts()

    closed = spellings("link secret", secret) | spellings("psk", keys.psk) | spellings("name key", keys.name_key)
    for name in NAMES:
        closed[f"name {name}"] = name.encode()
        closed[f"name {name} utf-16"] = name.encode("utf-16-le")
    closed["state plaintext"] = b'"mic":'
    # The search finds what the server does hold: without this a blind search would pass.
    open_things = spellings("meeting id", meeting)

    crossed = b"\n".join(traffic) + b"\n".join(bytes(raw) for raw in wire.ups + wire.downs)
    assert {name for name, needle in closed.items() if needle in crossed} == set()
    assert b64(meeting) in crossed

    assert holds(server.pid, closed) == set()
    assert holds(server.pid, open_things) != set()

    # Nor does any run of 32 bytes that the server was told or has written open a frame.
    files = kept(server.data)
    frame = next(message for message in reversed(traffic) if message[:2] == SOUND and len(message) > 60)
    told = b"".join(message for message in traffic if message[:1] == b"{" and len(message) < 2_000)
    told += b"".join(unb64(text) for text in re.findall(rb'"([A-Za-z0-9_-]{43,})"', told)) + files
    assert b64(keys.door) in told
    assert not any(opens(told[at : at + 32], frame) for at in range(len(told) - 32))
    assert opens_own()

    assert {name for name, needle in closed.items() if needle in files} == set()
    assert len(files) > 0


@pytest.mark.shows("B24")
@pytest.mark.promise("P10", "P12")
async def test_changed_and_repeated_frames_reach_no_decoder(browser: Browser, server: Server, wire: Wire) -> None:
    link = server.instant_link()
    alice = await enter(browser, link, "Alice", 1)
    bob = await enter(browser, wire.link(link), "Bob", 2)
    await sees(bob, alice)
    before = (await bob.counters())["refused"]

    wire.meddle = "flip"
    after = await eventually(
        bob.counters, lambda c: sum(c["refused"].values()) > sum(before.values()) + 50, what="changed frames refused"
    )
    assert after["refused"].get("not-authentic", 0) > 0

    async def state() -> str | None:
        return await bob.page.locator(bob.tile(alice)).get_attribute("data-state")

    await eventually(state, lambda seen: seen == "no-key", what="the tile saying why it is dark")

    wire.meddle = None
    await sees(bob, alice, within=20)
    replayed = (await bob.counters())["refused"].get("replayed", 0)
    wire.meddle = "repeat"
    await eventually(
        bob.counters, lambda c: c["refused"].get("replayed", 0) > replayed + 50, what="repeated frames refused"
    )
    # Pictures go on: a repeat takes nothing from the frame that it repeats.
    await sees(bob, alice)
