"""Keeps one seat connected: says hello, comes back after a cut with the seat's token, and gives up after 30 s.

No clock and no socket here: ``Line`` is one connection, and time is the host's.
"""

from collections.abc import Callable
from typing import Final, Protocol

from aparte.core.wire import control
from aparte.core.wire.control import ClientMessage, Hello, ResumeRequest, ServerMessage
from aparte.core.wire.limits import AWAY_SECONDS, BAD_COMMIT_SECONDS, RESUME_SECONDS

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 3.0
"""Seconds between two attempts: from one to the other, doubling."""
ENTER_SECONDS: Final = 10.0
"""How long a server that has never let us in is tried again."""
_COME_BACK: Final = frozenset({"silent", "closing", "too-slow"})
_COME_ANEW: Final = frozenset({"unknown-seat", "bad-commit"})


class Line(Protocol):
    """One connection to the server."""

    def send(self, message: ClientMessage) -> None:
        """Say this."""

    def send_frame(self, message: bytes) -> None:
        """Hand in a sealed frame."""

    def close(self) -> None:
        """Let go of it; nothing of it is heard any more."""


class Events(Protocol):
    """Who hears a line. After ``closed`` nothing comes."""

    def opened(self) -> None:
        """It is there."""

    def control(self, message: ServerMessage) -> None:
        """The server said this."""

    def frame(self, message: bytes) -> None:
        """A frame came."""

    def closed(self, reason: str | None) -> None:
        """It is gone: ``reason`` is the server's word, ``unreachable``, ``certificate``, or None when it was cut."""


class Host(Protocol):
    """Who a connection works for."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        """Run ``task`` after a delay; what is returned cancels it."""

    def resume(self) -> ResumeRequest | None:
        """Return what to say of a seat that we hold already; none when we come new."""

    def control(self, message: ServerMessage) -> None:
        """The server said this."""

    def frame(self, message: bytes) -> None:
        """A frame came."""

    def down(self) -> None:
        """The line is gone, and another one is on the way."""

    def forget(self) -> None:
        """The seat cannot be had back: forget it; a new hello follows."""

    def ended(self, reason: str) -> None:
        """It is over."""


class Connection:
    """``open`` makes a line that tells ``Events``; ``door`` (32 bytes) proves the link secret of ``meeting`` (16).

    ``code`` is a guest's part of an invitation.
    """

    def __init__(
        self, host: Host, open: Callable[[Events], Line], meeting: bytes, door: bytes, code: str | None = None
    ) -> None:
        self._host = host
        self._open = open
        self._meeting = meeting
        self._door = door
        self._code = code
        self._attempt: _Attempt | None = None
        self._line: Line | None = None
        self._cancel_retry: Callable[[], None] | None = None
        self._cut_at: float | None = None
        self._wait = FIRST_WAIT
        self._resumed_at = float("-inf")
        self._inside = False  # has been in the group once
        self._over = False
        # Whether the server has answered this line's hello: before that nothing else may be said (spec/wire.md 3).
        self._answered = False

    @property
    def is_ready(self) -> bool:
        """Whether a seat is ours on a line that is up."""
        return self._answered

    def start(self) -> None:
        """Open a line."""
        self._cancel_retry = None
        self._answered = False
        self._attempt = _Attempt(self)
        self._line = self._open(self._attempt)

    def send(self, message: ClientMessage) -> None:
        """Say this to the server, if it has answered."""
        if self._answered and self._line is not None:
            self._line.send(message)

    def send_frame(self, message: bytes) -> None:
        """Hand in a sealed frame, if the server has answered."""
        if self._answered and self._line is not None:
            self._line.send_frame(message)

    def settled(self) -> None:
        """Give the next cut all its time again: we are in the group. A welcome alone does not say so."""
        if self._answered:
            self._inside = True
            self._cut_at = None
            self._wait = FIRST_WAIT

    def rejoin(self) -> None:
        """Give the seat up and ask for a new one, on a new line; not at once, and not for ever."""
        if self._over:
            return
        self._host.forget()
        self._drop()
        self._retry()

    def end(self, reason: str) -> None:
        """Leave."""
        if self._over:
            return
        self._over = True
        self._drop()
        if self._cancel_retry is not None:
            self._cancel_retry()
        self._host.ended(reason)

    def _drop(self) -> None:
        line, self._line, self._attempt = self._line, None, None
        if line is not None:
            line.send(control.Leave())
            line.close()

    # What the line says

    def opened(self, attempt: "_Attempt") -> None:
        """Greet the server."""
        if attempt is self._attempt and self._line is not None:
            self._line.send(Hello(1, self._meeting, self._door, self._host.resume(), self._code))

    def hear(self, attempt: "_Attempt", message: ServerMessage) -> None:
        """Pass on what the server says on the present line."""
        if attempt is not self._attempt or self._over:
            return
        if isinstance(message, control.Welcome | control.Resumed):
            self._answered = True
        if isinstance(message, control.Resumed):
            self._resumed_at = self._host.now()
        self._host.control(message)

    def take(self, attempt: "_Attempt", message: bytes) -> None:
        """Pass on a frame of the present line."""
        if attempt is self._attempt and not self._over:
            self._host.frame(message)

    def closed(self, attempt: "_Attempt", reason: str | None) -> None:
        """Come back, come anew or end."""
        if attempt is not self._attempt or self._over:
            return
        self._attempt = self._line = None
        if reason in _COME_ANEW:
            self._host.forget()
            self._retry(BAD_COMMIT_SECONDS if reason == "bad-commit" else 0.0)
        elif reason is None or reason in _COME_BACK or (self._inside and reason == "unreachable"):
            self._retry()
        else:
            self._finish(reason)

    def _retry(self, least: float = 0.0) -> None:
        self._answered = False
        now = self._host.now()
        if self._cut_at is None:
            self._cut_at = now
        if now - self._cut_at > (AWAY_SECONDS if self._inside else ENTER_SECONDS):
            self._finish("cut" if self._inside else "unreachable")
            return
        # Who comes back to its seat more often than that loses it.
        rest = self._resumed_at + RESUME_SECONDS - now
        self._cancel_retry = self._host.later(max(self._wait, least, rest), self.start)
        self._wait = min(self._wait * 2, LONGEST_WAIT)
        self._host.down()

    def _finish(self, reason: str) -> None:
        self._over = True
        self._host.ended(reason)


class _Attempt:
    """The ears of one line: what an earlier line still has to say is not listened to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def opened(self) -> None:
        self._connection.opened(self)

    def control(self, message: ServerMessage) -> None:
        self._connection.hear(self, message)

    def frame(self, message: bytes) -> None:
        self._connection.take(self, message)

    def closed(self, reason: str | None) -> None:
        self._connection.closed(self, reason)
