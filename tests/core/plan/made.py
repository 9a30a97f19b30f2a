"""Plans, charters and visitors for tests."""

from dataclasses import replace
from typing import Any, Final

import msgspec

from aparte.core.plan.invitation import Invitation
from aparte.core.plan.level import SecurityLevel
from aparte.core.plan.plan import Plan, PlanKeys
from aparte.core.plan.shipped import RESTRICTED
from aparte.core.policy.charter import Charter, Door

MEETING, HASH, TAG = b"m" * 16, b"h" * 32, b"t" * 32
ADA, BOB, CY, DAN = (letter * 16 for letter in (b"a", b"b", b"c", b"d"))
START: Final = 1_800_000_000


def utc(_instant: int) -> int:
    return 0


def charter(level: SecurityLevel, organisers: tuple[bytes, ...] = (ADA,), **other: Any) -> bytes:
    fields = level.charter_fields()
    made = Charter(MEETING, b"", fields.level, Door(fields.door), fields.opens, fields.everybody, organisers, TAG)
    return replace(made, **other).encoded


def plan(level: SecurityLevel = RESTRICTED, **other: Any) -> Plan:
    organisers = other.get("organisers", (ADA,))
    values: dict[str, Any] = {
        "meeting": MEETING,
        "title": "Quarterly review",
        "agenda": "1. Figures\n2. Questions",
        "start": START,
        "zone": "Europe/Paris",
        "minutes": 60,
        "recurrence": None,
        "level": level.number,
        "level_version": level.version,
        "creator": ADA,
        "managers": (ADA,),
        "organisers": organisers,
        "keys": PlanKeys(HASH, charter(level, organisers)),
    }
    return Plan(**{**values, **other})


def changed(level: SecurityLevel, **fields: Any) -> SecurityLevel:
    return msgspec.structs.replace(level, **fields)


def of_account(account: bytes) -> Invitation:
    return Invitation(account[:1] * 15 + b"i", MEETING, account)


GUEST: Final = Invitation(b"guest-invitation", MEETING, None, "guest@example.org", "Guest", b"c" * 32)
