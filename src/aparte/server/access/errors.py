"""Why something about an account is refused: one word, and nothing of what was sent."""

from enum import StrEnum
from typing import Final

from aparte.core.access.password import Flaw


class Trouble(StrEnum):
    """Stable reasons; never reworded once released."""

    NOT_LOGGED_IN = "not-logged-in"
    NOT_ALLOWED = "not-allowed"
    WRONG_ORIGIN = "wrong-origin"
    MALFORMED = "malformed"
    BAD_NAME = "bad-name"
    BAD_LABEL = "bad-label"
    WRONG_LOGIN = "wrong-login"
    WRONG_FACTOR = "wrong-factor"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 (a reason, not a password)
    WEAK_PASSWORD = "weak-password"  # noqa: S105
    TICKET_INVALID = "ticket-invalid"
    TAKEN = "taken"
    LAST_ADMINISTRATOR = "last-administrator"
    NOT_FOUND = "not-found"
    FULL = "full"
    TOO_MANY = "too-many"
    BUSY = "busy"


class AccessError(Exception):
    """A refusal; ``seconds`` until it may be tried again, ``flaws`` of a weak password."""

    def __init__(self, trouble: Trouble, seconds: float = 0.0, flaws: tuple[Flaw, ...] = ()) -> None:
        super().__init__(str(trouble))
        self.trouble: Final = trouble
        self.seconds: Final = seconds
        self.flaws: Final = flaws
