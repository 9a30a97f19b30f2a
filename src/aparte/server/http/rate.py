"""How often one address may do something: a token bucket for each, forgotten once it is full again."""

from aparte.server.clock import Clock
from aparte.server.peers import network

_MOST_ADDRESSES = 10_000


class Rate:
    """``a_minute`` tokens for an address, refilled evenly. IPv6 addresses count by their /64."""

    def __init__(self, a_minute: int, clock: Clock) -> None:
        self._most = float(a_minute)
        self._a_second = a_minute / 60
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def allow(self, address: str) -> bool:
        """Take one token; ``False`` when there is none. While too many addresses are known, new ones get none."""
        now = self._clock()
        name = network(address)
        if name not in self._left and len(self._left) >= _MOST_ADDRESSES:
            self._forget(now)
            if len(self._left) >= _MOST_ADDRESSES:
                return False
        left, since = self._left.get(name, (self._most, now))
        left = min(self._most, left + (now - since) * self._a_second)
        allowed = left >= 1
        self._left[name] = (left - 1 if allowed else left, now)
        return allowed

    def _forget(self, now: float) -> None:
        full = [
            name for name, (left, since) in self._left.items() if left + (now - since) * self._a_second >= self._most
        ]
        for name in full:
            del self._left[name]
