"""The key id: context, leaf and epoch in 32 bits (RFC 9605 section 5.2, spec/keys.md)."""

from dataclasses import dataclass
from typing import Final

from aparte.core.wire.header import Stream

MAX_LEAF: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Kid:
    """``context`` 8 bits, ``leaf`` 16 bits, ``epoch`` the MLS epoch modulo 256."""

    context: int
    leaf: int
    epoch: int


def context_of(stream: Stream, rendition: int) -> int:
    """Return the context of a stream and rendition."""
    return stream << 4 | rendition << 2


def build_kid(context: int, leaf: int, epoch: int) -> int:
    """Return the number of a KID; ``epoch`` is the whole MLS epoch. ``ValueError`` for a leaf that does not fit."""
    if not 0 <= leaf <= MAX_LEAF:
        raise ValueError("a leaf has 16 bits")
    return context << 24 | leaf << 8 | epoch & 0xFF


def parse_kid(kid: int) -> Kid | None:
    """Take a KID apart; None when it is longer than 32 bits."""
    if kid >> 32:
        return None
    return Kid(kid >> 24, kid >> 8 & MAX_LEAF, kid & 0xFF)
