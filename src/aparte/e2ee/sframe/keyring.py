"""The receive keys of the epoch in force and of those just replaced."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.errors import SealReason
from aparte.e2ee.sframe.kid import MAX_LEAF, Kid, build_kid
from aparte.e2ee.sframe.replay import ReplayWindow

GRACE_SECONDS: Final = 3.0
"""How long a replaced epoch still opens what was on its way."""
MAX_REPLACED: Final = 16
"""Replaced epochs that are kept at most: a burst of joins."""
MAX_AHEAD: Final = 16
"""How many epochs ahead a frame may be and still be worth holding."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One sender's context in one epoch."""

    cipher: Cipher
    window: ReplayWindow = field(default_factory=ReplayWindow)


@dataclass(slots=True, repr=False)
class _Epoch:
    number: int
    base_key: bytes
    members: frozenset[int]
    until: float = float("inf")
    # At most one entry a member and context: both are checked before a key is derived.
    lanes: dict[int, Lane] = field(default_factory=dict)


class Keyring:
    """Exactly one key for a KID, or the reason why there is none."""

    __slots__ = ("_epochs", "_own_leaf")

    def __init__(self) -> None:
        self._epochs: list[_Epoch] = []  # the one in force first
        self._own_leaf = -1

    def rekey(self, base_key: bytes, epoch: int, own_leaf: int, members: Iterable[int], now: float) -> None:
        """Enter an epoch; ``ValueError`` for one that does not come after the one in force, or a leaf over 16 bits."""
        present = frozenset(members)
        if present and not (min(present) >= 0 and max(present) <= MAX_LEAF):
            raise ValueError("a leaf has 16 bits")
        if self._epochs and epoch <= self._epochs[0].number:
            raise ValueError("an epoch comes after the one in force")
        self.expire(now)
        for replaced in self._epochs:
            replaced.until = min(replaced.until, now + GRACE_SECONDS)
            # Who is removed is out at once, and a later holder of the same leaf is not taken for the earlier one.
            if not replaced.members <= present:
                replaced.members &= present
        self._epochs = [_Epoch(epoch, base_key, present), *self._epochs[:MAX_REPLACED]]
        self._own_leaf = own_leaf

    def expire(self, now: float) -> None:
        """Drop the epochs whose time is over."""
        if self._epochs and self._epochs[-1].until <= now:
            self._epochs = [epoch for epoch in self._epochs if now < epoch.until]

    def find(self, kid: Kid, now: float) -> Lane | SealReason:
        """Return the lane of a KID, or why it has none: own-frame, unknown-epoch, future-epoch, not-a-member."""
        if kid.leaf == self._own_leaf:
            return SealReason.OWN_FRAME
        self.expire(now)
        for epoch in self._epochs:
            if epoch.number & 0xFF == kid.epoch:
                return _lane(epoch, kid)
        if self._epochs and 0 < (kid.epoch - self._epochs[0].number) % 256 <= MAX_AHEAD:
            return SealReason.FUTURE_EPOCH
        return SealReason.UNKNOWN_EPOCH


def _lane(epoch: _Epoch, kid: Kid) -> Lane | SealReason:
    if kid.leaf not in epoch.members:
        return SealReason.NOT_A_MEMBER
    number = build_kid(kid.context, kid.leaf, kid.epoch)
    lane = epoch.lanes.get(number)
    if lane is None:
        lane = epoch.lanes[number] = Lane(Cipher(epoch.base_key, number))
    return lane
