"""One participant's meeting behind ``Meeting``: connection, group, what is sealed and what is opened, put together."""

import asyncio
import random
import ssl
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import msgspec

from aparte.client import events
from aparte.client.asking import Asking
from aparte.client.connection import Connection
from aparte.client.connection import Events as LineEvents
from aparte.client.directing import Act
from aparte.client.events import Event
from aparte.client.feeds import Audience, EventFeed, Feed, FrameFeed, OpenedFeed, PeopleFeed
from aparte.client.frames import Frame, SealedFrame
from aparte.client.groups import Groups
from aparte.client.incoming import HOLD_SECONDS, Incoming
from aparte.client.line import SocketLine
from aparte.client.membership import Membership, Seen
from aparte.client.outgoing import Outgoing
from aparte.client.people import Knocker, Member, Person, Roster, Waiting, Why
from aparte.client.proofs import Proofs
from aparte.client.publisher import Publisher
from aparte.core.policy.charter import Charter
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import NONE, Rights, may_send
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import ClientMessage, ResumeRequest, ServerMessage
from aparte.core.wire.errors import WireError
from aparte.core.wire.header import Stream, parse_header
from aparte.e2ee.attest.witness import Doubt
from aparte.e2ee.charter import check_charter
from aparte.e2ee.content import Ask, Client, State, build_state
from aparte.e2ee.keys import LinkKeys
from aparte.e2ee.mls.meeting import MeetingGroup, Participant
from aparte.e2ee.person import OwnPerson
from aparte.e2ee.safety import epoch_code
from aparte.e2ee.sframe.errors import SealError
from aparte.e2ee.sframe.opener import Opened
from aparte.e2ee.sframe.sealer import Marks

STATE_SECONDS: Final = 10.0
STATE_SPREAD: Final = 0.200
LIVE_STATE_SPREAD: Final = 0.005
"""Seconds for each member within which newcomers hear our state; the shorter one while we send sound or pictures.

Where that makes more than ``STATE_SECONDS`` the next regular one must do.
"""
CONGESTED_BYTES: Final = 24_000
"""Above this many waiting bytes a picture is better left out: about 200 ms of a small one."""
_ALWAYS: Final = frozenset({Stream.STATE, Stream.PROOF})
_FINAL: Final = frozenset({"removed", "cannot-join", "old-group", "bad-charter"})


class Phase(Enum):
    """Where a participant is."""

    CONNECTING = "connecting"
    INSIDE = "inside"
    CUT = "cut"
    ENDED = "ended"


class Session:
    """Runs in one event loop, without tasks of its own but the line's."""

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext | None,
        meeting: bytes,
        keys: LinkKeys,
        own: OwnPerson,
        groups: Groups,
        on_wait: Callable[[Waiting], None] | None = None,
        token: str | None = None,
        code: str | None = None,
    ) -> None:
        """``token``: of the session with which one comes; ``code``: a guest's part of an invitation."""
        self.phase = Phase.CONNECTING
        self.reason: str | None = None
        self.settled = asyncio.Event()  # inside for the first time, or ended
        self.commits_refused = 0
        self.publishers: dict[tuple[Stream, int], Publisher] = {}
        self.event_feeds: Audience[EventFeed] = Audience()
        self.people_feeds: Audience[PeopleFeed] = Audience()
        self.opened_feeds: Audience[OpenedFeed] = Audience()
        self.sealed_feeds: Audience[FrameFeed[SealedFrame]] = Audience()
        self.line: SocketLine | None = None
        self.incoming = Incoming(self)
        self.proofs = Proofs(self, groups.verify)
        self.outgoing = Outgoing(self._send_frame, self.proofs.sent)
        self._loop = asyncio.get_running_loop()
        self._url, self._tls, self._meeting = url, tls, meeting
        self._keys: LinkKeys | None = keys
        self._own = own
        self._token = token
        self._on_wait = on_wait
        self.waiting: Waiting | None = None
        self._knocking: frozenset[str] = frozenset()
        self._groups = groups
        self._connection = Connection(self, self._open, meeting, keys.door, code)
        self._membership = Membership(self, groups, Seen())
        self._roster = Roster()
        self._said: dict[str, State] = {}
        self._asking = Asking(self.now)
        self._doubts: dict[str, Doubt] = {}
        self._people: tuple[Person, ...] | None = None
        self._code: str | None = None
        self._state_timer: asyncio.TimerHandle | None = None
        self._owed: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._missing: frozenset[str] = frozenset()
        self._inside_as = ""  # the seat under which we were in last

    def start(self) -> None:
        """Begin to connect."""
        self._connection.start()

    def end(self) -> None:
        """Leave."""
        self.proofs.flush()
        self._connection.end("left")

    # What is known

    @property
    def is_inside(self) -> bool:
        """Whether we are in the group, on a line that is up."""
        return self.phase is Phase.INSIDE

    @property
    def is_congested(self) -> bool:
        """Whether more waits to leave this machine than a picture should wait behind."""
        return self.line is None or self.line.backlog > CONGESTED_BYTES

    @property
    def seat(self) -> str:
        """Our own."""
        return self._membership.seat

    @property
    def group(self) -> MeetingGroup | None:
        """The epoch that we are in."""
        return self._membership.group

    @property
    def code(self) -> str:
        """The epoch code; empty outside."""
        group = self.group
        if self._code is None:
            self._code = "" if group is None else epoch_code(group.epoch_authenticator())
        return self._code

    @property
    def count(self) -> int:
        """How many members the group has."""
        return len(self._membership.roster.members)

    @property
    def people(self) -> tuple[Person, ...]:
        """The leaves of the tree, by rising leaf."""
        if self._people is None:
            self._people = tuple(map(self._person, self._membership.roster.members.values()))
        return self._people

    def _person(self, member: Member) -> Person:
        own = member.seat == self.seat
        state = self._own_state() if own else self._said.get(member.seat)
        missing = self._membership.away | self._membership.gone
        return Person(
            member.leaf,
            member.seat,
            member.name,
            member.label,
            member.subject,
            member.is_guest,
            self._membership.roster.rights(member.seat),
            member.fingerprint,
            member.person_key,
            own,
            state is not None and state.mic,
            state is not None and state.camera,
            None if state is None else state.client,
            member.seat in missing,
            self._doubts.get(member.seat),
        )

    # What is sent

    def seal(self, stream: Stream, rendition: int, marks: Marks, plaintext: bytes) -> bool:
        """Seal and send; a frame that cannot be sealed ends everything: nothing leaves in clear.

        What we have no right to send does not leave either.
        """
        if not self.is_inside or not may_send(self._membership.roster.rights(self.seat), stream):
            return False
        try:
            return self.outgoing.seal(stream, rendition, marks, plaintext)
        except SealError as error:
            if error.reason == "too-large":
                raise ValueError("too large a frame") from None
            self._connection.end("cannot-seal")
            return False

    def send_proof(self, plaintext: bytes) -> None:
        """Seal and send what proves the rest."""
        self.seal(Stream.PROOF, 0, Marks(), plaintext)

    async def writable(self) -> None:
        """Wait until the line takes more; not while there is none."""
        if self.line is not None and self.is_inside:
            await self.line.writable()

    def closed(self, publisher: Publisher) -> None:
        """A stream is over."""
        if self.publishers.get((publisher.stream, publisher.rendition)) is publisher:
            del self.publishers[publisher.stream, publisher.rendition]
            self.tell_state()

    def ask(self, seat: str, stream: Stream, rendition: int) -> None:
        """Ask a sender for a key frame."""
        if self.is_inside:
            self._connection.send(control.RefreshRequest(seat, stream, rendition))

    def tell_state(self) -> None:
        """Say what we send, and that we are a program."""
        self._people = None
        if self.is_inside:
            self.seal(Stream.STATE, 0, Marks(), build_state(self._own_state()))

    def _own_state(self) -> State:
        rights = self._membership.roster.rights(self.seat)
        streams = {stream for stream, _ in self.publishers if may_send(rights, stream)}
        return State(
            Stream.SOUND in streams, Stream.CAMERA in streams, Client.PYTHON, self._asking.said(self._membership.roster)
        )

    def ask_gesture(self, seat: str) -> int | None:
        """Ask somebody for a gesture; None without the right, or when nobody is there."""
        roster = self._membership.roster
        if not self.is_inside or seat not in roster.members or not roster.rights(self.seat) & Rights.REMOVE:
            return None
        gesture = self._asking.ask(roster.members[seat])
        self.tell_state()
        return gesture

    def _send_frame(self, message: bytes) -> None:
        self._connection.send_frame(message)

    # What the connection says

    def _open(self, heard: LineEvents) -> SocketLine:
        self.line = SocketLine(self._url, self._tls, self._groups.decode, heard, self._token)
        return self.line

    def now(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time()

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        """Run ``task`` after a delay; what is returned cancels it."""
        return self._loop.call_later(seconds, self._guard, task).cancel

    def _guard(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception:
            # Nothing of this kind is expected. A participant that stood still without a word would be worse.
            self._connection.end("fault")
            raise

    def resume(self) -> ResumeRequest | None:
        """Return what brings our seat back."""
        membership = self._membership
        if membership.group is None:
            return None
        return ResumeRequest(membership.seat, membership.token, membership.epoch)

    def control(self, message: ServerMessage) -> None:
        """Hear the server."""
        if isinstance(message, control.RefreshNotice):
            publisher = self.publishers.get((message.stream, message.rendition))
            if publisher is not None:
                publisher.want_keyframe()
            return
        self._guard(lambda: self._membership.handle(message))
        if isinstance(message, control.Resumed) and self._membership.group is not None:
            self._enter()
            self.tell_state()

    def frame(self, message: bytes) -> None:
        """A frame came."""
        if self.sealed_feeds:
            self._pass_sealed(message)
        self.incoming.frame(message)

    def down(self) -> None:
        """The line is gone, and another one is on the way."""
        self._membership.cut()
        self.proofs.cut()
        if self.phase is Phase.INSIDE:
            self.phase = Phase.CUT
            self._tell(events.Reconnecting())

    def forget(self) -> None:
        """Give the leaf up: the next hello asks for a new seat, and makes a new leaf with new keys."""
        seen = self._membership.seen
        self._membership.close()
        self.incoming.forget()
        self.outgoing.forget()
        self.proofs.forget()
        self._doubts.clear()
        self._asking.forget()
        self._membership = Membership(self, self._groups, seen)
        # Nobody has left for that: who has, and who is new, shows when we are in again.
        self._changed()

    def ended(self, reason: str) -> None:
        """It is over."""
        self.phase, self.reason = Phase.ENDED, reason
        for timer in (self._state_timer, self._owed, self._expiry):
            if timer is not None:
                timer.cancel()
        self.forget()
        self._keys = None
        for publisher in list(self.publishers.values()):
            publisher.close()
        feeds: list[Feed[Any]] = [*self.event_feeds, *self.people_feeds, *self.opened_feeds, *self.sealed_feeds]
        for feed in feeds:
            feed.end(reason)
        self.settled.set()

    # What the membership says

    def send(self, message: ClientMessage) -> None:
        """Say this to the server."""
        self._connection.send(message)

    def participant(self, seat: str, charter: Charter, is_gone: Callable[[bytes], bool]) -> Participant:
        """Return who we are under a seat; raises ``PolicyError`` for a charter that is not of our link."""
        assert self._keys is not None, "a membership does not outlive its session"
        check_charter(self._keys.charter_key, self._meeting, charter)
        return Participant(b64_decode(seat), self._own, self._keys, charter, _calendar, is_gone)

    def epoch(self, group: MeetingGroup, roster: Roster) -> None:
        """A new epoch is in force."""
        base_key, number, leaf = group.sframe_base_key(), group.group.epoch, group.group.leaf
        self._code = None
        self.outgoing.rekey(base_key, leaf, number)
        self.proofs.epoch(group, roster)
        newcomers = self._follow_roster(roster)
        self.incoming.epoch(base_key, number, leaf, roster)
        self._tell(events.EpochBegan(number))
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = self._loop.call_later(HOLD_SECONDS, self.incoming.expire)
        if self._connection.is_ready:
            self._enter()
        if newcomers:
            # Whoever is new starts with a key frame, and does not know yet what we send.
            for publisher in self.publishers.values():
                publisher.want_keyframe()
            self._owe_state(len(roster.members))

    def _hear_knocks(self) -> None:
        before, self._knocking = self._knocking, frozenset(self._membership.knocks)
        for seat in self._knocking - before:
            self._tell(events.Knocked(self._membership.knocks[seat]))

    @property
    def knocks(self) -> tuple[Knocker, ...]:
        """Who asks to be let in, as far as we are told."""
        return tuple(self._membership.knocks.values())

    @property
    def policy(self) -> Policy | None:
        """Who may do what in the epoch in force; none outside."""
        return self._membership.roster.policy

    def may(self, right: Rights) -> bool:
        """Say whether we have a right now."""
        return right in self._membership.roster.rights(self.seat)

    def admit(self, seat: str) -> bool:
        """Let somebody in."""
        return self._membership.admit(seat)

    def refuse(self, seat: str) -> bool:
        """Do not."""
        return self._membership.refuse(seat)

    def direct(self, act: Act, removes: frozenset[bytes], answer: Callable[[str | None], None]) -> None:
        """Change the policy, and remove all leaves of some subjects."""
        self._membership.direct(act, removes, answer)

    def waits(self, why: Why, someone: bool) -> None:
        """We cannot come in yet, and the connection is not at fault."""
        if why != "present":
            # What we say of ourselves has been taken; until then it may be what ends the line again and again.
            self._connection.settled()
        self.waiting = Waiting(why, someone)
        if self._on_wait is not None:
            self._on_wait(self.waiting)

    def presence(self) -> None:
        """Somebody's connection was cut, or came back."""
        before, self._missing = self._missing, frozenset(self._membership.away | self._membership.gone)
        members = self._roster.members
        self.proofs.absent(members[seat].leaf for seat in self._missing if seat in members)
        self._hear_knocks()
        self._changed()
        for seat in before ^ self._missing:
            member = members.get(seat)
            if member is not None:
                person = self._person(member)
                self._tell(events.WentAway(person) if person.away else events.CameBack(person))

    def commit_refused(self, reason: str, seat: str) -> None:
        """A commit that breaks the rules was passed on to us."""
        self.commits_refused += 1
        member = self._roster.members.get(seat)
        self._tell(events.CommitRefused(reason, None if member is None else self._person(member)))

    def lost(self, reason: str) -> None:
        """Nothing goes on with this group."""
        if reason in _FINAL or reason.startswith("group-"):
            self._connection.end(reason)
        else:
            self._connection.rejoin()

    def _enter(self) -> None:
        self._connection.settled()
        if self.phase is Phase.INSIDE:
            return
        first = not self.settled.is_set()
        self.phase, self.waiting = Phase.INSIDE, None
        for publisher in self.publishers.values():
            publisher.interrupt()
        if first:
            self._state_timer = self._loop.call_later(random.random() * STATE_SECONDS, self._tick)  # noqa: S311
            self.settled.set()
        else:
            self._tell(events.Reconnected(anew=self.seat != self._inside_as))
            self.proofs.resume()
        self._inside_as = self.seat

    def _owe_state(self, members: int) -> None:
        """Tell newcomers our state soon, and not everybody in the same moment."""
        spread = members * (LIVE_STATE_SPREAD if self.publishers else STATE_SPREAD)
        if self._owed is None and spread < STATE_SECONDS:
            self._owed = self._loop.call_later(random.random() * spread, self._pay_state)  # noqa: S311

    def _pay_state(self) -> None:
        self._owed = None
        self.tell_state()

    def _tick(self) -> None:
        self.tell_state()
        self._state_timer = self._loop.call_later(STATE_SECONDS, self._tick)

    # What is opened, and whom it is told

    def wants(self, stream: int) -> bool:
        """Whether frames of this stream are opened at all: states and proofs always, the rest for whoever iterates."""
        return stream in _ALWAYS or any(feed.wants(stream) for feed in self.opened_feeds)

    def state(self, seat: str, state: State) -> None:
        """A member said this of itself."""
        if isinstance(state.ask, Ask):
            self._asked(seat, state.ask)
        state = msgspec.structs.replace(state, ask=msgspec.UNSET)
        if self._said.get(seat) == state:
            return
        self._said[seat] = state
        self._changed()
        member = self._membership.roster.members.get(seat)
        if self.event_feeds and member is not None:
            self._tell(events.Said(self._person(member)))

    def _asked(self, seat: str, ask: Ask) -> None:
        roster = self._membership.roster
        person = roster.members.get(roster.seats.get(ask.leaf, ""))
        by = roster.members.get(seat)
        if by is None or person is None or not self._asking.is_news(roster, seat, ask):
            return
        self._tell(events.Asked(self._person(by), self._person(person), ask.gesture))

    def heard(self, opened: Opened, message: bytes) -> None:
        """A frame opened; nothing is made of it yet."""
        self.proofs.heard(opened, message)

    def proof(self, leaf: int, plaintext: bytes) -> None:
        """A proof opened."""
        self.proofs.proof(leaf, plaintext)

    def doubted(self, leaf: int, doubt: Doubt | None) -> None:
        """What comes from somebody is not proven, for another reason than before, or proven again."""
        roster = self._membership.roster
        member = roster.members.get(roster.seats.get(leaf, ""))
        if member is None:
            return
        if doubt is None:
            self._doubts.pop(member.seat, None)
        else:
            self._doubts[member.seat] = doubt
        self._changed()
        person = self._person(member)
        if doubt is None:
            self._tell(events.Proven(person))
        else:
            self._tell(events.Split(person) if doubt is Doubt.SPLIT else events.Unproven(person, doubt))

    def opened(self, frame: Frame) -> None:
        """A frame opened."""
        for feed in self.opened_feeds:
            if feed.wants(frame.stream) and feed.of in (None, frame.sender):
                feed.put(frame, len(frame.payload))

    def _pass_sealed(self, message: bytes) -> None:
        try:
            sealed = SealedFrame(parse_header(message), message)
        except WireError:
            return  # counted where it is opened
        for feed in self.sealed_feeds:
            if feed.wants(sealed.header.stream):
                feed.put(sealed, len(message))

    def _follow_roster(self, roster: Roster) -> bool:
        """Tell who has left and who has come; return whether anybody has come."""
        before, self._roster = self._roster, roster
        come = roster.members.keys() - before.members.keys()
        for seat in before.members.keys() - roster.members.keys():
            said = self._said.pop(seat, None)
            self._doubts.pop(seat, None)
            member = before.members[seat]
            self._tell(events.Left(_gone(member, said)))
            for feed in self.opened_feeds:
                feed.forget(seat)
        for seat in come if self.event_feeds else ():
            self._tell(events.Joined(self._person(roster.members[seat])))
        self._changed()
        return bool(come)

    def _changed(self) -> None:
        self._people = None
        for feed in self.people_feeds:
            feed.put()

    def _tell(self, event: Event) -> None:
        for feed in self.event_feeds:
            feed.put(event)


def _calendar() -> int:
    return time.time_ns() // 1_000_000


def _gone(member: Member, said: State | None) -> Person:
    """Somebody who is not in the meeting any more, and may do nothing there."""
    client = None if said is None else said.client
    who = member.name, member.label, member.subject, member.is_guest
    return Person(member.leaf, member.seat, *who, NONE, member.fingerprint, member.person_key, client=client)
