"""The one clock of everything that a participant sends, and how the clocks of devices are brought onto it."""

import math
import time
from typing import Final

_ORIGIN_NS: Final = time.time_ns() - time.monotonic_ns()
_WINDOW_US: Final = 5_000_000
_JUMP_US: Final = 500_000
"""A device clock that falls behind by more than this has jumped: no need to wait for the window."""


def now_us() -> int:
    """Microseconds since the Unix epoch, by a clock that never goes back."""
    return (_ORIGIN_NS + time.monotonic_ns()) // 1000


class ClockMap:
    """Maps the times of a device to our clock by the smallest difference of the last 5 to 10 s.

    That is the observation that waited least on its way; the window lets it follow the drift between both clocks.
    """

    def __init__(self) -> None:
        self._current = math.inf
        self._previous = math.inf
        self._window_start = -math.inf

    def observe(self, device_us: int, seen_us: int) -> int:
        """Something stamped ``device_us`` was seen at ``seen_us``. Return its time on our clock, never later."""
        difference = seen_us - device_us
        if difference > min(self._current, self._previous) + _JUMP_US:
            self._current = self._previous = math.inf
        if seen_us - self._window_start > _WINDOW_US:
            self._previous = self._current
            self._current = math.inf
            self._window_start = seen_us
        self._current = min(self._current, difference)
        return device_us + int(min(self._current, self._previous))
