"""Accounts and what belongs to them, by SQLAlchemy: no password, no token, no code, only hashes of them."""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, Table, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aparte.core.access.roles import Role
from aparte.store import tables

MOST_DEVICES: Final = 20
"""Browsers of one account that are known again; the one that was used longest ago is forgotten."""


class Taken(Exception):
    """Another account has this login, or this key, already."""


class LastAdministrator(Exception):
    """Nobody would be left who looks after accounts."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person. Times are seconds since 1970; ``password`` is an Argon2id hash, or ``None``."""

    id: bytes
    login: str = field(repr=False)
    name: str = field(repr=False)
    label: str = field(repr=False)
    role: Role
    created: float
    ends: float | None = None
    ended: float | None = None
    password: str | None = field(default=None, repr=False)

    def is_over(self, now: float) -> bool:
        """Whether it was ended, or its end has come."""
        return self.ended is not None or (self.ends is not None and self.ends <= now)


@dataclass(frozen=True, slots=True)
class Session:
    """One login, from which until when, and with what kind of program."""

    id: bytes
    account: bytes
    made: float
    used: float
    program: str


@dataclass(frozen=True, slots=True)
class Factor:
    """A TOTP (``count``: the last time step that served) or a passkey (``count``: its signature counter).

    ``used`` is ``None`` until it has been shown to work.
    """

    id: bytes
    account: bytes
    kind: str
    name: str = field(repr=False)
    made: float
    used: float | None = None
    credential: bytes | None = field(default=None, repr=False)
    public_key: bytes | None = field(default=None, repr=False)
    count: int = 0


class AccountStore:
    """Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine: Final = engine

    # Accounts

    async def add(self, account: Account) -> None:
        """Remember a new account. Raises ``Taken``."""
        async with self._engine.begin() as connection:
            await _insert_account(connection, account)

    async def account(self, id: bytes) -> Account | None:
        """The account with this id."""
        return await self._one_account(tables.account.c.id == id)

    async def by_login(self, login: str) -> Account | None:
        """The account with this login, in its one spelling."""
        return await self._one_account(tables.account.c.login == login)

    async def accounts(self) -> list[Account]:
        """All, by login."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(tables.account).order_by(tables.account.c.login))
            return [_account(row) for row in rows]

    async def has_administrator(self, now: float) -> bool:
        """Whether somebody looks after accounts."""
        async with self._engine.connect() as connection:
            return await connection.scalar(_administrators(now).limit(1)) is not None

    async def change(self, id: bytes, now: float, **values: Any) -> None:
        """Set columns of an account. Raises ``LastAdministrator``, and then nothing is changed."""
        async with self._engine.begin() as connection:
            await connection.execute(update(tables.account).where(tables.account.c.id == id).values(**values))
            await _demand_administrator(connection, now)

    async def end(self, id: bytes, now: float) -> None:
        """The account is over, and all that it came in with. Raises ``LastAdministrator``, and then nothing is."""
        async with self._engine.begin() as connection:
            unended = (tables.account.c.id == id) & tables.account.c.ended.is_(None)
            changed = await connection.execute(update(tables.account).where(unended).values(ended=now, password=None))
            if changed.rowcount:
                await _demand_administrator(connection, now)
            for table in (tables.session, tables.ticket, tables.device, tables.factor, tables.recovery):
                await connection.execute(delete(table).where(table.c.account == id))

    async def coming_to_an_end(self, now: float) -> list[bytes]:
        """Accounts whose end has come and that nobody has ended yet."""
        due = tables.account.c.ended.is_(None) & (tables.account.c.ends <= now)
        async with self._engine.connect() as connection:
            return list(await connection.scalars(select(tables.account.c.id).where(due)))

    async def set_password(self, id: bytes, password: str, session: bytes | None) -> list[bytes]:
        """Keep a new hash; every session but this one ends, and every ticket. Returns the sessions that ended."""
        async with self._engine.begin() as connection:
            values = update(tables.account).where(tables.account.c.id == id).values(password=password)
            await connection.execute(values)
            await connection.execute(delete(tables.ticket).where(tables.ticket.c.account == id))
            await connection.execute(delete(tables.device).where(tables.device.c.account == id))
            return await _end_sessions(connection, id, session)

    async def rehash(self, id: bytes, old: str, new: str) -> None:
        """The same password under stronger parameters, unless it has changed meanwhile."""
        same = (tables.account.c.id == id) & (tables.account.c.password == old)
        async with self._engine.begin() as connection:
            await connection.execute(update(tables.account).where(same).values(password=new))

    # Sessions

    async def add_session(self, session: Session, token_hash: bytes) -> None:
        """A login succeeded."""
        await self._insert(tables.session, **_values(session), token_hash=token_hash)

    async def session(self, token_hash: bytes) -> tuple[Session, Account] | None:
        """The session of a token, and whose it is."""
        query = select(tables.session).where(tables.session.c.token_hash == token_hash)
        async with self._engine.connect() as connection:
            found = (await connection.execute(query)).one_or_none()
            if found is None:
                return None
            owner = select(tables.account).where(tables.account.c.id == found.account)
            return _session(found), _account((await connection.execute(owner)).one())

    async def sessions(self, account: bytes) -> list[Session]:
        """All of one account, the newest first."""
        mine = select(tables.session).where(tables.session.c.account == account)
        async with self._engine.connect() as connection:
            return [_session(row) for row in await connection.execute(mine.order_by(tables.session.c.made.desc()))]

    async def use_sessions(self, ids: list[bytes], now: float) -> None:
        """They were used."""
        async with self._engine.begin() as connection:
            await connection.execute(update(tables.session).where(tables.session.c.id.in_(ids)).values(used=now))

    async def end_session(self, account: bytes, id: bytes) -> bool:
        """End one session of an account; false when it has none with this id."""
        mine = (tables.session.c.id == id) & (tables.session.c.account == account)
        async with self._engine.begin() as connection:
            return bool((await connection.execute(delete(tables.session).where(mine))).rowcount)

    async def end_other_sessions(self, account: bytes, session: bytes) -> list[bytes]:
        """End all of an account's sessions but this one. Returns those that ended."""
        async with self._engine.begin() as connection:
            return await _end_sessions(connection, account, session)

    async def erase_stale(self, made: float, used: float, now: float) -> None:
        """Erase sessions made or used before these times, and tickets whose time is over."""
        stale = or_(tables.session.c.made <= made, tables.session.c.used <= used)
        async with self._engine.begin() as connection:
            await connection.execute(delete(tables.session).where(stale))
            await connection.execute(delete(tables.ticket).where(tables.ticket.c.ends <= now))

    # Tickets

    async def add_ticket(self, ticket_hash: bytes, account: bytes | None, ends: float) -> None:
        """A new ticket takes the place of the account's older ones; of none: of the older ones of the first set-up."""
        column = tables.ticket.c.account
        older = column.is_(None) if account is None else column == account
        async with self._engine.begin() as connection:
            await connection.execute(delete(tables.ticket).where(older))
            await connection.execute(
                insert(tables.ticket).values(ticket_hash=ticket_hash, account=account, ends=ends),
            )

    async def ticket(self, ticket_hash: bytes, now: float) -> tuple[bool, bytes | None]:
        """Whether a ticket is valid, and of which account it is (``None``: of the first administrator)."""
        valid = (tables.ticket.c.ticket_hash == ticket_hash) & (tables.ticket.c.ends > now)
        async with self._engine.connect() as connection:
            found = (await connection.execute(select(tables.ticket.c.account).where(valid))).one_or_none()
            return found is not None, None if found is None else found.account

    async def redeem(self, ticket_hash: bytes, now: float, first: Account | None, password: str) -> bytes | None:
        """Use a ticket up: make the first administrator, or set the password of the ticket's account.

        All sessions, devices and second factors of the account end with it: whoever gets a new ticket starts anew.
        Returns the account; ``None`` for a ticket that is not valid any more, or does not fit ``first``. Raises
        ``Taken``.
        """
        valid = (tables.ticket.c.ticket_hash == ticket_hash) & (tables.ticket.c.ends > now)
        async with self._engine.begin() as connection:
            found = (await connection.execute(select(tables.ticket.c.account).where(valid))).one_or_none()
            if found is None or (found.account is None) != (first is not None):
                return None
            if not (await connection.execute(delete(tables.ticket).where(valid))).rowcount:
                return None  # somebody was quicker
            if first is not None:
                if await connection.scalar(_administrators(now).limit(1)) is not None:
                    return None
                await _insert_account(connection, first)
                return first.id
            id: bytes = found.account
            values = update(tables.account).where(tables.account.c.id == id, tables.account.c.ended.is_(None))
            if not (await connection.execute(values.values(password=password))).rowcount:
                return None
            for table in (tables.session, tables.device, tables.factor, tables.recovery):
                await connection.execute(delete(table).where(table.c.account == id))
            return id

    # Devices

    async def add_device(self, device_hash: bytes, account: bytes, now: float) -> None:
        """A browser has logged in: it is known again."""
        mine = tables.device.c.account == account
        async with self._engine.begin() as connection:
            await connection.execute(insert(tables.device).values(device_hash=device_hash, account=account, used=now))
            newest = select(tables.device.c.device_hash).where(mine).order_by(tables.device.c.used.desc())
            kept = newest.limit(MOST_DEVICES)
            await connection.execute(delete(tables.device).where(mine, tables.device.c.device_hash.not_in(kept)))

    async def knows_device(self, device_hash: bytes, login: str) -> bool:
        """Whether a browser has logged into the account of this login before."""
        known = select(tables.device.c.device_hash).join_from(tables.device, tables.account)
        async with self._engine.connect() as connection:
            query = known.where(tables.device.c.device_hash == device_hash, tables.account.c.login == login)
            return await connection.scalar(query) is not None

    # Factors

    async def add_factor(self, factor: Factor) -> None:
        """A new factor. Raises ``Taken`` for a passkey that somebody has already."""
        try:
            await self._insert(tables.factor, **_values(factor))
        except IntegrityError:
            raise Taken from None

    async def factors(self, account: bytes) -> list[Factor]:
        """All of one account, the oldest first."""
        mine = select(tables.factor).where(tables.factor.c.account == account).order_by(tables.factor.c.made)
        async with self._engine.connect() as connection:
            return [Factor(**row._mapping) for row in await connection.execute(mine)]

    async def passkey(self, credential: bytes) -> Factor | None:
        """The passkey with this credential id."""
        query = select(tables.factor).where(tables.factor.c.credential == credential)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else Factor(**row._mapping)

    async def use_factor(self, factor: Factor, count: int, now: float) -> bool:
        """It has served; false when its counter is not the one that was read (somebody was quicker)."""
        same = (tables.factor.c.id == factor.id) & (tables.factor.c.count == factor.count)
        async with self._engine.begin() as connection:
            done = await connection.execute(update(tables.factor).where(same).values(count=count, used=now))
            return bool(done.rowcount)

    async def remove_factor(self, account: bytes, id: bytes) -> bool:
        """Remove one of an account's factors; with the last one go the recovery codes. False when it has none such."""
        mine = (tables.factor.c.id == id) & (tables.factor.c.account == account)
        async with self._engine.begin() as connection:
            if not (await connection.execute(delete(tables.factor).where(mine))).rowcount:
                return False
            left = select(tables.factor.c.id).where(
                tables.factor.c.account == account, tables.factor.c.used.is_not(None)
            )
            if await connection.scalar(left.limit(1)) is None:
                await connection.execute(delete(tables.recovery).where(tables.recovery.c.account == account))
            return True

    async def set_recovery(self, account: bytes, hashes: list[bytes]) -> None:
        """Keep the hashes of new recovery codes instead of the old ones."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(tables.recovery).where(tables.recovery.c.account == account))
            rows = [{"code_hash": code_hash, "account": account} for code_hash in hashes]
            await connection.execute(insert(tables.recovery), rows)

    async def recovery_left(self, account: bytes) -> int:
        """How many recovery codes are left."""
        mine = select(tables.recovery.c.code_hash).where(tables.recovery.c.account == account)
        async with self._engine.connect() as connection:
            return len(list(await connection.scalars(mine)))

    async def use_recovery(self, account: bytes, code_hash: bytes) -> bool:
        """Use a recovery code up; false when there is no such one."""
        mine = (tables.recovery.c.code_hash == code_hash) & (tables.recovery.c.account == account)
        async with self._engine.begin() as connection:
            return bool((await connection.execute(delete(tables.recovery).where(mine))).rowcount)

    # What the methods share

    async def _one_account(self, which: Any) -> Account | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(tables.account).where(which))).one_or_none()
            return None if row is None else _account(row)

    async def _insert(self, table: Table, **values: Any) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(insert(table).values(**values))


async def _insert_account(connection: AsyncConnection, account: Account) -> None:
    try:
        await connection.execute(insert(tables.account).values(**_values(account)))
    except IntegrityError:
        # The driver's text quotes the row, so it goes no further.
        raise Taken from None


async def _end_sessions(connection: AsyncConnection, account: bytes, but: bytes | None) -> list[bytes]:
    mine = tables.session.c.account == account
    others = mine if but is None else mine & (tables.session.c.id != but)
    ended = list(await connection.scalars(select(tables.session.c.id).where(others)))
    await connection.execute(delete(tables.session).where(others))
    return ended


def _administrators(now: float) -> Any:
    table = tables.account
    living = table.c.ended.is_(None) & or_(table.c.ends.is_(None), table.c.ends > now)
    return select(table.c.id).where(table.c.role == Role.ADMINISTRATOR, living, table.c.password.is_not(None))


async def _demand_administrator(connection: AsyncConnection, now: float) -> None:
    # Only one without an end of its own: otherwise nobody would be left when the day comes.
    lasting = _administrators(now).where(tables.account.c.ends.is_(None)).limit(1)
    if await connection.scalar(lasting) is None:
        raise LastAdministrator


def _values(record: Account | Session | Factor) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _account(row: Row[Any]) -> Account:
    values = dict(row._mapping)
    return Account(**{**values, "role": Role(values["role"])})


def _session(row: Row[Any]) -> Session:
    return Session(row.id, row.account, row.made, row.used, row.program)
