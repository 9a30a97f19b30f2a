"""Levels as administrators look after them: each change is a new version, and plans keep theirs."""

from typing import Any, Final

import msgspec

from aparte.core.plan.errors import PlanError, Reason
from aparte.core.plan.level import SecurityLevel, check_level
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.clock import Clock
from aparte.store.plans.levels import LevelStore


class Levels:
    """Raises ``PlanError``, and ``AccessError(not-found)`` for a number that no level has."""

    def __init__(self, store: LevelStore, calendar: Clock) -> None:
        self._store: Final = store
        self._calendar: Final = calendar

    async def newest(self) -> list[SecurityLevel]:
        """All, by number."""
        return await self._store.newest()

    async def add(self, fields: dict[str, Any]) -> SecurityLevel:
        """A level with a number that none had before."""
        level = _read({**fields, "version": 1})
        return await self._keep(level)

    async def change(self, number: int, fields: dict[str, Any]) -> SecurityLevel:
        """A new version of a level; what is not named stays."""
        old = await self._store.level(number)
        if old is None:
            raise AccessError(Trouble.NOT_FOUND)
        return await self._keep(_read({**msgspec.to_builtins(old), **fields, "version": old.version + 1}))

    async def _keep(self, level: SecurityLevel) -> SecurityLevel:
        check_level(level)
        await self._store.keep(level, self._calendar())
        return level


def _read(fields: dict[str, Any]) -> SecurityLevel:
    try:
        return msgspec.convert(fields, SecurityLevel)
    except msgspec.ValidationError:
        raise PlanError(Reason.MALFORMED) from None
