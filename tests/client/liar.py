"""A server in a client's eyes: it passes everything on to the real one and back, unless a test tells it to lie."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server

from aparte.core.wire.control import ClientMessage, ServerMessage, decode_client, decode_server, encode_server


class Liar:
    """``frame`` and ``control`` turn what the server sends into what the client gets; ``frames`` were.

    ``said`` is what clients said.
    """

    def __init__(self, port: int, certificate: Path, key: Path) -> None:
        self.frame: Callable[[bytes], Iterable[bytes]] = lambda message: (message,)
        self.control: Callable[[ServerMessage], Iterable[ServerMessage]] = lambda message: (message,)
        self.frames: list[bytes] = []
        self.said: list[ClientMessage] = []
        self.is_shut = False  # nobody gets in
        self.port = 0
        self._behind = port
        self._files = certificate, key
        self._near: list[_Near] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*self._files)
        self._server = await ws_create_server(self._meet, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.is_shut = True
        await self.cut()
        assert self._server is not None
        self._server.close()

    async def cut(self) -> None:
        """Lose every connection without a word."""
        near, self._near = self._near, []
        for one in near:
            await one.end()

    def link(self, link: str) -> str:
        """The same link, by way of this one."""
        return link.replace(f":{self._behind}/", f":{self.port}/")

    def tell(self, message: ServerMessage) -> None:
        """Say something to everybody of its own."""
        for near in self._near:
            near.transport.send(WSMsgType.TEXT, encode_server(message))

    def text(self, text: str) -> None:
        """Say anything."""
        for near in self._near:
            near.transport.send(WSMsgType.TEXT, text)

    def send(self, message: bytes) -> None:
        """Send a frame of its own."""
        for near in self._near:
            near.transport.send(WSMsgType.BINARY, message)

    def _meet(self, request: WSUpgradeRequest) -> "_Near | None":
        if self.is_shut:
            return None
        self._near.append(_Near(self))
        return self._near[-1]

    def hear(self, near: "_Near", kind: WSMsgType, payload: bytes) -> None:
        """The real server said this."""
        if kind == WSMsgType.BINARY:
            for message in self.frame(payload):
                self.frames.append(message)
                near.transport.send(kind, message)
        elif kind == WSMsgType.TEXT:
            for told in self.control(decode_server(payload)):
                near.transport.send(kind, encode_server(told))


class _Near(WSListener):
    """The end that the client sees."""

    transport: WSTransport

    def __init__(self, liar: Liar) -> None:
        self.liar = liar
        self.waiting: list[tuple[WSMsgType, bytes]] = []
        self.far: _Far | None = None
        self._connecting: asyncio.Task[None] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        tls = ssl.create_default_context(cafile=self.liar._files[0])
        _, far = await ws_connect(
            lambda: _Far(self),
            f"wss://localhost:{self.liar._behind}/link",
            ssl_context=tls,
            max_frame_size=1 << 24,
        )
        assert isinstance(far, _Far)
        self.far = far
        for kind, payload in self.waiting:
            far.transport.send(kind, payload)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY):
            payload = frame.get_payload_as_bytes()
            if frame.msg_type == WSMsgType.TEXT:
                self.liar.said.append(decode_client(payload))
            if self.far is None:
                self.waiting.append((frame.msg_type, payload))
            else:
                self.far.transport.send(frame.msg_type, payload)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self.far is not None:
            self.far.transport.disconnect(graceful=False)

    async def end(self) -> None:
        if self._connecting is not None:
            await asyncio.wait([self._connecting])
        for transport in (self.transport, self.far.transport if self.far else None):
            if transport is not None:
                transport.disconnect(graceful=False)
                await transport.wait_disconnected()


class _Far(WSListener):
    """The end that the server sees."""

    transport: WSTransport

    def __init__(self, near: _Near) -> None:
        self.near = near

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        with contextlib.suppress(OSError):
            self.near.liar.hear(self.near, frame.msg_type, frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.near.transport.disconnect()
