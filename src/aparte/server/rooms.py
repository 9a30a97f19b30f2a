"""Every meeting in progress and every link: who is let in, who has been silent, what is erased."""

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from aparte.core.plan.entry import Refusal
from aparte.core.policy.charter import Charter
from aparte.core.room.commands import (
    Admit,
    Command,
    Commit,
    Create,
    Cut,
    End,
    Join,
    Knock,
    Leave,
    Nack,
    Refresh,
    Refuse,
    Resume,
)
from aparte.core.room.room import Room
from aparte.core.wire.b64 import b64_encode
from aparte.core.wire.control import Admit as AdmitMessage
from aparte.core.wire.control import Commit as CommitMessage
from aparte.core.wire.control import Create as CreateMessage
from aparte.core.wire.control import Hello, RefreshRequest
from aparte.core.wire.control import Knock as KnockMessage
from aparte.core.wire.control import Leave as LeaveMessage
from aparte.core.wire.control import Nack as NackMessage
from aparte.core.wire.control import Refuse as RefuseMessage
from aparte.core.wire.errors import Reason
from aparte.core.wire.limits import SEAT_SIZE, TOKEN_SIZE
from aparte.server.access.sessions import Holder
from aparte.server.clock import Clock
from aparte.server.config import Config
from aparte.server.log import log
from aparte.server.meeting import Meeting
from aparte.server.plans.gate import Gate, Visit
from aparte.server.plans.grant import Grant
from aparte.server.plans.history import History
from aparte.server.relay import Relay
from aparte.store.interface import Store

if TYPE_CHECKING:
    from aparte.server.link import Link

SWEEP_SECONDS = 0.5
"""How often links are looked at."""
ERASE_SECONDS = 600.0
"""How often unused meetings are."""

# What an unknown meeting's door is compared with: the answer takes the same way and the same time.
_NO_DOOR = secrets.token_bytes(32)

Spoken = (
    CreateMessage
    | CommitMessage
    | KnockMessage
    | AdmitMessage
    | RefuseMessage
    | NackMessage
    | RefreshRequest
    | LeaveMessage
)
"""What an admitted link may say to its room."""

Who = Callable[[bytes], Awaitable[Holder | None]]
"""Whose session a token is of."""


class Rooms:
    """``enter`` and ``say`` are called by links, ``sweep`` and ``erase`` by the server's clock."""

    def __init__(self, config: Config, store: Store, steady: Clock, calendar: Clock) -> None:
        self.relay = Relay(steady, config.limits.retry_seconds, config.limits.ride_seconds)
        self._config = config
        self._store = store
        self._steady = steady
        self._calendar = calendar
        self._meetings: dict[bytes, Meeting] = {}
        self._links: set[Link] = set()
        self._greetings: set[asyncio.Task[None]] = set()
        self._swept = steady()
        self._endings = 0
        self.who: Who = _nobody  # set where accounts are kept
        self.gate: Gate | None = None  # set where meetings are planned
        self.history: History | None = None

    # Links

    @property
    def links(self) -> int:
        """How many are open."""
        return len(self._links)

    @property
    def linked_sessions(self) -> list[bytes]:
        """The sessions that open links came with."""
        return list({link.holder.session for link in self._links if link.holder is not None})

    def opened(self, link: "Link") -> None:
        """A link is there."""
        self._links.add(link)

    def closed(self, link: "Link") -> None:
        """A link ends, on either side's account: its seat has no connection any more."""
        self._links.discard(link)
        if self.history is not None and link.grant is not None and link.stay is not None:
            self.history.went(link.stay, link.grant)
        if link.meeting is not None and link.seat is not None:
            link.meeting.routes.drop(link.seat)
            link.meeting.post(Cut(link.seat), link)

    def greet(self, link: "Link", hello: Hello) -> None:
        """Look at the door that the link presents, and let the room decide on the rest."""
        task = asyncio.create_task(self._greet(link, hello))
        self._greetings.add(task)
        task.add_done_callback(self._greetings.discard)

    async def _greet(self, link: "Link", hello: Hello) -> None:
        try:
            planned, door_hash = await self._door_hash(hello.meeting)
            presented = sha256(hello.door).digest()
            invited = hmac.compare_digest(presented, door_hash or _NO_DOOR) and door_hash is not None
            code_hash = None
            if hello.code is not None and self.gate is not None:
                code_hash = await self.gate.weigh(hello.meeting, hello.code, link.address, invited)
                invited = invited and code_hash is not None
            if not invited:
                link.close(Reason.NOT_INVITED)
                if planned:
                    knows = hmac.compare_digest(presented, door_hash or _NO_DOOR)
                    await self._note(link, hello.meeting, Refusal.TOO_MANY if knows else Refusal.WRONG_DOOR)
                return
            if not planned and hello.meeting not in self._meetings:
                # It writes to the disk, and greetings are cheap to make. Meetings in progress are in use anyway.
                await self._store.touch(hello.meeting, self._calendar())
            answer = await self._let_in(link, hello, code_hash if planned else None, planned)
            if not isinstance(answer, bytes):
                link.close(Reason.NOT_INVITED)
                if answer is not None:
                    await self._note(link, hello.meeting, answer)
            elif link.is_open:
                self._meeting(hello.meeting, answer).post(_arrival(hello, link.holder), link)
        except Exception as error:
            link.fail(error)

    async def _note(self, link: "Link", meeting: bytes, why: Refusal) -> None:
        """Let the gate remember who was turned away. The answer has left, so that its time tells nothing."""
        holder = None if link.token is None else await self.who(link.token)
        if self.gate is not None:
            account = None if holder is None else holder.account
            await self.gate.note(meeting, Visit(account, None, link.address), why)

    async def _door_hash(self, meeting: bytes) -> tuple[bool, bytes | None]:
        """Whether a meeting is planned, and the hash of its door. Both places are asked, always."""
        planned, of_plan = (False, None) if self.gate is None else await self.gate.door_hash(meeting)
        instant = await self._store.door_hash(meeting)
        return planned, of_plan if planned else instant

    async def _let_in(
        self, link: "Link", hello: Hello, code_hash: bytes | None, planned: bool
    ) -> bytes | Refusal | None:
        """Find out whose link it is, and ask the gate of a planned meeting. Returns the charter for who is let in.

        Everything is asked again when something has ended or a plan was changed meanwhile, so that nothing misses it.
        """
        refusal: Refusal | None = None
        while True:
            before = self._endings
            link.holder = None if link.token is None else await self.who(link.token)
            if planned and self.gate is not None:
                account = None if link.holder is None else link.holder.account
                answer = await self.gate.decide(hello.meeting, Visit(account, code_hash, link.address))
                link.grant, refusal = (answer, None) if isinstance(answer, Grant) else (None, answer)
            charter = await self._store.charter(hello.meeting)
            if self._endings == before:
                break
        if planned and link.grant is None:
            return refusal
        if hello.code is not None and self.gate is not None:
            self.gate.forgive(hello.meeting, link.address)
        return charter

    async def review(self, *ids: bytes) -> None:
        """What the plans of meetings ask for was changed: who would not be let in now is out at once."""
        self._endings += 1
        gate = self.gate
        if gate is None:
            return
        changed = set(ids)
        waiting = [link for link in self._links if link.seat is None and link.grant and link.grant.meeting in changed]
        for meeting in [self._meetings[id] for id in changed if id in self._meetings]:
            for seat, grant in meeting.grants.items():
                if not await gate.stays(grant):
                    meeting.post(End(seat, Reason.NOT_INVITED))
        for link in waiting:
            if link.grant is not None and not await gate.stays(link.grant):
                if link.meeting is not None and link.seat is not None:
                    link.meeting.post(End(link.seat, Reason.NOT_INVITED))
                link.close(Reason.NOT_INVITED)

    def admitted(self, link: "Link") -> None:
        """A link has a seat."""
        if self.history is not None and link.grant is not None:
            link.stay = self.history.came(link.grant)

    def end(self, account: bytes, sessions: list[bytes] | None) -> None:
        """An account is over, or some of its sessions are: so are their links and seats, at once."""
        self._endings += 1

        def over(holder: Holder) -> bool:
            return holder.account == account and (sessions is None or holder.session in sessions)

        for meeting in list(self._meetings.values()):
            meeting.end(over)
        for link in list(self._links):
            if link.holder is not None and link.seat is None and over(link.holder):
                link.close(Reason.ACCOUNT_ENDED)

    def say(self, link: "Link", message: Spoken) -> None:
        """A control message of an admitted link."""
        if link.meeting is not None and link.seat is not None:
            link.meeting.post(_command(link.seat, message), link)

    def _meeting(self, id: bytes, charter: bytes) -> Meeting:
        """The meeting in progress; a new one is under this charter, and stays under it until it is over."""
        meeting = self._meetings.get(id)
        if meeting is None:
            room = Room(self._config.profile, Charter.read(charter), self._milliseconds)
            meeting = Meeting(id, room, self._store, self._steady, lambda: self._drop(id))
            self._meetings[id] = meeting
        return meeting

    def _milliseconds(self) -> int:
        return int(self._calendar() * 1000)

    def _drop(self, id: bytes) -> None:
        self._meetings.pop(id, None)

    # Time

    def sweep(self) -> None:
        """Let every link know how much time has passed since the last sweep."""
        now = self._steady()
        seconds, self._swept = now - self._swept, now
        for link in list(self._links):
            link.pass_time(seconds)

    async def erase(self) -> None:
        """Erase the meetings that nobody has used for long; those in progress are in use."""
        now = self._calendar()
        for id in list(self._meetings):
            await self._store.touch(id, now)
        erased = await self._store.forget_unused(now - self._config.limits.unused_hours * 3600)
        if erased:
            log.info("erased", meetings=erased)

    async def close(self) -> None:
        """The server stops: say so to every link, and wait for what the rooms still have to do."""
        for link in list(self._links):
            link.close(Reason.CLOSING)
        if self._greetings:
            await asyncio.wait(self._greetings)
        for meeting in list(self._meetings.values()):
            await meeting.settled()


async def _nobody(_token: bytes) -> Holder | None:
    return None


def _arrival(hello: Hello, holder: Holder | None) -> Command:
    token = b64_encode(secrets.token_bytes(TOKEN_SIZE))
    if hello.resume is not None:
        return Resume(hello.resume.seat, hello.resume.token, token, hello.resume.epoch)
    return Join(b64_encode(secrets.token_bytes(SEAT_SIZE)), token, None if holder is None else holder.account)


def _command(seat: str, message: Spoken) -> Command:
    match message:
        case CreateMessage(group, info, tree):
            return Create(seat, group, info, tree)
        case CommitMessage(commit, info):
            return Commit(seat, commit, info)
        case KnockMessage(identity, key):
            return Knock(seat, identity, key)
        case AdmitMessage(who, admission):
            return Admit(seat, who, admission)
        case RefuseMessage(who):
            return Refuse(seat, who)
        case NackMessage(epoch):
            return Nack(seat, epoch)
        case RefreshRequest(of, stream, rendition):
            return Refresh(seat, of, stream, rendition)
        case LeaveMessage():
            return Leave(seat)
