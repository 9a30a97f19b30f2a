"""Counters that must rise: one sender's frames, across all its links (spec/wire.md section 1)."""

from typing import Final

from aparte.core.wire.header import Header, Stream

_RENDITIONS: Final = 4  # two bits of the header


class Replay:
    """The last counter of each stream and rendition of one seat. It stays with the seat when the link changes."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Final = [-1] * (len(Stream) * _RENDITIONS)

    def rises(self, header: Header) -> bool:
        """Whether the counter is above every earlier one of its stream and rendition; if so it is the last one now."""
        place = header.stream * _RENDITIONS + header.rendition
        if header.counter <= self._last[place]:
            return False
        self._last[place] = header.counter
        return True
