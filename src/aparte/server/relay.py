"""The hot path: a sealed frame that came in goes out to every receiver, byte for byte."""

import asyncio
from typing import Final

from aparte.core.wire.header import Header
from aparte.server.clock import Clock
from aparte.server.receiver import UNHURRIED, Receiver
from aparte.server.websocket import Opcode, Payload, build_frame


class Relay:
    """Forwards frames, and looks every ``retry`` seconds after the receivers that could not take theirs at once.

    A state or a proof reaches its receivers after ``ride`` seconds at the latest.
    """

    def __init__(self, clock: Clock, retry: float, ride: float) -> None:
        self._clock: Final = clock
        self._retry: Final = retry
        self._ride: Final = ride
        self._riding: set[Receiver] = set()
        self._waiting: dict[Receiver, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def forward(self, receivers: tuple[Receiver, ...], sender: str, header: Header, message: Payload) -> None:
        """Send ``message`` of ``sender`` on. It is framed once, and all receivers get the same bytes."""
        framed = build_frame(Opcode.BINARY, message)
        now = self._clock()
        for receiver in receivers:
            if not receiver.offer(sender, header, framed, now):
                self.look_after(receiver)
        if header.stream in UNHURRIED:
            if not self._riding:
                asyncio.get_running_loop().call_later(self._ride, self._let_off)
            self._riding.update(receivers)

    def _let_off(self) -> None:
        for receiver in self._riding:
            receiver.let_off()
        self._riding.clear()

    def look_after(self, receiver: Receiver) -> None:
        """Something waits for this receiver, or it wants a key frame."""
        self._waiting[receiver] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._retry, self._look)

    def _look(self) -> None:
        now = self._clock()
        for receiver in [receiver for receiver in self._waiting if receiver.flush(now)]:
            del self._waiting[receiver]
        self._timer = asyncio.get_running_loop().call_later(self._retry, self._look) if self._waiting else None
