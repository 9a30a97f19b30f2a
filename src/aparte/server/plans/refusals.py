"""Writes down who is refused at the meetings of restricted areas, beside what the links wait for."""

from typing import Final

from aparte.server.clock import Clock
from aparte.server.log import log
from aparte.store.plans.refusals import RefusalStore, Tries, Try

MOST_WAITING: Final = 256
"""Kinds of tries between two writings: a crowd of addresses fills neither the memory nor the disk."""


class Refusals:
    """``note`` returns at once; ``write`` keeps in one transaction what came since."""

    def __init__(self, store: RefusalStore, calendar: Clock) -> None:
        self._store: Final = store
        self._calendar: Final = calendar
        self._waiting: dict[Try, Tries] = {}
        self._left_out = 0

    def note(self, one: Try) -> None:
        """Somebody was refused."""
        now, before = self._calendar(), self._waiting.get(one)
        if before is not None:
            self._waiting[one] = before.once_more(now)
        elif len(self._waiting) < MOST_WAITING:
            self._waiting[one] = Tries(now, now)
        else:
            self._left_out += 1

    async def write(self) -> None:
        """Keep what waits; it waits on when the store fails."""
        if self._left_out:
            log.warning("refusals-not-kept", tries=self._left_out)
            self._left_out = 0
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        try:
            await self._store.keep(waiting)
        except Exception:
            self._waiting = {**self._waiting, **waiting}
            raise

    async def of(self, area: bytes) -> list[tuple[Try, Tries]]:
        """Those at an area, the latest first."""
        await self.write()
        return await self._store.of(area)

    async def erase(self, now: float) -> int:
        """Erase what has been kept for a year; returns how many rows."""
        return await self._store.erase(now)
