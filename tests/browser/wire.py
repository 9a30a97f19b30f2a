"""The wire between a browser and the server, in the test's hands: recorded, cut, healed, meddled with.

Without TLS on loopback it sees what the server sees, so nothing hides what the seal does not.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit, urlunsplit


@dataclass
class Wire:
    """A TCP way to the server; ``meddle`` flips one bit of each sealed frame on its way down, or sends each twice."""

    target: tuple[str, int]
    meddle: Literal["flip", "repeat"] | None = None
    ups: list[bytearray] = field(default_factory=list)  # one recording a connection
    downs: list[bytearray] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _flows: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._flows.set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def link(self, link: str) -> str:
        """The same meeting link by way of this wire."""
        parts = urlsplit(link)
        return urlunsplit((parts.scheme, f"{parts.hostname}:{self.port}", parts.path, parts.query, parts.fragment))

    def cut(self) -> None:
        """Break every connection and accept no new one."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def heal(self) -> None:
        """Let connections through again, on the same port."""
        await self.start()

    def hold(self) -> None:
        """Keep back what the server says, in order, until `release`; what is said to it goes through."""
        self._flows.clear()

    def release(self) -> None:
        """Let it come."""
        self._flows.set()

    def texts(self) -> list[bytes]:
        """All WebSocket payloads of both directions, unmasked: masking must not be what hides a plaintext."""
        return [
            payload
            for raw in self.ups + self.downs
            if b"\nupgrade: websocket" in raw[:2000].lower()
            for _, payload in split(raw)
        ]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        up, down = bytearray(), bytearray()
        self.ups.append(up)
        self.downs.append(down)
        frames = Meddler(lambda: self.meddle)
        await asyncio.gather(pump(reader, far_writer, up, bytes), pump(far_reader, writer, down, frames, self._flows))
        self._writers -= {writer, far_writer}


async def pump(
    source: asyncio.StreamReader,
    sink: asyncio.StreamWriter,
    record: bytearray,
    change: Callable[[bytes], bytes],
    flows: asyncio.Event | None = None,
) -> None:
    """Carry bytes one way until either side is gone, while it flows."""
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            if flows is not None:
                await flows.wait()
            record += data
            sink.write(change(data))
            await sink.drain()
    sink.transport.abort()


def head(data: bytes | bytearray, at: int) -> tuple[int, int, int, bytes] | None:
    """Opcode, offset and size of the payload, mask; None when the frame is not whole (RFC 6455 section 5.2)."""
    if at + 2 > len(data):
        return None
    opcode, masked, size, start = data[at] & 15, data[at + 1] & 0x80, data[at + 1] & 0x7F, at + 2
    for marker, width in ((126, 2), (127, 8)):
        if data[at + 1] & 0x7F == marker:
            size = int.from_bytes(data[start : start + width], "big")
            start += width
    mask = bytes(data[start : start + 4]) if masked else b""
    start += len(mask)
    return None if start + size > len(data) else (opcode, start, size, mask)


def split(raw: bytes | bytearray) -> list[tuple[int, bytes]]:
    """Opcode and unmasked payload of each WebSocket message behind the HTTP head of one direction of one connection."""
    found = []
    at = raw.find(b"\r\n\r\n") + 4
    while (frame := head(raw, at)) is not None:
        opcode, start, size, mask = frame
        payload = bytes(raw[start : start + size])
        if mask:
            key = (mask * (size // 4 + 1))[:size]
            payload = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
        found.append((opcode, payload))
        at = start + size
    return found


class Meddler:
    """Finds the sealed frames in what a server sends and changes them as asked."""

    def __init__(self, wish: Callable[[], str | None]) -> None:
        self._wish = wish
        self._held = bytearray()
        self._upgraded: bool | None = None

    def __call__(self, data: bytes) -> bytes:
        if self._upgraded is False:
            return data
        self._held += data
        out = bytearray()
        if self._upgraded is None:
            end = self._held.find(b"\r\n\r\n")
            if end < 0:
                return b""
            self._upgraded = self._held.startswith(b"HTTP/1.1 101")
            out += self._held[: end + 4]
            del self._held[: end + 4]
            if not self._upgraded:
                out += self._held
                self._held.clear()
                return bytes(out)
        at = 0
        while (frame := head(self._held, at)) is not None:
            opcode, start, size, _ = frame
            piece = bytearray(self._held[at : start + size])
            if opcode == 2 and self._wish() == "flip":
                piece[-1] ^= 1
            elif opcode == 2 and self._wish() == "repeat":
                out += piece
            out += piece
            at = start + size
        del self._held[:at]
        return bytes(out)
