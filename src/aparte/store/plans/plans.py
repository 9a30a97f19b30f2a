"""Plans, who is invited to them, and whom a person's papers were looked at, by SQLAlchemy."""

from typing import Final

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aparte.core.plan.errors import PlanError, Reason
from aparte.core.plan.invitation import Invitation, Mail
from aparte.core.plan.level import SecurityLevel
from aparte.core.plan.plan import MAX_INVITATIONS, Plan, PlanKeys
from aparte.store.plans.levels import find_level
from aparte.store.plans.rows import (
    invitation_values,
    person_values,
    plan_values,
    read_invitation,
    read_plan,
)
from aparte.store.plans.tables import invitation, person, plan, verification
from aparte.store.tables import meeting

MOST_OF_ONE: Final = 500
"""Plans that one account may have made."""


class PlanStore:
    """Every method is one transaction. Times are seconds since 1970."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine: Final = engine

    # Plans

    async def add(self, new: Plan, ends: float) -> None:
        """Remember a new plan. Raises ``PlanError``: ``exists`` for a meeting id that is taken, ``full``."""
        mine = select(func.count()).select_from(plan).where(plan.c.creator == new.creator)
        try:
            async with self._engine.begin() as connection:
                if (await connection.scalar(mine) or 0) >= MOST_OF_ONE:
                    raise PlanError(Reason.FULL)
                if await connection.scalar(select(meeting.c.id).where(meeting.c.id == new.meeting)) is not None:
                    raise PlanError(Reason.EXISTS)
                await connection.execute(insert(plan).values(**plan_values(new, ends)))
                await connection.execute(insert(person), person_values(new))
        except IntegrityError:
            # The driver's text quotes the row, so it goes no further.
            raise PlanError(Reason.EXISTS) from None

    async def change(self, new: Plan, ends: float) -> bool:
        """Put a plan in the place of its version before; false when somebody was quicker."""
        same = (plan.c.meeting == new.meeting) & (plan.c.sequence == new.sequence - 1)
        async with self._engine.begin() as connection:
            done = await connection.execute(update(plan).where(same).values(**plan_values(new, ends)))
            if not done.rowcount:
                return False
            await connection.execute(delete(person).where(person.c.plan == new.meeting))
            await connection.execute(insert(person), person_values(new))
            return True

    async def remove(self, id: bytes) -> None:
        """Erase a plan, its invitations and history, and the meeting's commits."""
        async with self._engine.begin() as connection:
            await _remove(connection, [id])

    async def erase(self, now: float) -> list[bytes]:
        """Erase the plans whose time is over; returns which."""
        async with self._engine.begin() as connection:
            over = list(await connection.scalars(select(plan.c.meeting).where(plan.c.ends <= now)))
            await _remove(connection, over)
            return over

    async def find(self, id: bytes) -> tuple[Plan, SecurityLevel] | None:
        """A plan, and the level in the version that it was made under."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(plan).where(plan.c.meeting == id))).one_or_none()
            persons = (await connection.execute(select(person).where(person.c.plan == id))).all()
            if row is None:
                return None
            level = await find_level(connection, row.level, row.level_version)
            assert level is not None, "the tables have a foreign key for it"
            return read_plan(row, persons), level

    async def of(self, account: bytes) -> list[Plan]:
        """What an account manages, organises or is invited to, by start."""
        part = select(person.c.plan).where(person.c.account == account)
        invited = select(invitation.c.plan).where(invitation.c.account == account)
        mine = or_(plan.c.meeting.in_(part), plan.c.meeting.in_(invited))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(plan).where(mine).order_by(plan.c.start))).all()
            ids = [row.meeting for row in rows]
            persons = (await connection.execute(select(person).where(person.c.plan.in_(ids)))).all()
        return [read_plan(row, [one for one in persons if one.plan == row.meeting]) for row in rows]

    # What a link asks

    async def door_hash(self, id: bytes) -> tuple[bool, bytes | None]:
        """Whether this is a planned meeting, and the hash that its door must have."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(plan.c.door_hash).where(plan.c.meeting == id))).one_or_none()
            return row is not None, None if row is None else row.door_hash

    async def open_meeting(self, id: bytes, keys: PlanKeys, now: float) -> None:
        """The meeting takes place: its commits may be kept."""
        values = {"door_hash": keys.door_hash, "charter": keys.charter, "last_used": now}
        async with self._engine.begin() as connection:
            done = await connection.execute(update(meeting).where(meeting.c.id == id).values(**values))
            if not done.rowcount:
                await connection.execute(insert(meeting).values(id=id, created=now, **values))

    # Invitations

    async def invite(self, new: Invitation) -> None:
        """Remember an invitation. Raises ``PlanError``: ``exists`` for somebody who has one, ``full``."""
        count = select(func.count()).select_from(invitation).where(invitation.c.plan == new.meeting)
        try:
            async with self._engine.begin() as connection:
                if (await connection.scalar(count) or 0) >= MAX_INVITATIONS:
                    raise PlanError(Reason.FULL)
                await connection.execute(insert(invitation).values(**invitation_values(new)))
        except IntegrityError:
            raise PlanError(Reason.EXISTS) from None

    async def change_invitation(self, new: Invitation) -> None:
        """Put an invitation in the place of the one with its id. Raises ``PlanError(exists)``."""
        mine = (invitation.c.id == new.id) & (invitation.c.plan == new.meeting)
        try:
            async with self._engine.begin() as connection:
                await connection.execute(update(invitation).where(mine).values(**invitation_values(new)))
        except IntegrityError:
            raise PlanError(Reason.EXISTS) from None

    async def mailed(self, id: bytes, mail: Mail) -> None:
        """How far the mail of an invitation has come."""
        async with self._engine.begin() as connection:
            await connection.execute(update(invitation).where(invitation.c.id == id).values(mail=str(mail)))

    async def withdraw(self, id: bytes, of: bytes) -> bool:
        """Erase an invitation of a plan; false when it has none such."""
        mine = (invitation.c.id == id) & (invitation.c.plan == of)
        async with self._engine.begin() as connection:
            return bool((await connection.execute(delete(invitation).where(mine))).rowcount)

    async def invitations(self, of: bytes) -> list[Invitation]:
        """All of a plan."""
        mine = select(invitation).where(invitation.c.plan == of).order_by(invitation.c.id)
        async with self._engine.connect() as connection:
            return [read_invitation(row) for row in await connection.execute(mine)]

    async def give_up_mails(self) -> None:
        """After a restart nothing waits any more: the codes that the mails would have told are not kept."""
        async with self._engine.begin() as connection:
            waiting = invitation.c.mail == str(Mail.WAITING)
            await connection.execute(update(invitation).where(waiting).values(mail=str(Mail.FAILED)))

    # People whose papers somebody has looked at

    async def verify(self, account: bytes, verifier: bytes, now: float) -> None:
        """An administrator has looked at the papers of an account's owner."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(verification).where(verification.c.account == account))
            await connection.execute(insert(verification).values(account=account, verifier=verifier, made=now))

    async def unverify(self, account: bytes) -> None:
        """What was seen does not count any more."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(verification).where(verification.c.account == account))

    async def is_verified(self, account: bytes) -> bool:
        """Whether somebody has looked at the papers."""
        async with self._engine.connect() as connection:
            known = select(verification.c.account).where(verification.c.account == account)
            return await connection.scalar(known) is not None


async def _remove(connection: AsyncConnection, ids: list[bytes]) -> None:
    await connection.execute(delete(plan).where(plan.c.meeting.in_(ids)))
    await connection.execute(delete(meeting).where(meeting.c.id.in_(ids)))
