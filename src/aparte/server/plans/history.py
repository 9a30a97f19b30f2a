"""Writes down who is in which meeting, one stay after the other, beside what the links wait for."""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable
from typing import Final

from aparte.server.clock import Clock
from aparte.server.log import log
from aparte.server.plans.grant import Grant
from aparte.store.plans.attendance import AttendanceStore


class History:
    """``came`` and ``went`` return at once; what they mean is kept in their order."""

    def __init__(self, store: AttendanceStore, calendar: Clock) -> None:
        self._store: Final = store
        self._calendar: Final = calendar
        self._notes: deque[Awaitable[None]] = deque()
        self._work: asyncio.Task[None] | None = None

    def came(self, grant: Grant) -> bytes | None:
        """Somebody is in a meeting; the id of the stay, or ``None`` where the level keeps no history."""
        if not grant.level.history:
            return None
        stay, now = secrets.token_bytes(16), self._calendar()
        account = None if grant.visitor is None else grant.visitor.account
        self._note(self._store.came(stay, grant.meeting, account, now, now + grant.level.stay))
        return stay

    def went(self, stay: bytes, grant: Grant) -> None:
        """The stay is over: it is kept for the level's retention from now on."""
        now = self._calendar()
        self._note(self._store.went(stay, now, now + grant.level.stay))

    async def settled(self) -> None:
        """Wait until everything is kept."""
        while self._work is not None:
            await asyncio.wait([self._work])

    def _note(self, note: Awaitable[None]) -> None:
        self._notes.append(note)
        if self._work is None:
            self._work = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        try:
            while self._notes:
                try:
                    await self._notes.popleft()
                except Exception as error:
                    # A history with a hole in it is no reason to end a meeting.
                    log.error("history-failed", error=type(error).__name__)
        finally:
            self._work = None
