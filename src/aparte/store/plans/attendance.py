"""Who was in which meeting from when to when, for as long as the level says: accounts by id, guests without a name."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from aparte.store.plans.tables import attendance, plan


@dataclass(frozen=True, slots=True)
class Presence:
    """One stay: ``account`` is ``None`` for a guest, ``went`` for somebody who is there."""

    account: bytes | None
    came: float
    went: float | None


class AttendanceStore:
    """Every method is one transaction. Times are seconds since 1970."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine: Final = engine

    async def came(self, id: bytes, of: bytes, account: bytes | None, now: float, ends: float) -> None:
        """Somebody is there; ``id`` 16 octets. What is kept of it is erased at ``ends``."""
        async with self._engine.begin() as connection:
            # The plan may have been erased since they were let in.
            if await connection.scalar(select(plan.c.meeting).where(plan.c.meeting == of)) is not None:
                row = {"id": id, "plan": of, "account": account, "came": now, "went": None, "ends": ends}
                await connection.execute(insert(attendance).values(**row))

    async def went(self, id: bytes, now: float, ends: float) -> None:
        """Somebody is not there any more."""
        async with self._engine.begin() as connection:
            values = update(attendance).where(attendance.c.id == id).values(went=now, ends=ends)
            await connection.execute(values)

    async def of(self, meeting: bytes) -> list[Presence]:
        """All stays in a meeting, in the order in which they began."""
        mine = select(attendance).where(attendance.c.plan == meeting).order_by(attendance.c.came)
        async with self._engine.connect() as connection:
            return [Presence(row.account, row.came, row.went) for row in await connection.execute(mine)]

    async def all_went(self, now: float) -> None:
        """After a restart nobody is there."""
        async with self._engine.begin() as connection:
            await connection.execute(update(attendance).where(attendance.c.went.is_(None)).values(went=now))

    async def erase(self, now: float) -> int:
        """Erase what has been kept for long enough; returns how many stays."""
        async with self._engine.begin() as connection:
            return (await connection.execute(delete(attendance).where(attendance.c.ends <= now))).rowcount
