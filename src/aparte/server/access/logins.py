"""Logging in: a password, then a second factor where there is one, or a passkey alone."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from aparte.core.access.login import normal_login
from aparte.core.access.throttle import Throttle
from aparte.core.wire.b64 import b64_encode
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.factors import PASSKEY, TOTP, Factors
from aparte.server.access.hashing import Hashing
from aparte.server.access.passkeys import Place
from aparte.server.access.tokens import hash_token, new_token
from aparte.server.clock import Clock
from aparte.server.config import Access
from aparte.server.peers import LOOPBACK, network
from aparte.store.accounts import Account, AccountStore

_MOST_PENDING: Final = 1_000
_TRIES: Final = 5
ALONE: Final = b"login"
"""The purpose of a challenge for a passkey without a password."""


@dataclass(frozen=True, slots=True)
class Try:
    """From where somebody tries: the address, and the token of a browser that has logged in before."""

    address: str = field(repr=False)
    device: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Needs:
    """The password was right; one of these is needed as well."""

    kinds: tuple[str, ...]
    pending: str = field(repr=False)  # b64, comes back with it
    passkey: dict[str, Any] | None = field(repr=False)


@dataclass(slots=True)
class _Pending:
    account: bytes
    password: str | None = field(repr=False)  # the hash that was right: another one ends this
    ends: float
    known: bool
    tries: int = _TRIES


class Logins:
    """Every answer to a wrong login is the same, after the same work, whether or not the account exists."""

    def __init__(
        self, store: AccountStore, hashing: Hashing, factors: Factors, access: Access, steady: Clock, key: bytes
    ) -> None:
        self._store: Final = store
        self._hashing: Final = hashing
        self._factors: Final = factors
        self._access: Final = access
        self._clock: Final = steady
        self._known: Final = Throttle(access.known, key)
        self._strangers: Final = Throttle(access.strangers, key)
        self._addresses: Final = Throttle(access.address, key)
        self._pending: Final[OrderedDict[bytes, _Pending]] = OrderedDict()

    async def log_in(self, login: str, password: str, trying: Try, place: Place, now: float) -> Account | Needs:
        """The account, or what is needed besides the password. Raises ``AccessError``. ``now``: the calendar's."""
        name = _spelling(login)
        known = await self._is_known(name, trying)
        throttle, counter = (self._known, f"device {_device(trying)}") if known else (self._strangers, f"login {name}")
        self._begin(throttle, counter, trying)
        account = await self._store.by_login(name)
        living = account if account is not None and not account.is_over(now) else None
        right = await self._hashing.verify(living.password if living is not None else None, password)
        if living is None or living.password is None or not right:
            raise AccessError(Trouble.WRONG_LOGIN)
        self._forgive(trying)
        (throttle.forget if known else throttle.forgive)(counter)
        if self._hashing.is_outdated(living.password):
            await self._store.rehash(living.id, living.password, await self._hashing.hash(password))
            living = await self._store.account(living.id) or living
        factors = await self._factors.working(living.id)
        if not factors:
            return living
        return await self._need(living, sorted({factor.kind for factor in factors}), place, known)

    async def _need(self, account: Account, kinds: list[str], place: Place, known: bool) -> Needs:
        token = new_token()
        now = self._clock()
        while self._pending and (len(self._pending) >= _MOST_PENDING or next(iter(self._pending.values())).ends <= now):
            self._pending.popitem(last=False)
        ends = now + self._access.pending_minutes * 60
        self._pending[hash_token(token)] = _Pending(account.id, account.password, ends, known)
        options = None
        if PASSKEY in kinds:
            working = await self._factors.working(account.id)
            options = self._factors.challenge(_second(token), place, [one for one in working if one.kind == PASSKEY])
        if await self._store.recovery_left(account.id):
            kinds = [*kinds, "recovery"]
        return Needs(tuple(kinds), b64_encode(token), options)

    async def second(self, token: bytes, kind: str, proof: Any, trying: Try, place: Place, now: float) -> Account:
        """Complete a login. Raises ``AccessError``."""
        pending = self._pending.get(hash_token(token))
        if pending is None or pending.ends <= self._clock():
            raise AccessError(Trouble.WRONG_FACTOR)
        # A stranger who has the password must not keep the owner's own browser out.
        throttle = self._known if pending.known else self._strangers
        counter = f"factor {pending.account.hex()}"
        self._begin(throttle, counter, trying)
        pending.tries -= 1
        if pending.tries <= 0:
            self._pending.pop(hash_token(token), None)
        if not await self._fits(pending.account, token, kind, proof, place):
            raise AccessError(Trouble.WRONG_FACTOR)
        self._pending.pop(hash_token(token), None)
        account = await self._store.account(pending.account)
        if account is None or account.is_over(now) or account.password != pending.password:
            raise AccessError(Trouble.WRONG_FACTOR)
        self._forgive(trying)
        throttle.forget(counter)
        return account

    async def _fits(self, account: bytes, token: bytes, kind: str, proof: Any, place: Place) -> bool:
        if kind == TOTP:
            return await self._factors.check_code(account, proof)
        if kind == PASSKEY:
            return await self._factors.check_passkey(proof, _second(token), place) == account
        return await self._factors.check_recovery(account, proof)

    async def passkey_alone(self, credential: dict[str, Any], trying: Try, place: Place, now: float) -> Account:
        """Log in with nothing but a passkey: it is two factors in one, for its holder had to be verified."""
        self._begin(None, "", trying)
        account = await self._store.account(await self._factors.check_passkey(credential, ALONE, place))
        if account is None or account.is_over(now):
            raise AccessError(Trouble.WRONG_FACTOR)
        self._forgive(trying)
        return account

    async def confirm(self, account: Account, password: str, trying: Try) -> None:
        """The password once more, before something weighty. Raises ``AccessError``."""
        counter = f"confirm {account.id.hex()}"
        self._begin(self._known, counter, trying)
        if not await self._hashing.verify(account.password, password):
            raise AccessError(Trouble.WRONG_PASSWORD)
        self._forgive(trying)
        self._known.forget(counter)

    # Counting

    async def _is_known(self, name: str, trying: Try) -> bool:
        return trying.device is not None and await self._store.knows_device(hash_token(trying.device), name)

    def _begin(self, throttle: Throttle | None, counter: str, trying: Try) -> None:
        """Count a try before it is made. Nothing is awaited between looking and counting."""
        now, address = self._clock(), network(trying.address)
        wait = throttle.wait(counter, now) if throttle is not None else 0.0
        if address != LOOPBACK:
            # This machine itself is not counted: its proxy speaks for everybody.
            wait = max(wait, self._addresses.wait(address, now))
        if wait > 0:
            raise AccessError(Trouble.TOO_MANY, wait)
        if throttle is not None:
            throttle.count(counter, now)
        self._addresses.count(address, now)

    def _forgive(self, trying: Try) -> None:
        self._addresses.forgive(network(trying.address))


def _spelling(login: str) -> str:
    try:
        return normal_login(login)
    except ValueError:
        return "no login"  # no account has it: there is no @ in it


def _device(trying: Try) -> str:
    return hash_token(trying.device).hex() if trying.device is not None else ""


def _second(token: bytes) -> bytes:
    return b"second" + hash_token(token)
