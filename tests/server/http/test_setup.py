"""Tickets: how accounts begin."""

import stat
from base64 import b32decode
from pathlib import Path

import pytest

from aparte.core.wire.b64 import b64_decode, b64_encode
from tests.server.accounts import ADMIN, OTHER_PASSWORD, PASSWORD, Person, make_account, make_administrator
from tests.server.clock import Clock
from tests.server.conftest import CHEAP, Running, Start


def database(data: Path) -> bytes:
    """All that the database has written, also what has not yet come into its main file."""
    return b"".join(path.read_bytes() for path in sorted(data.glob("aparte.db*")))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_first_administrator(plain: Running) -> None:
    root = await make_administrator(plain)
    me = await root.ask("GET", "/api/me")
    assert (me.json()["login"], me.json()["role"], me.json()["set_up"]) == (ADMIN, "administrator", True)
    assert (await Person(plain).log_in(ADMIN)).status_code == 201


@pytest.mark.promise("P22")
async def test_a_ticket_serves_once(plain: Running) -> None:
    root = await make_administrator(plain)
    assert plain.server.setup_ticket is not None
    again = {"ticket": b64_encode(plain.server.setup_ticket), "password": PASSWORD}
    for body in (again, {**again, "login": "eve@example.org", "name": "Eve"}):
        answer = await Person(plain).ask("POST", "/api/setup", body)
        assert (answer.status_code, answer.json()) == (403, {"reason": "ticket-invalid"})
    assert [one["login"] for one in (await root.ask("GET", "/api/accounts")).json()["accounts"]] == [ADMIN]


@pytest.mark.promise("P22")
async def test_a_ticket_is_too_old_after_a_day(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    root = await make_administrator(running)
    made = await root.ask("POST", "/api/accounts", {"login": "a@b", "name": "A", "role": "member"})
    clock.now += CHEAP.ticket_hours * 3600
    answer = await Person(running).ask("POST", "/api/setup", {"ticket": made.json()["ticket"], "password": PASSWORD})
    assert (answer.status_code, answer.json()) == (403, {"reason": "ticket-invalid"})


@pytest.mark.promise("P22")
async def test_a_new_ticket_takes_the_place_of_the_old_one_and_of_the_password(plain: Running) -> None:
    root = await make_administrator(plain)
    ada = await make_account(root, "ada@example.org")
    first = (await root.ask("POST", f"/api/accounts/{ada.id}/ticket")).json()["ticket"]
    second = (await root.ask("POST", f"/api/accounts/{ada.id}/ticket")).json()["ticket"]
    assert (await ada.ask("GET", "/api/me")).status_code == 200, "until somebody uses it"
    for ticket, status in ((first, 403), (second, 201), (second, 403)):
        body = {"ticket": ticket, "password": OTHER_PASSWORD}
        assert (await Person(plain).ask("POST", "/api/setup", body)).status_code == status
    assert (await ada.ask("GET", "/api/me")).status_code == 401
    assert (await Person(plain).log_in("ada@example.org")).status_code == 401
    assert (await Person(plain).log_in("ada@example.org", OTHER_PASSWORD)).status_code == 201


@pytest.mark.parametrize(
    ("password", "flaw"), [("short", "too-short"), ("x" * 129, "too-long"), ("ada.lovelace", "contains-name")]
)
async def test_a_weak_password_uses_no_ticket_up(plain: Running, password: str, flaw: str) -> None:
    root = await make_administrator(plain)
    account = {"login": "ada.lovelace@example.org", "name": "Ada Lovelace", "role": "member"}
    ticket = (await root.ask("POST", "/api/accounts", account)).json()["ticket"]
    weak = await Person(plain).ask("POST", "/api/setup", {"ticket": ticket, "password": password})
    assert (weak.status_code, weak.json()["reason"]) == (400, "weak-password")
    assert flaw in weak.json()["flaws"]
    strong = await Person(plain).ask("POST", "/api/setup", {"ticket": ticket, "password": PASSWORD})
    assert strong.status_code == 201


@pytest.mark.shows("B43")
@pytest.mark.promise("P22")
async def test_a_dump_of_the_data_folder_opens_no_account(plain: Running) -> None:
    """Nothing that was typed or handed out stands in it: only hashes, the passwords' by Argon2id."""
    root = await make_administrator(plain)
    ada = await make_account(root, "ada@example.org")
    ticket = (await root.ask("POST", f"/api/accounts/{root.id}/ticket")).json()["ticket"]
    added = await ada.ask("POST", "/api/me/factors", {"kind": "totp", "name": "phone", "password": PASSWORD})
    page = Person(plain)
    assert (await page.log_in("ada@example.org", bearer=False)).status_code == 201
    assert plain.server.setup_ticket is not None
    dump = database(plain.data)
    secrets = [PASSWORD, ada.token, root.token, ticket, added.json()["secret"], *page.cookies.values()]
    for secret in [*secrets, b64_encode(plain.server.setup_ticket)]:
        assert secret.encode() not in dump
        assert secret.rstrip("=").encode() not in dump
    for raw in (b32decode(added.json()["secret"]), b64_decode(ada.token), b64_decode(ticket)):
        assert raw not in dump
    assert dump.count(b"$argon2id$v=19$") >= 2
    assert mode(plain.data / "access.key") == 0o600
