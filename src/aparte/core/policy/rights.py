"""The rights of a meeting: one table, the same in both languages (spec/policy.md section 1)."""

from collections.abc import Mapping
from enum import IntFlag
from types import MappingProxyType
from typing import Final

from aparte.core.wire.header import Stream


class Rights(IntFlag):
    """A set of rights, as it stands in a policy (uint16). What is free to use later is zero."""

    SOUND = 1 << 0
    CAMERA = 1 << 1
    SCREEN = 1 << 2
    FILE = 1 << 3
    CHAT = 1 << 4
    BOARD = 1 << 5
    ADMIT = 1 << 8
    REMOVE = 1 << 9
    GRANT = 1 << 10
    DOOR = 1 << 11
    FREEZE = 1 << 12
    ORGANISE = 1 << 13


NONE: Final = Rights(0)
SENDING: Final = Rights.SOUND | Rights.CAMERA | Rights.SCREEN | Rights.FILE | Rights.CHAT | Rights.BOARD
DIRECTING: Final = Rights.ADMIT | Rights.REMOVE | Rights.GRANT | Rights.DOOR | Rights.FREEZE | Rights.ORGANISE
ALL: Final = SENDING | DIRECTING

NAMES: Final[Mapping[Rights, str]] = MappingProxyType(
    {
        Rights.SOUND: "sound:send",
        Rights.CAMERA: "camera:send",
        Rights.SCREEN: "screen:send",
        Rights.FILE: "file:send",
        Rights.CHAT: "chat:send",
        Rights.BOARD: "board:draw",
        Rights.ADMIT: "person:admit",
        Rights.REMOVE: "person:remove",
        Rights.GRANT: "right:change",
        Rights.DOOR: "door:change",
        Rights.FREEZE: "room:freeze",
        Rights.ORGANISE: "organiser:change",
    }
)
"""What a right is called wherever people or programs read it: what it is about, and what one may do with it."""

STREAMS: Final[Mapping[Stream, Rights]] = MappingProxyType({Stream.SOUND: Rights.SOUND, Stream.CAMERA: Rights.CAMERA})
"""The right that a frame of a stream needs; streams that are not here need none."""


def may_send(rights: Rights, stream: Stream) -> bool:
    """Say whether somebody with these rights may send frames of a stream."""
    needed = STREAMS.get(stream, NONE)
    return rights & needed == needed


def forbidden(rights: Rights) -> frozenset[Stream]:
    """Return the streams of which somebody with these rights may send nothing."""
    return frozenset(stream for stream, needed in STREAMS.items() if needed not in rights)


def names_of(rights: Rights) -> tuple[str, ...]:
    """Return the names of the rights in a set, in the order of the table."""
    return tuple(name for right, name in NAMES.items() if right in rights)
