"""What waits for one receiver, and what it never gets (spec/layers.md)."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from aparte.core.layers.budget import DEADLINES, DROP_ORDER, SOUND_DEADLINE
from aparte.core.relay.feed import Feed, Wanted
from aparte.core.wire.errors import Reason, WireError
from aparte.core.wire.header import Header, Stream

BOUND: Final = 512 * 1024
"""Bytes of frames that wait at most."""
CONTROL_BOUND: Final = 8 * 1024 * 1024
"""Bytes of control messages that wait at most."""
SLACK: Final = 4_096
"""Bytes by which everything but pictures may overdraw the socket's room."""

# Members of an enum are looked up slowly, and these are read for every frame and receiver.
_CAMERA: Final = Stream.CAMERA
_SOUND: Final = Stream.SOUND
_PROOF: Final = Stream.PROOF


@dataclass(slots=True)
class _Waiting:
    """A picture in the queue. Shed ones keep their place without their bytes, so that the chain sees every frame."""

    at: float
    feed: Feed
    header: Header
    message: bytes


class Outbox:
    """One receiver's queues, for whatever the shell writes of a frame or a control message (``message`` is opaque).

    ``room`` is what the socket would take now, in bytes, before pictures have to wait; it is negative when more than
    that is unsent. ``now`` is in seconds of one clock. After ``offer`` has given false, call ``take`` as soon as there
    may be room, and look at ``wanted``. An outbox serves one link: a seat that comes back gets a new one.
    """

    def __init__(self, bound: int = BOUND, control_bound: int = CONTROL_BOUND) -> None:
        self._bound = bound
        self._control_room = control_bound
        self._control: deque[bytes] = deque()
        self._state: dict[str | int, bytes] = {}
        self._proofs: deque[tuple[str | int, bytes]] = deque()
        self._sound: deque[tuple[float, str | int, bytes]] = deque()
        self._video: deque[_Waiting] = deque()
        self._feeds: dict[tuple[str | int, int], Feed] = {}
        self._wanted: list[Wanted] = []
        self.size = 0  # bytes of all waiting frames

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._control or self._state or self._proofs or self._sound or self._video)

    def offer(self, sender: str | int, header: Header, message: bytes, now: float, room: int) -> bool:
        """Hand in a frame. True: write it now, nothing is before it. False: it waits, or it has been dropped."""
        stream = header.stream
        if stream is _CAMERA:
            feed = self._feeds.get((sender, header.rendition)) or self._open(sender, header.rendition)
            if room > 0 and not (self._video or self._control or self._sound or self._proofs or self._state):
                if feed.chain.send(header):
                    return True
                feed.ask(now, self._wanted)
                return False
            self._hold(feed, header, message, now, room)
            return False
        passes = room > -SLACK and not self._control
        if stream is _SOUND:
            if passes and not self._sound:
                return True
            self._sound.append((now, sender, message))
        elif stream is _PROOF:
            if passes and not self._proofs:
                return True
            self._proofs.append((sender, message))
        else:
            waiting = self._state.pop(sender, b"")  # an older state is of no use any more
            self.size -= len(waiting)
            if passes:
                return True
            self._state[sender] = message
        self._keep(message, now)
        return False

    def offer_control(self, message: bytes, room: int) -> bool:
        """Hand in a control message. True: write it now. False: it waits; no frame overtakes it.

        Raises ``WireError(too-slow)`` when more would wait than the bound: this link has to close.
        """
        if room > -SLACK and not self._control:
            return True
        self._control_room -= len(message)
        if self._control_room < 0:
            raise WireError(Reason.TOO_SLOW)
        self._control.append(message)
        return False

    def take(self, room: int, now: float) -> list[bytes]:
        """What to write now, in this order: control, states, proofs, sound, pictures; each as far as there is room."""
        taken: list[bytes] = []
        self._expire(now)
        while self._control and room > -SLACK:
            message = self._control.popleft()
            self._control_room += len(message)
            room -= len(message)
            taken.append(message)
        if self._control:
            return taken
        while self._state and room > -SLACK:
            message = self._state.pop(next(iter(self._state)))
            room -= self._count(message, taken)
        while self._proofs and room > -SLACK:
            room -= self._count(self._proofs.popleft()[1], taken)
        while self._sound and room > -SLACK:
            room -= self._count(self._sound.popleft()[2], taken)
        while self._video and room > 0:
            waiting = self._video.popleft()
            if waiting.message and self._fresh(waiting, now):
                room -= self._pass(waiting, now, taken)
            else:
                self._skip(waiting)
        return taken

    def wanted(self) -> list[Wanted]:
        """The renditions whose sender should be asked for a key frame, once each; the list starts anew."""
        wanted, self._wanted = self._wanted, []
        return wanted

    def forget(self, sender: str | int) -> None:
        """Drop whatever waits of this sender; pictures of it start with a key frame again."""
        self.size -= len(self._state.pop(sender, b""))
        self.size -= sum(len(message) for name, message in self._proofs if name == sender)
        self.size -= sum(len(message) for _, name, message in self._sound if name == sender)
        self.size -= sum(len(waiting.message) for waiting in self._video if waiting.feed.sender == sender)
        self._proofs = deque(proof for proof in self._proofs if proof[0] != sender)
        self._sound = deque(sound for sound in self._sound if sound[1] != sender)
        self._video = deque(waiting for waiting in self._video if waiting.feed.sender != sender)
        self._feeds = {key: feed for key, feed in self._feeds.items() if feed.sender != sender}
        self._wanted = [wanted for wanted in self._wanted if wanted.sender != sender]

    def _open(self, sender: str | int, rendition: int) -> Feed:
        feed = self._feeds[sender, rendition] = Feed(sender, rendition)
        return feed

    def _hold(self, feed: Feed, header: Header, message: bytes, now: float, room: int) -> None:
        if header.key:
            feed.shed = False
        elif feed.hopeless:
            if room > 0:
                feed.ask(now, self._wanted)
            return
        self._video.append(_Waiting(now, feed, header, message))
        feed.waiting += 1
        self._keep(message, now)

    def _keep(self, message: bytes, now: float) -> None:
        self.size += len(message)
        self._expire(now)
        if self.size > self._bound:
            # Down to three quarters: shedding walks through the queue, and must not do so for every frame.
            self._shed(self._bound * 3 // 4)

    def _count(self, message: bytes, taken: list[bytes]) -> int:
        taken.append(message)
        self.size -= len(message)
        return len(message)

    def _fresh(self, waiting: _Waiting, now: float) -> bool:
        return now - waiting.at <= DEADLINES[waiting.header.temporal]

    def _expire(self, now: float) -> None:
        while self._sound and now - self._sound[0][0] > SOUND_DEADLINE:
            self.size -= len(self._sound.popleft()[2])
        while self._video and not (self._video[0].message and self._fresh(self._video[0], now)):
            self._skip(self._video.popleft())

    def _pass(self, waiting: _Waiting, now: float, taken: list[bytes]) -> int:
        message, feed = waiting.message, waiting.feed
        self._empty(waiting)
        if not feed.chain.send(waiting.header):
            feed.ask(now, self._wanted)
            return 0
        taken.append(message)
        return len(message)

    def _skip(self, waiting: _Waiting) -> None:
        self._empty(waiting)
        waiting.feed.skip(waiting.header)

    def _empty(self, waiting: _Waiting) -> None:
        waiting.feed.waiting -= bool(waiting.message)
        self.size -= len(waiting.message)
        waiting.message = b""

    def _shed(self, goal: int) -> None:
        for temporal in DROP_ORDER:
            for waiting in self._video:
                if self.size <= goal:
                    return
                if waiting.header.temporal == temporal:
                    self._empty(waiting)
        while self.size > goal and (sizes := self._sizes()):
            self._shed_rendition(max(sizes, key=sizes.__getitem__))
        while self.size > goal and self._sound:
            self.size -= len(self._sound.popleft()[2])
        while self.size > goal and self._proofs:
            self.size -= len(self._proofs.popleft()[1])
        while self.size > goal and self._state:
            self.size -= len(self._state.pop(next(iter(self._state))))

    def _sizes(self) -> dict[Feed, int]:
        """The bytes that wait of each rendition that has any."""
        sizes: dict[Feed, int] = {}
        for waiting in self._video:
            if waiting.message:
                sizes[waiting.feed] = sizes.get(waiting.feed, 0) + len(waiting.message)
        return sizes

    def _shed_rendition(self, feed: Feed) -> None:
        """Drop what is before the newest waiting key frame; without one, everything until the next."""
        mine = [waiting for waiting in self._video if waiting.feed is feed and waiting.message]
        newest_key = max((place for place, waiting in enumerate(mine) if waiting.header.key), default=0)
        for waiting in mine[: newest_key or len(mine)]:
            self._empty(waiting)
        feed.shed = not newest_key
