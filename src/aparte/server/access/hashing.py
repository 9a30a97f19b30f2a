"""Passwords to Argon2id hashes and back, beside the event loop, so many at once and no more."""

import asyncio
import base64
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aparte.core.access.password import LONGEST, normal_password
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.config import Access

T = TypeVar("T")


class Hashing:
    """Every ``verify`` costs the same, whether or not there is a hash to compare with."""

    def __init__(self, access: Access) -> None:
        self._hasher: Final = PasswordHasher(access.hash_passes, access.hash_memory, parallelism=1)
        self._threads: Final = ThreadPoolExecutor(access.hashes_at_once, "hashing")
        self._most: Final = access.hashes_at_once + access.hashes_waiting
        self._running = 0
        # Nothing fits it, and to find that out takes as long as with a real one: it need not be computed.
        self._nobodys: Final = (
            f"$argon2id$v=19$m={access.hash_memory},t={access.hash_passes},p=1"
            f"${_b64(secrets.token_bytes(16))}${_b64(secrets.token_bytes(32))}"
        )

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises ``AccessError(busy)``."""
        return await self._run(password, self._hasher.hash)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one of this hash; never of ``None``. Raises ``AccessError(busy)``."""
        right = await self._run(password, lambda normal: self._fits(kept or self._nobodys, normal))
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the parameters of a hash are not the present ones."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """Begin nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fits(self, kept: str, normal: bytes) -> bool:
        try:
            return self._hasher.verify(kept, normal)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, password: str, work: Callable[[bytes], T]) -> T:
        if self._running >= self._most:
            raise AccessError(Trouble.BUSY, 1.0)
        # What is far too long to be anybody's is not read to its end. NFC makes one of four characters at most: what
        # is cut is still longer than any password that was accepted, and so never taken for one.
        normal = normal_password(password[: 4 * LONGEST + 1]).encode("utf-8", "surrogatepass")
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, normal)
        finally:
            self._running -= 1


def _b64(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()
