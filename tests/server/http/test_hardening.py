"""What strangers try with HTTP itself: methods, caches, other sites, two lengths; and what a server tells of itself."""

import sqlite3

import httpx
import pytest

from aparte.release.delivery import PAGES, media_type
from aparte.server.access.tokens import TOKEN_SIZE, new_token
from tests.server.accounts import ADMIN, PASSWORD, Person, browser, make_administrator
from tests.server.conftest import Running
from tests.server.raw_client import RawClient

EVIL = "https://evil.example"
ANSWERS = ["/api/me", "/api/accounts", "/api/health", "/api/house", "/api/other"]


@pytest.mark.promise("P22")
async def test_answers_of_the_api_are_not_kept(plain: Running) -> None:
    root = await make_administrator(plain)
    for person in (root, Person(plain)):
        for path in ANSWERS:
            assert (await person.ask("GET", path)).headers.get_list("cache-control") == ["no-store"], path
    wrong = await Person(plain).log_in(ADMIN, "not the password at all")
    large = await root.ask("POST", "/api/meetings", b" " * 10_000)
    assert [wrong.status_code, large.status_code] == [401, 413]
    assert {answer.headers["cache-control"] for answer in (wrong, large)} == {"no-store"}


async def test_an_answer_says_what_it_is(plain: Running) -> None:
    root = await make_administrator(plain)
    for path in ANSWERS:
        assert (await root.ask("GET", path)).headers["content-type"] == "application/json"
    assert (await root.ask("GET", "/")).headers["content-type"] == "text/html; charset=utf-8"
    files = {path.suffix for path in PAGES.rglob("*") if path.is_file()}
    assert {suffix for suffix in files if media_type(f"/x{suffix}") == "application/octet-stream"} == set()


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "CONNECT", "PUT", "PROPFIND", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/api/health", "/robots.txt"])
async def test_methods_that_nothing_has(plain: Running, method: str, path: str) -> None:
    """Above all, what was sent does not come back."""
    client = await RawClient.open(plain.port)
    client.send(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: canary=1\r\nContent-Length: 0\r\n\r\n")
    status, _, body = await client.response()
    assert status in (400, 404, 405)
    assert b"canary" not in body
    client.close()


async def test_no_other_site_may_read_or_ask(plain: Running) -> None:
    page = await browser(plain, (await make_administrator(plain)).account["login"])
    for origin in (EVIL, "null", plain.url):
        asked = {"origin": origin, "access-control-request-method": "POST"}
        for answer in (
            await page.ask("GET", "/api/me", headers={"origin": origin}),
            await page.ask("OPTIONS", "/api/me", headers=asked),
            await page.ask("GET", "/", headers={"origin": origin}),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert (await page.ask("OPTIONS", "/api/me", headers=asked)).status_code == 405


async def test_reading_changes_nothing(plain: Running) -> None:
    """No route that changes something can be had by a method that a link or a picture uses."""
    assert plain.server.app is not None
    paths = plain.server.app.openapi()["paths"]
    root = await make_administrator(plain)
    kept = (await root.ask("GET", "/api/accounts")).json(), (await root.ask("GET", "/api/me/sessions")).json()
    for path, methods in paths.items():
        for method in {"GET", "HEAD"} - {name.upper() for name in methods}:
            answer = await root.ask(method, path.replace("{id}", root.id).replace("{number}", "1"))
            assert answer.status_code in (404, 405), (method, path)
    again = (await root.ask("GET", "/api/accounts")).json(), (await root.ask("GET", "/api/me/sessions")).json()
    assert [again[0], len(again[1]["sessions"])] == [kept[0], len(kept[1]["sessions"])]


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 0\r\nContent-Length: 44",
        "Content-Length: 44\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 44",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: x",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: 5, 5",
        "Content-Length : 5",
        " Content-Length: 5",
    ],
)
async def test_a_request_has_one_end(plain: Running, lengths: str) -> None:
    """Two that disagree about where a request ends would let one hide in another."""
    hidden = "GET /api/house HTTP/1.1\r\nHost: localhost\r\n\r\n"
    client = await RawClient.open(plain.port)
    client.send(f"POST /api/session/challenge HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n\r\n0\r\n\r\n{hidden}")
    answers = await client.end()
    assert answers.startswith(b"HTTP/1.1 400 ")
    assert answers.count(b"HTTP/1.1 ") == 1
    assert b"house_key" not in answers
    client.close()


@pytest.mark.parametrize("path", ["/.git/HEAD", "/.git/config", "/.svn/entries", "/.env", "/assets", "/server/"])
async def test_nothing_beside_the_pages_is_served(plain: Running, path: str) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.get(plain.url + path)).status_code == 404
    assert [path for path in PAGES.rglob("*") if path.name.startswith(".")] == []


async def test_cookies_are_small_and_tokens_are_long(plain: Running) -> None:
    await make_administrator(plain)
    answer = await Person(plain).log_in(ADMIN, PASSWORD, bearer=False)
    lines = [line.partition(";")[0] for line in answer.headers.get_list("set-cookie")]
    assert {len(line) < 100 for line in lines} == {True}
    assert len({new_token() for _ in range(1_000)}) == 1_000
    assert {len(new_token()), TOKEN_SIZE} == {32}


async def test_a_new_server_has_no_account(plain: Running) -> None:
    with sqlite3.connect(plain.data / "aparte.db") as database:
        assert database.execute("select count(*) from account").fetchone() == (0,)
    database.close()
