"""What the server writes down, and what it does not."""

import json
import logging as standard
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from tests.server.accounts import ADMIN, OTHER_PASSWORD, PASSWORD, Person, make_account, make_administrator
from tests.server.clock import Clock
from tests.server.conftest import Running, Start

ADA = "ada@example.org"
WRONG = "wrong password, but a long one"
Written = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written(logging: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> Written:
    """The lines that were written since the last call; the first call begins to log."""
    begun = False

    def lines() -> list[dict[str, Any]]:
        nonlocal begun
        text = capsys.readouterr().err
        if not begun:
            logging()
            begun = True
            return []
        return [json.loads(line) for line in text.splitlines()]

    return lines


def test_every_line_is_json_with_a_time_in_utc(written: Written) -> None:
    written()
    structlog.get_logger("aparte").info("erased", meetings=1)
    standard.getLogger("somebody.else").warning("GET /m/%s", "secret")
    ours, theirs = written()
    assert ours.keys() == {"event", "level", "timestamp", "meetings"}
    assert (theirs["event"], theirs["logger"], "secret" in json.dumps(theirs)) == ("library", "somebody.else", False)
    for line in (ours, theirs):
        said = datetime.fromisoformat(line["timestamp"])
        assert said.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)


def test_nothing_breaks_a_line(written: Written) -> None:
    written()
    hostile = 'x"}\n{"event":"forged","level":"info"}\r\n\x1b[2J\u2028'
    structlog.get_logger("aparte").info("refused", why=hostile)
    (line,) = written()
    assert (line["event"], line["why"]) == ("refused", hostile)


@pytest.mark.promise("P22")
async def test_logins_are_noted_without_names(start: Start, written: Written) -> None:
    running = await start()
    ada = await make_account(await make_administrator(running), ADA)
    written()
    page = Person(running)
    await page.log_in(ADA, bearer=False)
    await page.ask("PATCH", "/api/me", {"password": PASSWORD, "new_password": OTHER_PASSWORD})
    await page.ask("DELETE", "/api/session")
    await Person(running).log_in(ADMIN)
    lines = written()
    assert [(line["event"], line.get("by")) for line in lines] == [
        ("signed-in", "password"),
        ("password-changed", None),
        ("signed-out", None),
        ("signed-in", "password"),
    ]
    labels = [line["account"] for line in lines]
    assert labels[0] == labels[1] == labels[2] != labels[3], "one account is one label"
    assert not any(ada.id[:8] in label for label in labels)


@pytest.mark.promise("P22", "P23")
async def test_refusals_are_noted(start: Start, written: Written) -> None:
    running = await start()
    ada = await make_account(await make_administrator(running), ADA)
    written()
    await Person(running).log_in(ADA, WRONG)
    await ada.ask("GET", "/api/accounts")
    await ada.ask("GET", "/api/me", headers={"origin": "https://evil.example"})
    await ada.ask("POST", f"/api/accounts/{ada.id}/end", {"more": 1})
    await ada.ask("POST", "/api/session", b"{")
    await Person(running).ask("POST", "/api/setup", {"ticket": "A" * 43, "password": PASSWORD})
    await Person(running).ask("GET", "/api/me")
    assert [(line["why"], line["place"]) for line in written() if line["event"] == "refused-request"] == [
        ("wrong-login", "/api/session"),
        ("not-allowed", "/api/accounts"),
        ("wrong-origin", "/api/me"),
        ("not-allowed", "/api/accounts/{id}/end"),
        ("malformed", "/api/session"),
        ("ticket-invalid", "/api/setup"),
    ]


@pytest.mark.promise("P20")
async def test_strangers_fill_no_disk(start: Start, written: Written) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock), refusals_a_minute=3)
    stranger = Person(running)
    written()
    for _ in range(8):
        await stranger.ask("POST", "/api/session", b"{")
    assert [line["event"] for line in written()] == ["refused-request"] * 3
    clock.now += 60
    await stranger.ask("POST", "/api/session", b"{")
    more, last = written()
    assert (more["event"], more["requests"], last["event"]) == ("refused-more", 5, "refused-request")


async def test_an_error_inside_is_noted(plain: Running, written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the disk at /secret is full")

    root = await make_administrator(plain)
    written()
    monkeypatch.setattr("aparte.store.accounts.AccountStore.accounts", broken)
    assert (await root.ask("GET", "/api/accounts")).status_code == 500
    lines = written()
    assert {"event": "request-failed", "error": "RuntimeError"}.items() <= lines[0].items()
    assert "secret" not in json.dumps(lines)
