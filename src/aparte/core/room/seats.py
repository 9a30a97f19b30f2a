"""One seat of a room: a pseudonym, where it stands, and until when."""

from dataclasses import dataclass, field
from enum import Enum, auto
from hmac import compare_digest

from aparte.core.policy.delivery import Owner
from aparte.core.policy.person import Person
from aparte.core.policy.rights import NONE, Rights
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import Turn, Wait


class State(Enum):
    """Where a seat stands (spec/room.md section 2)."""

    ADMITTED = auto()  # has a link, is not in the group yet
    MEMBER = auto()  # has a link and a leaf
    AWAY = auto()  # has a leaf; its link is cut
    GONE = auto()  # has a leaf that somebody must remove; never comes back


@dataclass(slots=True)
class Seat:
    """A seat and what the room remembers of it."""

    name: str
    token: str = field(repr=False)
    state: State
    account: bytes | None = None  # with which it came: the only one that its leaf may name
    person: Person | None = None  # who would come in, once it has said so
    leaf_key: bytes = b""  # and with which leaf
    admitted: bool = False  # somebody who may do that has let it in
    cleared: bool = False  # it may come in: it has its turn, or waits for one
    waits: Wait | None = None  # what it was told to wait for
    rights: Rights = NONE  # what it may send, among others; none before it is in the group
    deadline: float | None = None  # seconds: when an admitted seat is dropped, when an away one is gone
    turn: Turn | None = field(default=None, repr=False)  # the latest that it was given
    since: int = 0  # the epoch from which its leaf came in; a client cannot be in an earlier one
    resumed: float | None = None  # seconds: when it came back last
    sure: int | None = None  # an epoch that was reopened: its client may take a later one for another than the others

    def may_be_in(self, epoch: int) -> bool:
        """Whether its client, which says so, can be in this epoch and mean the same by it as the others."""
        return self.since <= epoch and (self.sure is None or epoch <= self.sure)

    @property
    def may_admit(self) -> bool:
        """Whether it hears who knocks."""
        return self.state is State.MEMBER and Rights.ADMIT in self.rights

    @property
    def owner(self) -> Owner:
        """Whose leaf may stand on it."""
        return Owner(b64_decode(self.name), self.account)

    def proves(self, token: str) -> bool:
        """Whether this is the seat's token, in a time that does not depend on how much of it is right."""
        return compare_digest(self.token.encode(), token.encode())
