"""A small client of spec/wire.md for tests: it says what it is told to, and keeps what it hears in order."""

import asyncio
import os
import ssl
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Self, TypeVar

import httpx
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.control import (
    Accepted,
    ClientMessage,
    Commit,
    Create,
    GroupState,
    Hello,
    Refused,
    Resumed,
    ResumeRequest,
    ServerMessage,
    Welcome,
    decode_server,
    encode_client,
)
from aparte.core.wire.header import Header, Stream, build_header

SECONDS = 10.0
M = TypeVar("M", bound=ServerMessage)


class Closed(Exception):
    """The server closed; the code says why."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class LinkClient(WSListener):
    """One link. Control messages and frames are queued as they come."""

    _opened: ClassVar[list["LinkClient"]] = []

    def __init__(self) -> None:
        self.controls: asyncio.Queue[ServerMessage | Closed] = asyncio.Queue()
        self.frames: asyncio.Queue[bytes | Closed] = asyncio.Queue()
        self.heard: list[str] = []  # "frame" or the type of the control message, in the order of arrival
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport
        self.seat = ""
        self.token = ""
        self.epoch = -1
        self.group: GroupState | None = None
        self._counters: dict[tuple[Stream, int], int] = {}

    @classmethod
    async def open(cls, port: int, tls: ssl.SSLContext | None = None, origin: str | None = None) -> Self:
        """Connect to ``/link`` on this machine."""
        scheme = "wss" if tls else "ws"
        headers = {"Origin": origin} if origin else None
        transport, client = await ws_connect(
            cls, f"{scheme}://localhost:{port}/link", ssl_context=tls, extra_headers=headers
        )
        assert isinstance(client, cls)
        client.transport = transport
        cls._opened.append(client)
        return client

    @classmethod
    async def hang_up(cls) -> None:
        """Let go of every link that a test has left open."""
        for link in cls._opened:
            link.drop()
            await link.transport.wait_disconnected()
        cls._opened.clear()

    # What comes

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            message = decode_server(frame.get_payload_as_bytes())
            self.heard.append(type(message).__name__)
            self.controls.put_nowait(message)
        elif frame.msg_type == WSMsgType.BINARY:
            self.heard.append("frame")
            self.frames.put_nowait(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            payload = frame.get_payload_as_bytes()
            self._end(int.from_bytes(payload[:2], "big") if payload else 1005)
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._end(1006)

    def pause_writing(self) -> None:
        pass

    def resume_writing(self) -> None:
        pass

    def _end(self, code: int) -> None:
        if not self.closed.done():
            self.closed.set_result(code)
            self.controls.put_nowait(Closed(code))
            self.frames.put_nowait(Closed(code))

    async def control(self) -> ServerMessage:
        """The next control message; raises ``Closed``."""
        message = await asyncio.wait_for(self.controls.get(), SECONDS)
        if isinstance(message, Closed):
            self.controls.put_nowait(message)
            raise message
        return message

    async def expect(self, kind: type[M]) -> M:
        """The next control message, which must be of this type."""
        message = await self.control()
        assert isinstance(message, kind), message
        return message

    async def frame(self) -> bytes:
        """The next frame; raises ``Closed``."""
        frame = await asyncio.wait_for(self.frames.get(), SECONDS)
        if isinstance(frame, Closed):
            raise frame
        return frame

    async def close_code(self) -> int:
        """How the server closes this link."""
        return await asyncio.wait_for(asyncio.shield(self.closed), SECONDS)

    async def ending(self) -> tuple[int, ServerMessage | None]:
        """The close code, and the last control message before it."""
        last = None
        while True:
            message = await asyncio.wait_for(self.controls.get(), SECONDS)
            if isinstance(message, Closed):
                return message.code, last
            last = message

    # What is said

    def say(self, message: ClientMessage) -> None:
        self.transport.send(WSMsgType.TEXT, encode_client(message))

    def text(self, text: str | bytes) -> None:
        self.transport.send(WSMsgType.TEXT, text)

    def binary(self, message: bytes) -> None:
        self.transport.send(WSMsgType.BINARY, message)

    def drop(self) -> None:
        """Lose the connection without a word."""
        self.transport.disconnect(graceful=False)

    def say_hello(self, meeting: "TestMeeting", resume: ResumeRequest | None = None) -> None:
        """Only say it."""
        self.say(Hello(v=1, meeting=meeting.id, door=meeting.door, resume=resume))

    async def greet(self, meeting: "TestMeeting", resume: ResumeRequest | None = None) -> None:
        """Say hello; leaves the client admitted, or back."""
        self.say_hello(meeting, resume)
        answer = await self.control()
        if isinstance(answer, Welcome):
            self.seat, self.token, self.group = answer.seat, answer.token, answer.group
        else:
            assert isinstance(answer, Resumed), answer
            assert resume is not None
            self.seat, self.token, self.epoch = resume.seat, answer.token, answer.epoch

    async def create(self, info: bytes = b"info 0") -> None:
        """Make the group."""
        self.say(Create(group=b"g" * 32, info=info))
        self.epoch = (await self.expect(Accepted)).epoch

    async def join(self, commit: bytes = b"external commit") -> None:
        """Become a member by an external commit to the group of the welcome."""
        assert self.group is not None
        epoch = self.group.epoch
        self.say(Commit(epoch=epoch, commit=commit, info=b"info %d" % (epoch + 1), removes=()))
        self.epoch = (await self.expect(Accepted)).epoch

    async def join_somehow(self) -> None:
        """Join, again as often as another one was first."""
        while True:
            assert self.group is not None
            epoch = self.group.epoch
            self.say(Commit(epoch=epoch, commit=b"external commit", info=b"info %d" % (epoch + 1), removes=()))
            answer = await self.control()
            if isinstance(answer, Accepted):
                self.epoch = answer.epoch
                return
            assert isinstance(answer, Refused), answer
            self.group = answer.group

    def commit(self, commit: bytes) -> None:
        """Say a commit to the epoch that this member knows."""
        self.say(Commit(epoch=self.epoch, commit=commit, info=b"info", removes=()))

    def carry_on(self, other: "LinkClient") -> None:
        """Go on with the counters of an earlier link of the same seat."""
        self._counters = dict(other._counters)

    def video(self, size: int = 1000, temporal: int = 0, key: bool = True, tl0: int = 0, rendition: int = 0) -> bytes:
        """A camera frame with a fresh counter and random bytes for what is sealed."""
        header = Header(
            Stream.CAMERA, rendition, temporal, key, temporal == 2, tl0, self._count(Stream.CAMERA, rendition)
        )
        return build_header(header) + os.urandom(size)

    def sound(self, size: int = 160) -> bytes:
        """A sound frame."""
        header = Header(Stream.SOUND, 0, 0, False, False, 0, self._count(Stream.SOUND, 0))
        return build_header(header) + os.urandom(size)

    def _count(self, stream: Stream, rendition: int) -> int:
        counter = self._counters.get((stream, rendition), -1) + 1
        self._counters[stream, rendition] = counter
        return counter


class TestMeeting:
    """A meeting made over HTTP, with a random door."""

    __test__ = False

    def __init__(self, id: bytes, door: bytes) -> None:
        self.id = id
        self.door = door

    @classmethod
    async def make(cls, url: str, certificate: Path | None = None) -> Self:
        """``certificate``: one that the server made for itself."""
        door = os.urandom(32)
        # Without TLS there is nothing to verify, and loading the system's certificates takes longer than the request.
        verify = ssl.create_default_context(cafile=certificate) if certificate else False
        async with httpx.AsyncClient(verify=verify) as client:
            answer = await client.post(f"{url}/api/meetings", json={"door_hash": b64_encode(sha256(door).digest())})
        assert answer.status_code == 201, answer.text
        return cls(b64_decode(answer.json()["meeting"]), door)


async def members(port: int, meeting: TestMeeting, count: int, tls: ssl.SSLContext | None = None) -> list[LinkClient]:
    """So many members of one new group, each of which has heard of all who came after it."""
    links: list[LinkClient] = []
    for number in range(count):
        link = await LinkClient.open(port, tls)
        await link.greet(meeting)
        if number == 0:
            await link.create()
        else:
            await link.join()
        for other in links:
            other.epoch = (await other.control()).epoch + 1  # type: ignore[union-attr]
        links.append(link)
    return links
