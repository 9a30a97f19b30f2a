"""A member of a meeting by spec/wire.md. It comes in with a real group, and follows nobody: the server does."""

import asyncio
import os
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from aparte.core.policy.charter import Charter
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import (
    Accepted,
    Bye,
    ClientMessage,
    Commit,
    Create,
    Gone,
    Hello,
    Ping,
    RefreshNotice,
    Refused,
    ServerMessage,
    Turn,
    Welcome,
    decode_server,
    encode_client,
)
from aparte.core.wire.errors import Reason
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.mls.meeting import MeetingGroup, Participant
from aparte.e2ee.person import OwnPerson
from relay.media import STATE_EVERY

PING_EVERY = 2.0
ANSWER_WITHIN = 20.0

M = TypeVar("M", bound=ServerMessage)


class Member(WSListener):
    """One link. ``on_frame`` gets every sealed frame as a memoryview that ends with the call."""

    def __init__(self, on_frame: Callable[[memoryview], None], on_refresh: Callable[[], None]) -> None:
        self._on_frame = on_frame
        self._on_refresh = on_refresh
        self._answers: asyncio.Queue[ServerMessage] = asyncio.Queue()
        self._transport: WSTransport | None = None
        self._heart: asyncio.TimerHandle | None = None
        self._beats = 0
        self.lost = False

    # picows calls these

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._beat()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            self._on_frame(frame.get_payload_as_memoryview())
        elif frame.msg_type == WSMsgType.TEXT:
            self._hear(decode_server(frame.get_payload_as_bytes()))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.lost = True
        if self._heart is not None:
            self._heart.cancel()

    # the protocol

    def _beat(self) -> None:
        self._beats += 1
        if self._beats > 1:
            self.say(Ping(n=self._beats))
        self._heart = asyncio.get_running_loop().call_later(PING_EVERY, self._beat)

    def _hear(self, message: ServerMessage) -> None:
        if isinstance(message, RefreshNotice):
            self._on_refresh()
        elif isinstance(message, Welcome | Turn | Accepted | Refused | Bye):
            self._answers.put_nowait(message)
        elif isinstance(message, Gone):
            raise RuntimeError("a member is gone: the bench loses links")

    def say(self, message: ClientMessage) -> None:
        assert self._transport is not None
        self._transport.send(WSMsgType.TEXT, encode_client(message).encode())

    def send(self, message: bytes) -> None:
        """Sends one sealed frame."""
        assert self._transport is not None
        self._transport.send(WSMsgType.BINARY, message)

    async def _answer(self, kind: type[M]) -> M:
        message = await asyncio.wait_for(self._answers.get(), ANSWER_WITHIN)
        if not isinstance(message, kind):
            raise RuntimeError(f"expected {kind.__name__}, got {message}")
        return message

    async def join(self, meeting: bytes, secret: bytes) -> None:
        """Makes the group, or joins it by an external commit, when it is its turn."""
        keys = derive_link_keys(secret, meeting)
        self.say(Hello(v=1, meeting=meeting, door=keys.door))
        welcome = await self._answer(Welcome)
        own, charter = OwnPerson.guest(os.urandom(32), "Bench"), Charter.read(welcome.charter)
        who = Participant(b64_decode(welcome.seat), own, keys, charter, _calendar)
        while True:
            group = (await self._answer(Turn)).group
            if group is None:
                made, info, tree = MeetingGroup.create(who, os.urandom)
                self.say(Create(group=made.group.group_id, info=info, tree=tree))
            else:
                proposed = MeetingGroup.join(group.info, group.tree, who, os.urandom)
                self.say(Commit(commit=proposed.commit, info=proposed.info))
            answer = await asyncio.wait_for(self._answers.get(), ANSWER_WITHIN)
            if isinstance(answer, Accepted):
                return
            if not isinstance(answer, Refused) or answer.reason is not Reason.STALE_EPOCH:
                raise RuntimeError(f"not let in: {type(answer).__name__}")


def _calendar() -> int:
    return time.time_ns() // 1_000_000


async def connect(
    port: int, meeting: bytes, secret: bytes, on_frame: Callable[[memoryview], None], on_refresh: Callable[[], None]
) -> Member:
    """A member that is in the meeting, over TLS 1.3. The certificate is the bench's own and is not checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, listener = await ws_connect(
        lambda: Member(on_frame, on_refresh), f"wss://127.0.0.1:{port}/link", ssl_context=context
    )
    if not isinstance(listener, Member):
        raise RuntimeError("the server closed the link at once")
    await listener.join(meeting, secret)
    return listener


async def states(member: Member, frame: Callable[[], bytes]) -> None:
    """What every member does for ever: says every two seconds what it sends."""
    while not member.lost:
        member.send(frame())
        await asyncio.sleep(STATE_EVERY)
