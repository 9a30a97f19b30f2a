"""One rendition of one sender on its way to one receiver."""

from typing import Final, NamedTuple

from aparte.core.layers.chain import Chain
from aparte.core.wire.header import Header, Stream

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 8.0


class Wanted(NamedTuple):
    """A key frame that a receiver needs."""

    sender: str | int
    stream: Stream
    rendition: int


class Feed:
    """What the receiver has of it (``chain``), how many frames of it wait, and when its sender is asked again."""

    __slots__ = ("_asked", "_pause", "chain", "rendition", "sender", "shed", "waiting")

    def __init__(self, sender: str | int, rendition: int) -> None:
        self.sender = sender
        self.rendition = rendition
        self.chain = Chain()
        self.waiting = 0  # frames with their bytes
        self.shed = False  # a waiting frame that all later ones need is dropped: nothing is kept until a key frame
        self._asked = float("-inf")
        self._pause = _FIRST_PAUSE

    @property
    def hopeless(self) -> bool:
        """Whether no frame but a key frame could be decoded, whatever happens to those that wait."""
        return self.shed or (self.chain.base is None and not self.waiting)

    def skip(self, header: Header) -> None:
        """A waiting frame whose turn has come is not sent."""
        self.chain.skip(header)
        if self.chain.base is None:
            self.shed = False  # the chain knows it from here on

    def ask(self, now: float, wanted: list[Wanted]) -> None:
        """Want a key frame, if only that helps and the last time is long enough ago (seconds).

        A link too slow for key frames would otherwise have a sender make them for ever, at everybody's cost:
        the pause doubles from 1 to 8 s, and is short again after a quiet time of twice the longest one.
        """
        since = now - self._asked
        if since < self._pause or not (self.shed or self.chain.base is None):
            return
        self._pause = _FIRST_PAUSE if since > 2 * _LONGEST_PAUSE else min(2 * self._pause, _LONGEST_PAUSE)
        self._asked = now
        wanted.append(Wanted(self.sender, Stream.CAMERA, self.rendition))
