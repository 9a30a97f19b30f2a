"""What comes from the others: a frame is opened with the one key that its KID names, and what does not open is gone."""

from collections import Counter, deque
from collections.abc import Mapping
from typing import Final, Protocol

from aparte.client.frames import Frame
from aparte.client.people import Roster
from aparte.core.wire.header import Stream
from aparte.e2ee.content import ContentError, State, parse_sound, parse_state, parse_video
from aparte.e2ee.sframe.errors import SealError, SealReason
from aparte.e2ee.sframe.opener import Opened, Opener

HOLD_SECONDS: Final = 3.0
HOLD_FRAMES: Final = 512
HOLD_BYTES: Final = 4_194_304
"""A frame of an epoch whose commit is on its way waits for it: no longer and no more than this."""


class Host(Protocol):
    """Who gets what opened."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    def wants(self, stream: int) -> bool:
        """Whether frames of this stream are to be opened at all."""

    def state(self, seat: str, state: State) -> None:
        """A member said this of itself."""

    def heard(self, opened: Opened, message: bytes) -> None:
        """This message opened and is to be proven, before anything is made of it."""

    def proof(self, leaf: int, plaintext: bytes) -> None:
        """A proof came under the name of a leaf."""

    def opened(self, frame: Frame) -> None:
        """A frame opened."""


class Incoming:
    """One participant's receiving side, for as long as it has a leaf."""

    def __init__(self, host: Host) -> None:
        self.opened = 0
        self.refused: Counter[str] = Counter()
        self._host = host
        self._opener = Opener()
        self._seats: Mapping[int, str] = {}
        self._held: deque[tuple[float, bytes]] = deque()
        self._held_bytes = 0

    def epoch(self, base_key: bytes, epoch: int, own_leaf: int, roster: Roster) -> None:
        """Enter an epoch, and try again what has waited for it."""
        now = self._host.now()
        self._seats = roster.seats
        self._opener.rekey(base_key, epoch, own_leaf, roster.leaves, now, roster.forbidden())
        held, self._held, self._held_bytes = self._held, deque(), 0
        for at, message in held:
            if now - at < HOLD_SECONDS:
                self.frame(message)

    def forget(self) -> None:
        """Drop all keys."""
        self._opener = Opener()
        self._seats = {}
        self._held.clear()
        self._held_bytes = 0

    def expire(self) -> None:
        """Drop the keys whose time is over, and what has waited in vain."""
        now = self._host.now()
        self._opener.expire(now)
        self._drop_late(now)

    def frame(self, message: bytes) -> None:
        """Open a frame and pass on what was in it, or count why not."""
        if len(message) > 1 and not self._host.wants(message[1] >> 4):
            return
        try:
            self._deliver(self._opener.open(message, self._host.now()), message)
        except SealError as error:
            if error.reason is not SealReason.FUTURE_EPOCH or not self._hold(message):
                self.refused[str(error.reason)] += 1
        except ContentError as error:
            self.refused[error.reason] += 1

    def _deliver(self, opened: Opened, message: bytes) -> None:
        header, plaintext = opened.header, opened.plaintext
        seat = self._seats.get(opened.leaf)
        if seat is None:
            self.refused[str(SealReason.NOT_A_MEMBER)] += 1
            return
        if header.stream is Stream.PROOF:
            self._host.proof(opened.leaf, plaintext)
            return
        self._host.heard(opened, message)
        if header.stream is Stream.STATE:
            self._host.state(seat, parse_state(plaintext))
        else:
            parse = parse_sound if header.stream is Stream.SOUND else parse_video
            self._host.opened(Frame(seat, header, parse(plaintext)))
        self.opened += 1

    def _hold(self, message: bytes) -> bool:
        """Anybody can name an epoch that is not there: what waits is bounded in number, size and time."""
        now = self._host.now()
        self._drop_late(now)
        if len(self._held) >= HOLD_FRAMES or self._held_bytes + len(message) > HOLD_BYTES:
            return False
        self._held.append((now, message))
        self._held_bytes += len(message)
        return True

    def _drop_late(self, now: float) -> None:
        while self._held and now - self._held[0][0] >= HOLD_SECONDS:
            self._held_bytes -= len(self._held.popleft()[1])
            self.refused[str(SealReason.FUTURE_EPOCH)] += 1
