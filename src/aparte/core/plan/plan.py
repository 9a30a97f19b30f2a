"""A planned meeting as the server keeps it: everything but the link secret, which it never has (spec/plans.md)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aparte.core.plan.civil import Offset
from aparte.core.plan.errors import PlanError, Reason, demand
from aparte.core.plan.level import SecurityLevel
from aparte.core.plan.recurrence import Recurrence, check_recurrence, occurrences
from aparte.core.plan.text import is_line, is_prose
from aparte.core.policy.charter import MAX_ORGANISERS, SUBJECT_SIZE, Charter
from aparte.core.policy.errors import PolicyError
from aparte.core.wire.limits import DOOR_SIZE, MEETING_SIZE

MAX_TITLE: Final = 120
MAX_AGENDA: Final = 2_000
MAX_MINUTES: Final = 24 * 60
MAX_MANAGERS: Final = 8
MAX_INVITATIONS: Final = 500
OPENS_BEFORE: Final = 900
"""Seconds before the start at which invited people may come in."""
LAST_INSTANT: Final = 7_258_118_400
"""2200-01-01: no plan starts later."""


class Language(StrEnum):
    """In which language people who are invited are written to."""

    ENGLISH = "en"
    FRENCH = "fr"


@dataclass(frozen=True)
class Plan:
    """``meeting`` 16 octets; ``start`` an instant; ``zone`` the IANA name of the time zone whose wall time recurs.

    ``managers`` may change the plan; ``organisers`` direct the meeting and may always enter. Both are account ids of 16
    octets, rising. The ``creator`` has no right by having made it. ``keys`` is ``None`` until a client has made the
    link: nobody enters before. ``sequence`` is RFC 5545's. ``area`` is the id (16 octets) of the restricted area that
    it is in.
    """

    meeting: bytes
    title: str = field(repr=False)
    agenda: str = field(repr=False)
    start: int
    zone: str
    minutes: int
    recurrence: Recurrence | None
    level: int
    level_version: int
    creator: bytes
    managers: tuple[bytes, ...]
    organisers: tuple[bytes, ...]
    keys: "PlanKeys | None"
    language: Language = Language.ENGLISH
    sequence: int = 0
    cancelled: bool = False
    area: bytes | None = None

    def starts(self, offset: Offset) -> Iterator[int]:
        """Return when it starts, each time."""
        return occurrences(self.recurrence, self.start, offset)

    def is_open(self, level: SecurityLevel, now: float, offset: Offset) -> bool:
        """Say whether it is time for those who do not organise."""
        for start in self.starts(offset):
            if now < start - OPENS_BEFORE:
                return False
            if now < start + self.minutes * 60 + level.stay:
                return True
        return False

    def ends(self, level: SecurityLevel, offset: Offset) -> int:
        """Return the instant after which nobody comes back to it, and it is erased."""
        return max(self.starts(offset)) + self.minutes * 60 + level.stay


@dataclass(frozen=True)
class PlanKeys:
    """What the client that made the link shows of it: SHA-256 of the door (32 octets), and the encoded charter."""

    door_hash: bytes = field(repr=False)
    charter: bytes = field(repr=False)


def check_plan(plan: Plan, level: SecurityLevel, house_key: bytes, offset: Offset) -> None:
    """Check a plan against the version of the level that it is planned under.

    Raises ``PlanError``: ``malformed``, ``unknown-level``, ``wrong-charter``.
    """
    demand((plan.level, plan.level_version) == (level.number, level.version), Reason.UNKNOWN_LEVEL)
    demand(len(plan.meeting) == MEETING_SIZE)
    demand(is_line(plan.title, MAX_TITLE) and is_prose(plan.agenda, MAX_AGENDA))
    demand(0 <= plan.start < LAST_INSTANT and 0 < plan.minutes <= MAX_MINUTES)
    if plan.recurrence is not None:
        check_recurrence(plan.recurrence, plan.start, offset)
    demand(_are_subjects(plan.managers, MAX_MANAGERS) and _are_subjects(plan.organisers, MAX_ORGANISERS))
    if plan.keys is not None:
        check_keys(plan, plan.keys, level, house_key)


def check_keys(plan: Plan, keys: PlanKeys, level: SecurityLevel, house_key: bytes) -> None:
    """Check that a charter says what the plan says. Its tag is the matter of those who have the link."""
    demand(len(keys.door_hash) == DOOR_SIZE)
    try:
        charter = Charter.read(keys.charter)
    except PolicyError:
        raise PlanError(Reason.WRONG_CHARTER) from None
    fields = (charter.level, charter.door, charter.opens, charter.everybody)
    same = (charter.meeting, charter.house_key, charter.organisers) == (plan.meeting, house_key, plan.organisers)
    demand(same and fields == level.charter_fields(), Reason.WRONG_CHARTER)


def rising(subjects: list[bytes]) -> tuple[bytes, ...]:
    """Return each subject once, in the one order that charters have."""
    return tuple(sorted(set(subjects)))


def _are_subjects(subjects: tuple[bytes, ...], most: int) -> bool:
    return (
        0 < len(subjects) <= most
        and all(len(subject) == SUBJECT_SIZE for subject in subjects)
        and subjects == rising(list(subjects))
    )
