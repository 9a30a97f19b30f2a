"""Security levels: what a level that is chosen at planning fixes (spec/plans.md section 1)."""

from enum import IntEnum
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from aparte.core.plan.errors import demand
from aparte.core.plan.text import is_line
from aparte.core.policy.charter import Door, Opens
from aparte.core.policy.rights import SENDING, Rights

MAX_NAME: Final = 40
"""Characters of a level's name in one language."""
DAY: Final = 86_400


class Access(IntEnum):
    """Who may enter; each asks for everything that the ones before it ask for. Guests are a matter of their own."""

    LINK = 0
    ACCOUNT = 1
    INVITED = 2
    FACTOR = 3
    VERIFIED = 4


class CharterFields(NamedTuple):
    """What the planner's client puts in the charter."""

    level: int
    door: Door
    opens: Opens
    everybody: Rights


class SecurityLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A level, as it is kept and sent.

    ``everybody`` is the set of rights at the start (uint16 of spec/policy.md section 1); ``camera_height`` the largest
    height of a camera's picture, in pixels; ``retention_days`` how long the history is kept. What ``screen``, ``files``
    and ``chat`` switch off nobody can be given.
    """

    number: Annotated[int, Meta(ge=1, le=255)]
    version: Annotated[int, Meta(ge=1)]
    name_en: str
    name_fr: str
    access: Access
    guests: bool
    browser: bool
    door: Door
    opens: Opens
    everybody: Annotated[int, Meta(ge=0, le=0xFFFF)]
    screen: bool
    files: bool
    chat: bool
    recording: bool
    history: bool
    camera_height: Annotated[int, Meta(ge=144, le=2160)]
    retention_days: Annotated[int, Meta(ge=0, le=3650)]
    retired: bool = False

    def charter_fields(self) -> CharterFields:
        """Return what a charter of this level says."""
        return CharterFields(self.number, self.door, self.opens, Rights(self.everybody))

    @property
    def stay(self) -> int:
        """Seconds after its end for which a meeting may be come back to: the retention, and at least a day."""
        return max(1, self.retention_days) * DAY


_PARTS: Final = (("screen", Rights.SCREEN), ("files", Rights.FILE), ("chat", Rights.CHAT))


def check_level(level: SecurityLevel) -> None:
    """Check that a level does not contradict itself; raises ``PlanError(malformed)``."""
    for name in (level.name_en, level.name_fr):
        demand(is_line(name, MAX_NAME))
    demand(level.everybody | SENDING.value == SENDING.value)
    for part, right in _PARTS:
        demand(getattr(level, part) or right not in Rights(level.everybody))
    # A door that starts locked lets nobody be admitted, and a history that is off has nothing to keep.
    demand(level.door is not Door.LOCKED)
    demand(level.history == (level.retention_days > 0))
    # Where the link is all that it takes, nobody can tell guests from others.
    demand(level.guests or level.access is not Access.LINK)
    # Guests have no second factor to show, and nobody has looked at their papers.
    demand(not level.guests or level.access < Access.FACTOR)
