"""Bytes to and from the port, for what no well-behaved client sends."""

import asyncio
import ssl
from typing import Self

SECONDS = 10.0

UPGRADE = (
    "GET /link HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n{more}\r\n"
)


class RawClient:
    """A TCP or TLS connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int, tls: ssl.SSLContext | None = None) -> Self:
        return cls(*await asyncio.open_connection("localhost", port, ssl=tls))

    @property
    def tls(self) -> ssl.SSLObject:
        """What TLS agreed on."""
        agreed = self._writer.get_extra_info("ssl_object")
        assert isinstance(agreed, ssl.SSLObject)
        return agreed

    def send(self, data: bytes | str) -> None:
        self._writer.write(data.encode() if isinstance(data, str) else data)

    async def head(self) -> str:
        """The next response head."""
        return (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), SECONDS)).decode()

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """The next response: status, headers in small letters, body."""
        lines = (await self.head()).split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:-2])
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return int(lines[0].split()[1]), headers, body

    async def exactly(self, size: int) -> bytes:
        return await asyncio.wait_for(self._reader.readexactly(size), SECONDS)

    async def end(self) -> bytes:
        """What comes until the server closes."""
        try:
            return await asyncio.wait_for(self._reader.read(), SECONDS)
        except ConnectionResetError:
            return b""

    def close(self) -> None:
        self._writer.close()
