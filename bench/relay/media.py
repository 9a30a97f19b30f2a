"""What the publisher sends: a 720p30 camera with three temporal layers and a 20 ms sound, as sizes and wire headers."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from aparte.core.wire.header import HEADER_SIZE, Header, Stream

FRAMES_PER_SECOND = 30
PACKETS_PER_SECOND = 50
STATE_EVERY = 10.0  # seconds between two state frames of one member (spec/wire.md, section 1)
KEY_EVERY = 10  # seconds between two key frames
TOTAL_BITS_PER_SECOND = 1_450_000
SOUND_BYTES = 160
STATE_BYTES = HEADER_SIZE + 8 + 64 + 16

PATTERN = (0, 2, 1, 2)  # temporal layers of L1T3
WEIGHT = {0: 1.6, 1: 1.0, 2: 0.7}  # size of a frame against the average of its stream; the pattern's mean is 1
KEY_WEIGHT = 6.0
SPREAD = 0.2  # frames of one layer differ by as much as this

STAMP_SIZE = 8  # the send time, nanoseconds since 1970, first thing behind the header


@dataclass(frozen=True, slots=True)
class Picture:
    """One camera frame to send: layer, whether it is a key frame, number of its base frame, size in bytes."""

    temporal: int
    key: bool
    tl0: int
    size: int


class Camera:
    """The frames of one camera, in order. ``wanted()`` makes the next one a key frame, as a ``refresh`` asks for."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._wanted = True
        frames = FRAMES_PER_SECOND * KEY_EVERY
        video = TOTAL_BITS_PER_SECOND / 8 - SOUND_BYTES * PACKETS_PER_SECOND
        self._mean = video * KEY_EVERY / (frames + KEY_WEIGHT - WEIGHT[0])

    def wanted(self) -> None:
        self._wanted = True

    def __iter__(self) -> Iterator[Picture]:
        tl0 = -1
        phase = 0
        for number in count():
            key = self._wanted or number % (FRAMES_PER_SECOND * KEY_EVERY) == 0
            self._wanted = False
            phase = 0 if key else phase
            temporal = PATTERN[phase % len(PATTERN)]
            phase += 1
            if temporal == 0:
                tl0 = (tl0 + 1) % 256
            weight = KEY_WEIGHT if key else WEIGHT[temporal]
            size = int(self._mean * weight * self._random.uniform(1 - SPREAD, 1 + SPREAD))
            yield Picture(temporal, key, tl0, size)


class Counters:
    """The headers of one sender: a counter for each stream that only rises."""

    def __init__(self) -> None:
        self._next = {Stream.STATE: 0, Stream.SOUND: 0, Stream.CAMERA: 0}

    def header(self, stream: Stream, picture: Picture | None = None) -> Header:
        counter = self._next[stream]
        self._next[stream] = counter + 1
        if picture is None:
            return Header(stream, 0, 0, False, False, 0, counter)
        return Header(stream, 0, picture.temporal, picture.key, picture.temporal == 2, picture.tl0, counter)


NOISE = os.urandom(256 * 1024)


def sealed(header: bytes, stamp: int, size: int) -> bytes:
    """A whole message of ``size`` bytes: header, send stamp, and noise in the place of ciphertext."""
    head = header + stamp.to_bytes(STAMP_SIZE)
    return head + NOISE[: max(size, HEADER_SIZE + 17) - len(head)]
