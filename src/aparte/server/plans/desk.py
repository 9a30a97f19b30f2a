"""What people do with plans: make, read, change, cancel, invite, hand over. What is not theirs is not there."""

import secrets
from dataclasses import dataclass, replace
from typing import Any, Final

from aparte.core.access.roles import Action, allows
from aparte.core.plan.errors import PlanError, Reason, demand
from aparte.core.plan.invitation import Invitation, check_invitation
from aparte.core.plan.level import Access, SecurityLevel
from aparte.core.plan.plan import Plan, check_plan, rising
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.clock import Clock
from aparte.server.plans.areas import Areas, Review
from aparte.server.plans.codes import Busy, Codes
from aparte.server.plans.letters import Occasion
from aparte.server.plans.post import Post
from aparte.server.plans.zones import offset_of
from aparte.store.accounts import AccountStore
from aparte.store.plans.areas import AreaStore
from aparte.store.plans.attendance import AttendanceStore, Presence
from aparte.store.plans.levels import LevelStore
from aparte.store.plans.plans import PlanStore
from aparte.store.plans.refusals import RefusalStore


@dataclass(frozen=True, slots=True)
class View:
    """A plan as somebody sees it. Who does not manage it sees neither who else is invited nor who manages."""

    plan: Plan
    level: SecurityLevel
    manages: bool
    organises: bool
    invitations: list[Invitation]


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything about plans is kept."""

    plans: PlanStore
    levels: LevelStore
    attendance: AttendanceStore
    accounts: AccountStore
    areas: AreaStore
    refusals: RefusalStore


class Desk:
    """``account`` is who asks. Raises ``PlanError``, and ``AccessError(not-found)`` for what they may not see."""

    def __init__(
        self, stores: Stores, areas: Areas, codes: Codes, post: Post, review: Review, house_key: bytes, calendar: Clock
    ) -> None:
        self._stores: Final = stores
        self._areas: Final = areas
        self._codes: Final = codes
        self._post: Final = post
        self._review: Final = review
        self._house_key: Final = house_key
        self._calendar: Final = calendar

    # Plans

    async def make(self, plan: Plan) -> View:
        """Keep a new plan under the newest version of its level."""
        level = await self._level(plan.level)
        plan = replace(plan, level_version=level.version)
        await self._check(plan, level)
        await self._stores.plans.add(plan, plan.ends(level, offset_of(plan.zone)))
        return await self.view(plan.creator, plan.meeting)

    async def view(self, account: bytes, id: bytes) -> View:
        """A plan, if the account manages it, organises it or is invited."""
        found = await self._stores.plans.find(id)
        invitations = await self._stores.plans.invitations(id)
        if found is None:
            raise AccessError(Trouble.NOT_FOUND)
        plan, level = found
        manages, organises = account in plan.managers, account in plan.organisers
        own = [one for one in invitations if one.account == account]
        if not (manages or organises or own):
            raise AccessError(Trouble.NOT_FOUND)
        return View(plan, level, manages, organises, invitations if manages else own)

    async def views(self, account: bytes) -> list[View]:
        """All that the account manages, organises or is invited to."""
        return [await self.view(account, plan.meeting) for plan in await self._stores.plans.of(account)]

    async def change(self, account: bytes, id: bytes, **values: Any) -> View:
        """Change a plan. Who organises and does not manage may bring its keys, and nothing else."""
        seen = await self.view(account, id)
        if not (seen.manages or (seen.organises and values.keys() == {"keys"})):
            raise AccessError(Trouble.NOT_ALLOWED)
        plan, level = replace(seen.plan, **values, sequence=seen.plan.sequence + 1), seen.level
        if "level" in values:
            level = await self._level(plan.level)
            plan = replace(plan, level_version=level.version)
        await self._keep(plan, level, seen.plan)
        return (
            await self.view(account, id)
            if account in (*plan.managers, *plan.organisers)
            else View(plan, level, False, False, [])
        )

    async def _keep(self, plan: Plan, level: SecurityLevel, before: Plan) -> None:
        await self._check(plan, level, before)
        if not await self._stores.plans.change(plan, plan.ends(level, offset_of(plan.zone))):
            raise PlanError(Reason.EXISTS)
        await self._review(plan.meeting)
        if _told(plan) != _told(before):
            occasion = Occasion.CANCELLED if plan.cancelled else Occasion.CHANGED
            for invitation in await self._stores.plans.invitations(plan.meeting):
                await self._post.write(plan, level, invitation, occasion)

    async def remove(self, account: bytes, id: bytes) -> None:
        """Cancel a plan; one that is cancelled already is erased, with all that was kept of it."""
        seen = await self._managed(account, id)
        if not seen.plan.cancelled:
            await self.change(account, id, cancelled=True)
            return
        await self._stores.plans.remove(id)
        await self._review(id)

    async def delegate(self, account: bytes, id: bytes, to: bytes, stays: bool) -> None:
        """Let somebody else manage the plan; ``stays``: together with who asks, not instead."""
        seen = await self._managed(account, id)
        demand(to != account)
        others = [one for one in seen.plan.managers if stays or one != account]
        await self.change(account, id, managers=rising([*others, to]))

    async def history(self, account: bytes, id: bytes) -> list[Presence]:
        """Who was there from when to when."""
        await self._managed(account, id)
        return await self._stores.attendance.of(id)

    async def calendar(self, account: bytes, id: bytes) -> bytes:
        """The calendar's file for the account."""
        seen = await self.view(account, id)
        return await self._post.calendar(seen.plan, account)

    # Invitations

    async def invite(self, account: bytes, invitation: Invitation) -> tuple[Invitation, str | None]:
        """Invite somebody. The entry code is told to organisers, once; a guest whose mail is sent gets it there."""
        seen = await self._managed(account, invitation.meeting)
        check_invitation(invitation)
        demand(not seen.plan.cancelled)
        if invitation.account is not None:
            await self._known([invitation.account], Action.MEETING_ENTER)
        else:
            demand(seen.level.guests and seen.plan.area is None, Reason.NO_GUESTS)
        code, invitation = await self._with_code(seen.level, invitation)
        invitation = replace(invitation, id=secrets.token_bytes(16), mail=await self._post.state(invitation))
        await self._stores.plans.invite(invitation)
        await self._post.write(seen.plan, seen.level, invitation, Occasion.INVITED, code)
        return invitation, code if seen.organises else None

    async def change_invitation(
        self, account: bytes, meeting: bytes, id: bytes, **values: Any
    ) -> tuple[Invitation, str | None]:
        """Change a guest's name or address, or give a new code; who came in by the old one is put out."""
        seen = await self._managed(account, meeting)
        old = next((one for one in seen.invitations if one.id == id), None)
        if old is None:
            raise AccessError(Trouble.NOT_FOUND)
        demand(old.account is None)
        invitation = replace(old, **values)
        check_invitation(invitation)
        # Whoever read the old address knows the old code.
        code, invitation = await self._with_code(seen.level, invitation)
        invitation = replace(invitation, mail=await self._post.state(invitation))
        await self._stores.plans.change_invitation(invitation)
        await self._review(meeting)
        await self._post.write(seen.plan, seen.level, invitation, Occasion.INVITED, code)
        return invitation, code if seen.organises else None

    async def withdraw(self, account: bytes, meeting: bytes, id: bytes) -> None:
        """Withdraw an invitation; whoever is there by it is put out at once."""
        seen = await self._managed(account, meeting)
        invitation = next((one for one in seen.invitations if one.id == id), None)
        if invitation is None or not await self._stores.plans.withdraw(id, meeting):
            raise AccessError(Trouble.NOT_FOUND)
        await self._review(meeting)
        await self._post.write(seen.plan, seen.level, invitation, Occasion.CANCELLED)

    async def _with_code(self, level: SecurityLevel, invitation: Invitation) -> tuple[str | None, Invitation]:
        """Draw a code for a guest where the link alone is not enough."""
        if invitation.account is not None or level.access is Access.LINK:
            return None, replace(invitation, code_hash=None)
        code = self._codes.draw()
        try:
            return code, replace(invitation, code_hash=await self._codes.hash(invitation.meeting, code))
        except Busy:
            raise AccessError(Trouble.BUSY, 1.0) from None

    # What the methods share

    async def _managed(self, account: bytes, id: bytes) -> View:
        seen = await self.view(account, id)
        if not seen.manages:
            raise AccessError(Trouble.NOT_ALLOWED)
        return seen

    async def _level(self, number: int) -> SecurityLevel:
        level = await self._stores.levels.level(number)
        if level is None or level.retired:
            raise PlanError(Reason.UNKNOWN_LEVEL)
        return level

    async def _check(self, plan: Plan, level: SecurityLevel, before: Plan | None = None) -> None:
        check_plan(plan, level, self._house_key, offset_of(plan.zone))
        if plan.area is not None and (before is None or plan.area != before.area):
            demand(await self._areas.choosable(plan.area), Reason.UNKNOWN_AREA)
        old = () if before is None else (*before.managers, *before.organisers)
        # Those who were named before may have lost their accounts since: that is no reason to refuse a new title.
        await self._known([one for one in plan.managers if one not in old], Action.PLAN_CHANGE)
        await self._known([one for one in plan.organisers if one not in old], Action.MEETING_ENTER)

    async def _known(self, accounts: list[bytes], action: Action) -> None:
        now = self._calendar()
        for id in accounts:
            account = await self._stores.accounts.account(id)
            living = account is not None and not account.is_over(now)
            demand(living and account is not None and allows(account.role, action, own=True), Reason.UNKNOWN_ACCOUNT)


def _told(plan: Plan) -> tuple[object, ...]:
    """What people who are invited are told of."""
    return plan.title, plan.agenda, plan.start, plan.zone, plan.minutes, plan.recurrence, plan.level, plan.cancelled
