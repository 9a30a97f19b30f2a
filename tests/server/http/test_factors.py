"""Second factors: authenticator programs, passkeys, recovery codes."""

from base64 import b32decode
from collections.abc import Callable
from typing import Any

import pytest

from aparte.core.access.totp import code_at
from tests.server.accounts import PASSWORD, Person, browser, make_account, make_administrator
from tests.server.authenticator import PRESENT, Authenticator
from tests.server.clock import Clock
from tests.server.conftest import Running, Start

ADA = "ada@example.org"


class Phone:
    """An authenticator program."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret, self._clock = b32decode(secret), clock

    def code(self, steps: int = 0) -> str:
        return code_at(self._secret, int(self._clock.now // 30) + steps)


async def add_phone(person: Person, clock: Clock) -> tuple[Phone, list[str]]:
    """Add an authenticator program; also gives the recovery codes."""
    added = await person.ask("POST", "/api/me/factors", {"kind": "totp", "name": "phone", "password": PASSWORD})
    assert added.status_code == 201, added.text
    phone = Phone(added.json()["secret"], clock)
    assert added.json()["uri"].startswith("otpauth://totp/ada%40example.org?secret=")
    confirmed = await person.ask("POST", f"/api/me/factors/{added.json()['id']}", {"code": phone.code()})
    assert confirmed.status_code == 201, confirmed.text
    clock.now += 30
    return phone, confirmed.json()["recovery"]


async def add_key(person: Person, key: Authenticator) -> Any:
    """Add a passkey."""
    offer = await person.ask("POST", "/api/me/factors", {"kind": "passkey", "name": "key", "password": PASSWORD})
    assert offer.status_code == 200, offer.text
    credential = key.create(offer.json()["passkey"])
    return await person.ask("POST", "/api/me/factors/passkey", {"name": "key", "credential": credential})


async def begin(running: Running) -> tuple[Person, dict[str, Any]]:
    """The first half of a login."""
    person = Person(running)
    answer = await person.log_in(ADA)
    assert answer.status_code == 200, answer.text
    assert not person.cookies
    return person, answer.json()


async def finish(person: Person, pending: str, **proof: Any) -> int:
    return (await person.ask("POST", "/api/session/factor", {"pending": pending, "bearer": True, **proof})).status_code


@pytest.fixture
async def ada(start: Start) -> tuple[Person, Clock]:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    return await make_account(await make_administrator(running), ADA), clock


@pytest.mark.promise("P22")
async def test_a_code_is_needed_and_serves_once(ada: tuple[Person, Clock]) -> None:
    person, clock = ada
    phone, _ = await add_phone(person, clock)
    stranger, answer = await begin(person.running)
    assert answer["need"] == ["totp", "recovery"]
    assert (
        await stranger.ask("GET", "/api/me", headers={"authorization": f"Bearer {answer['pending']}"})
    ).status_code == 401
    assert await finish(stranger, answer["pending"], totp="000000") == 401
    assert await finish(stranger, answer["pending"], totp=phone.code(-1)) == 401, "the one that confirmed it"
    assert await finish(stranger, answer["pending"], totp=phone.code()) == 201
    assert await finish(stranger, answer["pending"], totp=phone.code(1)) == 401, "a login is completed once"
    again, answer = await begin(person.running)
    assert await finish(again, answer["pending"], totp=phone.code()) == 401, "replayed"
    assert await finish(again, answer["pending"], totp=phone.code(1)) == 201


@pytest.mark.promise("P22")
async def test_codes_cannot_be_tried_out(ada: tuple[Person, Clock]) -> None:
    person, clock = ada
    phone, _ = await add_phone(person, clock)
    stranger, answer = await begin(person.running)
    codes = [await finish(stranger, answer["pending"], totp=f"{number:06d}") for number in range(7)]
    assert codes[:5] == [401] * 5
    assert await finish(stranger, answer["pending"], totp=phone.code()) == 401, "this login is over"
    other, answer = await begin(person.running)
    refused = await other.ask("POST", "/api/session/factor", {"pending": answer["pending"], "totp": phone.code()})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")


@pytest.mark.promise("P22")
async def test_half_a_login_does_not_last(ada: tuple[Person, Clock]) -> None:
    person, clock = ada
    phone, _ = await add_phone(person, clock)
    late, answer = await begin(person.running)
    clock.now += 300
    assert await finish(late, answer["pending"], totp=phone.code()) == 401
    stranger, answer = await begin(person.running)
    body = {"password": PASSWORD, "new_password": PASSWORD + "!"}
    assert (await person.ask("PATCH", "/api/me", body)).status_code == 200
    assert await finish(stranger, answer["pending"], totp=phone.code()) == 401, "begun with the old password"


@pytest.mark.promise("P22")
async def test_recovery_codes_serve_once_each(ada: tuple[Person, Clock]) -> None:
    person, clock = ada
    _, codes = await add_phone(person, clock)
    assert len({*codes}) == 10
    assert {len(b32decode(code.replace("-", "").upper())) for code in codes} == {15}, "120 bits"
    stranger, answer = await begin(person.running)
    assert await finish(stranger, answer["pending"], recovery="aaaa-bbbb-cccc-dddd") == 401
    assert await finish(stranger, answer["pending"], recovery=codes[0].upper().replace("-", " ")) == 201
    stranger, answer = await begin(person.running)
    assert await finish(stranger, answer["pending"], recovery=codes[0]) == 401
    assert (await person.ask("GET", "/api/me/factors")).json()["recovery"] == 9
    renewed = (await person.ask("POST", "/api/me/recovery", {"password": PASSWORD})).json()["recovery"]
    assert await finish(stranger, answer["pending"], recovery=codes[1]) == 401
    assert await finish(stranger, answer["pending"], recovery=renewed[0]) == 201


@pytest.mark.promise("P22")
async def test_a_factor_that_changes_ends_the_other_sessions(ada: tuple[Person, Clock]) -> None:
    person, clock = ada
    other = Person(person.running)
    await other.log_in(ADA)
    for wrong in ("", "wrong password, but a long one"):
        body = {"kind": "totp", "name": "phone", "password": wrong}
        assert (await person.ask("POST", "/api/me/factors", body)).json() == {"reason": "wrong-password"}
    await add_phone(person, clock)
    assert [(await one.ask("GET", "/api/me")).status_code for one in (person, other)] == [200, 401]
    (factor,) = (await person.ask("GET", "/api/me/factors")).json()["factors"]
    assert (factor["kind"], factor["name"]) == ("totp", "phone")
    path = f"/api/me/factors/{factor['id']}"
    assert (await person.ask("DELETE", path, {"password": "wrong"})).json() == {"reason": "wrong-password"}
    assert (await person.ask("DELETE", path, {"password": PASSWORD})).status_code == 200
    assert (await Person(person.running).log_in(ADA)).status_code == 201
    assert (await person.ask("GET", "/api/me/factors")).json() == {"factors": [], "recovery": 0}


async def test_what_was_never_confirmed_is_no_factor(ada: tuple[Person, Clock]) -> None:
    person, _ = ada
    for _ in range(12):
        body = {"kind": "totp", "name": "phone", "password": PASSWORD}
        assert (await person.ask("POST", "/api/me/factors", body)).status_code == 201
    (factor,) = (await person.ask("GET", "/api/me/factors")).json()["factors"]
    assert factor["used"] is None
    assert (await Person(person.running).log_in(ADA)).status_code == 201


@pytest.mark.parametrize("counts", [True, False])
async def test_a_passkey_as_second_factor_and_alone(plain: Running, counts: bool) -> None:
    person = await make_account(await make_administrator(plain), ADA)
    key, spare = (Authenticator(plain.url, counts=counts) for _ in range(2))
    for one in (key, spare):
        assert (await add_key(person, one)).status_code == 201
    assert (await add_key(person, key)).json() == {"reason": "taken"}
    for one in (key, spare):
        stranger, answer = await begin(plain)
        assert answer["need"] == ["passkey", "recovery"]
        assert len(answer["passkey"]["allowCredentials"]) == 2
        assert answer["passkey"]["userVerification"] == "required"
        assert await finish(stranger, answer["pending"], passkey=one.get(answer["passkey"])) == 201
    page = Person(plain)
    options = (await page.ask("POST", "/api/session/challenge", {})).json()["passkey"]
    proof = key.get(options, bytes.fromhex(person.id))
    assert (await page.ask("POST", "/api/session", {"passkey": proof})).json()["account"]["login"] == ADA
    assert (await page.ask("GET", "/api/me")).status_code == 200
    assert (await Person(plain).ask("POST", "/api/session", {"passkey": proof})).status_code == 401, "replayed"


def _unverified(key: Authenticator) -> None:
    key.flags = PRESENT


def _elsewhere(key: Authenticator) -> None:
    key.origin = "https://evil.example"


def _other_host(key: Authenticator) -> None:
    key.host = "evil.example"


def _cloned(key: Authenticator) -> None:
    key.count -= 3


LIES: dict[str, Callable[[Authenticator], None]] = {
    "the person was not verified": _unverified,
    "another origin": _elsewhere,
    "another host": _other_host,
    "a counter that went back": _cloned,
}


@pytest.mark.promise("P22")
@pytest.mark.parametrize("lie", LIES)
async def test_passkeys_that_lie(plain: Running, lie: str) -> None:
    person = await make_account(await make_administrator(plain), ADA)
    key = Authenticator(plain.url)
    key.count = 7
    assert (await add_key(person, key)).status_code == 201
    LIES[lie](key)
    page = Person(plain)
    options = (await page.ask("POST", "/api/session/challenge", {})).json()["passkey"]
    answer = await page.ask("POST", "/api/session", {"passkey": key.get(options)})
    assert (answer.status_code, answer.json()) == (401, {"reason": "wrong-factor"})
    if lie != "a counter that went back":
        fresh = Authenticator(plain.url)
        LIES[lie](fresh)
        assert (await add_key(person, fresh)).json() == {"reason": "wrong-factor"}


@pytest.mark.promise("P22")
async def test_a_challenge_is_for_one_purpose_and_one_time(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    root = await make_administrator(running)
    person, eve = await make_account(root, ADA), await make_account(root, "eve@example.org")
    key, eves = Authenticator(running.url), Authenticator(running.url)
    assert (await add_key(person, key)).status_code == 201
    assert (await add_key(eve, eves)).status_code == 201
    stranger, answer = await begin(running)
    challenge = (await stranger.ask("POST", "/api/session/challenge", {})).json()["passkey"]
    assert await finish(stranger, answer["pending"], passkey=key.get(challenge)) == 401, "made for another purpose"
    other, theirs = await begin(running)
    assert await finish(stranger, answer["pending"], passkey=key.get(theirs["passkey"])) == 401, "of another login"
    assert await finish(stranger, answer["pending"], passkey=eves.get(answer["passkey"])) == 401, "another's key"
    forged = {**challenge, "challenge": "A" * 75}
    for options in (forged, answer["passkey"]):
        assert (await other.ask("POST", "/api/session", {"passkey": key.get(options)})).status_code == 401
    clock.now += 300
    assert (await other.ask("POST", "/api/session", {"passkey": key.get(challenge)})).status_code == 401, "too late"
    # What one account's session was offered is not for another one.
    offer = await person.ask("POST", "/api/me/factors", {"kind": "passkey", "name": "key", "password": PASSWORD})
    credential = Authenticator(running.url).create(offer.json()["passkey"])
    body = {"name": "key", "credential": credential}
    assert (await eve.ask("POST", "/api/me/factors/passkey", body)).status_code == 401
    assert (await person.ask("POST", "/api/me/factors/passkey", body)).status_code == 201
    assert (await person.ask("POST", "/api/me/factors/passkey", body)).status_code == 401


@pytest.mark.promise("P22")
async def test_anything_as_a_passkey(plain: Running) -> None:
    person = await make_account(await make_administrator(plain), ADA)
    key = Authenticator(plain.url)
    assert (await add_key(person, key)).status_code == 201
    options = (await person.ask("POST", "/api/session/challenge", {})).json()["passkey"]
    good = key.get(options)
    response = good["response"]
    broken: list[Any] = [{}, {"id": 1}, {**good, "id": "AAAA"}, {**good, "rawId": "AAAA"}, {**good, "type": "x"}]
    values: list[Any] = ["", "AAAA", "!", 1, None, [], {}]
    broken += [{**good, "response": {**response, name: value}} for name in response for value in values]
    broken += [{**good, "response": value} for value in values]
    for credential in broken:
        answer = await Person(plain).ask("POST", "/api/session", {"passkey": credential})
        assert (answer.status_code, answer.json()["reason"]) == (401, "wrong-factor"), credential
        made = await person.ask("POST", "/api/me/factors/passkey", {"name": "x", "credential": credential})
        assert made.status_code == 401
    assert len((await person.ask("GET", "/api/me/factors")).json()["factors"]) == 1


async def test_an_account_that_ends_takes_half_logins_and_passkeys_along(plain: Running) -> None:
    root = await make_administrator(plain)
    person = await make_account(root, ADA)
    key = Authenticator(plain.url)
    assert (await add_key(person, key)).status_code == 201
    await browser(plain, root.account["login"])
    stranger, answer = await begin(plain)
    assert (await root.ask("POST", f"/api/accounts/{person.id}/end", {})).status_code == 200
    assert await finish(stranger, answer["pending"], passkey=key.get(answer["passkey"])) == 401
    options = (await stranger.ask("POST", "/api/session/challenge", {})).json()["passkey"]
    assert (await stranger.ask("POST", "/api/session", {"passkey": key.get(options)})).status_code == 401
