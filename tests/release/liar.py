"""A server between a browser and the real one: it passes every answer on, changed as the test says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Delivered:
    """One answer on its way to who asked."""

    path: str
    agent: str  # who asked, as they said
    status: str  # "200 OK"
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str, value: str | None) -> "Delivered":
        """The same answer with this header instead of its own; without it for None."""
        others = tuple(pair for pair in self.headers if pair[0].lower() != name)
        return replace(self, headers=others if value is None else (*others, (name, value)))


Change = Callable[[Delivered], Delivered]


def flip(path: str, at: int) -> Change:
    """One bit of the byte at ``at`` (from the end when negative) of the file at ``path`` differs."""

    def change(answer: Delivered) -> Delivered:
        if answer.path != path:
            return answer
        body = bytearray(answer.body)
        body[at] ^= 1
        return replace(answer, body=bytes(body))

    return change


@asynccontextmanager
async def liar(
    port: int, change: Change, serving: ssl.SSLContext | None = None, asking: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Give the port on which the changed server listens; ``serving`` and ``asking`` are for TLS on either side."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = change(await ask(port, asking, (await reader.readuntil(b"\r\n\r\n")).decode()))
            headers = [f"{name}: {value}" for name, value in answer.headers if name.lower() != "content-length"]
            head = [f"HTTP/1.1 {answer.status}", *headers, f"content-length: {len(answer.body)}", "", ""]
            writer.write("\r\n".join(head).encode() + answer.body)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # a browser that opened a connection in advance, or went away
        finally:
            writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=serving)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def ask(port: int, tls: ssl.SSLContext | None, request: str) -> Delivered:
    """What the real server answers; uncompressed, on a connection of its own."""
    first, *lines = request.strip().split("\r\n")
    asked = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    host = None if tls is None else "localhost"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=host)
    writer.write(f"{first}\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
    raw = await reader.read(-1)
    writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    pairs = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in headers))
    return Delivered(first.split(" ")[1], asked.get("user-agent", ""), status.partition(" ")[2], pairs, body)
