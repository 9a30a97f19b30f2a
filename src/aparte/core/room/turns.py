"""Whose turn it is to come in: one newcomer at a time, so that a rush makes one chain without wasted work."""

from collections import deque

from aparte.core.wire.limits import PAUSE_SECONDS, TURN_SECONDS


class Turns:
    """Admitted seats that wait, in the order in which they came, and the one whose turn it is."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._holder: str | None = None
        self._until = float("-inf")
        self._paused = False

    def arrive(self, seat: str) -> None:
        """A seat comes to the end of the queue."""
        self._waiting.append(seat)

    def again(self, seat: str, soon: bool) -> None:
        """A seat whose turn came to nothing waits anew: ``soon`` as the next one, otherwise as the last one."""
        if seat in self._waiting:
            return
        self.leave(seat)
        if soon:
            self._waiting.appendleft(seat)
        else:
            self._waiting.append(seat)

    def has(self, seat: str, now: float) -> bool:
        """Whether it is this seat's turn."""
        return seat == self._holder and now < self._until

    def is_taken(self, now: float) -> bool:
        """Whether it is anybody's turn."""
        return self._holder is not None and now < self._until

    def waits(self, seat: str) -> bool:
        """Whether this seat's turn, its first one or another, is still to come."""
        return seat in self._waiting

    def leave(self, seat: str) -> None:
        """A seat has come in, or is lost: it waits for nothing, and its turn is over."""
        if seat == self._holder:
            self._holder, self._until = None, float("-inf")
        elif seat in self._waiting:
            self._waiting.remove(seat)

    def pause(self, now: float) -> None:
        """Give nobody a turn for a while: members have something to do first."""
        if self._holder is not None and now < self._until:
            self._waiting.appendleft(self._holder)
        self._holder, self._until, self._paused = None, now + PAUSE_SECONDS, True

    def resume(self) -> None:
        """Members have done it."""
        if self._paused:
            self._until, self._paused = float("-inf"), False

    def are_paused(self, now: float) -> bool:
        """Whether nobody may come in for now."""
        return self._paused and now < self._until

    def take(self, now: float) -> str | None:
        """The seat whose turn begins now; none when nobody waits, or somebody else's turn is not over."""
        if not self._waiting or now < self._until:
            return None
        self._holder, self._until, self._paused = self._waiting.popleft(), now + TURN_SECONDS, False
        return self._holder

    def next(self) -> float | None:
        """When ``take`` has something to give, in seconds; none when nobody waits."""
        return self._until if self._waiting else None
