"""The house key, and what it certifies."""

import os
from collections.abc import Callable

import httpx
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.access.roles import Role
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.names import details_of
from aparte.core.policy.person import Certificate
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.e2ee.person import SeedKey
from aparte.store.sqlite import SqliteStore
from tests.charters import certificate_of
from tests.server.accounts import Person, browser, make_account, make_administrator
from tests.server.clock import Clock
from tests.server.conftest import Running, Start

ADA = "ada@example.org"
WEEK_MS = 7 * 86_400_000


def new_key() -> bytes:
    return SeedKey(os.urandom(32)).public


async def certify(person: Person, key: bytes) -> httpx.Response:
    return await person.ask("POST", "/api/session/person", {"person_key": b64_encode(key)})


async def certificate(person: Person, key: bytes) -> Certificate:
    answer = await certify(person, key)
    assert answer.status_code == 200, answer.text
    return certificate_of(b64_decode(answer.json()["certificate"]))


@pytest.mark.promise("P22")
async def test_an_accounts_person_key_is_certified_until_the_session_ends(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    ada = await make_account(await make_administrator(running), ADA, name="Ada", label="avocate à la cour")
    began, key = int(clock.now * 1000), new_key()
    clock.now += 3600
    answer = await certify(ada, key)
    assert (answer.status_code, set(answer.json())) == (200, {"certificate", "name", "label"})
    assert (answer.json()["name"], answer.json()["label"]) == ("Ada", "avocate à la cour")
    made = certificate_of(b64_decode(answer.json()["certificate"]))
    assert made.account == bytes.fromhex(ada.id)
    assert made.until == began + WEEK_MS
    assert made.details == details_of("Ada", "avocate à la cour")
    made.verify(running.house_key, key)
    for house_key, person_key in ((running.house_key, new_key()), (new_key(), key)):
        with pytest.raises(PolicyError, match="not-authentic"):
            made.verify(house_key, person_key)


async def test_a_certificate_ends_with_the_account(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    ada = await make_account(await make_administrator(running), ADA, ends=clock.now + 60)
    assert (await certificate(ada, new_key())).until == int((clock.now + 60) * 1000)


@pytest.mark.promise("P22")
@pytest.mark.parametrize("how", ["log out", "time", "account", "nobody's"])
async def test_a_session_that_is_over_gets_no_certificate(start: Start, how: str) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    root = await make_administrator(running)
    ada = await make_account(root, ADA)
    await certificate(ada, new_key())
    if how == "log out":
        await ada.ask("DELETE", "/api/session")
    elif how == "time":
        clock.now += 12 * 3600
    elif how == "account":
        await root.ask("POST", f"/api/accounts/{ada.id}/end", {})
    else:
        ada.token = "A" * 43
    answer = await certify(ada, new_key())
    assert (answer.status_code, answer.json()) == (401, {"reason": "not-logged-in"})


async def test_every_role_and_a_page_of_ours_are_certified_as_themselves(plain: Running) -> None:
    root = await make_administrator(plain)
    people = [root, *[await make_account(root, f"{role}@example.org", role) for role in Role]]
    people.append(await browser(plain, f"{Role.GUEST}@example.org"))
    for person in people:
        key = new_key()
        made = await certificate(person, key)
        assert made.account.hex() == person.id
        made.verify(plain.house_key, key)


@pytest.mark.parametrize(
    "key", [b"", bytes(31), bytes(33), b"\1" + bytes(31), b"\xff" * 32], ids=["none", "short", "long", "small", "large"]
)
async def test_what_is_no_key_is_malformed(plain: Running, key: bytes) -> None:
    answer = await certify(await make_administrator(plain), key)
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


async def test_a_key_in_another_spelling_is_malformed(plain: Running) -> None:
    root = await make_administrator(plain)
    for text in (b64_encode(new_key()) + "=", "*" * 43, "\u00e9" * 43):
        answer = await root.ask("POST", "/api/session/person", {"person_key": text})
        assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


@pytest.mark.promise("P22")
async def test_the_house_key_outlives_a_restart_and_is_never_shown(
    start: Start, logging: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    logging()
    first = await start()
    async with httpx.AsyncClient() as client:
        told = await client.get(f"{first.url}/api/house")
    assert (told.status_code, told.json()) == (200, {"house_key": b64_encode(first.house_key)})
    ada = await make_account(await make_administrator(first), ADA)
    made, key = await certificate(ada, own := new_key()), first.house_key
    await first.server.stop()
    store = await SqliteStore.open(first.data / "aparte.db", 3)
    seed = await store.house.seed(bytes(32))
    await store.close()
    assert Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw() == key
    again = await start()
    assert again.house_key == key
    made.verify(again.house_key, own)
    structlog.get_logger("aparte").info("shown", house=repr(again.server.house), store=repr(store.house))
    output = "".join(capsys.readouterr())
    assert "shown" in output
    for spelling in (seed.hex(), b64_encode(seed), repr(seed)):
        assert spelling not in output + repr(vars(again.server.house))
