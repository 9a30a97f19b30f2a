"""Requests for key frames, at most one a second for each rendition: later ones wait, none is lost."""

from typing import NamedTuple

from aparte.core.wire.limits import REFRESH_SECONDS


class Source(NamedTuple):
    """One rendition of one stream of one sender."""

    seat: str
    stream: int
    rendition: int


class Refreshes:
    """Which senders were asked lately, and which are to be asked once more."""

    def __init__(self) -> None:
        self._quiet: dict[Source, float] = {}  # until when nothing more is asked of it
        self._waiting: set[Source] = set()

    def ask(self, source: Source, now: float) -> bool:
        """Whether to ask at once; otherwise the request is remembered until ``due``."""
        if now < self._quiet.get(source, now):
            self._waiting.add(source)
            return False
        self._quiet[source] = now + REFRESH_SECONDS
        return True

    def due(self, now: float) -> list[Source]:
        """The remembered requests whose second is over: they count as asked now."""
        over = [source for source, until in self._quiet.items() if until <= now]
        for source in over:
            del self._quiet[source]
        asked = [source for source in over if source in self._waiting]
        self._waiting.difference_update(asked)
        self._quiet.update((source, now + REFRESH_SECONDS) for source in asked)
        return asked

    def next(self) -> float | None:
        """When ``due`` has something to give, in seconds; none when nothing waits."""
        return min((self._quiet[source] for source in self._waiting), default=None)

    def forget(self, seat: str) -> None:
        """Nothing more is asked of this sender."""
        self._quiet = {source: until for source, until in self._quiet.items() if source.seat != seat}
        self._waiting = {source for source in self._waiting if source.seat != seat}
