"""Time-based one-time passwords (RFC 6238 with SHA-1, six digits, 30 s: what every authenticator program can do)."""

import hmac
from typing import Final

STEP_SECONDS: Final = 30
DIGITS: Final = 6
SECRET_SIZE: Final = 20


def code_at(secret: bytes, step: int) -> str:
    """The code of one time step (RFC 4226 section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFF_FFFF) % 10**DIGITS:0{DIGITS}d}"


def accepted_step(secret: bytes, code: str, now: float, last: int) -> int | None:
    """The time step of a right code: this one, the one before or the one after, and later than ``last``.

    Keep the answer as the next ``last``: so a code serves once. ``None`` for anything else.
    """
    present = int(now // STEP_SECONDS)
    found = None
    for step in (present - 1, present, present + 1):
        right = hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "surrogatepass"))
        if right and step > last and found is None:
            found = step
    return found
