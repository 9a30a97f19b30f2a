"""Why a level, a plan or an invitation is not taken."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """One word for logs, screens and tests; never reworded once released."""

    MALFORMED = "malformed"
    WRONG_CHARTER = "wrong-charter"
    UNKNOWN_LEVEL = "unknown-level"
    UNKNOWN_ACCOUNT = "unknown-account"
    UNKNOWN_AREA = "unknown-area"
    NO_GUESTS = "no-guests"
    FULL = "full"
    EXISTS = "exists"


class PlanError(Exception):
    """What is not taken; nothing has changed. The text is the reason alone."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason: Final = reason


def demand(holds: bool, reason: Reason = Reason.MALFORMED) -> None:
    """Raise ``PlanError(reason)`` unless something holds."""
    if not holds:
        raise PlanError(reason)
