"""What can happen to a room: the input of ``Room.handle(command, now)``; seats and tokens are drawn by the shell."""

from dataclasses import dataclass, field

from aparte.core.wire.errors import Reason


@dataclass(frozen=True, slots=True)
class Join:
    """A link whose door was right asks for a new seat."""

    seat: str  # drawn by the shell: 16 random bytes, b64
    token: str = field(repr=False)  # what brings this seat back after a cut: 32 random bytes, b64
    account: bytes | None = None  # with which its link was opened


@dataclass(frozen=True, slots=True)
class Resume:
    """A link comes back to its seat with the seat's token and the epoch that its client is in."""

    seat: str
    token: str = field(repr=False)
    next_token: str = field(repr=False)
    epoch: int


@dataclass(frozen=True, slots=True)
class Create:
    """An admitted seat made the group: its id, its GroupInfo and its tree."""

    seat: str
    group: bytes
    info: bytes
    tree: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """A seat made a commit, an external one when the seat is not a member yet, and the GroupInfo that goes with it."""

    seat: str
    commit: bytes
    info: bytes


@dataclass(frozen=True, slots=True)
class Knock:
    """An admitted seat says who would come in: the identity of its leaf, and the leaf's signature key."""

    seat: str
    identity: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Admit:
    """A member lets somebody in who knocked."""

    seat: str
    who: str
    admission: bytes


@dataclass(frozen=True, slots=True)
class Refuse:
    """A member does not let somebody in who knocked."""

    seat: str
    who: str


@dataclass(frozen=True, slots=True)
class Nack:
    """A member cannot apply the commit that starts from ``epoch``."""

    seat: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Refresh:
    """A member asks another one for a key frame."""

    seat: str
    of: str
    stream: int
    rendition: int


@dataclass(frozen=True, slots=True)
class Leave:
    """The person left."""

    seat: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The seat's connection is gone without a word."""

    seat: str


@dataclass(frozen=True, slots=True)
class End:
    """What the person came in with, an account, a session or an invitation, is over: so is the seat, wherever it is."""

    seat: str
    reason: Reason = Reason.ACCOUNT_ENDED


@dataclass(frozen=True, slots=True)
class Tick:
    """The time that ``Wake`` asked for has come."""


Command = Join | Resume | Create | Commit | Knock | Admit | Refuse | Nack | Refresh | Leave | Cut | End | Tick
