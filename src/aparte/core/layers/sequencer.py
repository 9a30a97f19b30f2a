"""Which pictures of one rendition may go to a decoder: a receiver's side of spec/layers.md section 2.

A decoder that misses a picture shows wrong ones and says nothing, so what is missing is read from the authenticated
header alone: ``tl0`` counts the pictures of layer 0, ``counter`` all of them. A gap is no loss by itself: it is how a
relay leaves pictures out.
"""

from enum import Enum
from typing import Final

from aparte.core.wire.header import Header

_TURN: Final = 256  # tl0 counts modulo this


class Verdict(Enum):
    """What to do with a picture."""

    DECODE = "decode"
    LATE = "late"  # older than what was decoded already
    SPOILED = "spoiled"  # needs a picture of layer 1 that did not come: the next one of layer 0 mends it
    HOLD = "hold"  # needs a picture of layer 0 that did not come: only a key frame mends it


class Sequencer:
    """The pictures of one rendition in the order in which they come."""

    __slots__ = ("_counter", "_gap", "_holding", "_tl0", "_tl0_counter")

    def __init__(self) -> None:
        self._holding = True
        self._counter = -1
        self._tl0 = 0
        self._tl0_counter = 0
        self._gap = False  # pictures of layer 2 lack what they depend on

    def accept(self, header: Header) -> Verdict:
        """Judge the next picture, and remember it."""
        if header.counter <= self._counter:
            return Verdict.LATE
        skipped = header.counter != self._counter + 1
        self._counter = header.counter
        if header.key:
            self._holding = self._gap = False
            self._remember(header)
            return Verdict.DECODE
        if self._holding:
            return Verdict.HOLD
        expected = (self._tl0 + 1) % _TURN if header.temporal == 0 else self._tl0
        # So many lost pictures of layer 0 that tl0 went round would also have taken as many counters.
        if header.tl0 != expected or header.counter - self._tl0_counter >= _TURN:
            self._holding = True
            return Verdict.HOLD
        if header.temporal == 0:
            self._gap = False
            self._remember(header)
        elif header.temporal == 1:
            # Whatever was skipped before it was of layer 2: there is one picture of layer 1 for each of layer 0.
            self._gap = False
        else:
            self._gap = self._gap or skipped
            if self._gap:
                return Verdict.SPOILED
        return Verdict.DECODE

    def _remember(self, header: Header) -> None:
        self._tl0 = header.tl0
        self._tl0_counter = header.counter
