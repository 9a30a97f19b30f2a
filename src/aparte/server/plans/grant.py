"""What somebody was let into a planned meeting with."""

from dataclasses import dataclass, field

from aparte.core.plan.entry import Entry, Visitor
from aparte.core.plan.invitation import Invitation
from aparte.core.plan.level import SecurityLevel


@dataclass(frozen=True, slots=True)
class Grant:
    """Looked at again whenever the plan changes: who stays is who would still be let in."""

    meeting: bytes
    level: SecurityLevel
    entry: Entry
    visitor: Visitor | None
    invitation: Invitation | None
    address: str = field(default="", repr=False)  # where the link comes from
