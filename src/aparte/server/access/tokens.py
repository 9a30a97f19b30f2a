"""Random tokens and their hashes, the server's own key, and challenges that need no memory until they are used."""

import hmac
import os
import secrets
from collections import deque
from hashlib import sha256
from pathlib import Path
from typing import Final

from aparte.core.wire.b64 import b64_decode
from aparte.server.clock import Clock

TOKEN_SIZE: Final = 32
COOKIE: Final = "__Host-aparte"
"""With the token of a browser's session."""
_NONCE: Final = 16
_TIME: Final = 8


def new_token() -> bytes:
    """32 random bytes: of a session, a ticket, a device, a login that waits for its second factor."""
    return secrets.token_bytes(TOKEN_SIZE)


def hash_token(token: bytes) -> bytes:
    """What is kept of a token: SHA-256. A token is random, so nothing slower is needed."""
    return sha256(token).digest()


def read_token(text: str) -> bytes | None:
    """The token of its b64; ``None`` when it is none."""
    try:
        token = b64_decode(text)
    except ValueError:
        return None
    return token if len(token) == TOKEN_SIZE else None


def own_key(path: Path) -> bytes:
    """The key in this file (mode 0600), made at the first start. Raises ``OSError``."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(TOKEN_SIZE)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as writer:
            writer.write(key)
    if len(key) != TOKEN_SIZE:
        raise OSError(f"{path}: not a key")
    return key


class Challenges:
    """WebAuthn challenges: each is good for one purpose, for ``seconds``, once.

    A challenge carries its time and an HMAC, so that asking for many fills nothing; only those that served are
    remembered, until their time is over.
    """

    def __init__(self, key: bytes, clock: Clock, seconds: float) -> None:
        self._key: Final = key
        self._clock: Final = clock
        self._seconds: Final = seconds
        self._served: set[bytes] = set()
        self._order: deque[tuple[float, bytes]] = deque()

    def make(self, purpose: bytes) -> bytes:
        """A new one."""
        head = secrets.token_bytes(_NONCE) + int(self._clock() * 1000).to_bytes(_TIME, "big")
        return head + self._tag(head, purpose)

    def serve(self, challenge: bytes, purpose: bytes) -> bool:
        """Use it up; false when it is not ours, for something else, too old, or used before."""
        head, tag = challenge[: _NONCE + _TIME], challenge[_NONCE + _TIME :]
        if not hmac.compare_digest(tag, self._tag(head, purpose)):
            return False
        now = self._clock()
        until = int.from_bytes(head[_NONCE:], "big") / 1000 + self._seconds
        while self._order and self._order[0][0] <= now:
            self._served.discard(self._order.popleft()[1])
        if until <= now or head in self._served:
            return False
        self._served.add(head)
        self._order.append((now + self._seconds, head))
        return True

    def _tag(self, head: bytes, purpose: bytes) -> bytes:
        return hmac.digest(self._key, b"aparte/1 challenge" + head + purpose, "sha256")
