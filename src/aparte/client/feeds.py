"""What a program iterates over. Every queue is bounded: whoever is slow loses something, and is told how much."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, Generic, Self, TypeVar
from weakref import ReferenceType, ref

from aparte.client.errors import MeetingEnded
from aparte.client.events import Event
from aparte.client.frames import Frame, SealedFrame
from aparte.client.people import Person
from aparte.core.layers.budget import DROP_ORDER
from aparte.core.layers.sequencer import Sequencer, Verdict
from aparte.core.wire.header import Stream

FRAME_BYTES: Final = 2 * 1024 * 1024
EVENTS: Final = 1_024
REFRESH_SECONDS: Final = 1.0

T = TypeVar("T")


class Feed(ABC, Generic[T]):
    """An asynchronous iterator for one consumer. ``lost`` counts what it was too slow for.

    It ends when one leaves, and raises ``MeetingEnded`` when the meeting ends otherwise. Whoever lets go of it
    receives nothing more.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._ending: str | None = None
        self._wake = asyncio.Event()

    def __aiter__(self) -> Self:
        """Iterate."""
        return self

    async def __anext__(self) -> T:
        """Wait for the next one."""
        while True:
            item = self._take()
            if item is not None:
                return item
            if self._ending is not None:
                if self._ending == "left":
                    raise StopAsyncIteration
                raise MeetingEnded(self._ending)
            self._wake.clear()
            await self._wake.wait()

    def end(self, reason: str) -> None:
        """Nothing comes any more; what waits can still be taken."""
        self._ending = reason
        self._wake.set()

    def _stir(self) -> None:
        self._wake.set()

    @abstractmethod
    def _take(self) -> T | None:
        """Return the next one, if there is any."""


FeedT = TypeVar("FeedT", bound=Feed[Any])


class Audience(Generic[FeedT]):
    """The feeds that somebody still holds. Nearly always there is none or one: looking must cost nothing."""

    def __init__(self) -> None:
        self._refs: list[ReferenceType[FeedT]] = []

    def add(self, feed: FeedT) -> None:
        """Let it hear until it is let go of."""
        self._refs.append(ref(feed, self._refs.remove))

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._refs)

    def __iter__(self) -> Iterator[FeedT]:
        """Give each."""
        for one in tuple(self._refs):
            feed = one()
            if feed is not None:
                yield feed


class EventFeed(Feed[Event]):
    """Events in order; the oldest are lost first."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Event] = deque()

    def put(self, event: Event) -> None:
        """Hand in an event."""
        if len(self._waiting) >= EVENTS:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(event)
        self._stir()

    def _take(self) -> Event | None:
        return self._waiting.popleft() if self._waiting else None


class PeopleFeed(Feed[tuple[Person, ...]]):
    """The people whenever something about them has changed: always the newest, so that nothing is lost."""

    def __init__(self, people: Callable[[], tuple[Person, ...]]) -> None:
        super().__init__()
        self._people = people
        self._changed = True

    def put(self) -> None:
        """Something has changed."""
        self._changed = True
        self._stir()

    def _take(self) -> tuple[Person, ...] | None:
        changed, self._changed = self._changed, False
        return self._people() if changed else None


F = TypeVar("F", Frame, SealedFrame)


class FrameFeed(Feed[F]):
    """Frames in order; over the bound (bytes) pictures go first, in the order of spec/layers.md section 3."""

    def __init__(self, stream: Stream | None, of: str | None, bound: int) -> None:
        """``stream`` and ``of`` (a seat) choose; None is everything."""
        super().__init__()
        self.of = of
        self._stream = stream
        self._bound = bound
        self._size = 0
        self._waiting: deque[tuple[int, F]] = deque()

    def wants(self, stream: int) -> bool:
        """Whether frames of this stream belong here."""
        return self._stream is None or self._stream == stream

    def put(self, frame: F, size: int) -> None:
        """Hand in a frame of so many bytes."""
        self._waiting.append((size, frame))
        self._size += size
        if self._size > self._bound:
            self._shed(self._bound * 3 // 4)
        self._stir()

    def _take(self) -> F | None:
        while self._waiting:
            size, frame = self._waiting.popleft()
            self._size -= size
            if self._may_pass(frame):
                return frame
            self.lost += 1
        return None

    def _may_pass(self, frame: F) -> bool:
        return True

    def _shed(self, goal: int) -> None:
        for temporal in DROP_ORDER:
            self._drop(goal, partial(_is_layer, temporal))
        self._drop(goal, lambda frame: frame.header.stream is Stream.CAMERA)
        self._drop(goal, lambda _: True)

    def _drop(self, goal: int, chosen: Callable[[F], bool]) -> None:
        """Drop what is chosen, oldest first, until no more than ``goal`` bytes wait."""
        if self._size <= goal:
            return
        kept: deque[tuple[int, F]] = deque()
        for size, frame in self._waiting:
            if self._size > goal and chosen(frame):
                self._size -= size
                self.lost += 1
            else:
                kept.append((size, frame))
        self._waiting = kept


def _is_layer(temporal: int, frame: Frame | SealedFrame) -> bool:
    return frame.header.stream is Stream.CAMERA and frame.header.temporal == temporal


Ask = Callable[[str, Stream, int], None]
"""Asks a sender (a seat) for a key frame of a stream and rendition."""


class OpenedFeed(FrameFeed[Frame]):
    """Opened frames, of pictures only those that can be decoded after what was passed on before.

    Neither the relay nor a decoder is trusted to notice a loss: what is missing is read from the authenticated header.
    """

    def __init__(self, stream: Stream | None, of: str | None, bound: int, ask: Ask, now: Callable[[], float]) -> None:
        super().__init__(stream, of, bound)
        self._ask = ask
        self._now = now
        self._lanes: dict[tuple[str, int], _Lane] = {}

    def forget(self, seat: str) -> None:
        """Somebody has left; whoever comes back has another seat."""
        for key in [key for key in self._lanes if key[0] == seat]:
            del self._lanes[key]

    def _may_pass(self, frame: Frame) -> bool:
        if frame.stream is not Stream.CAMERA:
            return True
        lane = self._lanes.setdefault((frame.sender, frame.rendition), _Lane())
        verdict = lane.sequencer.accept(frame.header)
        now = self._now()
        if verdict is Verdict.HOLD and now - lane.asked >= REFRESH_SECONDS:
            lane.asked = now
            self._ask(frame.sender, frame.stream, frame.rendition)
        return verdict is Verdict.DECODE


class _Lane:
    """One rendition of one sender."""

    __slots__ = ("asked", "sequencer")

    def __init__(self) -> None:
        self.sequencer = Sequencer()
        self.asked = float("-inf")
