"""Who was refused at the meetings of restricted areas: no names, no content, for a year."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from aparte.store.plans.tables import refusal

KEPT_SECONDS: Final = 365 * 86_400
JOINED_SECONDS: Final = 3_600
"""Tries of one kind that follow each other within that time are one row, so that whoever repeats fills no disk."""
MOST_SHOWN: Final = 1_000


@dataclass(frozen=True, slots=True)
class Try:
    """What tries have in common: ids of 16 octets (``account`` is ``None`` for nobody), network, why."""

    area: bytes
    plan: bytes
    account: bytes | None
    network: str
    why: str


@dataclass(frozen=True, slots=True)
class Tries:
    """How many they were, from when to when (seconds since 1970)."""

    first: float
    last: float
    tries: int = 1

    def once_more(self, now: float) -> "Tries":
        """Count another one."""
        return replace(self, last=now, tries=self.tries + 1)


class RefusalStore:
    """Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine: Final = engine

    async def keep(self, refused: Mapping[Try, Tries]) -> None:
        """Remember tries that were refused."""
        table = refusal.c
        async with self._engine.begin() as connection:
            for one, times in refused.items():
                same = (table.area == one.area) & (table.plan == one.plan) & (table.why == one.why)
                same &= (table.account == one.account) & (table.network == one.network)
                joined = same & (table.last > times.first - JOINED_SECONDS)
                row = (await connection.execute(select(table.id).where(joined).limit(1))).one_or_none()
                values = {"last": times.last, "tries": table.tries + times.tries}
                if row is not None:
                    await connection.execute(update(refusal).where(table.id == row.id).values(**values))
                else:
                    what = {name: getattr(one, name) for name in one.__dataclass_fields__}
                    when = {"first": times.first, "last": times.last, "tries": times.tries}
                    await connection.execute(insert(refusal).values(id=secrets.token_bytes(16), **what, **when))

    async def of(self, area: bytes) -> list[tuple[Try, Tries]]:
        """Those at an area, the latest first; not more than a thousand."""
        mine = select(refusal).where(refusal.c.area == area).order_by(refusal.c.last.desc()).limit(MOST_SHOWN)
        async with self._engine.connect() as connection:
            return [
                (Try(row.area, row.plan, row.account, row.network, row.why), Tries(row.first, row.last, row.tries))
                for row in await connection.execute(mine)
            ]

    async def erase(self, now: float) -> int:
        """Erase what has been kept for a year; returns how many rows."""
        async with self._engine.begin() as connection:
            return (await connection.execute(delete(refusal).where(refusal.c.last <= now - KEPT_SECONDS))).rowcount
