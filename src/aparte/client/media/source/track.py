"""What every source of one kind of media can do."""

from typing import Protocol, TypeVar

from aparte.client.media.picture import Picture
from aparte.client.media.samples import Samples

Piece = TypeVar("Piece", Picture, Samples, covariant=True)


class Track(Protocol[Piece]):
    """Pieces in order, each with its time in µs.

    ``live``: the times are those of our clock, and ``read`` waits until a piece is there. Otherwise they count from
    the source's start, ``read`` gives what it can at once, and whoever reads keeps the pace.
    """

    @property
    def live(self) -> bool:
        """Whether the source keeps the pace itself."""

    def read(self) -> Piece | None:
        """Return the next piece, or None at the end; it may take a while: call it in a thread, one at a time.

        Raises ``MediaError(broken)`` when the source stops giving what can be read.
        """

    def close(self) -> None:
        """Let go of the source, after a ``read`` that is under way in another thread; it gives nothing more."""
