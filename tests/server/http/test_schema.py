"""Requests made up from the API's own description: whatever comes, an answer of ours and never an error inside."""

import asyncio
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from tests.server.accounts import ADMIN, PASSWORD, make_administrator
from tests.server.conftest import Running, Start

EXAMPLES = 10


def fresh_token(running: Running) -> str:
    """Of a session that the operation before may not have ended."""
    body = {"login": ADMIN, "password": PASSWORD, "bearer": True}
    answer = httpx.post(f"{running.url}/api/session", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def try_operation(client: httpx.Client, operation: Any, token: str) -> set[int]:
    """Make requests for one operation, with and without an account; gives the answers' status codes."""
    codes = set()

    @seed(1)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def request(case: Any) -> None:
        body = {} if isinstance(case.body, NotSet) else {"json": case.body}
        for headers in ({}, {"authorization": f"Bearer {token}"}):
            sent = {"content-type": "application/json", **headers}
            answer = client.request(case.method, case.formatted_path, headers=sent, **body)
            codes.add(answer.status_code)
            assert answer.status_code < 500, answer.text
            assert answer.status_code < 400 or set(answer.json()) <= {"reason", "flaws"}

    request()
    return codes


def try_everything(running: Running, schema: dict[str, Any]) -> dict[str, set[int]]:
    """The same for every operation of the description."""
    codes = {}
    with httpx.Client(base_url=running.url) as client:
        for result in schemathesis.openapi.from_dict(schema).get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            name = f"{operation.method.upper()} {operation.path}"
            codes[name] = try_operation(client, operation, fresh_token(running))
    return codes


@pytest.mark.promise("P23")
async def test_whatever_the_description_allows(start: Start) -> None:
    running = await start()
    await make_administrator(running)
    assert running.server.app is not None
    schema = running.server.app.openapi()
    codes = await asyncio.to_thread(try_everything, running, schema)
    assert set(codes) == {f"{m.upper()} {path}" for path, methods in schema["paths"].items() for m in methods}
    assert {400, 401} <= codes["POST /api/accounts"], "with an account, and without one"
    assert 401 in codes["GET /api/me"]
    assert 200 in codes["GET /api/me"]
