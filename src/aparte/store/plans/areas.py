"""Restricted areas and clearances. A clearance is withdrawn and never erased: it says who had access when."""

from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aparte.core.plan.area import MAX_AREAS, MAX_CLEARANCES, Area, Clearance, read_networks
from aparte.core.plan.errors import PlanError, Reason
from aparte.core.plan.plan import rising
from aparte.store.plans.tables import area, area_authority, clearance, plan


class AreaStore:
    """Every method is one transaction. Times are seconds since 1970."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine: Final = engine

    # Areas

    async def add(self, new: Area) -> None:
        """Remember a new area. Raises ``PlanError``: ``exists`` for a name that is taken, ``full``."""
        try:
            async with self._engine.begin() as connection:
                if (await connection.scalar(select(func.count()).select_from(area)) or 0) >= MAX_AREAS:
                    raise PlanError(Reason.FULL)
                await connection.execute(insert(area).values(**_area_values(new)))
                await _name_authorities(connection, new)
        except IntegrityError:
            # The driver's text quotes the row, so it goes no further.
            raise PlanError(Reason.EXISTS) from None

    async def change(self, new: Area) -> None:
        """Put an area in the place of the one with its id. Raises ``PlanError(exists)``."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(update(area).where(area.c.id == new.id).values(**_area_values(new)))
                await connection.execute(delete(area_authority).where(area_authority.c.area == new.id))
                await _name_authorities(connection, new)
        except IntegrityError:
            raise PlanError(Reason.EXISTS) from None

    async def all(self) -> list[Area]:
        """All, by name; retired ones too."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(area).order_by(area.c.name))).all()
            named = (await connection.execute(select(area_authority))).all()
        return [_read_area(row, [one.account for one in named if one.area == row.id]) for row in rows]

    async def area(self, id: bytes) -> Area | None:
        """One of them."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(area).where(area.c.id == id))).one_or_none()
            named = list(await connection.scalars(select(area_authority.c.account).where(area_authority.c.area == id)))
            return None if row is None else _read_area(row, named)

    async def plans(self, id: bytes) -> list[bytes]:
        """The plans that are in an area."""
        async with self._engine.connect() as connection:
            return list(await connection.scalars(select(plan.c.meeting).where(plan.c.area == id)))

    async def of_plan(self, meeting: bytes) -> bytes | None:
        """The area that a plan is in."""
        async with self._engine.connect() as connection:
            found: bytes | None = await connection.scalar(select(plan.c.area).where(plan.c.meeting == meeting))
            return found

    # Clearances

    async def clear(self, new: Clearance) -> None:
        """Remember a clearance. Raises ``PlanError(full)``."""
        count = select(func.count()).select_from(clearance).where(clearance.c.area == new.area)
        async with self._engine.begin() as connection:
            if (await connection.scalar(count) or 0) >= MAX_CLEARANCES:
                raise PlanError(Reason.FULL)
            values = {name: getattr(new, name) for name in new.__dataclass_fields__}
            await connection.execute(insert(clearance).values(**values))

    async def withdraw(self, id: bytes, of: bytes, by: bytes, now: float) -> bool:
        """End a clearance of an area; false when it has none such that is not over."""
        mine = (clearance.c.id == id) & (clearance.c.area == of)
        running = clearance.c.withdrawn.is_(None) & (clearance.c.ends > now)
        async with self._engine.begin() as connection:
            values = update(clearance).where(mine, running).values(withdrawn=now, withdrawn_by=by)
            return bool((await connection.execute(values)).rowcount)

    async def clearances(self, of: bytes, account: bytes | None = None) -> list[Clearance]:
        """All of an area, or those of one account for it, in the order of their starts."""
        mine = clearance.c.area == of
        if account is not None:
            mine &= clearance.c.account == account
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(clearance).where(mine).order_by(clearance.c.starts, clearance.c.id))
            return [Clearance(**row._mapping) for row in rows]

    async def running_out(self, after: float, until: float) -> list[bytes]:
        """The plans in areas for which a clearance has ended in (after, until]."""
        over = (clearance.c.ends > after) & (clearance.c.ends <= until)
        # What was withdrawn before its end was seen to when it was.
        over &= or_(clearance.c.withdrawn.is_(None), clearance.c.withdrawn > after)
        async with self._engine.connect() as connection:
            areas = select(clearance.c.area).where(over)
            return list(await connection.scalars(select(plan.c.meeting).where(plan.c.area.in_(areas))))


async def _name_authorities(connection: AsyncConnection, of: Area) -> None:
    rows = [{"area": of.id, "account": account} for account in of.authorities]
    await connection.execute(insert(area_authority), rows)


def _area_values(one: Area) -> dict[str, Any]:
    networks = msgspec.json.encode([str(network) for network in one.networks]).decode()
    return {"id": one.id, "name": one.name, "networks": networks, "retired": one.retired}


def _read_area(row: Row[Any], named: list[bytes]) -> Area:
    networks = read_networks(msgspec.json.decode(row.networks, type=list[str]))
    return Area(row.id, row.name, networks, rising(named), row.retired)
