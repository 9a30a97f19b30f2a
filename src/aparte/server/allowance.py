"""How much one link may send: messages, bytes and commits a second, with room for what a paused network holds back."""

from typing import Final

from aparte.core.wire.errors import Reason, WireError
from aparte.server.config import Limits

_BURST_SECONDS: Final = 2.0
_PART: Final = 0.25  # of a frame: a message comes in few pieces, and empty ones must not go on for ever


class Allowance:
    """Every ``take`` raises ``WireError(too-many)`` when nothing is left; ``refill`` gives anew as time passes."""

    __slots__ = ("_bytes", "_checks", "_commits", "_controls", "_frames", "_limits")

    def __init__(self, limits: Limits) -> None:
        self._limits: Final = limits
        self._frames = self._bytes = self._controls = 0.0
        self._commits = float(limits.commits_at_once)
        self._checks = float(limits.checks_at_once)
        self.refill(_BURST_SECONDS)

    def refill(self, seconds: float) -> None:
        """So much time has passed."""
        limits = self._limits
        self._frames = _fill(self._frames, limits.frames_a_second, seconds)
        self._bytes = _fill(self._bytes, limits.bytes_a_second, seconds)
        self._controls = _fill(self._controls, limits.controls_a_second, seconds)
        self._commits = min(limits.commits_at_once, self._commits + limits.commits_a_second * seconds)
        self._checks = min(limits.checks_at_once, self._checks + limits.checks_a_second * seconds)

    def take_frame(self, size: int) -> None:
        """A frame of so many bytes."""
        self._frames -= 1
        self._bytes -= size
        if self._frames < 0 or self._bytes < 0:
            raise WireError(Reason.TOO_MANY)

    def take_control(self, size: int) -> None:
        """A control message of so many bytes."""
        self._controls -= 1
        self._bytes -= size
        if self._controls < 0 or self._bytes < 0:
            raise WireError(Reason.TOO_MANY)

    def take_commit(self) -> None:
        """A commit that was accepted: each one is written to the disk and sent to everybody."""
        self._commits -= 1
        if self._commits < 0:
            raise WireError(Reason.TOO_MANY)

    def take_check(self) -> None:
        """A group or a commit that is to be checked, accepted or not: it takes the server's processor."""
        self._checks -= 1
        if self._checks < 0:
            raise WireError(Reason.TOO_MANY)

    def give_check(self) -> None:
        """Such a commit did what somebody has to do for the meeting."""
        self._checks += 1

    def take_part(self) -> None:
        """A piece of a message that is counted when it is whole."""
        self._frames -= _PART
        if self._frames < 0:
            raise WireError(Reason.TOO_MANY)


def _fill(left: float, a_second: int, seconds: float) -> float:
    return min(a_second * _BURST_SECONDS, left + a_second * seconds)
