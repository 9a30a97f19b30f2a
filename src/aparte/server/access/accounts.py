"""Accounts: how they begin, change and end, and the parts that serve them."""

import secrets
from pathlib import Path
from typing import Any, Final

from aparte.core.access.login import normal_login
from aparte.core.access.roles import Role
from aparte.core.policy.names import normalise_label, normalise_name
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.factors import Factors
from aparte.server.access.hashing import Hashing
from aparte.server.access.known import judge_for
from aparte.server.access.logins import Logins, Try
from aparte.server.access.sessions import Caller, Ended, Sessions
from aparte.server.access.tokens import Challenges, hash_token, new_token, own_key
from aparte.server.clock import Clock
from aparte.server.config import Access
from aparte.store.accounts import Account, AccountStore, LastAdministrator, Taken

KEY_FILE: Final = "access.key"


class Accounts:
    """One for a server. ``ended`` is told of accounts and sessions that end, so that their links end too."""

    def __init__(
        self, store: AccountStore, access: Access, data: Path, steady: Clock, calendar: Clock, ended: Ended
    ) -> None:
        """``data``: the folder with the server's own key. Raises ``OSError``."""
        key = own_key(data / KEY_FILE)
        self._store: Final = store
        self._access: Final = access
        self._calendar: Final = calendar
        self._ended: Final = ended
        self._hashing: Final = Hashing(access)
        challenges = Challenges(key, calendar, access.pending_minutes * 60)
        self.factors: Final = Factors(store, challenges, calendar, key)
        self.sessions: Final = Sessions(store, access, calendar, ended)
        self.logins: Final = Logins(store, self._hashing, self.factors, access, steady, secrets.token_bytes(16))

    def close(self) -> None:
        """Hash no more."""
        self._hashing.close()

    # Tickets

    async def first_ticket(self) -> bytes | None:
        """A ticket for the first administrator; ``None`` when there is one."""
        now = self._calendar()
        if await self._store.has_administrator(now):
            return None
        return await make_ticket(self._store, None, now + self._access.ticket_hours * 3600)

    async def ticket(self, id: bytes) -> bytes:
        """A ticket with which the account's owner sets a password. Raises ``AccessError``."""
        await self._living(id)
        return await make_ticket(self._store, id, self._calendar() + self._access.ticket_hours * 3600)

    async def redeem(self, ticket: bytes, password: str, login: str | None, name: str | None) -> Account:
        """Use a ticket: set a password, or make the first administrator with login and name. Raises ``AccessError``."""
        now, ticket_hash = self._calendar(), hash_token(ticket)
        valid, id = await self._store.ticket(ticket_hash, now)
        owner = await self._store.account(id) if id is not None else None
        if not valid or (owner is not None and owner.is_over(now)):
            raise AccessError(Trouble.TICKET_INVALID)
        if owner is not None:
            _demand_strength(password, owner)
            hashed, first = await self._hashing.hash(password), None
        else:
            first = self._new(login or "", name or "", "", Role.ADMINISTRATOR, None)
            _demand_strength(password, first)
            hashed = await self._hashing.hash(password)
            first = Account(**{**_fields(first), "password": hashed})
        try:
            made = await self._store.redeem(ticket_hash, now, first, hashed)
        except Taken:
            raise AccessError(Trouble.TAKEN) from None
        account = None if made is None else await self._store.account(made)
        if account is None:
            raise AccessError(Trouble.TICKET_INVALID)
        self._ended(account.id, None)  # its sessions went with the old password
        return account

    # Administration

    async def list(self) -> list[Account]:
        """All of them."""
        return await self._store.accounts()

    async def create(self, login: str, name: str, label: str, role: Role, ends: float | None) -> tuple[Account, bytes]:
        """A new account and its ticket. Raises ``AccessError``."""
        account = self._new(login, name, label, role, ends)
        try:
            await self._store.add(account)
        except Taken:
            raise AccessError(Trouble.TAKEN) from None
        return account, await self.ticket(account.id)

    async def change(self, id: bytes, **values: Any) -> Account:
        """Change name, label, role or end. Raises ``AccessError``."""
        await self._living(id)
        for field, normal in (("name", _name), ("label", _label)):
            if field in values:
                values[field] = normal(values[field])
        try:
            await self._store.change(id, self._calendar(), **values)
        except LastAdministrator:
            raise AccessError(Trouble.LAST_ADMINISTRATOR) from None
        await self.end_due()
        account = await self._store.account(id)
        if account is None:
            raise AccessError(Trouble.NOT_FOUND)
        return account

    async def end(self, id: bytes) -> None:
        """End an account with its sessions, tickets, factors and links, for good. Raises ``AccessError``."""
        if await self._store.account(id) is None:
            raise AccessError(Trouble.NOT_FOUND)
        try:
            await self._store.end(id, self._calendar())
        except LastAdministrator:
            raise AccessError(Trouble.LAST_ADMINISTRATOR) from None
        self._ended(id, None)

    async def sign_out(self, id: bytes) -> None:
        """End all sessions of an account, with their links. Raises ``AccessError``."""
        await self._living(id)
        self._ended(id, await self._store.end_other_sessions(id, b""))

    async def end_due(self) -> None:
        """End the accounts whose end has come."""
        for id in await self._store.coming_to_an_end(self._calendar()):
            await self.end(id)

    # One's own

    async def change_password(self, caller: Caller, old: str, new: str, trying: Try) -> None:
        """Set another password; all other sessions end. Raises ``AccessError``."""
        await self.logins.confirm(caller.account, old, trying)
        _demand_strength(new, caller.account)
        hashed = await self._hashing.hash(new)
        self._ended(caller.account.id, await self._store.set_password(caller.account.id, hashed, caller.session.id))

    # What these share

    async def _living(self, id: bytes) -> Account:
        account = await self._store.account(id)
        if account is None or account.is_over(self._calendar()):
            raise AccessError(Trouble.NOT_FOUND)
        return account

    def _new(self, login: str, name: str, label: str, role: Role, ends: float | None) -> Account:
        try:
            normal = normal_login(login)
        except ValueError:
            raise AccessError(Trouble.MALFORMED) from None
        if ends is not None and ends <= self._calendar():
            raise AccessError(Trouble.MALFORMED)
        return Account(secrets.token_bytes(16), normal, _name(name), _label(label), role, self._calendar(), ends)


async def make_ticket(store: AccountStore, account: bytes | None, ends: float) -> bytes:
    """A new ticket; only its hash is kept."""
    ticket = new_token()
    await store.add_ticket(hash_token(ticket), account, ends)
    return ticket


def _demand_strength(password: str, account: Account) -> None:
    verdict = judge_for(password, account.login, account.name)
    if not verdict.accepted:
        raise AccessError(Trouble.WEAK_PASSWORD, flaws=verdict.flaws)


def _name(text: str) -> str:
    try:
        return normalise_name(text)
    except ValueError:
        raise AccessError(Trouble.BAD_NAME) from None


def _label(text: str) -> str:
    try:
        return normalise_label(text)
    except ValueError:
        raise AccessError(Trouble.BAD_LABEL) from None


def _fields(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in account.__dataclass_fields__}
