"""Levels in all their versions: what a plan was made under stays readable."""

from typing import Any, Final

import msgspec
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aparte.core.plan.errors import PlanError, Reason
from aparte.core.plan.level import SecurityLevel
from aparte.core.plan.shipped import SHIPPED
from aparte.store.plans.tables import level


class LevelStore:
    """Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine: Final = engine

    async def begin(self, now: float) -> None:
        """Keep the shipped levels in a store that has none; later releases change nothing that is kept."""
        async with self._engine.begin() as connection:
            if await connection.scalar(select(func.count()).select_from(level)) == 0:
                await connection.execute(insert(level), [_values(one, now) for one in SHIPPED])

    async def newest(self) -> list[SecurityLevel]:
        """The newest version of each, by number; retired ones too."""
        async with self._engine.connect() as connection:
            rows = await connection.scalars(select(level.c.body).order_by(level.c.number, level.c.version))
            found = [_read(body) for body in rows]
        return list({one.number: one for one in found}.values())

    async def level(self, number: int, version: int | None = None) -> SecurityLevel | None:
        """One version, or the newest one."""
        async with self._engine.connect() as connection:
            return await find_level(connection, number, version)

    async def keep(self, new: SecurityLevel, now: float) -> None:
        """Keep a new version. Raises ``PlanError(exists)`` when somebody was quicker."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(level).values(**_values(new, now)))
        except IntegrityError:
            raise PlanError(Reason.EXISTS) from None


async def find_level(connection: AsyncConnection, number: int, version: int | None) -> SecurityLevel | None:
    """One version of a level, or the newest one."""
    which = level.c.number == number
    if version is not None:
        which &= level.c.version == version
    body = await connection.scalar(select(level.c.body).where(which).order_by(level.c.version.desc()).limit(1))
    return None if body is None else _read(body)


def _read(body: str) -> SecurityLevel:
    return msgspec.json.decode(body, type=SecurityLevel)


def _values(one: SecurityLevel, now: float) -> dict[str, Any]:
    return {"number": one.number, "version": one.version, "body": msgspec.json.encode(one).decode(), "made": now}
