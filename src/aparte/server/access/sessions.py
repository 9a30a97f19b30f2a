"""Sessions: who a token is, and what kind of program holds it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aparte.server.access.tokens import hash_token, new_token
from aparte.server.clock import Clock
from aparte.server.config import Access
from aparte.store.accounts import Account, AccountStore, Session

_USE_SECONDS: Final = 60.0  # between two notes that a session is in use
_BROWSERS: Final = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
_SYSTEMS: Final = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")


@dataclass(frozen=True, slots=True)
class Holder:
    """What a link was opened with."""

    account: bytes
    session: bytes


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request."""

    account: Account
    session: Session


Ended = Callable[[bytes, list[bytes] | None], None]
"""Told which account's sessions have ended; ``None``: the account itself."""


class Sessions:
    """Opens, finds and ends them. ``ended`` is told of every one that ends before its time."""

    def __init__(self, store: AccountStore, access: Access, calendar: Clock, ended: Ended) -> None:
        self._store: Final = store
        self._access: Final = access
        self._calendar: Final = calendar
        self._ended: Final = ended

    @property
    def seconds(self) -> float:
        """How long one lasts at most."""
        return self._access.session_days * 86_400

    async def open(self, account: Account, program: str, instead: Caller | None) -> tuple[bytes, Caller]:
        """A new session with its token; one that the same program had before ends."""
        if instead is not None:
            await self.end(instead.account.id, instead.session.id)
        token, now = new_token(), self._calendar()
        session = Session(secrets.token_bytes(16), account.id, now, now, program)
        await self._store.add_session(session, hash_token(token))
        return token, Caller(account, session)

    async def find(self, token: bytes) -> Caller | None:
        """Whose token this is; ``None`` for nobody's, and when the session's or the account's time is over."""
        found = await self._store.session(hash_token(token))
        if found is None:
            return None
        (session, account), now = found, self._calendar()
        idle = session.used + self._access.idle_hours * 3600 <= now
        if idle or session.made + self.seconds <= now or account.is_over(now):
            return None
        if session.used + _USE_SECONDS <= now:
            await self._store.use_sessions([session.id], now)
        return Caller(account, session)

    async def holder(self, token: bytes) -> Holder | None:
        """The same for a link."""
        caller = await self.find(token)
        return None if caller is None else Holder(caller.account.id, caller.session.id)

    async def living(self, account: bytes) -> list[Session]:
        """The sessions of an account that are not over."""
        now = self._calendar()
        idle, oldest = now - self._access.idle_hours * 3600, now - self.seconds
        return [one for one in await self._store.sessions(account) if one.used > idle and one.made > oldest]

    async def end(self, account: bytes, session: bytes) -> bool:
        """End one; false when the account has none such."""
        if not await self._store.end_session(account, session):
            return False
        self._ended(account, [session])
        return True

    async def end_others(self, caller: Caller) -> None:
        """End all of the caller's but the one in use."""
        self._ended(caller.account.id, await self._store.end_other_sessions(caller.account.id, caller.session.id))

    async def erase_stale(self, linked: list[bytes]) -> None:
        """Erase what is over; sessions with a link are in use."""
        now = self._calendar()
        if linked:
            await self._store.use_sessions(linked, now)
        await self._store.erase_stale(now - self.seconds, now - self._access.idle_hours * 3600, now)


def kind_of_program(user_agent: str) -> str:
    """A few words for the list of sessions: ``Firefox, Linux``. Nothing else of the header is kept."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    if browser is None:
        browser = "Safari" if "Safari/" in user_agent else None
    if browser is None:
        return "program"
    system = next((name for name in _SYSTEMS if name in user_agent), None)
    return browser if system is None else f"{browser}, {'macOS' if system == 'Macintosh' else system}"
