"""Accounts of a running server for tests, and programs that are logged in."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from aparte.core.access.roles import Role
from aparte.core.wire.b64 import b64_encode
from tests.server.conftest import Running

PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "le chat dort sur le toit"
ADMIN = "root@example.org"


@dataclass
class Person:
    """A program, or a browser with its cookies, of one account."""

    running: Running
    account: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.account["id"])

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """One request. A browser's names its origin, as browsers do."""
        sent = {"content-type": "application/json"}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            sent["origin"] = self.running.url
        sent |= headers or {}
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        context = self.running.tls or True
        async with httpx.AsyncClient(verify=context) as client:
            answer = await client.request(
                method,
                self.running.url + path,
                content=content,
                headers={name: value for name, value in sent.items() if value},
                **options,
            )
        self.keep(answer)
        return answer

    def keep(self, answer: httpx.Response) -> None:
        """Keep cookies as a browser does."""
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            elif self.cookies or not self.token:
                self.cookies[name] = value.strip('"')

    async def log_in(self, login: str, password: str = PASSWORD, bearer: bool = True, **headers: str) -> httpx.Response:
        """Try to; what comes of it is kept."""
        body = {"login": login, "password": password, "bearer": bearer}
        answer = await self.ask("POST", "/api/session", body, headers)
        if answer.status_code == 201:
            self.account = answer.json()["account"]
            self.token = answer.json().get("token", "")
        return answer


async def make_administrator(running: Running) -> Person:
    """The first one, by the ticket that the server has made at its start."""
    assert running.server.setup_ticket is not None
    body = {
        "ticket": b64_encode(running.server.setup_ticket),
        "login": ADMIN,
        "name": "Root",
        "password": PASSWORD,
        "bearer": True,
    }
    root = Person(running)
    answer = await root.ask("POST", "/api/setup", body)
    assert answer.status_code == 201, answer.text
    root.account, root.token = answer.json()["account"], answer.json()["token"]
    return root


async def make_account(root: Person, login: str, role: Role = Role.MEMBER, **values: Any) -> Person:
    """An account that has been set up, with a program that is logged in."""
    body = {"login": login, "name": login.partition("@")[0], "role": str(role), **values}
    made = await root.ask("POST", "/api/accounts", body)
    assert made.status_code == 201, made.text
    person = Person(root.running)
    taken = {"ticket": made.json()["ticket"], "password": PASSWORD, "bearer": True}
    answer = await person.ask("POST", "/api/setup", taken)
    assert answer.status_code == 201, answer.text
    person.account, person.token = answer.json()["account"], answer.json()["token"]
    return person


async def browser(running: Running, login: str, password: str = PASSWORD) -> Person:
    """A browser that is logged in."""
    person = Person(running)
    answer = await person.log_in(login, password, bearer=False)
    assert answer.status_code == 201, answer.text
    return person
