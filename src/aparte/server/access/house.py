"""The house key: with it the server says which account a person key belongs to (spec/policy.md section 3)."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.mls.suites import is_ed25519_key
from aparte.core.policy.names import details_of
from aparte.core.policy.person import Certificate, account_content
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.sessions import Caller, Sessions

SEED_SIZE: Final = 32


class House:
    """One for a server. Its certificates open no meeting: that takes the link."""

    def __init__(self, seed: bytes, sessions: Sessions) -> None:
        """``seed``: the private half, 32 octets (RFC 8032)."""
        self._private: Final = Ed25519PrivateKey.from_private_bytes(seed)
        self._sessions: Final = sessions
        self.key: Final = self._private.public_key().public_bytes_raw()

    def certify(self, caller: Caller, person_key: bytes) -> Certificate:
        """Say that a person key (Ed25519, 32 octets) is the caller's account's, as long as the session may last.

        Raises ``AccessError(malformed)`` for what is no key.
        """
        if not is_ed25519_key(person_key):
            raise AccessError(Trouble.MALFORMED)
        account, until = caller.account, caller.session.made + self._sessions.seconds
        if account.ends is not None:
            until = min(until, account.ends)
        details, milliseconds = details_of(account.name, account.label), int(until * 1000)
        signature = self._private.sign(account_content(person_key, account.id, milliseconds, details))
        return Certificate(account.id, milliseconds, details, signature)
