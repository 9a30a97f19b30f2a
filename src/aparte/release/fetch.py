"""One request over TLS 1.3, on a connection of its own, within a time and a size."""

import asyncio
import re
import ssl
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httptools

from aparte.release.compare import Answer

SECONDS: Final = 20.0
_HEAD_BYTES = 65_536
_PIECE = 65_536
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


class Unfetched(StrEnum):
    """Why there is no answer to compare."""

    NOT_HTTPS = "not-https"
    UNREACHABLE = "unreachable"
    NOT_TRUSTED = "not-trusted"
    NO_TLS = "no-tls-1.3"
    NO_CA = "ca-malformed"
    NOT_HTTP = "not-http"
    TOO_SLOW = "too-slow"


class FetchError(Exception):
    """The server could not be asked; ``reason`` is stable."""

    def __init__(self, reason: Unfetched) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Condition:
    """Under which appearance the server is asked: header lines of the request."""

    name: str
    headers: tuple[tuple[str, str], ...]


CONDITIONS: Final = (
    Condition("plain", (("User-Agent", "aparte verify-web"), ("Accept-Encoding", "identity"))),
    Condition(
        "browser",
        (
            (
                "User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            ),
            ("Accept", "*/*"),
            ("Accept-Encoding", "gzip"),
            ("Accept-Language", "en-GB,en;q=0.9"),
            ("Sec-Fetch-Site", "same-origin"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Host (without brackets) and port of a server that speaks TLS."""

    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> "Origin":
        """Read ``https://host[:port]``. Raises ``FetchError``."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise FetchError(Unfetched.NOT_HTTPS) from error
        if parts.scheme != "https" or not host or parts.username is not None or parts.password is not None:
            raise FetchError(Unfetched.NOT_HTTPS)
        if parts.path.strip("/") or parts.query or parts.fragment or not _HOST.fullmatch(host):
            raise FetchError(Unfetched.NOT_HTTPS)
        return cls(host, 443 if port is None else port)

    def __str__(self) -> str:
        """Give the address that a browser shows."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}" if self.port == 443 else f"https://{host}:{self.port}"


def client_context(ca: Path | None) -> ssl.SSLContext:
    """Nothing below TLS 1.3; ``ca`` replaces the system's authorities. Raises ``FetchError``."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise FetchError(Unfetched.NO_CA) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])
    return context


async def fetch(origin: Origin, path: str, condition: Condition, tls: ssl.SSLContext, most_bytes: int) -> Answer:
    """Ask for a path, redirects not followed. Raises ``FetchError``.

    Of a content over ``most_bytes`` one byte more than that is given, which is enough to tell.
    """
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(origin.host, origin.port)
            try:
                await _encrypt(writer, origin, tls)
                lines = [f"GET {path} HTTP/1.1", f"Host: {str(origin).removeprefix('https://')}", "Connection: close"]
                lines += [f"{name}: {value}" for name, value in condition.headers]
                writer.write("\r\n".join([*lines, "", ""]).encode("ascii"))
                return await _answer(reader, most_bytes)
            finally:
                writer.transport.abort()
    except TimeoutError as error:
        raise FetchError(Unfetched.TOO_SLOW) from error
    except OSError as error:
        raise FetchError(Unfetched.UNREACHABLE) from error


async def _encrypt(writer: asyncio.StreamWriter, origin: Origin, tls: ssl.SSLContext) -> None:
    try:
        await writer.start_tls(tls, server_hostname=origin.host)
    except ssl.SSLCertVerificationError as error:
        raise FetchError(Unfetched.NOT_TRUSTED) from error
    except OSError as error:
        raise FetchError(Unfetched.NO_TLS) from error


async def _answer(reader: asyncio.StreamReader, most_bytes: int) -> Answer:
    reading = _Reading(_HEAD_BYTES + most_bytes)
    parser = reading.parser = httptools.HttpResponseParser(reading)
    while not reading.over and (data := await reader.read(_PIECE)):
        reading.left -= len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            break  # a status that is not the expected one
        except httptools.HttpParserError as error:
            raise FetchError(Unfetched.NOT_HTTP) from error
    if reading.status is None:
        raise FetchError(Unfetched.NOT_HTTP)
    coding = [value for name, value in reading.headers if name == "content-encoding"]
    content = bytes(reading.body)
    if coding == ["gzip"]:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            # What follows the packed content counts as content: the release sends nothing there.
            content = unpacker.decompress(content, most_bytes + 1) + unpacker.unused_data
        except zlib.error:
            content = b""
    return Answer(reading.status, tuple(reading.headers), content[: most_bytes + 1])


@dataclass(slots=True)
class _Reading:
    """What httptools reports of the first message; ``left`` bytes of it may still come."""

    left: int
    parser: httptools.HttpResponseParser | None = None
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    complete: bool = False

    @property
    def over(self) -> bool:
        return self.complete or self.left <= 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status is None:
            self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self.status is None and self.parser is not None:
            self.status = self.parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if not self.complete:
            self.body += body

    def on_message_complete(self) -> None:
        self.complete = True
