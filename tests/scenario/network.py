"""A network of the mind: seeded delays and cuts, time that passes in no time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from aparte.core.wire.control import ClientMessage, ServerMessage


class Network:
    """The clock, and what is under way. The same seed gives the same meeting."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = 0.0
        self._number = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, time: float, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (time, self._number, act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self.at(self.now + seconds, act)

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, act = heapq.heappop(self._events)
            act()
        self.now = until


class End(Protocol):
    """Whoever holds one end of a line."""

    def hear(self, line: Line, message: ClientMessage | ServerMessage) -> None:
        """A message has arrived."""

    def lost(self, line: Line) -> None:
        """The line is noticed to be dead."""


@dataclass(frozen=True)
class Way:
    """What kind of line somebody has, one way, in seconds."""

    delay: float = 0.02
    jitter: float = 0.03
    notice: float = 6.0  # at most this long until an end notices a cut


class Line:
    """One connection: each way in order, as TCP keeps it, and against other lines in any order."""

    def __init__(self, network: Network, client: End, server: End, way: Way) -> None:
        self._network = network
        self._ends = {"up": server, "down": client}
        self._way = way
        self._last = {"up": 0.0, "down": 0.0}
        self.dead = False

    def send(self, direction: str, message: ClientMessage | ServerMessage) -> None:
        """Bring a message to the other end, unless the line is cut before it is there."""
        network = self._network
        arrival = network.now + self._way.delay + network.random.random() * self._way.jitter
        self._last[direction] = arrival = max(arrival, self._last[direction])

        def arrive() -> None:
            if not self.dead:
                self._ends[direction].hear(self, message)

        network.at(arrival, arrive)

    def cut(self) -> None:
        """From now on nothing arrives; each end notices in its own time."""
        if self.dead:
            return
        self.dead = True
        for end in self._ends.values():
            self._network.after(self._network.random.random() * self._way.notice, lambda end=end: end.lost(self))  # type: ignore[misc]
