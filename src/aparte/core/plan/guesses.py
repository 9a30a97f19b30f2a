"""How often entry codes may be tried: a state that is given the time, and forgets what is old."""

from collections import OrderedDict
from typing import Final

TRIES: Final = 5
"""That an address has for a meeting, in ``WINDOW`` seconds."""
WINDOW: Final = 900.0
MEETING_TRIES: Final = 50
"""Of all addresses together for one meeting: many addresses guess no faster than this."""
ADDRESS_TRIES: Final = 30
"""Of one address for all meetings together."""
MOST_COUNTERS: Final = 20_000

Name = tuple[bytes | str | None, str]


class Guesses:
    """Wrong tries by meeting and address. A try is taken before it is looked at, and given back when it was right.

    Tries with a wrong door count by their address alone, so that nobody without the link uses up a meeting's tries.
    """

    def __init__(self) -> None:
        self._counters: OrderedDict[Name, tuple[int, float]] = OrderedDict()  # tries, and when the first one was

    def take(self, meeting: bytes | None, address: str, now: float) -> bool:
        """Take one try; ``False``, and nothing is taken, when there is none left.

        ``meeting`` is ``None`` for a wrong door; ``now``, in seconds, never falls.
        """
        self._forget(now)
        names = _names(meeting, address)
        # A full table refuses instead of forgetting: what it knows is what holds guessers back.
        fresh = sum(name not in self._counters for name, _ in names)
        if len(self._counters) + fresh > MOST_COUNTERS:
            return False
        counts = [(name, most, *self._counters.get(name, (0, now))) for name, most in names]
        if any(count >= most for _, most, count, _ in counts):
            return False
        for name, _, count, since in counts:
            self._counters[name] = (count + 1, since)
        return True

    def give_back(self, meeting: bytes, address: str) -> None:
        """The try was right: it was no guess."""
        for name, _ in _names(meeting, address):
            if name in self._counters:
                count, since = self._counters[name]
                self._counters[name] = (count - 1, since)

    def _forget(self, now: float) -> None:
        """Drop the counters whose time is over; they stand in the order in which they began."""
        while self._counters:
            name, (_, since) = next(iter(self._counters.items()))
            if now - since < WINDOW:
                return
            del self._counters[name]


def _names(meeting: bytes | None, address: str) -> tuple[tuple[Name, int], ...]:
    own = ((meeting, address), TRIES), (("", address), ADDRESS_TRIES)
    return own if meeting is None else (*own, ((meeting, ""), MEETING_TRIES))
