"""When a member makes the commit that is due: in order of rank, so that one acts, and in batches.

Due is a set of names: seats that are gone, and whatever else its user wants a commit for. No clock: ``later`` is time.
"""

from collections.abc import Callable, Set
from typing import Final

REMOVAL_SECONDS: Final = 0.005
"""How long to wait for others who go in the same moment; who goes while a commit is under way is in the next one."""
RANK_SECONDS: Final = 1.5
"""How much later each member with a higher rank acts."""
REST_SECONDS: Final = 0.5
"""The least time between two of our own: a server grants a member few commits a second."""


class Removal:
    """``act`` makes the commit, if it can, and then says ``made``; ``again`` plans anew when the rest is over."""

    def __init__(
        self,
        later: Callable[[float, Callable[[], None]], Callable[[], None]],
        act: Callable[[], None],
        again: Callable[[], None],
    ) -> None:
        self._later = later
        self._act = act
        self._again = again
        self._waits: list[Callable[[], None]] = []  # cancels
        self._awaited: Set[str] = frozenset()
        self._rank = 0
        self._cancel_rest: Callable[[], None] | None = None

    def plan(self, due: Set[str], rank: int) -> None:
        """Act when those with a lower rank have had their time.

        A wait goes on while anything it began for is due: new epochs and others who go do not put it off. A lower
        rank adds a wait that may end sooner.
        """
        if self._waits and self._awaited & due:
            if rank >= self._rank:
                return
        else:
            self.stop()
            if not due or self._cancel_rest is not None:
                return
            self._awaited = frozenset(due)
        self._rank = rank
        self._waits.append(self._later(REMOVAL_SECONDS + rank * RANK_SECONDS, self._end))

    def made(self) -> None:
        """Rest: a commit has been sent."""
        self._cancel_rest = self._later(REST_SECONDS, self._rested)

    def stop(self) -> None:
        """Wait no longer; a rest goes on."""
        for cancel in self._waits:
            cancel()
        self._waits.clear()

    def close(self) -> None:
        """Do nothing any more."""
        self.stop()
        if self._cancel_rest is not None:
            self._cancel_rest()

    def _end(self) -> None:
        self.stop()
        self._act()

    def _rested(self) -> None:
        self._cancel_rest = None
        self._again()
