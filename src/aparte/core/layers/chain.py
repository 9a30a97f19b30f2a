"""What one receiver can decode of one rendition of one sender (spec/layers.md section 2)."""

from typing import Final

from aparte.core.wire.header import Header

_TURN: Final = 256  # tl0 counts modulo this


class Chain:
    """The frames of one rendition in the order of their counters, of which some are sent and some are not.

    Every frame passes through exactly one of ``send`` and ``skip``, in order.
    """

    __slots__ = ("_counter", "_whole", "base")

    def __init__(self) -> None:
        """Start before the first frame: only a key frame opens the chain."""
        self.base: int | None = None  # tl0 of the temporal-0 frame that the decoder has; none: it needs a key frame
        self._whole = False  # no temporal-1 frame is missing since then
        self._counter = -1

    def send(self, header: Header) -> bool:
        """Whether everything that this frame depends on was sent; if so it counts as sent, else as skipped."""
        missing = header.counter - self._counter - 1
        self._counter = header.counter
        if missing:
            self._lose(missing)
        tl0 = header.tl0
        if header.temporal == 0:
            if header.key or (self.base is not None and tl0 == (self.base + 1) % _TURN):
                self.base = tl0
                self._whole = True
                return True
            self.base = None
            return False
        return tl0 == self.base and (header.temporal == 1 or self._whole)

    def skip(self, header: Header) -> None:
        """The frame is not sent: what depends on it will not be either."""
        missing = header.counter - self._counter - 1
        self._counter = header.counter
        if missing:
            self._lose(missing)
        if header.temporal == 0:
            self.base = None
        elif header.temporal == 1:
            self._whole = False

    def _lose(self, missing: int) -> None:
        # A gap may hide a temporal-1 frame. It shows a temporal-0 frame by its tl0, unless that has gone full circle.
        self._whole = False
        if missing >= _TURN:
            self.base = None
