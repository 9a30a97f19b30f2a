"""Who is written to, and what became of it."""

from typing import Final

from aparte.core.plan.invitation import Invitation, Mail
from aparte.core.plan.level import SecurityLevel
from aparte.core.plan.plan import Plan
from aparte.core.plan.text import is_address
from aparte.server.clock import Clock
from aparte.server.mail import Letter, Mailer
from aparte.server.plans.ics import Method, Parties, calendar_of
from aparte.server.plans.letters import Occasion, letter_of
from aparte.store.accounts import AccountStore
from aparte.store.plans.plans import PlanStore


class Post:
    """Without a mail server nobody is written to, and everything else goes on."""

    def __init__(
        self, plans: PlanStore, accounts: AccountStore, mailer: Mailer | None, origin: str, calendar: Clock
    ) -> None:
        self._plans: Final = plans
        self._accounts: Final = accounts
        self._mailer: Final = mailer
        self._origin: Final = origin
        self._calendar: Final = calendar

    async def state(self, invitation: Invitation) -> Mail:
        """How a new mail to somebody begins."""
        able = self._mailer is not None and (await self._to(invitation))[0] != ""
        return Mail.WAITING if able else Mail.OFF

    async def write(
        self,
        plan: Plan,
        level: SecurityLevel,
        invitation: Invitation,
        occasion: Occasion,
        code: str | None = None,
    ) -> None:
        """Write to somebody who is, or was, invited. It is sent later, and shown in the plan when it is not."""
        address, name = await self._to(invitation)
        if self._mailer is None or not address:
            return
        parties = Parties(self._origin, self._mailer.sender, address, name)

        async def done(sent: bool) -> None:
            await self._plans.mailed(invitation.id, Mail.SENT if sent else Mail.FAILED)

        if not self._mailer.send(Letter(letter_of(plan, level, occasion, parties, self._calendar(), code), done)):
            await done(False)

    async def calendar(self, plan: Plan, account: bytes) -> bytes:
        """The calendar's file for an account."""
        host = self._origin.partition("://")[2].partition(":")[0]
        sender = self._mailer.sender if self._mailer is not None else f"aparte@{host}"
        found = await self._accounts.account(account)
        login, name = ("", "") if found is None else (found.login, found.name)
        parties = Parties(self._origin, sender, login, name)
        method = Method.CANCEL if plan.cancelled else Method.REQUEST
        return calendar_of(plan, method, parties, self._calendar())

    async def _to(self, invitation: Invitation) -> tuple[str, str]:
        if invitation.account is None:
            return invitation.address, invitation.name
        account = await self._accounts.account(invitation.account)
        known = account is not None and not account.is_over(self._calendar()) and is_address(account.login)
        return (account.login, account.name) if known and account is not None else ("", "")
