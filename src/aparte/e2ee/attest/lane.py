"""What is known of one KID's frames: those that opened and are not signed yet, and those that are signed."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from aparte.e2ee.attest.proof import HASH_SIZE, Run

MAX_PENDING: Final = 512
"""Frames of one KID that wait for a proof; over that the oldest count as not proven."""
MAX_SIGNED: Final = 256
"""Hashes of one KID that wait for their frames: twice what the replay window lets come late."""


class Lane:
    """Frames and proofs of one KID, in whatever order they come."""

    __slots__ = ("_high", "_kept", "_low", "_runs", "pending")

    def __init__(self) -> None:
        self.pending: dict[int, tuple[bytes, float]] = {}  # hash and arrival by counter, the oldest first
        self._runs: deque[Run] = deque()
        self._kept = 0
        # From _low to _high everything that was sent is signed, and what is not in _runs was not sent.
        self._low = self._high = -1

    def hear(self, counter: int, hash: bytes, now: float) -> bool:
        """Take a frame that opened; false when it is not what was signed."""
        signed = self._find(counter)
        if signed is not None:
            return signed == hash
        if self._low <= counter <= self._high:
            return False
        self.pending[counter] = hash, now
        return True

    def break_off(self) -> None:
        """A proof is missing: what later ones leave out may stand in that one."""
        self._low = self._high = -1

    def cover(self, runs: Sequence[Run], *, newest: bool) -> bool:
        """Take the runs of one proof, by rising counter; false when a frame that opened is not what was signed.

        ``newest``: it is numbered higher than all before, so that it also says what was not sent.
        """
        for run in runs:
            self._keep(run)
            if newest:
                self._low = run.first if self._high < 0 else self._low
                self._high = max(self._high, run.last)
        self._forget()
        honest = True
        for counter, (hash, _) in list(self.pending.items()):
            signed = self._find(counter)
            if signed is not None or self._low <= counter <= self._high:
                del self.pending[counter]
                honest = honest and signed == hash
        return honest

    def expire(self, before: float) -> bool:
        """Give up on frames that came before a time, and on those over the bound; true when there were any."""
        late = [counter for counter, (_, at) in self.pending.items() if at <= before]
        late += list(self.pending)[len(late) : max(0, len(self.pending) - MAX_PENDING)]
        for counter in late:
            del self.pending[counter]
        return bool(late)

    def _keep(self, run: Run) -> None:
        if any(known.first == run.first for known in self._runs):
            return  # sent once more
        self._runs.append(run)
        self._kept += len(run.hashes) // HASH_SIZE

    def _forget(self) -> None:
        while self._kept > MAX_SIGNED and len(self._runs) > 1:
            oldest = self._runs.popleft()
            self._kept -= len(oldest.hashes) // HASH_SIZE
            self._low = max(self._low, oldest.last + 1)

    def _find(self, counter: int) -> bytes | None:
        for run in reversed(self._runs):
            found = run.find(counter)
            if found is not None:
                return found
        return None
