"""The seed of the house key: made once, and the same for as long as there is this database."""

from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from aparte.store.tables import house

_ONE: Final = 1
"""The id of the only row."""


class HouseStore:
    """Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine: Final = engine

    async def seed(self, fresh: bytes) -> bytes:
        """The seed that is kept (32 octets); ``fresh`` becomes it when there is none yet."""
        async with self._engine.begin() as connection:
            kept: bytes | None = await connection.scalar(select(house.c.seed).where(house.c.id == _ONE))
            if kept is None:
                await connection.execute(insert(house).values(id=_ONE, seed=fresh))
            return fresh if kept is None else kept
