"""Inside the seal of a frame: the 16-byte prefix and the codec's chunk, or the state (spec/wire.md section 1)."""

import struct
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Annotated, Final

import msgspec

from aparte.core.wire.limits import MAX_INTEGER

PREFIX_SIZE: Final = 16
MAX_STATE_TEXT: Final = 1_024
"""The JSON of a state, in bytes."""
_LAYOUT: Final = 1
_SOUND: Final = struct.Struct(">BBQBBHH")
_VIDEO: Final = struct.Struct(">BBQHHBB")
MAX_LEVEL: Final = 127
GESTURES: Final = 12


class ContentError(Exception):
    """An authentic frame whose content is not what the specification says. ``reason`` is always ``bad-content``."""

    reason: Final = "bad-content"

    def __init__(self) -> None:
        super().__init__(self.reason)


class Codec(IntEnum):
    """How the chunk is encoded."""

    OPUS = 1
    VP9 = 2
    VP8 = 3
    AV1 = 4
    H264 = 5


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of sound: capture time in µs, level in -dBov (0 loudest, 127 silence), duration in units of 100 µs."""

    time_us: int
    level: int
    channels: int
    duration_units: int
    chunk: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Colour:
    """How pixels are to be read: code points of ITU-T H.273, ``matrix`` 0 to 127, ``primaries`` 0 to 255."""

    matrix: int
    full_range: bool
    primaries: int


@dataclass(frozen=True, slots=True)
class Video:
    """A picture: capture time in µs, size in pixels."""

    codec: Codec
    time_us: int
    width: int
    height: int
    colour: Colour
    chunk: bytes = field(repr=False)


class Client(StrEnum):
    """What kind of program a participant says that it is."""

    PAGE = "page"
    PYTHON = "python"


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sender asks of whoever holds a leaf: one of the gestures of the specification.

    ``number`` tells it from the sender's ask before.
    """

    leaf: Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
    gesture: Annotated[int, msgspec.Meta(ge=0, lt=GESTURES)]
    number: Annotated[int, msgspec.Meta(ge=0, le=0xFF)]


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sender itself says that it sends, and is, and perhaps what it asks for."""

    mic: bool
    camera: bool
    client: Client
    ask: Ask | msgspec.UnsetType = msgspec.UNSET


def build_sound(sound: Sound) -> bytes:
    """Return the plaintext of a sound frame; raises ``ContentError`` for what ``parse_sound`` would refuse."""
    fits = 0 <= sound.level <= MAX_LEVEL and 0 < sound.channels <= 0xFF and 0 < sound.duration_units <= 0xFFFF
    if not fits or not 0 <= sound.time_us <= MAX_INTEGER or not sound.chunk:
        raise ContentError
    prefix = _SOUND.pack(_LAYOUT, Codec.OPUS, sound.time_us, sound.level, sound.channels, sound.duration_units, 0)
    return prefix + sound.chunk


def parse_sound(plaintext: bytes) -> Sound:
    """Read the plaintext of a sound frame; raises ``ContentError``."""
    if len(plaintext) <= PREFIX_SIZE:
        raise ContentError
    layout, codec, time_us, level, channels, duration, zero = _SOUND.unpack_from(plaintext)
    if layout != _LAYOUT or codec != Codec.OPUS or time_us > MAX_INTEGER or zero:
        raise ContentError
    if level > MAX_LEVEL or not channels or not duration:
        raise ContentError
    return Sound(time_us, level, channels, duration, plaintext[PREFIX_SIZE:])


def build_video(video: Video) -> bytes:
    """Return the plaintext of a camera frame; raises ``ContentError`` for what ``parse_video`` would refuse."""
    fits = 0 < video.width <= 0xFFFF and 0 < video.height <= 0xFFFF and video.codec is not Codec.OPUS
    colour = video.colour
    if not 0 <= colour.matrix <= 0x7F or not 0 <= colour.primaries <= 0xFF:
        raise ContentError
    if not fits or not 0 <= video.time_us <= MAX_INTEGER or not video.chunk:
        raise ContentError
    reading = colour.full_range << 7 | colour.matrix
    prefix = _VIDEO.pack(_LAYOUT, video.codec, video.time_us, video.width, video.height, reading, colour.primaries)
    return prefix + video.chunk


def parse_video(plaintext: bytes) -> Video:
    """Read the plaintext of a camera frame; raises ``ContentError``."""
    if len(plaintext) <= PREFIX_SIZE:
        raise ContentError
    layout, codec, time_us, width, height, reading, primaries = _VIDEO.unpack_from(plaintext)
    if layout != _LAYOUT or not Codec.OPUS < codec <= Codec.H264 or time_us > MAX_INTEGER:
        raise ContentError
    if not width or not height:
        raise ContentError
    colour = Colour(reading & 0x7F, reading > 0x7F, primaries)
    return Video(Codec(codec), time_us, width, height, colour, plaintext[PREFIX_SIZE:])


def build_state(state: State) -> bytes:
    """Return the plaintext of a state frame."""
    return msgspec.json.encode(state)


def parse_state(plaintext: bytes) -> State:
    """Read the plaintext of a state frame; raises ``ContentError``."""
    if len(plaintext) > MAX_STATE_TEXT:
        raise ContentError
    try:
        return msgspec.json.decode(plaintext, type=State)
    except (ValueError, RecursionError):
        raise ContentError from None
