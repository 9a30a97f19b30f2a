"""Why a message is refused: stable reasons, and the close code of each (spec/wire.md sections 2 and 4)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Reason(StrEnum):
    """One word for logs, screens, tests and vectors; never reworded once released."""

    LEFT = "left"
    BAD_VERSION = "bad-version"
    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    UNKNOWN_KIND = "unknown-kind"
    OUT_OF_STATE = "out-of-state"
    REPLAYED = "replayed"
    NOT_INVITED = "not-invited"
    FULL = "full"
    TOO_MANY = "too-many"
    SILENT = "silent"
    REPLACED = "replaced"
    TOO_SLOW = "too-slow"
    CLOSING = "closing"
    REMOVED = "removed"
    UNKNOWN_SEAT = "unknown-seat"
    BAD_COMMIT = "bad-commit"
    ACCOUNT_ENDED = "account-ended"
    REFUSED = "refused"
    BARRED = "barred"
    STALE_EPOCH = "stale-epoch"
    GROUP_EXISTS = "group-exists"
    NO_GROUP = "no-group"
    NOT_GONE = "not-gone"
    UNWANTED = "unwanted"
    NOT_ADMITTED = "not-admitted"


CLOSE_CODES: Final[Mapping[Reason, int]] = MappingProxyType(
    {
        Reason.LEFT: 1000,
        Reason.BAD_VERSION: 4000,
        Reason.MALFORMED: 4001,
        Reason.TOO_LARGE: 4002,
        Reason.UNKNOWN_KIND: 4003,
        Reason.OUT_OF_STATE: 4004,
        Reason.REPLAYED: 4005,
        Reason.NOT_INVITED: 4006,
        Reason.FULL: 4007,
        Reason.TOO_MANY: 4008,
        Reason.SILENT: 4009,
        Reason.REPLACED: 4010,
        Reason.TOO_SLOW: 4011,
        Reason.CLOSING: 4012,
        Reason.REMOVED: 4013,
        Reason.UNKNOWN_SEAT: 4014,
        Reason.BAD_COMMIT: 4015,
        Reason.ACCOUNT_ENDED: 4016,
        Reason.REFUSED: 4017,
        Reason.BARRED: 4018,
    }
)
"""The WebSocket close code of every reason that ends a link."""

REFUSALS: Final[frozenset[Reason]] = frozenset(
    {
        Reason.STALE_EPOCH,
        Reason.GROUP_EXISTS,
        Reason.NO_GROUP,
        Reason.UNKNOWN_SEAT,
        Reason.NOT_GONE,
        Reason.UNWANTED,
        Reason.NOT_ADMITTED,
    }
)
"""The reasons of a ``refused`` message: nothing happened and the link goes on."""


class WireError(Exception):
    """A message that breaks the wire format; its link closes with ``code``.

    ``reason`` is one of the keys of ``CLOSE_CODES``. The text is the reason alone, so that no log can carry content.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason: Final = reason
        self.code: Final = CLOSE_CODES[reason]
