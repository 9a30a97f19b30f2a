"""How often somebody may try to log in: waiting that grows with failures, in bounded memory."""

from dataclasses import dataclass
from hashlib import blake2s
from typing import Final

_SLOTS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Pace:
    """``free`` failures cost nothing; the next ones wait 1 s, 2 s, 4 s, at most ``longest`` seconds."""

    free: int
    longest: float = 900.0
    memory: float = 3_600.0  # seconds without a failure after which all is forgotten


class Throttle:
    """Counts by name. Names share slots by a keyed hash: whoever wants to forget its own counter cannot crowd it out.

    A try is counted as a failure before it is made, so that many at once get no more than many in a row.
    """

    def __init__(self, pace: Pace, key: bytes) -> None:
        """``key`` (16-32 random bytes) keeps others from choosing names that share a slot."""
        self._pace: Final = pace
        self._key: Final = key
        self._failures: dict[int, tuple[int, float]] = {}  # by slot: how many, and when the last one was

    def wait(self, name: str, now: float) -> float:
        """Seconds until the next try; 0 when it may be made at once."""
        count, last = self._at(name, now)
        over = count - self._pace.free
        if over < 0:
            return 0.0
        # The exponent is bounded: what is longer than the longest wait is never computed.
        pause = min(self._pace.longest, 2.0 ** min(over, 32))
        return max(0.0, last + pause - now)

    def count(self, name: str, now: float) -> None:
        """A try begins."""
        count, _ = self._at(name, now)
        self._failures[self._slot(name)] = (count + 1, now)

    def forgive(self, name: str) -> None:
        """The try was right: it is not counted. Failures of others before it are."""
        slot = self._slot(name)
        count, last = self._failures.get(slot, (0, 0.0))
        if count > 1:
            self._failures[slot] = (count - 1, last)
        else:
            self._failures.pop(slot, None)

    def forget(self, name: str) -> None:
        """The try was right, and all before it were the same person's."""
        self._failures.pop(self._slot(name), None)

    def _at(self, name: str, now: float) -> tuple[int, float]:
        count, last = self._failures.get(self._slot(name), (0, now))
        return (count, last) if now - last < self._pace.memory else (0, now)

    def _slot(self, name: str) -> int:
        digest = blake2s(name.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4).digest()
        return int.from_bytes(digest, "big") % _SLOTS
