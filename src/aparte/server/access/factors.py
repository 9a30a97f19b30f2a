"""Second factors of an account: authenticator programs, passkeys, recovery codes."""

import base64
import hmac
import secrets
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlencode

from aparte.core.access.totp import SECRET_SIZE, accepted_step
from aparte.server.access import passkeys
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.passkeys import Place
from aparte.server.access.tokens import Challenges
from aparte.server.clock import Clock
from aparte.store.accounts import Account, AccountStore, Factor, Session, Taken

TOTP: Final = "totp"
PASSKEY: Final = "passkey"
MOST: Final = 10
"""Factors of one account."""
RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 15  # from 112 bits on SHA-256 may keep them: there is nothing to guess


class Factors:
    """Adds, lists, removes and checks. Who may ask is decided before."""

    def __init__(self, store: AccountStore, challenges: Challenges, calendar: Clock, key: bytes) -> None:
        """``key``: the server's own; the secrets of authenticator programs are derived from it and kept nowhere."""
        self._store: Final = store
        self._challenges: Final = challenges
        self._calendar: Final = calendar
        self._key: Final = key

    async def working(self, account: bytes) -> list[Factor]:
        """Those that have been shown to work."""
        return [factor for factor in await self._store.factors(account) if factor.used is not None]

    # Adding

    async def add_totp(self, account: Account, name: str) -> dict[str, str]:
        """Begin to add an authenticator program; it counts once it has shown a code."""
        for factor in await self._store.factors(account.id):
            if factor.used is None:
                await self._store.remove_factor(account.id, factor.id)
        await self._demand_room(account.id)
        factor = Factor(secrets.token_bytes(16), account.id, TOTP, name, self._calendar())
        await self._store.add_factor(factor)
        secret = base64.b32encode(self._secret(factor)).decode()
        query = urlencode({"secret": secret, "issuer": "Aparté"}, quote_via=quote)
        return {"id": factor.id.hex(), "secret": secret, "uri": f"otpauth://totp/{quote(account.login)}?{query}"}

    async def confirm_totp(self, account: bytes, id: bytes, code: str) -> None:
        """The first code of it. Raises ``AccessError``."""
        for factor in await self._store.factors(account):
            if factor.id == id and factor.kind == TOTP and factor.used is None:
                if await self._check_totp(factor, code):
                    return
                raise AccessError(Trouble.WRONG_FACTOR)
        raise AccessError(Trouble.NOT_FOUND)

    async def offer_passkey(self, account: Account, session: Session, place: Place) -> dict[str, Any]:
        """Options with which a browser makes a passkey."""
        await self._demand_room(account.id)
        known = [factor.credential for factor in await self._store.factors(account.id) if factor.credential]
        challenge = self._challenges.make(_registering(session))
        return passkeys.registration(challenge, place, account, known)

    async def add_passkey(self, session: Session, name: str, credential: dict[str, Any], place: Place) -> None:
        """What the browser made. Raises ``AccessError``."""
        made = passkeys.verify_registration(credential, self._challenges, _registering(session), place)
        await self._demand_room(session.account)
        now = self._calendar()
        factor = Factor(
            secrets.token_bytes(16),
            session.account,
            PASSKEY,
            name,
            now,
            now,
            made.credential,
            made.public_key,
            made.count,
        )
        try:
            await self._store.add_factor(factor)
        except Taken:
            raise AccessError(Trouble.TAKEN) from None

    async def new_recovery(self, account: bytes) -> list[str]:
        """New recovery codes instead of the old ones: shown once."""
        codes = [_spaced(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
        await self._store.set_recovery(account, [_recovery_hash(code) for code in codes])
        return codes

    async def _demand_room(self, account: bytes) -> None:
        if len(await self._store.factors(account)) >= MOST:
            raise AccessError(Trouble.FULL)

    # Checking

    def challenge(self, purpose: bytes, place: Place, known: list[Factor]) -> dict[str, Any]:
        """Options with which a browser uses a passkey."""
        credentials = [factor.credential for factor in known if factor.credential]
        return passkeys.authentication(self._challenges.make(purpose), place, credentials)

    async def check_code(self, account: bytes, code: str) -> bool:
        """Whether this is the present code of one of the account's authenticator programs; each serves once."""
        found = False
        for factor in await self.working(account):
            if factor.kind == TOTP and await self._check_totp(factor, code):
                found = True
        return found

    async def check_recovery(self, account: bytes, code: str) -> bool:
        """Whether this is one of the account's recovery codes, which is used up by it."""
        return await self._store.use_recovery(account, _recovery_hash(code))

    async def check_passkey(self, credential: dict[str, Any], purpose: bytes, place: Place) -> bytes:
        """Whose passkey was used. Raises ``AccessError(wrong-factor)``."""
        factor = await self._store.passkey(passkeys.credential_id(credential))
        if factor is None:
            raise AccessError(Trouble.WRONG_FACTOR)
        count = passkeys.verify_authentication(credential, factor, self._challenges, purpose, place)
        if not await self._store.use_factor(factor, count, self._calendar()):
            raise AccessError(Trouble.WRONG_FACTOR)
        return factor.account

    async def _check_totp(self, factor: Factor, code: str) -> bool:
        now = self._calendar()
        step = accepted_step(self._secret(factor), code, now, factor.count)
        return step is not None and await self._store.use_factor(factor, step, now)

    def _secret(self, factor: Factor) -> bytes:
        return hmac.digest(self._key, b"aparte/1 totp" + factor.id, "sha256")[:SECRET_SIZE]


def _registering(session: Session) -> bytes:
    return b"register" + session.id


def _spaced(code: bytes) -> str:
    text = base64.b32encode(code).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _recovery_hash(code: str) -> bytes:
    """However it was typed: spaces, hyphens and capitals do not matter."""
    plain = "".join(character for character in code.lower() if character not in " -")
    return sha256(b"aparte/1 recovery" + plain.encode("utf-8", "surrogatepass")).digest()
