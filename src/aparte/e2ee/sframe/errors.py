"""Why a frame is not sealed or not opened (spec/sframe.md)."""

from enum import StrEnum
from typing import Final


class SealReason(StrEnum):
    """One word for counters, tests and vectors; never reworded once released."""

    MALFORMED = "malformed"
    COUNTER_MISMATCH = "counter-mismatch"
    WRONG_CONTEXT = "wrong-context"
    OWN_FRAME = "own-frame"
    UNKNOWN_EPOCH = "unknown-epoch"
    FUTURE_EPOCH = "future-epoch"
    NOT_A_MEMBER = "not-a-member"
    REPLAYED = "replayed"
    NOT_AUTHENTIC = "not-authentic"
    # Sealing only.
    NO_KEY = "no-key"
    EXHAUSTED = "exhausted"
    TOO_LARGE = "too-large"


class SealError(Exception):
    """A frame that is dropped; the text is the reason alone."""

    def __init__(self, reason: SealReason) -> None:
        super().__init__(str(reason))
        self.reason: Final = reason
