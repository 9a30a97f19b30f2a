"""The web client's files, and the headers that everything carries."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from aparte.release.delivery import security_headers
from aparte.server.http.pages import add_pages
from tests.server.conftest import Running
from tests.server.raw_client import RawClient


@pytest.fixture
def pages(tmp_path: Path) -> httpx.AsyncClient:
    folder = tmp_path / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>" + " " * 500)
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "main-1a2b.js").write_text("start()" * 100)
    (folder / "assets" / "codec-3c4d.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret.txt").write_text("secret")
    app = Starlette()
    add_pages(app, folder)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def test_the_index_is_never_kept(pages: httpx.AsyncClient) -> None:
    for path in ("/", "/m/known", "/m/AAAAAAAAAAAAAAAAAAAAAA"):
        answer = await pages.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("text/html")


async def test_assets_are_kept_for_good(pages: httpx.AsyncClient) -> None:
    answer = await pages.get("/assets/main-1a2b.js")
    assert answer.text == "start()" * 100
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-encoding"] == "gzip"
    assert (await pages.get("/assets/codec-3c4d.wasm")).headers["content-type"] == "application/wasm"
    assert (await pages.get("/icon.svg")).headers["cache-control"] == "no-cache"


async def test_compression_is_the_clients_choice(pages: httpx.AsyncClient) -> None:
    answer = await pages.get("/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/none", "/assets/"]
)
async def test_nothing_else_is_served(pages: httpx.AsyncClient, path: str) -> None:
    answer = await pages.get(path)
    assert (answer.status_code, answer.json()) == (404, {"reason": "not-found"})


async def test_pages_that_are_not_built(tmp_path: Path) -> None:
    app = Starlette()
    add_pages(app, tmp_path)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert "make run" in answer.text


@pytest.mark.parametrize(
    "request_text",
    [
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /api/meetings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "GET /link HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "GET / HTTP/1.1\r\nX: " + "x" * 20_000,
    ],
)
async def test_every_answer_carries_the_headers(plain: Running, request_text: str) -> None:
    client = await RawClient.open(plain.port)
    client.send(request_text)
    _, headers, _ = await client.response()
    client.close()
    assert headers.items() >= security_headers(encrypted=False).items()
    assert "server" not in headers
    assert "strict-transport-security" not in headers
