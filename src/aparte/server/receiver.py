"""Where frames and control messages for one participant go: its socket, behind a gate, and its outbox."""

from array import array
from asyncio import Transport
from collections.abc import Callable
from fcntl import ioctl
from typing import Final

from aparte.core.relay.feed import Wanted
from aparte.core.relay.outbox import Outbox
from aparte.core.wire.header import Header, Stream
from aparte.server.config import Limits

_SIOCOUTQNSD: Final = 0x894B  # linux/sockios.h: bytes of a socket that have not been sent once
_answer: Final = array("i", [0])
UNHURRIED: Final = frozenset({Stream.STATE, Stream.PROOF})
"""Streams whose frames may wait a moment for another frame to ride with."""


class Receiver:
    """Writes at once while the socket sends on what it is given; otherwise the outbox decides what waits and what goes.

    The gate looks at the bytes that the kernel has not sent yet: a queue there could not be shortened any more, while
    one in the outbox still can. What is sent and not acknowledged does not count.

    A state or a proof is in no hurry: it rides with the next frame, in the same TLS record, or with nothing soon
    (``let_off``).
    """

    __slots__ = ("_ask", "_buffered", "_fd", "_most_unsent", "_outbox", "_riders", "_write", "is_open")

    def __init__(self, transport: Transport, limits: Limits, ask: Callable[[Wanted], None]) -> None:
        """``ask`` passes the wish for a key frame on."""
        self._outbox: Final = Outbox(limits.outbox_bytes, limits.control_bytes)
        self._write: Final = transport.write
        self._buffered: Final = transport.get_write_buffer_size
        self._fd: Final[int] = transport.get_extra_info("socket").fileno()
        self._most_unsent: Final = limits.unsent_bytes
        self._ask: Final = ask
        self._riders: list[bytes] = []
        self.is_open = True

    def offer(self, sender: str, header: Header, framed: bytes, now: float) -> bool:
        """Hand in a frame of ``sender``; ``now`` in seconds. False: ``flush`` is to be called until it says true."""
        if not self.is_open:
            return True
        # As in ``_room``; a call less, for every frame and receiver.
        ioctl(self._fd, _SIOCOUTQNSD, _answer, True)
        if not self._outbox.offer(sender, header, framed, now, self._most_unsent - _answer[0] - self._buffered()):
            return False
        if header.stream in UNHURRIED:
            self._riders.append(framed)
        elif self._riders:
            self._riders.append(framed)
            self.let_off()
        else:
            self._write(framed)
        return True

    def control(self, framed: bytes) -> bool:
        """Hand in a control message; no frame overtakes it. False as for ``offer``. Raises ``WireError(too-slow)``."""
        if not self.is_open:
            return True
        if self._outbox.offer_control(framed, self._room()):
            self._write(framed)
            return True
        return False

    def flush(self, now: float) -> bool:
        """Write what may be written now, and ask for the key frames that are missing; true when nothing waits."""
        if not self.is_open:
            return True
        taken = self._outbox.take(self._room(), now)
        if taken:
            # Together they are one TLS record and one packet, as far as they fit.
            self._write(taken[0] if len(taken) == 1 else b"".join(taken))
        for wanted in self._outbox.wanted():
            self._ask(wanted)
        return not self._outbox

    def let_off(self) -> None:
        """Write what has waited for another frame to ride with."""
        if self._riders and self.is_open:
            self._write(b"".join(self._riders))
        self._riders.clear()

    def forget(self, sender: str) -> None:
        """Nothing of this sender is to be sent any more."""
        self._outbox.forget(sender)

    def close(self) -> None:
        """Take and write nothing more: the descriptor may belong to another connection soon."""
        self.is_open = False

    def _room(self) -> int:
        ioctl(self._fd, _SIOCOUTQNSD, _answer, True)
        return self._most_unsent - _answer[0] - self._buffered()
