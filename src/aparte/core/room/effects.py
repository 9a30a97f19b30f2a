"""What a room wants done: the output of ``Room.handle(command, now)``, performed in order by the shell."""

from dataclasses import dataclass

from aparte.core.policy.rights import Rights
from aparte.core.wire.control import ServerMessage
from aparte.core.wire.errors import Reason


@dataclass(frozen=True, slots=True)
class Keep:
    """Write this to the store before performing what follows: a commit, or the creation of a group.

    A creation (``epoch`` 0, ``commit`` empty) first erases whatever the meeting has kept of an earlier group.
    """

    group: bytes
    epoch: int  # the epoch that it makes: 0 by the creation, n + 1 by a commit that starts from n
    seat: str
    commit: bytes
    oldest: int = 0  # what made this epoch and earlier ones need not be kept any more
    tidies: bool = False  # it removes somebody who is gone: a duty, which nobody is charged for


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Erase from the store what made the epochs after this one, before performing what follows."""

    group: bytes
    epoch: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Send this control message to one seat."""

    seat: str
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Route:
    """From now on the seat sends and receives frames."""

    seat: str


@dataclass(frozen=True, slots=True)
class Permit:
    """From now on the seat has these rights: what it sends without the right is dropped."""

    seat: str
    rights: Rights


@dataclass(frozen=True, slots=True)
class Stop:
    """From now on no frame of this seat is forwarded and none is sent to it."""

    seat: str


@dataclass(frozen=True, slots=True)
class Close:
    """Say ``bye`` and close the seat's connection, if it has one."""

    seat: str
    reason: Reason
    rule: str = ""  # for the log: the number of the rule that was broken (spec/checks.md)


@dataclass(frozen=True, slots=True)
class Refuse:
    """The command's own link (not yet a seat) is refused: say ``bye`` and close it."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Wake:
    """Call ``handle(Tick(), now)`` at this time (seconds of the same clock); a later Wake replaces an earlier one."""

    at: float


@dataclass(frozen=True, slots=True)
class Forget:
    """The room is empty: erase its group and commits from the store and drop the room."""


Effect = Keep | Withdraw | Tell | Route | Permit | Stop | Close | Refuse | Wake | Forget
