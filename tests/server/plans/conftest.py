"""An organisation: an administrator, organisers, members and a guest's account."""

import base64
from dataclasses import dataclass

import pytest

from aparte.core.access.roles import Role
from aparte.core.access.totp import STEP_SECONDS, code_at
from aparte.server.clock import steady
from tests.server.accounts import PASSWORD, Person, make_account, make_administrator
from tests.server.conftest import Running, Start
from tests.server.plans.planner import Clock


@dataclass
class House:
    """Ada and Cy plan; Bob is a member; Dan has a guest's account."""

    running: Running
    clock: Clock
    root: Person
    ada: Person
    bob: Person
    cy: Person
    dan: Person

    @property
    def port(self) -> int:
        return self.running.port

    async def give_factor(self, person: Person) -> None:
        """Add an authenticator program to an account, and confirm it."""
        asked = {"kind": "totp", "name": "phone", "password": PASSWORD}
        made = await person.ask("POST", "/api/me/factors", asked)
        assert made.status_code == 201, made.text
        secret = base64.b32decode(made.json()["secret"])
        code = code_at(secret, int(self.clock.now // STEP_SECONDS))
        answer = await person.ask("POST", f"/api/me/factors/{made.json()['id']}", {"code": code})
        assert answer.status_code == 201, answer.text


@pytest.fixture
async def house(start: Start) -> House:
    clock = Clock()
    running = await start(clocks=(steady, clock))
    root = await make_administrator(running)
    ada = await make_account(root, "ada@example.org", Role.ORGANISER)
    bob = await make_account(root, "bob@example.org", Role.MEMBER)
    cy = await make_account(root, "cy@example.org", Role.ORGANISER)
    dan = await make_account(root, "dan@example.org", Role.GUEST)
    return House(running, clock, root, ada, bob, cy, dan)
