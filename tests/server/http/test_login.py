"""Logging in, and what strangers try instead."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
import structlog

from aparte.core.access.throttle import Pace
from aparte.core.wire.b64 import b64_decode
from aparte.server.access.hashing import Hashing
from tests.server.accounts import ADMIN, OTHER_PASSWORD, PASSWORD, Person, browser, make_account, make_administrator
from tests.server.clock import Clock
from tests.server.conftest import CHEAP, Running, Start

ADA = "ada@example.org"
WRONG = "wrong password, but a long one"


async def test_a_browser_logs_in_and_out(plain: Running) -> None:
    await make_account(await make_administrator(plain), ADA)
    page = Person(plain)
    answer = await page.log_in("ADA@example.org", bearer=False)
    assert answer.status_code == 201
    assert "token" not in answer.json(), "no script of a page sees it"
    for line in answer.headers.get_list("set-cookie"):
        assert line.startswith("__Host-aparte")
        assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} <= {part.strip() for part in line.split(";")}
    assert (await page.ask("GET", "/api/me")).json()["login"] == ADA
    held = dict(page.cookies)
    assert (await page.ask("DELETE", "/api/session")).status_code == 200
    assert "__Host-aparte" not in page.cookies
    page.cookies = held
    assert (await page.ask("GET", "/api/me")).status_code == 401, "nor is the token good any more"


@pytest.mark.promise("P22")
async def test_an_answer_does_not_tell_whether_there_is_such_an_account(
    plain: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words, after the same number of hashes under the same parameters."""
    root = await make_administrator(plain)
    await make_account(root, ADA)
    ended = await make_account(root, "bob@example.org")
    await root.ask("POST", f"/api/accounts/{ended.id}/end", {})
    await root.ask("POST", "/api/accounts", {"login": "new@example.org", "name": "New", "role": "member"})
    compared: list[str] = []
    fits = Hashing._fits

    def counted(self: Hashing, kept: str, normal: bytes) -> bool:
        compared.append(kept.rpartition("$")[0].rpartition("$")[0])
        return fits(self, kept, normal)

    monkeypatch.setattr(Hashing, "_fits", counted)
    answers = []
    for login in (ADA, "nobody@example.org", "bob@example.org", "new@example.org", "no login at all", "\u202e@x", ""):
        answer = await Person(plain).log_in(login, WRONG)
        answers.append((answer.status_code, answer.content, sorted(answer.headers)))
    assert answers == [answers[0]] * 7
    assert answers[0][:2] == (401, b'{"reason":"wrong-login"}')
    assert compared == ["$argon2id$v=19$m=8,t=1,p=1"] * 7


@pytest.mark.promise("P22")
async def test_guessing_slows_down_alike_for_every_login(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    await make_account(await make_administrator(running), ADA)
    for login in (ADA, "nobody@example.org"):
        codes = [(await Person(running).log_in(login, WRONG)).status_code for _ in range(8)]
        assert codes == [401] * 5 + [429] * 3
        slowed = await Person(running).log_in(login)
        assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "1"), "the right one waits as well"
        clock.now += 1
        assert (await Person(running).log_in(login, WRONG)).status_code == 401
        assert (await Person(running).log_in(login, WRONG)).headers["retry-after"] == "2"


@pytest.mark.promise("P22")
async def test_strangers_lock_nobody_out(start: Start) -> None:
    """Who guesses at an account keeps strangers out of it, and not the browser that has logged in before."""
    clock = Clock()
    running = await start(clocks=(clock, clock))
    await make_account(await make_administrator(running), ADA)
    page = await browser(running, ADA)
    await page.ask("DELETE", "/api/session")
    while (await Person(running).log_in(ADA, WRONG)).status_code == 401:
        pass
    assert (await Person(running).log_in(ADA)).status_code == 429
    for _ in range(3):
        assert (await page.log_in(ADA, bearer=False)).status_code == 201
    # A browser of another account is a stranger here.
    other = await browser(running, ADMIN)
    assert (await other.log_in(ADA, bearer=False)).status_code == 429
    # And a known browser that guesses is slowed down too.
    codes = [(await page.log_in(ADA, WRONG, bearer=False)).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2


@pytest.mark.promise("P22")
async def test_nobody_gives_somebody_a_session_to_use(plain: Running) -> None:
    """Session fixation: what a browser held before it logged in is worth nothing afterwards."""
    root = await make_administrator(plain)
    await make_account(root, ADA)
    await make_account(root, "eve@example.org")
    eve = await browser(plain, "eve@example.org")
    victim = Person(plain, cookies=dict(eve.cookies))
    assert (await victim.log_in(ADA, bearer=False)).status_code == 201
    assert victim.cookies["__Host-aparte"] != eve.cookies["__Host-aparte"]
    assert (await eve.ask("GET", "/api/me")).status_code == 401
    chosen = Person(plain, cookies={"__Host-aparte": "A" * 43})
    await chosen.log_in(ADA, bearer=False)
    assert chosen.cookies["__Host-aparte"] != "A" * 43


async def test_too_many_passwords_at_once(start: Start) -> None:
    access = replace(CHEAP, hash_memory=32_768, hash_passes=4, hashes_at_once=1, hashes_waiting=1)
    running = await start(access=replace(access, strangers=Pace(free=100)))
    answers = await asyncio.gather(*(Person(running).log_in(f"a{number}@b", WRONG) for number in range(12)))
    codes = {answer.status_code for answer in answers}
    assert codes == {401, 503}
    assert {answer.json()["reason"] for answer in answers} == {"wrong-login", "busy"}
    assert (await Person(running).log_in("a@b", WRONG)).status_code == 401, "and then it goes on"


async def test_stronger_parameters_come_with_the_next_login(start: Start) -> None:
    running = await start()
    await make_administrator(running)
    await running.server.stop()
    again = await start(access=replace(CHEAP, hash_passes=2))
    kept = running.data / "aparte.db"
    assert (await Person(again).log_in(ADMIN)).status_code == 201
    with sqlite3.connect(kept) as database:
        (hashed,) = database.execute("select password from account").fetchone()
    database.close()
    assert hashed.startswith("$argon2id$v=19$m=8,t=2,p=1$")
    assert (await Person(again).log_in(ADMIN)).status_code == 201


@pytest.mark.promise("P22")
async def test_sessions_end_in_time(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    root = await make_administrator(running)
    clock.now += 12 * 3600 - 1
    assert (await root.ask("GET", "/api/me")).status_code == 200
    clock.now += 12 * 3600
    assert (await root.ask("GET", "/api/me")).status_code == 401, "idle"
    assert (await root.log_in(ADMIN)).status_code == 201
    for _ in range(6 * 24):
        clock.now += 3600
        assert (await root.ask("GET", "/api/me")).status_code == 200
    clock.now += 12 * 3600 - 1
    assert (await root.ask("GET", "/api/me")).status_code == 200
    clock.now += 11 * 3600
    assert (await root.ask("GET", "/api/me")).status_code == 200
    clock.now += 3601
    assert (await root.ask("GET", "/api/me")).status_code == 401, "seven days after it began, however much it was used"
    await running.server.erase()
    assert (await root.log_in(ADMIN)).status_code == 201
    assert len((await root.ask("GET", "/api/me/sessions")).json()["sessions"]) == 1


@pytest.mark.promise("P22")
async def test_sessions_are_listed_and_revoked(plain: Running) -> None:
    root = await make_administrator(plain)
    ada = await make_account(root, ADA)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
    page = Person(plain)
    await page.log_in(ADA, bearer=False, **{"user-agent": agent})
    found = (await page.ask("GET", "/api/me/sessions")).json()["sessions"]
    assert {(one["program"], one["this"]) for one in found} == {("Firefox, Linux", True), ("program", False)}
    (other,) = (one["id"] for one in found if not one["this"])
    assert (await root.ask("DELETE", f"/api/me/sessions/{other}")).status_code == 404, "not somebody else's"
    assert (await page.ask("DELETE", f"/api/me/sessions/{other}")).status_code == 200
    assert (await ada.ask("GET", "/api/me")).status_code == 401
    await ada.log_in(ADA)
    assert (await page.ask("DELETE", "/api/me/sessions")).status_code == 200
    assert [(await one.ask("GET", "/api/me")).status_code for one in (ada, page)] == [401, 200]


@pytest.mark.promise("P22")
async def test_an_administrator_signs_somebody_out(plain: Running) -> None:
    """Everywhere; it takes nothing but the sessions, and nobody else's."""
    root = await make_administrator(plain)
    ada, bob = [await make_account(root, login) for login in (ADA, "bob@example.org")]
    page = await browser(plain, ADA)
    assert (await bob.ask("DELETE", f"/api/accounts/{ada.id}/sessions")).status_code == 403
    assert (await root.ask("DELETE", f"/api/accounts/{ada.id}/sessions")).status_code == 200
    assert [(await one.ask("GET", "/api/me")).status_code for one in (ada, page, bob, root)] == [401, 401, 200, 200]
    assert (await Person(plain).log_in(ADA)).status_code == 201
    assert (await root.ask("DELETE", f"/api/accounts/{'00' * 16}/sessions")).status_code == 404


@pytest.mark.promise("P22")
async def test_another_password_ends_the_other_sessions(plain: Running) -> None:
    ada = await make_account(await make_administrator(plain), ADA)
    page = await browser(plain, ADA)
    thief = Person(plain, token=ada.token)
    for old, new, status in (
        (WRONG, OTHER_PASSWORD, 403),
        (PASSWORD, "short", 400),
        (PASSWORD, OTHER_PASSWORD, 200),
        (PASSWORD, WRONG, 403),
    ):
        answer = await page.ask("PATCH", "/api/me", {"password": old, "new_password": new})
        assert answer.status_code == status, answer.text
    assert (await page.ask("GET", "/api/me")).status_code == 200
    assert (await thief.ask("GET", "/api/me")).status_code == 401
    assert (await Person(plain).log_in(ADA)).status_code == 401
    assert (await Person(plain).log_in(ADA, OTHER_PASSWORD)).status_code == 201


async def test_administration(plain: Running) -> None:
    root = await make_administrator(plain)
    body = {"login": ADA, "name": "Ada", "label": "avocate, Brest", "role": "organiser", "ends": 4e9}
    made = (await root.ask("POST", "/api/accounts", body)).json()["account"]
    assert {name: made[name] for name in body} == body
    assert (await root.ask("POST", "/api/accounts", body)).json() == {"reason": "taken"}
    for bad in (
        {"login": "ada"},
        {"role": "king"},
        {"ends": 1},
    ):
        assert (await root.ask("POST", "/api/accounts", {**body, "login": "b@c", **bad})).status_code == 400, bad
    path = f"/api/accounts/{made['id']}"
    changed = (await root.ask("PATCH", path, {"role": "guest", "ends": None})).json()
    assert (changed["role"], changed["ends"], changed["name"]) == ("guest", None, "Ada")
    for wrong in ({}, {"name": None}, {"login": "x@y"}, {"role": None}):
        assert (await root.ask("PATCH", path, wrong)).status_code == 400, wrong
    for last in ({"role": "member"}, {"ends": 1}, {"ends": 4e9}):
        assert (await root.ask("PATCH", f"/api/accounts/{root.id}", last)).json() == {"reason": "last-administrator"}
    assert (await root.ask("POST", f"/api/accounts/{root.id}/end", {})).json() == {"reason": "last-administrator"}
    assert (await root.ask("GET", "/api/me")).json()["role"] == "administrator"
    for route in ("/end", "/ticket"):
        assert (await root.ask("POST", f"/api/accounts/{'00' * 16}{route}", {})).status_code == 404


async def test_names_and_labels_are_what_a_certificate_can_say(plain: Running) -> None:
    root = await make_administrator(plain)
    ada = (await root.ask("POST", "/api/accounts", {"login": ADA, "name": "Ada", "role": "member"})).json()["account"]
    path = f"/api/accounts/{ada['id']}"
    refused = {
        "bad-name": ("name", ("", " ", "\u202eA", "A\nB", "x" * 65, "\u20ac" * 43)),
        "bad-label": ("label", ("x" * 65, "\u20ac" * 22, "a\u200bb", "a\tb")),
    }
    for why, (field, texts) in refused.items():
        for text in texts:
            for answer in (
                await root.ask("POST", "/api/accounts", {"login": "b@c", "name": "B", "role": "member", field: text}),
                await root.ask("PATCH", path, {field: text}),
            ):
                assert (answer.status_code, answer.json()) == (400, {"reason": why}), text
    kept = {"name": "Zo\u00eb", "label": "avocate"}
    answer = await root.ask("PATCH", path, {"name": "\u00a0Zoe\u0308 ", "label": " avocate\u2003"})
    assert {name: answer.json()[name] for name in kept} == kept, "one spelling, without blanks around it"
    body = {"login": "c@d", "name": "\U0001d538" * 32, "label": "\u20ac" * 21, "role": "member"}
    assert (await root.ask("POST", "/api/accounts", body)).status_code == 201, "as much as there may be"


@pytest.mark.promise("P22")
async def test_nothing_of_it_is_logged(
    start: Start, logging: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    logging()
    running = await start()
    ada = await make_account(await make_administrator(running), ADA)
    await Person(running).log_in(ADA, WRONG)
    await ada.ask("PATCH", "/api/me", {"password": WRONG, "new_password": OTHER_PASSWORD})
    assert running.server._accounts is not None
    caller = await running.server._accounts.sessions.find(b64_decode(ada.token))
    structlog.get_logger("aparte").info("shown", caller=repr(caller))
    output = "".join(capsys.readouterr())
    assert "shown" in output
    for secret in (ADA, "ada", PASSWORD, WRONG, OTHER_PASSWORD, ada.token, "$argon2id"):
        assert secret not in output
