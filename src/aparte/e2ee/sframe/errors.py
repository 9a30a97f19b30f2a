"""Why a frame is not sealed or not opened (spec/sframe.md)."""

from enum import StrEnum
from typing import Final

from aparte.core.wire.header import Stream


class SealReason(StrEnum):
    """One word for counters, tests and vectors; never reworded once released."""

    MALFORMED = "malformed"
    COUNTER_MISMATCH = "counter-mismatch"
    WRONG_CONTEXT = "wrong-context"
    OWN_FRAME = "own-frame"
    UNKNOWN_EPOCH = "unknown-epoch"
    FUTURE_EPOCH = "future-epoch"
    NOT_A_MEMBER = "not-a-member"
    NOT_PERMITTED = "not-permitted"
    REPLAYED = "replayed"
    NOT_AUTHENTIC = "not-authentic"
    # Sealing only.
    NO_KEY = "no-key"
    EXHAUSTED = "exhausted"
    TOO_LARGE = "too-large"


class SealError(Exception):
    """A frame that is dropped; the text is the reason alone.

    ``leaf`` and ``stream`` are whose frame and of which stream it claims to be, as far as that could be read. Nothing
    vouches for them: they may colour a tile, and decide nothing.
    """

    def __init__(self, reason: SealReason, leaf: int | None = None, stream: Stream | None = None) -> None:
        super().__init__(str(reason))
        self.reason: Final = reason
        self.leaf: Final = leaf
        self.stream: Final = stream
