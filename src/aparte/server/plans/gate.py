"""Who is let into a planned meeting, and who may stay when its plan changes (spec/plans.md section 4)."""

import hmac
from dataclasses import dataclass, field
from typing import Final

from aparte.core.access.roles import Role
from aparte.core.plan.entry import Entry, Refusal, Visitor, decide
from aparte.core.plan.guesses import Guesses
from aparte.core.plan.invitation import Invitation
from aparte.server.clock import Clock
from aparte.server.log import label, log
from aparte.server.peers import network
from aparte.server.plans.areas import Areas
from aparte.server.plans.codes import Busy, Codes
from aparte.server.plans.grant import Grant
from aparte.server.plans.refusals import Refusals
from aparte.server.plans.zones import offset_of
from aparte.store.accounts import AccountStore
from aparte.store.plans.plans import PlanStore
from aparte.store.plans.refusals import Try


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody shows: an account (id) when signed in, what became of the entry code that came along, and where
    the link comes from.
    """

    account: bytes | None
    code_hash: bytes | None
    address: str = field(default="", repr=False)


class Gate:
    """The steps of a greeting, in the order in which they are taken."""

    def __init__(
        self,
        store: PlanStore,
        accounts: AccountStore,
        areas: Areas,
        refusals: Refusals,
        codes: Codes,
        steady: Clock,
        calendar: Clock,
    ) -> None:
        self._store: Final = store
        self._accounts: Final = accounts
        self._areas: Final = areas
        self._refusals: Final = refusals
        self._codes: Final = codes
        self._steady: Final = steady
        self._calendar: Final = calendar
        self._guesses: Final = Guesses()

    async def door_hash(self, meeting: bytes) -> tuple[bool, bytes | None]:
        """Whether the meeting is planned, and the hash of its door once there is one."""
        return await self._store.door_hash(meeting)

    async def weigh(self, meeting: bytes, code: str, address: str, right: bool) -> bytes | None:
        """Hash an entry code; ``None`` when no more may be tried.

        A wrong door (``right``) takes the same work, and has tries of its own.
        """
        tried = meeting if right else None
        if not self._guesses.take(tried, network(address), self._steady()):
            return None
        try:
            return await self._codes.hash(meeting, code)
        except Busy:
            return None

    def forgive(self, meeting: bytes, address: str) -> None:
        """The code was right."""
        self._guesses.give_back(meeting, network(address))

    async def decide(self, meeting: bytes, visit: Visit) -> Grant | Refusal:
        """Decide on somebody whose door was right."""
        found = await self._store.find(meeting)
        if found is None:
            return Refusal.CANCELLED
        plan, level = found
        visitor = None if visit.account is None else await self.visitor(visit.account)
        invitation = _shown(await self._store.invitations(meeting), visitor, visit.code_hash)
        standing = await self._areas.standing(plan.area, visit.account, visit.address)
        answer = decide(level, plan, visitor, invitation, self._calendar(), offset_of(plan.zone), standing)
        if isinstance(answer, Refusal):
            log.info("refused", meeting=label(meeting), why=str(answer))
            return answer
        assert plan.keys is not None, "nobody is let in before"
        await self._store.open_meeting(meeting, plan.keys, self._calendar())
        return Grant(meeting, level, answer, visitor, invitation, visit.address)

    async def note(self, meeting: bytes, visit: Visit, why: Refusal) -> None:
        """Remember a refusal, if the plan is in an area: whoever was turned away for good, at the door as well."""
        area = await self._areas.of_plan(meeting)
        if area is not None:
            self._refusals.note(Try(area, meeting, visit.account, network(visit.address), str(why)))

    async def stays(self, grant: Grant) -> bool:
        """Whether somebody who is in a meeting would be let in now; that its time is over sends nobody out."""
        found = await self._store.find(grant.meeting)
        if found is None:
            return False
        plan, level = found
        visitor = None if grant.visitor is None else await self.visitor(grant.visitor.account)
        known = {one.id: one for one in await self._store.invitations(grant.meeting)}
        invitation = _own(list(known.values()), visitor)
        if grant.invitation is not None and grant.invitation.account is None:
            kept = known.get(grant.invitation.id)
            # A new code is for whoever was given it: who came by the old one does not stay.
            same = kept is not None and kept.code_hash == grant.invitation.code_hash
            invitation = invitation or (kept if same else None)
        account = None if visitor is None else visitor.account
        standing = await self._areas.standing(plan.area, account, grant.address)
        answer = decide(level, plan, visitor, invitation, plan.start, offset_of(plan.zone), standing)
        return isinstance(answer, Entry)

    async def visitor(self, id: bytes) -> Visitor | None:
        """What is known of an account."""
        account = await self._accounts.account(id)
        factors = await self._accounts.factors(id)
        verified = await self._store.is_verified(id)
        if account is None or account.is_over(self._calendar()):
            return None
        # Whoever has a second factor that works had to show it when logging in.
        shown = any(factor.used is not None for factor in factors)
        return Visitor(id, account.role is Role.GUEST, shown, verified)


def _shown(invitations: list[Invitation], visitor: Visitor | None, code_hash: bytes | None) -> Invitation | None:
    """The invitation of the account, or else the one whose code was shown."""
    own = _own(invitations, visitor)
    by_code = None
    for one in invitations:
        if code_hash is not None and one.code_hash is not None and hmac.compare_digest(one.code_hash, code_hash):
            by_code = one
    return own or by_code


def _own(invitations: list[Invitation], visitor: Visitor | None) -> Invitation | None:
    return next((one for one in invitations if visitor is not None and one.account == visitor.account), None)
