"""Restricted areas as administrators make them, and clearances as an area's authorities give and withdraw them."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from aparte.core.access.roles import Action, Role, allows
from aparte.core.plan.area import (
    OUTSIDE,
    Area,
    Clearance,
    Standing,
    check_area,
    check_clearance,
    cleared_on,
)
from aparte.core.plan.errors import PlanError, Reason, demand
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.clock import Clock
from aparte.server.log import label, log
from aparte.server.plans.refusals import Refusals
from aparte.store.accounts import Account, AccountStore
from aparte.store.plans.areas import AreaStore
from aparte.store.plans.refusals import Tries, Try

Review = Callable[..., Awaitable[None]]
"""Look again at everybody who is in one of these meetings."""


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area as somebody sees it: ``whole`` for administrators and its authorities, by its name for all others."""

    area: Area
    whole: bool


class Areas:
    """Raises ``PlanError``, and ``AccessError(not-found)`` for what is not there, or not for whoever asks."""

    def __init__(
        self, store: AreaStore, accounts: AccountStore, refusals: Refusals, review: Review, calendar: Clock
    ) -> None:
        self._store: Final = store
        self._accounts: Final = accounts
        self._refusals: Final = refusals
        self._review: Final = review
        self._calendar: Final = calendar
        self._swept = calendar()

    # Areas

    async def views(self, account: Account) -> list[AreaView]:
        """All that somebody may know of: planners learn by name in which ones a meeting can be."""
        changes = allows(account.role, Action.AREA_CHANGE, own=False)
        seen = [AreaView(one, changes or account.id in one.authorities) for one in await self._store.all()]
        return [one for one in seen if one.whole or not one.area.retired]

    async def make(self, area: Area) -> Area:
        """Keep a new one; it gets its id here."""
        area = replace(area, id=secrets.token_bytes(16))
        await self._check(area, ())
        await self._store.add(area)
        log.info("area-made", area=label(area.id))
        return area

    async def change(self, id: bytes, **values: Any) -> Area:
        """Change name, networks, authorities, or whether it is retired."""
        old = await self._store.area(id)
        if old is None:
            raise AccessError(Trouble.NOT_FOUND)
        area = replace(old, **values)
        await self._check(area, old.authorities)
        await self._store.change(area)
        log.info("area-changed", area=label(id))
        await self._review(*await self._store.plans(id))
        return area

    async def choosable(self, id: bytes) -> bool:
        """Whether a plan may be put into it."""
        area = await self._store.area(id)
        return area is not None and not area.retired

    # Clearances

    async def clear(self, by: bytes, of: bytes, account: bytes, starts: float, ends: float) -> Clearance:
        """Clear an account for an area."""
        area, now = await self._own(by, of), self._calendar()
        demand(not area.retired)
        new = Clearance(secrets.token_bytes(16), of, account, starts, ends, by, now)
        check_clearance(new)
        await self._living(account, Action.MEETING_ENTER)
        await self._store.clear(new)
        log.info("cleared", area=label(of))
        return new

    async def withdraw(self, by: bytes, of: bytes, id: bytes) -> None:
        """Withdraw a clearance; whoever is in a meeting by it is put out at once."""
        await self._own(by, of)
        if not await self._store.withdraw(id, of, by, self._calendar()):
            raise AccessError(Trouble.NOT_FOUND)
        log.info("clearance-withdrawn", area=label(of))
        await self._review(*await self._store.plans(of))

    async def clearances(self, by: bytes, of: bytes, since: float | None, until: float | None) -> list[Clearance]:
        """All of an area; or those in force at ``since``, or at some instant of [since, until)."""
        await self._own(by, of)
        found = await self._store.clearances(of)
        if since is None:
            demand(until is None)
            return found
        demand(until is None or since < until)
        ended = {account.id: account.ended for account in await self._accounts.accounts()}
        # An account that is over had no access any more, whatever its clearance says.
        living = [one for one in found if (over := ended.get(one.account)) is None or since < over]
        return [one for one in living if one.overlaps(since, until)]

    async def refusals(self, by: bytes, of: bytes) -> list[tuple[Try, Tries]]:
        """Who was refused at the area's meetings, the latest first."""
        await self._own(by, of)
        return await self._refusals.of(of)

    # What the gate asks

    async def standing(self, id: bytes | None, account: bytes | None, address: str) -> Standing:
        """How somebody stands towards the area of a plan, now."""
        if id is None or account is None:
            return OUTSIDE
        area = await self._store.area(id)
        if area is None:
            return OUTSIDE
        held = await self._store.clearances(id, account)
        return Standing(cleared_on(held, account, self._calendar()), area.lists(address))

    async def of_plan(self, meeting: bytes) -> bytes | None:
        """The area that a plan is in."""
        return await self._store.of_plan(meeting)

    # Time

    async def sweep(self) -> None:
        """Put out whose clearance has come to its end since the last time, and write down who was refused."""
        now = self._calendar()
        over = await self._store.running_out(self._swept, now)
        if over:
            await self._review(*over)
        self._swept = now
        await self._refusals.write()

    # What the methods share

    async def _own(self, by: bytes, id: bytes) -> Area:
        area = await self._store.area(id)
        if area is None or by not in area.authorities:
            raise AccessError(Trouble.NOT_FOUND)
        return area

    async def _check(self, area: Area, before: tuple[bytes, ...]) -> None:
        check_area(area)
        # Those who were named before may have lost their accounts since: that is no reason to refuse a new name.
        for id in area.authorities:
            if id not in before:
                await self._living(id, Action.AREA_CLEAR)

    async def _living(self, id: bytes, action: Action) -> None:
        account = await self._accounts.account(id)
        living = account is not None and not account.is_over(self._calendar()) and account.role is not Role.GUEST
        if account is None or not living or not allows(account.role, action, own=True):
            raise PlanError(Reason.UNKNOWN_ACCOUNT)
