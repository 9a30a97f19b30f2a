"""``aparte account``."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from aparte.cli.account import build_setup_link, setup_link
from aparte.core.wire.b64 import b64_decode
from aparte.server.config import Config
from aparte.server.serve import Server
from tests.server.accounts import OTHER_PASSWORD, PASSWORD, Person, make_administrator
from tests.server.conftest import CHEAP, Running


def config(data: Path) -> Config:
    return Config(port=0, data=data, access=CHEAP)


async def redeem(running: Running, link: str, **more: str) -> int:
    body = {"ticket": link.partition("#")[2], "password": OTHER_PASSWORD, **more}
    return (await Person(running).ask("POST", "/api/setup", body)).status_code


def test_the_ticket_is_in_the_fragment() -> None:
    ticket = bytes(range(32))
    for first, path in ((True, "setup"), (False, "welcome")):
        link = build_setup_link("https://meet.example.org/", ticket, first)
        assert link.partition("#")[0] == f"https://meet.example.org/{path}"
        assert b64_decode(link.partition("#")[2]) == ticket


async def test_a_new_link_beside_a_running_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command works on the same data folder, voids the link before it, and helps the last administrator."""
    server = Server(config(tmp_path))
    await server.start()
    running = Running(server, tmp_path)
    try:
        assert server.setup_ticket is not None
        first = build_setup_link(running.url, server.setup_ticket, first=True)
        assert await asyncio.to_thread(setup_link, tmp_path, running.url, "root@example.org") == 1
        assert await asyncio.to_thread(setup_link, tmp_path, running.url, None) == 0
        second = capsys.readouterr().out.strip()
        names = {"login": "root@example.org", "name": "Root"}
        assert await redeem(running, first, **names) == 403
        server.setup_ticket = b64_decode(second.partition("#")[2])
        root = await make_administrator(running)
        assert await asyncio.to_thread(setup_link, tmp_path, running.url, None) == 1
        assert "administrator already" in capsys.readouterr().err
        assert await asyncio.to_thread(setup_link, tmp_path, running.url, root.account["login"]) == 0
        assert await redeem(running, capsys.readouterr().out.strip()) == 201
        assert (await Person(running).log_in(root.account["login"], PASSWORD)).status_code == 401
        assert (await Person(running).log_in(root.account["login"], OTHER_PASSWORD)).status_code == 201
    finally:
        await server.stop()
    again = Server(config(tmp_path))
    await again.start()
    await again.stop()
    assert again.setup_ticket is None, "there is an administrator"


def test_another_folder_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup_link(tmp_path, "https://meet.example.org", None) == 1
    assert list(tmp_path.iterdir()) == []
    assert "not the data folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "origin", ["meet.example.org", "https://Meet.example.org", "https://a/b", "https://a?", "ftp://a"]
)
def test_what_is_no_origin(tmp_path: Path, origin: str) -> None:
    assert replace(config(tmp_path), origin=origin).objection() is not None
    assert replace(config(tmp_path), origin="https://meet.example.org:8443").objection() is None
