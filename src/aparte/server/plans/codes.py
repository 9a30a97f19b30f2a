"""Entry codes: drawn here, told once, kept as an Argon2id hash."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Final

from argon2.low_level import Type, hash_secret_raw

from aparte.core.plan.invitation import CODE_DIGITS
from aparte.server.config import Access

HASH_SIZE: Final = 32
_MOST_WAITING: Final = 16


class Busy(Exception):
    """Too many codes are being looked at."""


class Codes:
    """One hash is computed for a code, however many invitations a meeting has: they share the meeting's salt."""

    def __init__(self, access: Access) -> None:
        self._passes: Final = access.hash_passes
        self._memory: Final = access.hash_memory
        self._threads: Final = ThreadPoolExecutor(1, "codes")
        self._running = 0

    def draw(self) -> str:
        """A new code."""
        return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"

    async def hash(self, meeting: bytes, code: str) -> bytes:
        """What is kept of a code (32 bytes). Raises ``Busy``."""
        if self._running >= _MOST_WAITING:
            raise Busy
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._hash, meeting, code)
        finally:
            self._running -= 1

    def close(self) -> None:
        """Begin nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _hash(self, meeting: bytes, code: str) -> bytes:
        salt = sha256(b"aparte/1 code" + meeting).digest()[:16]
        return hash_secret_raw(code.encode(), salt, self._passes, self._memory, 1, HASH_SIZE, Type.ID)
