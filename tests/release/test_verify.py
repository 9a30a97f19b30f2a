"""Servers that deliver something else than the release, each in one way, and what is said of it."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from aparte.release import fetch
from aparte.release.compare import Kind
from aparte.release.delivery import PAGES, security_headers
from aparte.release.fetch import FetchError, Origin, Unfetched
from aparte.release.manifest import Manifest, read_manifest
from aparte.release.verify import Report, verify
from tests.release.liar import Change, Delivered, flip, liar
from tests.server.conftest import Running

MANIFEST: Manifest = read_manifest(PAGES / "release.json")
[SCRIPT] = [path for path in MANIFEST.files if path.endswith(".js")]


class Lies:
    """Compares what a server delivers, after a change, with the installed release."""

    def __init__(self, server: Running) -> None:
        self.server = server
        assert server.server.certificate is not None
        self.ca = server.server.certificate

    def serving(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, self.ca.with_name("key.pem"))
        return context

    async def __call__(self, change: Change, pages: Path | None = PAGES) -> Report:
        async with liar(self.server.port, change, self.serving(), self.server.tls) as port:
            return await verify(Origin("localhost", port), MANIFEST, pages, self.ca)


@pytest.fixture
def lies(secure: Running) -> Lies:
    return Lies(secure)


def found(report: Report) -> set[tuple[str, str]]:
    """Path and kind of each difference; the page of a meeting, whose id is drawn, as /m."""
    differences = [finding.difference for finding in report.findings]
    return {("/m" if one.path.startswith("/m/") else one.path, one.kind) for one in differences}


ENTRIES = ("/", "/m", "/index.html")


def entry(answer: Delivered) -> bool:
    return answer.path in ("/", "/index.html") or answer.path.startswith("/m/")


@pytest.mark.promise("P24")
async def test_the_server_itself_delivers_the_release(secure: Running) -> None:
    report = await verify(Origin("localhost", secure.port), MANIFEST, PAGES, secure.server.certificate)
    assert report.findings == ()
    assert {"/", *MANIFEST.files} < set(report.paths)


async def test_a_way_that_changes_nothing_changes_nothing(lies: Lies) -> None:
    assert (await lies(lambda answer: answer)).findings == ()


@pytest.mark.promise("P24")
async def test_one_changed_byte_is_found_and_placed(lies: Lies) -> None:
    for path, file in MANIFEST.files.items():
        at = file.size // 3
        report = await lies(flip(path, at))
        assert found(report) == {(path, Kind.CHANGED)}
        [finding] = report.findings
        assert finding.difference.detail.endswith(f"they differ from byte {at} on")
        assert finding.conditions == ("plain", "browser")


@pytest.mark.promise("P24")
async def test_without_the_files_the_hash_decides(lies: Lies) -> None:
    [finding] = (await lies(flip(SCRIPT, 5), pages=None)).findings
    assert finding.difference.detail == f"{MANIFEST.files[SCRIPT].size} bytes, another hash"


@pytest.mark.promise("P24")
async def test_a_lie_to_browsers_alone_is_found(lies: Lies) -> None:
    change = flip(SCRIPT, 0)
    report = await lies(lambda answer: change(answer) if "Mozilla" in answer.agent else answer)
    assert [finding.conditions for finding in report.findings] == [("browser",)]


@pytest.mark.promise("P24")
@pytest.mark.parametrize(
    ("addition", "reference"),
    [
        (b'<script src="https://evil.example/x.js"></script>', "https://evil.example/x.js"),
        (b"<script type=module SRC = '/x.js'></script>", "/x.js"),
        (b"<link rel=modulepreload href=/x.js>", "/x.js"),
        (b"<iframe src=/x.html></iframe>", "/x.html"),
        (b"<script>start()</script>", "inline <script"),
        (b"<p onclick=start()>", "inline onclick="),
        (b'<meta http-equiv="refresh" content="0;url=/x">', "inline http-equiv="),
    ],
)
async def test_what_the_page_names_beyond_the_release_is_listed(lies: Lies, addition: bytes, reference: str) -> None:
    def add(answer: Delivered) -> Delivered:
        return replace(answer, body=addition + answer.body) if entry(answer) else answer

    report = await lies(add)
    expected = {(path, kind) for path in ENTRIES for kind in (Kind.CHANGED, Kind.REFERENCE)}
    assert found(report) == expected
    details = {one.difference.detail for one in report.findings if one.difference.kind is Kind.REFERENCE}
    assert details == {reference}


@pytest.mark.promise("P24")
async def test_missing_shorter_and_longer_files_are_found(lies: Lies) -> None:
    def spoil(answer: Delivered) -> Delivered:
        if answer.path == SCRIPT:
            return replace(answer, status="404 Not Found")
        if answer.path == "/robots.txt":
            return replace(answer, body=answer.body[:-1])
        return replace(answer, body=answer.body * 1000) if answer.path == "/index.html" else answer

    details = {one.difference.path: one.difference.detail for one in (await lies(spoil)).findings}
    assert details[SCRIPT] == "status 404"
    assert details["/robots.txt"].startswith("25 bytes, published 26")
    size = MANIFEST.files["/index.html"].size
    assert details["/index.html"].startswith(f"more than {size} bytes, published {size}")


async def test_redirects_are_differences_and_not_followed(lies: Lies) -> None:
    asked: list[str] = []

    def redirect(answer: Delivered) -> Delivered:
        asked.append(answer.path)
        if answer.path != SCRIPT:
            return answer
        return replace(answer, status="302 Found").header("location", "/elsewhere.js")

    assert found(await lies(redirect)) == {(SCRIPT, Kind.MISSING)}
    assert "/elsewhere.js" not in asked


@pytest.mark.promise("P24")
@pytest.mark.parametrize("name", sorted(security_headers(encrypted=True)))
async def test_every_header_is_missed_and_compared(lies: Lies, name: str) -> None:
    def spoil(answer: Delivered) -> Delivered:
        return answer.header(name, None if answer.path == SCRIPT else f"x {dict(answer.headers)[name]}")

    report = await lies(spoil)
    expected = {(path, Kind.HEADER_CHANGED) for path in (*MANIFEST.files, "/", "/m") if path != SCRIPT}
    assert found(report) == {(SCRIPT, Kind.HEADER_MISSING), *expected}
    assert {one.difference.detail.partition(":")[0] for one in report.findings} == {name}


@pytest.mark.parametrize(
    ("name", "value"),
    [("link", "</x.js>; rel=modulepreload"), ("set-cookie", "a=b"), ("reporting-endpoints", 'a="https://x.example"')],
)
async def test_headers_beyond_the_releases_are_found(lies: Lies, name: str, value: str) -> None:
    report = await lies(lambda answer: answer.header(name, value) if answer.path == "/" else answer)
    [finding] = report.findings
    assert (finding.difference.path, finding.difference.kind) == ("/", Kind.HEADER_ADDED)
    assert finding.difference.detail == f"{name}: {value}"


async def test_a_header_given_twice_is_a_changed_one(lies: Lies) -> None:
    double = ("content-security-policy", "default-src *")
    report = await lies(lambda answer: replace(answer, headers=(double, *answer.headers)))
    assert {one.difference.kind for one in report.findings} == {Kind.HEADER_CHANGED}


async def test_what_a_stranger_sends_is_shown_short_and_without_control_characters(lies: Lies) -> None:
    report = await lies(lambda answer: answer.header("x-note", "\x9b31m\u00e9" + "a" * 1000))
    for finding in report.findings:
        assert finding.difference.detail == f"x-note: ??31m??{'a' * 113}..."


@pytest.mark.promise("P24")
async def test_packed_content_is_unpacked_within_its_bound(lies: Lies) -> None:
    bomb = gzip.compress(b"a" * 50_000_000)
    trailing = gzip.compress((PAGES / "robots.txt").read_bytes()) + b"more"

    def pack(answer: Delivered) -> Delivered:
        if answer.path not in (SCRIPT, "/robots.txt", "/"):
            return answer
        body = {SCRIPT: bomb, "/": b"not gzip"}.get(answer.path, trailing)
        return replace(answer.header("content-encoding", "gzip"), body=body)

    details = {one.difference.path: one.difference.detail for one in (await lies(pack)).findings}
    assert details.keys() == {SCRIPT, "/robots.txt", "/"}
    assert details[SCRIPT].startswith(f"more than {MANIFEST.files[SCRIPT].size} bytes")
    assert details["/robots.txt"].startswith("more than 26 bytes")
    assert details["/"].startswith("0 bytes")


# Servers that do not even answer

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@asynccontextmanager
async def strange(talk: Talk, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            talk(reader, writer)
            await reader.read()
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def refusal(way: AbstractAsyncContextManager[int], ca: Path | None) -> Unfetched:
    async with way as port:
        with pytest.raises(FetchError) as refused:
            await verify(Origin("localhost", port), MANIFEST, PAGES, ca)
    return refused.value.reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"SSH-2.0-x\r\n\r\n", Unfetched.NOT_HTTP),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Unfetched.NOT_HTTP),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 600_000, Unfetched.NOT_HTTP),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Unfetched.TOO_SLOW),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234", Unfetched.TOO_SLOW),
        (b"", Unfetched.TOO_SLOW),
    ],
)
async def test_what_is_no_answer(lies: Lies, monkeypatch: pytest.MonkeyPatch, said: bytes, reason: Unfetched) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.5)
    assert await refusal(strange(lambda _, writer: writer.write(said), lies.serving()), lies.ca) is reason


async def test_an_answer_before_the_answer_is_a_difference(lies: Lies) -> None:
    """103 Early Hints would let a browser load things before it has seen a header of the page."""

    def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x.js>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    async with strange(talk, lies.serving()) as port:
        report = await verify(Origin("localhost", port), MANIFEST, PAGES, lies.ca)
    assert {one.difference.detail for one in report.findings} == {"status 103"}


async def test_older_tls_is_not_spoken(lies: Lies) -> None:
    context = lies.serving()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await refusal(strange(lambda _, __: None, context), lies.ca) is Unfetched.NO_TLS


async def test_a_server_without_tls_is_not_spoken_to(lies: Lies) -> None:
    @asynccontextmanager
    async def plain() -> AsyncIterator[int]:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()

    assert await refusal(plain(), lies.ca) is Unfetched.NO_TLS


async def test_an_unknown_certificate_is_not_taken(lies: Lies) -> None:
    assert await refusal(liar(lies.server.port, lambda answer: answer, lies.serving()), None) is Unfetched.NOT_TRUSTED


async def test_nobody_there(lies: Lies, tmp_path: Path) -> None:
    with pytest.raises(FetchError) as refused:
        await verify(Origin("localhost", 1), MANIFEST, PAGES, lies.ca)
    assert refused.value.reason is Unfetched.UNREACHABLE
    for ca in (tmp_path / "none.pem", SCRIPT_FILE):
        with pytest.raises(FetchError) as refused:
            await verify(Origin("localhost", 1), MANIFEST, PAGES, ca)
        assert refused.value.reason is Unfetched.NO_CA


SCRIPT_FILE = PAGES / SCRIPT.removeprefix("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "localhost:8443",
        "https://",
        "https://a:b@localhost",
        "https://localhost/m/x",
        "https://localhost?x",
        "https://localhost#x",
        "https://localhost:x",
        "https://localhost:99999",
        "https://[::1",
        "https://exämple.org",
        "https://a b",
    ],
)
def test_only_the_address_of_a_server_is_taken(url: str) -> None:
    with pytest.raises(FetchError) as refused:
        Origin.parse(url)
    assert refused.value.reason is Unfetched.NOT_HTTPS


def test_the_address_is_the_one_that_browsers_show() -> None:
    shown = [str(Origin.parse(url)) for url in ("https://a.example/", "https://a.example:443", "https://[::1]:8443")]
    assert shown == ["https://a.example", "https://a.example", "https://[::1]:8443"]
