"""Why something that the meeting's policy forbids is refused."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """One word for logs, screens and tests; never reworded once released."""

    MALFORMED = "malformed"
    WRONG_MEETING = "wrong-meeting"
    NOT_AUTHENTIC = "not-authentic"
    EXPIRED = "expired"
    CHARTER_CHANGED = "charter-changed"
    NO_ORGANISER = "no-organiser"
    NO_RIGHT = "no-right"
    BARRED = "barred"
    LOCKED = "locked"
    NOT_ADMITTED = "not-admitted"
    ANOTHER_PERSON = "another-person"


class PolicyError(Exception):
    """What the policy forbids; nothing has changed. The text is the reason alone."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason: Final = reason


def demand(holds: bool, reason: Reason) -> None:
    """Raise ``PolicyError(reason)`` unless something holds."""
    if not holds:
        raise PolicyError(reason)
