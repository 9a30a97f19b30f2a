"""A small client of spec/wire.md for tests: it says what it is told to, and keeps what it hears in order."""

import asyncio
import os
import ssl
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import httpx
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from aparte.core.policy.charter import Charter
from aparte.core.policy.person import Person
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.control import (
    Accepted,
    Admit,
    ClientMessage,
    Commit,
    CommitNotice,
    Create,
    Gone,
    Hello,
    Knock,
    KnockNotice,
    Refused,
    Resumed,
    ResumeRequest,
    ServerMessage,
    Turn,
    Unknock,
    Wait,
    Welcome,
    decode_server,
    encode_client,
)
from aparte.core.wire.control import Admitted as AdmittedMessage
from aparte.core.wire.header import Header, Stream, build_header
from aparte.e2ee.charter import check_charter
from aparte.e2ee.keys import LinkKeys, derive_link_keys
from aparte.e2ee.mls.meeting import Admitted, MeetingGroup, Participant, Proposed
from aparte.e2ee.mls.suite import ed25519_key
from aparte.e2ee.person import OwnPerson, SeedKey
from tests.charters import certificate_of, charter_for, own_person

SECONDS = 20.0
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
        self.turn: Turn | None = None
        self.own = own_person("Ada")
        self.who: Participant | None = None
        self.clock: Callable[[], int] = _long_ago
        self.admitted: Admitted | None = None
        self._leaf_seed = b""
        self.gone: set[str] = set()  # seats that the server called so
        self._group: MeetingGroup | None = None
        self._behind: list[bytes] = []  # commits that were heard and are not applied yet
        self._counters: dict[tuple[Stream, int], int] = {}

    @classmethod
    async def open(cls, port: int, tls: ssl.SSLContext | None = None, origin: str | None = None, **others: str) -> Self:
        """Connect to ``/link`` on this machine; ``others``: more headers.

        With a session among them it comes as the session's account.
        """
        scheme = "wss" if tls else "ws"
        headers = ({"Origin": origin} if origin else {}) | others
        transport, client = await ws_connect(
            cls, f"{scheme}://localhost:{port}/link", ssl_context=tls, extra_headers=headers
        )
        assert isinstance(client, cls)
        client.transport = transport
        cls._opened.append(client)
        if headers.keys() & {"Authorization", "Cookie"}:
            client.own = (
                await certified(f"{scheme.replace('ws', 'http')}://localhost:{port}", headers, tls) or client.own
            )
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
            if isinstance(message, Gone):
                self.gone.add(message.seat)
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
            self.welcomed(meeting, answer)
        else:
            assert isinstance(answer, Resumed), answer
            assert resume is not None
            self.seat, self.token, self.epoch = resume.seat, answer.token, answer.epoch
            self._behind += [past.commit for past in answer.commits]
            self.gone.update(answer.gone)

    def welcomed(self, meeting: "TestMeeting", welcome: Welcome) -> None:
        """Be admitted, under a charter that somebody with the link has made."""
        self.seat, self.token = welcome.seat, welcome.token
        charter = Charter.read(welcome.charter)
        check_charter(meeting.keys.charter_key, meeting.id, charter)
        seat = b64_decode(welcome.seat)
        self.who = Participant(seat, self.own, meeting.keys, charter, lambda: self.clock(), self._is_gone)

    def _is_gone(self, seat: bytes) -> bool:
        return b64_encode(seat) in self.gone

    # What it does in the group

    @property
    def group(self) -> MeetingGroup:
        """Its group, after everything that it has heard."""
        assert self._group is not None, "not a member"
        for commit in self._behind:
            self._group = self._group.process(commit)
        self._behind.clear()
        return self._group

    async def its_turn(self) -> Turn:
        """Wait for one's turn: say who one is when asked, and keep what lets one in."""
        while not isinstance(answer := await self.control(), Turn):
            if isinstance(answer, AdmittedMessage):
                self.admitted = Admitted(answer.admission, self._leaf_seed)
            else:
                assert isinstance(answer, Wait), answer
                if answer.why == "present":
                    self.knock()
        return answer

    def knock(self) -> None:
        """Say who one is, with the leaf that would come."""
        assert self.who is not None
        self._leaf_seed = os.urandom(32)
        key = ed25519_key(self._leaf_seed)
        self.say(Knock(identity=self.who.credential(key, os.urandom).identity, key=key))

    async def let_in(self, other: "LinkClient") -> None:
        """Hear another one knock, admit it, and follow its commit. The clock has to be the server's."""
        joining = asyncio.create_task(other.join())
        self.admit(await self.expect(KnockNotice))
        await self.expect(Unknock)
        await joining
        await self.follow()

    def admit(self, who: KnockNotice) -> None:
        """Let somebody in who knocks."""
        subject = Person.read(who.identity).subject
        self.say(Admit(seat=who.seat, admission=self.group.admit(b64_decode(who.seat), subject, who.key)))

    async def create(self) -> Create:
        """Make the group, when it is one's turn."""
        self.turn = await self.its_turn()
        assert self.turn.group is None
        assert self.who is not None
        group, info, tree = MeetingGroup.create(self.who, os.urandom)
        message = Create(group=group.group.group_id, info=info, tree=tree)
        self.say(message)
        self._group, self.epoch = group, (await self.expect(Accepted)).epoch
        return message

    async def ask_to_join(self) -> Proposed:
        """Make an external commit into the group of one's turn, and send it."""
        self.turn = await self.its_turn()
        assert self.turn.group is not None
        assert self.who is not None
        group, admitted = self.turn.group, self.admitted
        made = MeetingGroup.join(group.info, group.tree, self.who, os.urandom, admitted=admitted)
        self.send(made)
        return made

    async def join(self) -> Proposed:
        """Become a member, when it is one's turn."""
        made = await self.ask_to_join()
        await self.accepted(made)
        return made

    async def join_somehow(self) -> None:
        """Join, again as often as another one was first."""
        while True:
            made = await self.ask_to_join()
            answer = await self.control()
            if isinstance(answer, Accepted):
                self.became(made)
                return
            assert isinstance(answer, Refused), answer

    def send(self, made: Proposed) -> None:
        """Say a commit."""
        self.say(Commit(commit=made.commit, info=made.info))

    def commit(self, *removes: str) -> Proposed:
        """Say a commit of the newest epoch, without the leaves of these seats."""
        leaves = {b64_encode(person.seat): person.leaf for person in self.group.people()}
        made = self.group.commit([leaves[seat] for seat in removes], os.urandom)
        self.send(made)
        return made

    async def accepted(self, made: Proposed) -> None:
        """Hear that a commit of one's own was accepted."""
        answer = await self.expect(Accepted)
        assert answer.epoch == made.group.group.epoch
        self.became(made)

    def became(self, made: Proposed) -> None:
        """Go on in the epoch that a commit of one's own has made."""
        self._group, self.epoch = made.group, made.group.group.epoch
        self._behind.clear()

    async def renew(self, *removes: str) -> Proposed:
        """Say a commit, and hear that it was accepted."""
        made = self.commit(*removes)
        await self.accepted(made)
        return made

    async def follow(self) -> CommitNotice:
        """Hear somebody else's commit."""
        notice = await self.expect(CommitNotice)
        self._behind.append(notice.commit)
        self.epoch = notice.epoch + 1
        return notice

    def carry_on(self, other: "LinkClient") -> None:
        """Go on with the counters and the group of an earlier link of the same seat."""
        self._counters = dict(other._counters)
        self.who, self._group = other.who, other.group

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


def _long_ago() -> int:
    """The clock of tests whose server has one that they turn: no certificate is over by it."""
    return 0


async def certified(url: str, headers: dict[str, str], tls: ssl.SSLContext | None = None) -> OwnPerson | None:
    """Whom the server certifies for a session, under a new person key; ``None`` for nobody's session."""
    key = SeedKey(os.urandom(32))
    async with httpx.AsyncClient(verify=tls or False) as client:
        answer = await client.post(
            f"{url}/api/session/person", json={"person_key": b64_encode(key.public)}, headers=headers
        )
    if answer.status_code != 200:
        return None
    made = answer.json()
    return OwnPerson(key, made["name"], made["label"], certificate_of(b64_decode(made["certificate"])))


class TestMeeting:
    """A meeting made over HTTP, with a random link."""

    __test__ = False

    def __init__(self, id: bytes, secret: bytes) -> None:
        self.id = id
        self.secret = secret
        self.keys: LinkKeys = derive_link_keys(secret, id)

    @property
    def door(self) -> bytes:
        """What the server asks for."""
        return self.keys.door

    @classmethod
    async def make(cls, url: str, certificate: Path | None = None, **fixed: Any) -> Self:
        """``certificate``: one that the server made for itself; ``fixed``: what the charter says."""
        meeting = cls(os.urandom(16), os.urandom(32))
        # Without TLS there is nothing to verify, and loading the system's certificates takes longer than the request.
        verify = ssl.create_default_context(cafile=certificate) if certificate else False
        async with httpx.AsyncClient(verify=verify) as client:
            house_key = b64_decode((await client.get(f"{url}/api/house")).json()["house_key"])
            answer = await client.post(f"{url}/api/meetings", json=meeting.body(house_key, **fixed))
        assert answer.status_code == 201, answer.text
        return meeting

    def body(self, house_key: bytes, **fixed: Any) -> dict[str, str]:
        """What a client sends to make it."""
        charter = charter_for(self.id, self.secret, house_key, **fixed)
        return {
            "meeting": b64_encode(self.id),
            "door_hash": b64_encode(sha256(self.door).digest()),
            "charter": b64_encode(charter.encoded),
        }


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
            await other.follow()
        links.append(link)
    return links
