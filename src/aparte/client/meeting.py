"""A meeting as a participant's program has it."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aparte.client.errors import MeetingEnded
from aparte.client.feeds import FRAME_BYTES, EventFeed, FeedT, FrameFeed, OpenedFeed, PeopleFeed
from aparte.client.frames import SealedFrame
from aparte.client.organiser import Organiser
from aparte.client.people import Knocker, Leaf, Person, read_leaves
from aparte.client.publisher import Publisher
from aparte.client.session import Phase, Session
from aparte.core.policy.policy import Policy
from aparte.core.wire.header import Stream


@dataclass(frozen=True, slots=True)
class Counters:
    """What happened since one came: ``refused`` are frames that did not open, by reason (spec/sframe.md section 3)."""

    sealed: int
    opened: int
    refused: Counter[str]
    commits_refused: int
    bytes_sent: int
    bytes_heard: int
    round_trip: float


class Meeting:
    """What ``join`` gives: who is there, what they send, and what one sends oneself.

    Everybody sees that this participant is a Python program: its state says so, and nothing switches that off.
    Leave with ``leave`` or at the end of ``async with``.
    """

    def __init__(self, session: Session) -> None:
        """For ``join``."""
        self._session = session

    async def __aenter__(self) -> Self:
        """Be in the meeting."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        await self.leave()

    def __repr__(self) -> str:
        """Tell how many people there are, and nothing that must stay secret."""
        return f"<Meeting {self._session.phase.value}, {self.count} people>"

    # Who is there

    @property
    def people(self) -> tuple[Person, ...]:
        """Exactly the leaves of the group's tree, by rising leaf, oneself among them; nobody after the end."""
        return self._session.people

    @property
    def count(self) -> int:
        """How many people there are."""
        return self._session.count

    @property
    def me(self) -> Person:
        """Oneself. Raises ``MeetingEnded`` when one is not in the group."""
        found = next((person for person in self.people if person.is_me), None)
        if found is None:
            raise MeetingEnded(self._session.reason or "cut")
        return found

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The leaves of the group's tree with their public keys, by rising leaf as in ``people``; none outside."""
        group = self._session.group
        return () if group is None else read_leaves(group)

    @property
    def epoch(self) -> int:
        """The number of the epoch in force; -1 outside."""
        group = self._session.group
        return -1 if group is None else group.group.epoch

    @property
    def epoch_code(self) -> str:
        """Six groups of five digits that are the same on every screen of this epoch; empty outside."""
        return self._session.code

    @property
    def is_connected(self) -> bool:
        """Whether frames come and go. After a cut one is brought back without being asked."""
        return self._session.is_inside

    @property
    def ended(self) -> str | None:
        """Why it is over; None while it is not."""
        return self._session.reason

    @property
    def counters(self) -> Counters:
        """What happened so far; bytes and round trip (seconds) are of the present connection."""
        session, line = self._session, self._session.line
        return Counters(
            session.outgoing.sealed,
            session.incoming.opened,
            Counter(session.incoming.refused),
            session.commits_refused,
            0 if line is None else line.bytes_sent,
            0 if line is None else line.bytes_heard,
            0.0 if line is None else line.round_trip,
        )

    @property
    def knocks(self) -> tuple[Knocker, ...]:
        """Who asks to be let in; only those who may admit people are told."""
        return self._session.knocks

    @property
    def policy(self) -> Policy | None:
        """Who may do what (spec/policy.md); None outside."""
        return self._session.policy

    @property
    def organiser(self) -> Organiser:
        """What one may do to the meeting, as far as one has the rights."""
        return Organiser(self._session)

    def changes(self) -> PeopleFeed:
        """Iterate over ``people``: now, and whenever something about them has changed."""
        feed = PeopleFeed(lambda: self._session.people)
        self._session.people_feeds.add(feed)
        return self._begin(feed)

    def events(self) -> EventFeed:
        """Iterate over what happens from now on; over 1,024 that wait the oldest are lost."""
        feed = EventFeed()
        self._session.event_feeds.add(feed)
        return self._begin(feed)

    # What the others send

    def frames(self, stream: Stream | None = None, of: Person | None = None, bound: int = FRAME_BYTES) -> OpenedFeed:
        """Iterate over opened frames, of one stream or one person if given; ``bound`` is in bytes that may wait.

        Pictures come only when everything that they need came before; if not, a key frame is asked for.
        """
        session = self._session
        feed = OpenedFeed(stream, None if of is None else of.seat, bound, session.ask, session.now)
        session.opened_feeds.add(feed)
        return self._begin(feed)

    def sealed(self, stream: Stream | None = None, bound: int = FRAME_BYTES) -> FrameFeed[SealedFrame]:
        """Iterate over frames as they come from the server, states included, unopened and unchecked."""
        feed: FrameFeed[SealedFrame] = FrameFeed(stream, None, bound)
        self._session.sealed_feeds.add(feed)
        return self._begin(feed)

    async def refresh(self, person: Person, stream: Stream = Stream.CAMERA, rendition: int = 0) -> None:
        """Ask somebody for a key frame. The server passes on one request a second for each rendition."""
        self._session.ask(person.seat, stream, rendition)

    # What one sends

    def publish(self, stream: Stream, rendition: int = 0) -> Publisher:
        """Begin to send sound, or one rendition (0 to 2) of a camera; each once, anything else is a ``ValueError``."""
        if stream not in (Stream.SOUND, Stream.CAMERA) or not 0 <= rendition <= (2 if stream is Stream.CAMERA else 0):
            raise ValueError("there is sound, and a camera with renditions 0 to 2")
        if self._session.phase is Phase.ENDED:
            raise MeetingEnded(self._session.reason or "left")
        if (stream, rendition) in self._session.publishers:
            raise ValueError("this is being sent already")
        publisher = Publisher(self._session, stream, rendition)
        self._session.publishers[stream, rendition] = publisher
        self._session.tell_state()
        return publisher

    # The end

    async def leave(self) -> None:
        """Leave, and wait until it is said. The others make new keys."""
        line = self._session.line
        self._session.end()
        if line is not None:
            await asyncio.shield(line.closed())

    def _begin(self, feed: FeedT) -> FeedT:
        if self._session.reason is not None:
            feed.end(self._session.reason)
        return feed
