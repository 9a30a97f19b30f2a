"""The charter: what a meeting's planner fixed, authenticated under the link secret (spec/policy.md section 2)."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import pairwise
from typing import Final

from aparte.core.mls.codec import Reader, decode, u16, vector
from aparte.core.mls.errors import MlsError
from aparte.core.mls.suites import is_ed25519_key
from aparte.core.policy.errors import PolicyError, Reason, demand
from aparte.core.policy.rights import ALL, Rights
from aparte.core.wire.limits import MAX_CHARTER, MEETING_SIZE

VERSION: Final = 1
SUBJECT_SIZE: Final = 16
KEY_SIZE: Final = 32
TAG_SIZE: Final = 32
MAX_ORGANISERS: Final = 32


class Door(IntEnum):
    """Who comes in without being admitted. Organisers always do."""

    OPEN = 0
    GUESTS_KNOCK = 1
    ALL_KNOCK = 2
    LOCKED = 3


class Opens(IntEnum):
    """Who may make the group, and so begin without anybody else."""

    ANYBODY = 0
    ACCOUNTS = 1
    ORGANISERS = 2


@dataclass(frozen=True)
class Charter:
    """What is fixed before anybody comes.

    ``meeting`` 16 octets; ``house_key`` the Ed25519 key (32 octets) that certifies accounts, or none of it; ``level``
    the security level's number; ``organisers`` subjects of 16 octets, rising; ``tag`` 32 octets, which only holders of
    the link can make and check.
    """

    meeting: bytes
    house_key: bytes
    level: int
    door: Door
    opens: Opens
    everybody: Rights
    organisers: tuple[bytes, ...]
    tag: bytes

    @cached_property
    def body(self) -> bytes:
        """Everything but the tag, which is made over it."""
        return b"".join(
            (
                bytes([VERSION]),
                self.meeting,
                vector(self.house_key),
                bytes([self.level, self.door, self.opens]),
                u16(self.everybody),
                vector(b"".join(self.organisers)),
            )
        )

    @cached_property
    def encoded(self) -> bytes:
        """``Charter``."""
        return self.body + self.tag

    @classmethod
    def read(cls, octets: bytes) -> "Charter":
        """Read a charter; raises ``PolicyError(malformed)``. Its tag is checked by those who can."""
        demand(len(octets) <= MAX_CHARTER, Reason.MALFORMED)
        try:
            return decode(octets, _read)
        except (MlsError, ValueError):
            raise PolicyError(Reason.MALFORMED) from None


def _read(reader: Reader) -> Charter:
    demand(reader.u8() == VERSION, Reason.MALFORMED)
    meeting, house_key = reader.take(MEETING_SIZE), reader.vector()
    demand(not house_key or is_ed25519_key(house_key), Reason.MALFORMED)
    level, door, opens = reader.u8(), Door(reader.u8()), Opens(reader.u8())
    charter = Charter(
        meeting, house_key, level, door, opens, read_rights(reader), read_subjects(reader), reader.take(TAG_SIZE)
    )
    check_organisers(charter.organisers)
    return charter


def read_rights(reader: Reader) -> Rights:
    """Read a set of rights; a bit that stands for none is malformed."""
    value = reader.u16()
    demand(value | ALL.value == ALL.value, Reason.MALFORMED)
    return Rights(value)


def read_subjects(reader: Reader) -> tuple[bytes, ...]:
    """Read subjects; they rise, so that each stands there once and in one order."""
    octets = reader.vector()
    demand(len(octets) % SUBJECT_SIZE == 0, Reason.MALFORMED)
    subjects = tuple(octets[at : at + SUBJECT_SIZE] for at in range(0, len(octets), SUBJECT_SIZE))
    demand(all(one < next_ for one, next_ in pairwise(subjects)), Reason.MALFORMED)
    return subjects


def check_organisers(organisers: tuple[bytes, ...]) -> None:
    """Check that there is somebody who manages, and not more than there may be."""
    demand(len(organisers) <= MAX_ORGANISERS, Reason.MALFORMED)
    demand(len(organisers) > 0, Reason.NO_ORGANISER)
