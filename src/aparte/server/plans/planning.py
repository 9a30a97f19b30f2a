"""Everything about planned meetings, put together."""

from typing import Final

from aparte.server.access.errors import AccessError, Trouble
from aparte.server.clock import Clock
from aparte.server.config import Config
from aparte.server.log import log
from aparte.server.mail import Mailer
from aparte.server.plans.areas import Areas
from aparte.server.plans.codes import Codes
from aparte.server.plans.desk import Desk, Stores
from aparte.server.plans.gate import Gate
from aparte.server.plans.history import History
from aparte.server.plans.levels import Levels
from aparte.server.plans.post import Post
from aparte.server.plans.refusals import Refusals
from aparte.server.rooms import Rooms


class Planning:
    """``begin`` it before anybody comes, ``close`` it when everybody is gone."""

    def __init__(
        self,
        stores: Stores,
        rooms: Rooms,
        config: Config,
        origin: str,
        house_key: bytes,
        steady: Clock,
        calendar: Clock,
    ) -> None:
        """``origin``: under which people reach the server; ``house_key``: that charters have to name."""
        self.stores: Final = stores
        self._rooms: Final = rooms
        self._calendar: Final = calendar
        self._codes: Final = Codes(config.access)
        self.mailer: Final = None if config.smtp is None else Mailer(config.smtp)
        self.history: Final = History(stores.attendance, calendar)
        self._refusals: Final = Refusals(stores.refusals, calendar)
        self.areas: Final = Areas(stores.areas, stores.accounts, self._refusals, rooms.review, calendar)
        self.gate: Final = Gate(
            stores.plans, stores.accounts, self.areas, self._refusals, self._codes, steady, calendar
        )
        self.levels: Final = Levels(stores.levels, calendar)
        post = Post(stores.plans, stores.accounts, self.mailer, origin, calendar)
        self.desk: Final = Desk(stores, self.areas, self._codes, post, rooms.review, house_key, calendar)

    async def begin(self) -> None:
        """Keep the shipped levels; what was going on before a restart is over."""
        now = self._calendar()
        await self.stores.levels.begin(now)
        await self.stores.attendance.all_went(now)
        await self.stores.plans.give_up_mails()
        self._rooms.gate, self._rooms.history = self.gate, self.history

    async def verify(self, account: bytes, verifier: bytes, verified: bool) -> None:
        """Somebody has looked at a person's papers, or what was seen does not count any more."""
        if await self.stores.accounts.account(account) is None:
            raise AccessError(Trouble.NOT_FOUND)
        if verified:
            await self.stores.plans.verify(account, verifier, self._calendar())
            return
        await self.stores.plans.unverify(account)
        for plan in await self.stores.plans.of(account):
            await self._rooms.review(plan.meeting)

    async def erase(self) -> None:
        """Erase plans and histories whose time is over."""
        now = self._calendar()
        over = await self.stores.plans.erase(now)
        for meeting in over:
            await self._rooms.review(meeting)
        stays = await self.stores.attendance.erase(now)
        refusals = await self._refusals.erase(now)
        if over or stays or refusals:
            log.info("erased-plans", plans=len(over), stays=stays, refusals=refusals)

    async def close(self) -> None:
        """Keep what is still to be kept, and give up the mails that wait."""
        await self.history.settled()
        await self._refusals.write()
        if self.mailer is not None:
            await self.mailer.close()
        self._codes.close()
