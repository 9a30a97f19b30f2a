"""An admission: a member with the right to admit lets one leaf in, for a short while (spec/policy.md section 4)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature

from aparte.core.mls.codec import u32, u64
from aparte.core.mls.suites import verify_ed25519
from aparte.core.policy.charter import KEY_SIZE, SUBJECT_SIZE
from aparte.core.policy.errors import PolicyError, Reason, demand
from aparte.core.policy.person import SIGNATURE_SIZE
from aparte.core.wire.limits import MEETING_SIZE, SEAT_SIZE

VERSION: Final = 1
ADMISSION_SIZE: Final = 1 + MEETING_SIZE + SEAT_SIZE + SUBJECT_SIZE + KEY_SIZE + 8 + 4 + SIGNATURE_SIZE
LIFETIME_MS: Final = 120_000
"""How long after it was made an admission may be used; one that names a later end is refused."""
SKEW_MS: Final = 600_000
"""How wrong a member's clock may be: whoever refuses what the others accept is out."""
SERVER_SKEW_MS: Final = SKEW_MS // 2
"""The server allows less: what it passes on at the last moment is in time for every member, whose clocks differ."""
_LABEL: Final = b"aparte/1 admission\0"


@dataclass(frozen=True)
class Admission:
    """Who may come in: seat, subject and the signature key of the leaf that comes; until when (ms since 1970).

    ``admitter`` is the leaf index of the member whose leaf key signed it.
    """

    meeting: bytes
    seat: bytes
    subject: bytes
    leaf_key: bytes
    until: int
    admitter: int
    signature: bytes

    @cached_property
    def content(self) -> bytes:
        """What the admitter signs."""
        fields = (self.meeting, self.seat, self.subject, self.leaf_key, u64(self.until), u32(self.admitter))
        return _LABEL + b"".join(fields)

    @cached_property
    def encoded(self) -> bytes:
        """``Admission``."""
        return bytes([VERSION]) + self.content[len(_LABEL) :] + self.signature

    @classmethod
    def read(cls, octets: bytes) -> "Admission":
        """Read an admission; raises ``PolicyError(malformed)``."""
        demand(len(octets) == ADMISSION_SIZE and octets[0] == VERSION, Reason.MALFORMED)
        parts, at = [], 1
        for size in (MEETING_SIZE, SEAT_SIZE, SUBJECT_SIZE, KEY_SIZE, 8, 4, SIGNATURE_SIZE):
            parts.append(octets[at : at + size])
            at += size
        meeting, seat, subject, leaf_key, until, admitter, signature = parts
        return cls(meeting, seat, subject, leaf_key, int.from_bytes(until), int.from_bytes(admitter), signature)

    def verify(self, admitter_key: bytes) -> None:
        """Check the signature; raises ``PolicyError``."""
        try:
            verify_ed25519(admitter_key, self.signature, self.content)
        except (InvalidSignature, ValueError):
            raise PolicyError(Reason.NOT_AUTHENTIC) from None

    def check_time(self, now: int, skew: int) -> None:
        """Check that it is in force at ``now``, give or take ``skew`` (ms); raises ``PolicyError``."""
        demand(now - skew <= self.until <= now + LIFETIME_MS + skew, Reason.EXPIRED)
