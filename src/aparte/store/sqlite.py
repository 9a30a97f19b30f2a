"""The embedded store: one SQLite file in write-ahead mode, by SQLAlchemy."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from aparte.store.accounts import AccountStore
from aparte.store.house import HouseStore
from aparte.store.interface import Conflict, Exists, Full
from aparte.store.migrate import migrate
from aparte.store.plans.areas import AreaStore
from aparte.store.plans.attendance import AttendanceStore
from aparte.store.plans.levels import LevelStore
from aparte.store.plans.plans import PlanStore
from aparte.store.plans.refusals import RefusalStore
from aparte.store.plans.tables import plan as plans
from aparte.store.tables import commit as commits
from aparte.store.tables import meeting as meetings


class SqliteStore:
    """``Store`` in a file. Make it with ``open``."""

    def __init__(self, engine: AsyncEngine, most_meetings: int) -> None:
        self.accounts = AccountStore(engine)
        self.house = HouseStore(engine)
        self.levels = LevelStore(engine)
        self.plans = PlanStore(engine)
        self.attendance = AttendanceStore(engine)
        self.areas = AreaStore(engine)
        self.refusals = RefusalStore(engine)
        self._engine = engine
        self._most_meetings = most_meetings

    @classmethod
    async def open(cls, path: Path, most_meetings: int) -> "SqliteStore":
        """Open or create the file, readable by its owner only, and bring its tables up to date. Raises ``OSError``."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0)
        event.listen(engine.sync_engine, "connect", _prepare)
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
        return cls(engine, most_meetings)

    async def add_meeting(self, meeting: bytes, door_hash: bytes, charter: bytes, now: float) -> None:
        """See ``Store``."""
        async with self._engine.begin() as connection:
            for id in (meetings.c.id, plans.c.meeting):
                if await connection.scalar(select(id).where(id == meeting)) is not None:
                    raise Exists
            count = await connection.scalar(select(func.count()).select_from(meetings))
            if count is not None and count >= self._most_meetings:
                unused = select(meetings.c.id).where(meetings.c.last_used == meetings.c.created)
                oldest = unused.order_by(meetings.c.created).limit(1).scalar_subquery()
                erased = await connection.execute(delete(meetings).where(meetings.c.id == oldest))
                if not erased.rowcount:
                    raise Full
            row = {"id": meeting, "door_hash": door_hash, "charter": charter, "created": now, "last_used": now}
            await connection.execute(insert(meetings).values(**row))

    async def door_hash(self, meeting: bytes) -> bytes | None:
        """See ``Store``."""
        async with self._engine.connect() as connection:
            found: bytes | None = await connection.scalar(select(meetings.c.door_hash).where(meetings.c.id == meeting))
            return found

    async def charter(self, meeting: bytes) -> bytes | None:
        """See ``Store``."""
        async with self._engine.connect() as connection:
            found: bytes | None = await connection.scalar(select(meetings.c.charter).where(meetings.c.id == meeting))
            return found

    async def touch(self, meeting: bytes, now: float) -> None:
        """See ``Store``."""
        async with self._engine.begin() as connection:
            await connection.execute(update(meetings).where(meetings.c.id == meeting).values(last_used=now))

    async def keep(self, meeting: bytes, group: bytes, epoch: int, seat: str, commit: bytes, oldest: int = 0) -> None:
        """See ``Store``."""
        row = {"meeting": meeting, "group": group, "epoch": epoch, "seat": seat, "bytes": commit}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(commits).values(**row))
                if oldest > 0:
                    kept = (commits.c.meeting == meeting) & (commits.c.group == group)
                    await connection.execute(delete(commits).where(kept & (commits.c.epoch <= oldest)))
        except IntegrityError:
            # The driver's text quotes the row, so it goes no further.
            raise Conflict from None

    async def withdraw(self, meeting: bytes, group: bytes, epoch: int) -> None:
        """See ``Store``."""
        later = (commits.c.meeting == meeting) & (commits.c.group == group) & (commits.c.epoch > epoch)
        async with self._engine.begin() as connection:
            await connection.execute(delete(commits).where(later))

    async def forget_group(self, meeting: bytes) -> None:
        """See ``Store``."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(commits).where(commits.c.meeting == meeting))

    async def forget_groups(self) -> None:
        """See ``Store``."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(commits))

    async def forget_unused(self, before: float) -> int:
        """See ``Store``."""
        async with self._engine.begin() as connection:
            result = await connection.execute(delete(meetings).where(meetings.c.last_used < before))
            return result.rowcount

    async def close(self) -> None:
        """See ``Store``."""
        await self._engine.dispose()


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit that was announced is on the disk
        "foreign_keys=ON",
        "cache_size=-256",  # KiB; the default 2 MB is as much as forty receivers take
        "secure_delete=ON",  # what is erased is overwritten, not only unlinked
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(connection: Connection) -> None:
    migrate(connection)
