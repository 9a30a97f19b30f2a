"""Which counters of one KID have been seen: a sliding window (RFC 9605 section 9.3)."""

from typing import Final

SIZE: Final = 128
"""How far behind the highest counter a frame may still come."""


class ReplayWindow:
    """Accepts every counter at most once, and none that lies ``SIZE`` or more behind the highest one."""

    __slots__ = ("_highest", "_seen")

    def __init__(self) -> None:
        self._highest = -1
        self._seen = 0  # bit i: the counter i below the highest

    def is_fresh(self, ctr: int) -> bool:
        """Whether ``accept`` would take this counter now."""
        behind = self._highest - ctr
        return behind < 0 or (behind < SIZE and not self._seen >> behind & 1)

    def accept(self, ctr: int) -> bool:
        """Mark an authentic frame's counter; False when it is not fresh, and then nothing changes."""
        if not self.is_fresh(ctr):
            return False
        ahead = ctr - self._highest
        if ahead > 0:
            self._seen = (self._seen << ahead | 1) & (1 << SIZE) - 1 if ahead < SIZE else 1
            self._highest = ctr
        else:
            self._seen |= 1 << -ahead
        return True
