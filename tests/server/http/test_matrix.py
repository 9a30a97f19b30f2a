"""Every route of the API with every role, and with those who have none: what is not listed here does not exist."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from msgspec import to_builtins
from starlette.routing import BaseRoute

from aparte.core.access.roles import Role
from aparte.core.plan.shipped import PUBLIC
from aparte.core.wire.b64 import b64_encode
from tests.charters import own_person
from tests.server.accounts import PASSWORD, Person, browser, make_account, make_administrator
from tests.server.conftest import Running

EVERYBODY = frozenset(Role)
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
WRONG = "wrong password, but a long one"
SOMEBODY = "00" * 16
PERSON_KEY = b64_encode(own_person("Ada").key.public)
PLANNERS = frozenset({Role.ORGANISER, Role.MEMBER})
AUTHORITIES = EVERYBODY - {Role.GUEST}
READERS = PLANNERS | {Role.GUEST}
PLAN = {
    "meeting": SOMEBODY,
    "title": "Weekly",
    "start": 1_800_000_000,
    "zone": "Europe/Paris",
    "minutes": 60,
    "level": 1,
}
LEVEL = {name: value for name, value in to_builtins(PUBLIC).items() if name not in ("number", "version", "retired")}


@dataclass(frozen=True)
class Entry:
    """Who may, and what is sent: whole in its form, so that nothing but who asks decides between 403 and the rest."""

    roles: frozenset[Role] | None  # None: also whoever is not logged in
    body: Any = field(default_factory=dict)


ROUTES: dict[str, Entry] = {
    "GET /api/health": Entry(None),
    "GET /api/house": Entry(None),
    "POST /api/meetings": Entry(None, {"meeting": "A" * 22, "door_hash": "A" * 43, "charter": "A" * 120}),
    "POST /api/setup": Entry(None, {"ticket": "A" * 43, "password": PASSWORD}),
    "POST /api/session": Entry(None, {"login": "nobody@example.org", "password": WRONG}),
    "POST /api/session/challenge": Entry(None),
    "POST /api/session/factor": Entry(None, {"pending": "A" * 43, "totp": "000000"}),
    "POST /api/session/person": Entry(EVERYBODY, {"person_key": PERSON_KEY}),
    "DELETE /api/session": Entry(EVERYBODY),
    "GET /api/me": Entry(EVERYBODY),
    "PATCH /api/me": Entry(EVERYBODY, {"password": WRONG, "new_password": PASSWORD}),
    "GET /api/me/sessions": Entry(EVERYBODY),
    "DELETE /api/me/sessions": Entry(EVERYBODY),
    "DELETE /api/me/sessions/{id}": Entry(EVERYBODY),
    "GET /api/me/factors": Entry(EVERYBODY),
    "POST /api/me/factors": Entry(EVERYBODY, {"kind": "totp", "name": "phone", "password": WRONG}),
    "POST /api/me/factors/passkey": Entry(EVERYBODY, {"name": "key", "credential": {}}),
    "POST /api/me/factors/{id}": Entry(EVERYBODY, {"code": "000000"}),
    "DELETE /api/me/factors/{id}": Entry(EVERYBODY, {"password": WRONG}),
    "POST /api/me/recovery": Entry(EVERYBODY, {"password": WRONG}),
    "GET /api/accounts": Entry(ADMINISTRATORS),
    "POST /api/accounts": Entry(ADMINISTRATORS, {"login": "new@example.org", "name": "New", "role": "member"}),
    "PATCH /api/accounts/{id}": Entry(ADMINISTRATORS, {"name": "Other"}),
    "POST /api/accounts/{id}/end": Entry(ADMINISTRATORS),
    "DELETE /api/accounts/{id}/sessions": Entry(ADMINISTRATORS),
    "POST /api/accounts/{id}/ticket": Entry(ADMINISTRATORS),
    "PUT /api/accounts/{id}/identity": Entry(ADMINISTRATORS, {"verified": True}),
    "GET /api/people": Entry(frozenset({Role.ORGANISER, Role.MEMBER})),
    "GET /api/levels": Entry(frozenset({Role.ADMINISTRATOR, Role.ORGANISER, Role.MEMBER})),
    "POST /api/levels": Entry(ADMINISTRATORS, {**LEVEL, "number": 9}),
    "PATCH /api/levels/{number}": Entry(ADMINISTRATORS, {"name_en": "Other"}),
    "GET /api/plans": Entry(READERS),
    "POST /api/plans": Entry(frozenset({Role.ORGANISER}), PLAN),
    "GET /api/plans/{id}": Entry(READERS),
    "PATCH /api/plans/{id}": Entry(PLANNERS, {"title": "Other"}),
    "DELETE /api/plans/{id}": Entry(PLANNERS),
    "GET /api/plans/{id}/invitation.ics": Entry(READERS),
    "GET /api/plans/{id}/history": Entry(PLANNERS),
    "POST /api/plans/{id}/delegate": Entry(PLANNERS, {"account": SOMEBODY}),
    "POST /api/plans/{id}/invitations": Entry(PLANNERS, {"address": "guest@example.org", "name": "Guest"}),
    "PATCH /api/plans/{id}/invitations/{invitation}": Entry(PLANNERS, {"name": "Other"}),
    "DELETE /api/plans/{id}/invitations/{invitation}": Entry(PLANNERS),
    "GET /api/areas": Entry(AUTHORITIES),
    "POST /api/areas": Entry(ADMINISTRATORS, {"name": "Laboratory", "networks": [], "authorities": [SOMEBODY]}),
    "PATCH /api/areas/{id}": Entry(ADMINISTRATORS, {"name": "Other"}),
    "GET /api/areas/{id}/clearances": Entry(AUTHORITIES),
    "POST /api/areas/{id}/clearances": Entry(AUTHORITIES, {"account": SOMEBODY, "starts": 0, "ends": 2_000_000_000}),
    "DELETE /api/areas/{id}/clearances/{clearance}": Entry(AUTHORITIES),
    "GET /api/areas/{id}/refusals": Entry(AUTHORITIES),
}
REFUSED = {"not-logged-in", "not-allowed", "wrong-origin"}


def routes_of(routes: list[BaseRoute]) -> set[str]:
    """Every method and path under /api, as FastAPI has them."""
    found = set()
    for route in routes:
        path, methods = getattr(route, "path", ""), getattr(route, "methods", None) or set()
        if path.startswith("/api"):
            found |= {f"{method} {path}" for method in methods}
    return found


async def ask(person: Person, route: str, **headers: str) -> httpx.Response:
    method, _, path = route.partition(" ")
    body = None if method == "GET" else ROUTES[route].body
    return await person.ask(method, fill(path, SOMEBODY), body, headers)


def fill(path: str, id: str) -> str:
    """A path with an id in every place for one."""
    return path.replace("{id}", id).replace("{invitation}", id).replace("{clearance}", id).replace("{number}", "1")


def reason(answer: httpx.Response) -> str:
    found = answer.json()
    return str(found.get("reason", "")) if isinstance(found, dict) else ""


@pytest.mark.promise("P23")
async def test_every_route_is_listed(plain: Running) -> None:
    assert plain.server.app is not None
    schema = plain.server.app.openapi()["paths"]
    described = {f"{method.upper()} {path}" for path, methods in schema.items() for method in methods}
    assert {route for route in described if " /api" in route} == set(ROUTES)
    assert routes_of(plain.server.app.routes) <= set(ROUTES)


@pytest.mark.shows("A26")
@pytest.mark.promise("P22", "P23")
@pytest.mark.parametrize("route", ROUTES)
async def test_who_may(plain: Running, route: str) -> None:
    entry = ROUTES[route]
    root = await make_administrator(plain)
    people = {role: await make_account(root, f"{role}@example.org", role) for role in Role}
    seated = Role.ADMINISTRATOR if entry.roles is None or Role.ADMINISTRATOR in entry.roles else Role.ORGANISER
    await make_account(root, "page@example.org", seated)
    page = await browser(plain, "page@example.org")
    over = await make_account(root, "over@example.org", Role.ADMINISTRATOR)
    assert (await root.ask("POST", f"/api/accounts/{over.id}/end", {})).status_code == 200

    for nobody in (Person(plain), over, Person(plain, token="A" * 43)):
        answer = await ask(nobody, route)
        assert answer.status_code < 500
        assert (reason(answer) == "not-logged-in") == (entry.roles is not None), answer.text
    if entry.roles is not None:
        assert (await ask(over, route)).status_code == 401

    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"origin": plain.url + "0"}):
        answer = await ask(page, route, **headers)
        assert route == "GET /api/health" or (answer.status_code, reason(answer)) == (403, "wrong-origin")
    if not route.startswith("GET"):
        answer = await ask(page, route, origin="")
        assert (answer.status_code, reason(answer)) == (403, "wrong-origin"), "a cookie without an origin"

    for role, person in people.items():
        answer = await ask(person, route)
        assert answer.status_code < 500
        if entry.roles is None or role in entry.roles:
            assert reason(answer) not in REFUSED, (role, answer.text)
        else:
            assert (answer.status_code, reason(answer)) == (403, "not-allowed"), role
    assert reason(await ask(page, route)) not in REFUSED, "a page of ours"


@pytest.mark.promise("P23")
@pytest.mark.parametrize("route", [route for route, entry in ROUTES.items() if route.startswith(("POST", "PATCH"))])
async def test_forged_bodies(plain: Running, route: str) -> None:
    """Unknown fields, names that stand twice, other types, other media types: refused, and never half obeyed."""
    asker = root = await make_administrator(plain)
    method, _, path = route.partition(" ")
    path, body = fill(path, root.id), ROUTES[route].body
    if Role.ADMINISTRATOR not in (ROUTES[route].roles or EVERYBODY):
        asker = await make_account(root, "planner@example.org", Role.ORGANISER)
    bare = body == {}
    before = (await root.ask("GET", "/api/accounts")).json()
    forged: list[Any] = [b"{", b"[1", b"\xff", b'{"a":NaN}', b"[" * 3000]
    if not bare:
        extra = [
            {name: value} for name, value in (("__proto__", {"role": "administrator"}), ("id", root.id), ("ended", 1))
        ]
        forged += [{**body, **more} for more in extra]
        first = next(iter(body))
        forged.append(f'{{"{first}":"x","{first}":"y"}}'.encode())
        others: list[Any] = [1, None, [], {}, True]
        forged += [{**body, first: other} for other in others]
        forged += [[], "x", 1]
        for one in forged:
            answer = await asker.ask(method, path, one)
            assert (answer.status_code, reason(answer)) == (400, "malformed"), (one, answer.text)
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
    ):
        answer = await asker.ask(method, path, body, {"content-type": kind})
        assert (answer.status_code, reason(answer)) == (400, "malformed"), kind
    assert (await root.ask("GET", "/api/accounts")).json() == before
