"""The plain header before every sealed frame: all that a relay reads (spec/wire.md section 1)."""

import struct
from enum import IntEnum
from typing import Final

import msgspec

from aparte.core.wire.errors import Reason, WireError
from aparte.core.wire.limits import (
    HEADER_SIZE,
    MAX_CAMERA,
    MAX_COUNTER,
    MAX_PROOF,
    MAX_SOUND,
    MAX_STATE,
    MIN_SEALED,
    VERSION,
)

__all__ = ["HEADER_SIZE", "MAX_SIZE", "Header", "Stream", "build_header", "parse_header"]

_LAYOUT: Final = struct.Struct(">BHBI")
_KIND_FRAME: Final = 1
_FIRST_BYTE: Final = VERSION << 4 | _KIND_FRAME
_KEY: Final = 1
_DISCARDABLE: Final = 2


class Stream(IntEnum):
    """What one person sends of one kind."""

    STATE = 0
    SOUND = 1
    CAMERA = 2
    PROOF = 3


MAX_SIZE: Final = {
    Stream.STATE: MAX_STATE,
    Stream.SOUND: MAX_SOUND,
    Stream.CAMERA: MAX_CAMERA,
    Stream.PROOF: MAX_PROOF,
}
"""The size limit of a whole message of each stream, in bytes, header included."""


# One is made for every frame that crosses the relay: a Struct takes a small part of a frozen dataclass's time.
class Header(msgspec.Struct, frozen=True, gc=False):
    """One frame's place: which stream and layer, what may be dropped, and its number.

    ``tl0`` is the number modulo 256 of the latest temporal-0 frame; ``counter`` is below 2**32.
    """

    stream: Stream
    rendition: int
    temporal: int
    key: bool
    discardable: bool
    tl0: int
    counter: int


def _shapes() -> dict[int, tuple[Stream, int, int, bool, bool, int]]:
    """Every allowed pair of bytes 1 and 2, as one number, with what it says and the size limit of its stream."""
    shapes: dict[int, tuple[Stream, int, int, bool, bool, int]] = {}
    for stream in Stream:
        layers = [(0, 0)] if stream is not Stream.CAMERA else [(r, t) for r in range(3) for t in range(3)]
        for rendition, temporal in layers:
            discardable = temporal == 2
            for key in (False, True) if stream is Stream.CAMERA and temporal == 0 else (False,):
                flags = key * _KEY | discardable * _DISCARDABLE
                pair = (stream << 4 | rendition << 2 | temporal) << 8 | flags
                shapes[pair] = (stream, rendition, temporal, key, discardable, MAX_SIZE[stream])
    return shapes


# Fifteen entries: one look-up replaces every rule about streams, layers and flags.
_SHAPES: Final = _shapes()


def parse_header(message: bytes | bytearray | memoryview) -> Header:
    """Read the header of a whole binary message (header and sealed part; a memoryview is one of bytes).

    Raises ``WireError``: checked in this order, ``malformed`` when shorter than any frame, ``bad-version``,
    ``unknown-kind`` (kind or stream), ``malformed`` for every other rule of the bytes, ``too-large`` for its stream.
    """
    size = len(message)
    if size < HEADER_SIZE + MIN_SEALED:
        raise WireError(Reason.MALFORMED)
    first, pair, tl0, counter = _LAYOUT.unpack_from(message)
    shape = _SHAPES.get(pair)
    if first != _FIRST_BYTE or shape is None or (tl0 and shape[0] is not Stream.CAMERA):
        raise WireError(_fault(first, pair))
    stream, rendition, temporal, key, discardable, limit = shape
    if size > limit:
        raise WireError(Reason.TOO_LARGE)
    return Header(stream, rendition, temporal, key, discardable, tl0, counter)


def _fault(first: int, pair: int) -> Reason:
    if first >> 4 != VERSION:
        return Reason.BAD_VERSION
    if first & 0x0F != _KIND_FRAME or pair >> 12 > Stream.PROOF:
        return Reason.UNKNOWN_KIND
    return Reason.MALFORMED


def build_header(header: Header) -> bytes:
    """Write the 8 bytes; raises ``WireError(malformed)`` for a header that ``parse_header`` would refuse."""
    in_range = 0 <= header.rendition <= 2 and 0 <= header.temporal <= 2
    flags = header.key * _KEY | header.discardable * _DISCARDABLE
    pair = (header.stream << 4 | header.rendition << 2 | header.temporal) << 8 | flags
    tl0_fits = 0 <= header.tl0 <= (0xFF if header.stream is Stream.CAMERA else 0)
    if not in_range or pair not in _SHAPES or not tl0_fits or not 0 <= header.counter <= MAX_COUNTER:
        raise WireError(Reason.MALFORMED)
    return _LAYOUT.pack(_FIRST_BYTE, pair, header.tl0, header.counter)
