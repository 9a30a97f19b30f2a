"""A receiver's part: whether what opened under somebody's name is what that member has signed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aparte.e2ee.attest.lane import MAX_PENDING, Lane
from aparte.e2ee.attest.proof import Proof, Run, parse_proof, sign_content
from aparte.e2ee.content import ContentError
from aparte.e2ee.sframe.keyring import GRACE_SECONDS
from aparte.e2ee.sframe.kid import build_kid

COVER_SECONDS: Final = 1.75
"""From opening a frame to its proof; whoever looks every 0.25 s finds a missing one within 2 s."""
CLEAR_SECONDS: Final = 2.0
"""How long all has to be proven again before a mark goes."""
BEAT_SECONDS: Final = 10.0
"""The longest time between two proofs of one member."""
SILENT_SECONDS: Final = 29.0
"""From a member's last proof of an epoch in force to the mark; whoever looks every second is in time for 30 s."""
_KEPT: Final = 17
_DROPPED_SECONDS: Final = 5.0

Verify = Callable[[bytes, bytes, bytes], bool]
"""Says whether a signature holds: public key (32 bytes), signature, content."""


class Doubt(StrEnum):
    """Why something is not proven to come from whom it names."""

    LATE = "late"
    """Frames opened, and no proof of them has come in time: it was lost, or there is none."""
    FORGED = "forged"
    """What opened is not what was signed, or what was signed is not by that member."""
    SILENT = "silent"
    """No proof of this member in the epoch in force for 30 s."""
    SPLIT = "split"
    """That member's epoch has the same number as ours and is another one."""


@dataclass(slots=True, repr=False)
class _Epoch:
    check: bytes
    until: float = float("inf")


@dataclass(slots=True, repr=False)
class _Signer:
    key: bytes
    in_step: float  # when it last proved that it is in an epoch in force
    number: int = -1
    lanes: dict[int, Lane] = field(default_factory=dict)
    failed: float | None = None  # when something was last found that is not proven
    proven: float = float("-inf")  # when a valid proof last came
    doubt: Doubt | None = None


class Witness:
    """One participant's; ``now`` is in seconds of any clock that never goes back.

    A member is told by its leaf; a leaf that gets another holder is another member.
    """

    def __init__(self, verify: Verify) -> None:
        self._verify = verify
        self._group_id = b""
        self._epoch = -1
        self._epochs: dict[int, _Epoch] = {}
        self._signers: dict[int, _Signer] = {}
        self._watched: set[int] = set()  # leaves that have frames waiting, or a mark

    @property
    def is_watching(self) -> bool:
        """Whether time alone may change what is proven."""
        return bool(self._watched)

    def enter(self, group_id: bytes, epoch: int, check: bytes, keys: Mapping[int, bytes], now: float) -> None:
        """Enter an epoch; ``keys`` are the signature keys of the other members by leaf, ``check`` its own."""
        for replaced in self._epochs.values():
            replaced.until = min(replaced.until, now + GRACE_SECONDS)
        known = [(number, each) for number, each in self._epochs.items() if number < epoch]
        self._epochs = {**dict(known[-(_KEPT - 1) :]), epoch: _Epoch(check)}
        self._group_id, self._epoch = group_id, epoch
        for leaf in [leaf for leaf, signer in self._signers.items() if keys.get(leaf) != signer.key]:
            del self._signers[leaf]
            self._watched.discard(leaf)
        for leaf, key in keys.items():
            if leaf not in self._signers:
                self._signers[leaf] = _Signer(key, now)
        self._drop_lanes(now)

    def hear(self, leaf: int, kid: int, counter: int, hash: bytes, now: float) -> Doubt | None:
        """Take a frame that opened, whatever it was but a proof; ``hash`` is of ``hash_frame``."""
        signer = self._signers.get(leaf)
        if signer is None:
            return None
        lane = signer.lanes.get(kid)
        if lane is None:
            lane = signer.lanes[kid] = Lane()
        if not lane.hear(counter, hash, now):
            return self._fail(leaf, signer, Doubt.FORGED, now)
        self._watched.add(leaf)
        if len(lane.pending) > MAX_PENDING and lane.expire(now - COVER_SECONDS):
            return self._fail(leaf, signer, Doubt.LATE, now)
        return None

    def prove(self, leaf: int, plaintext: bytes, now: float) -> Doubt | None:
        """Take the plaintext of a proof frame that opened under the KID of a leaf."""
        signer = self._signers.get(leaf)
        if signer is None:
            return None
        try:
            proof, body, signature = parse_proof(plaintext)
        except ContentError:
            return self._fail(leaf, signer, Doubt.FORGED, now)
        if not self._verify(signer.key, signature, sign_content(self._group_id, leaf, body)):
            return self._fail(leaf, signer, Doubt.FORGED, now)
        return self._believe(leaf, signer, proof, now)

    def expire(self, now: float) -> list[int]:
        """Look for frames whose proof has not come in time, and for marks whose time is over.

        Returns the leaves that were looked at.
        """
        watched = list(self._watched)
        for leaf in watched:
            signer = self._signers[leaf]
            late = [lane.expire(now - COVER_SECONDS) for lane in signer.lanes.values()]
            if any(late):
                self._fail(leaf, signer, Doubt.LATE, now)
            if signer.failed is not None and now - signer.failed >= CLEAR_SECONDS and signer.proven > signer.failed:
                signer.failed = signer.doubt = None
            if signer.failed is None and not any(lane.pending for lane in signer.lanes.values()):
                self._watched.discard(leaf)
        return watched

    def doubt(self, leaf: int, now: float) -> Doubt | None:
        """Say why what comes from a leaf is not proven now; None when it is, or when nothing came."""
        signer = self._signers.get(leaf)
        if signer is None:
            return None
        return signer.doubt or (Doubt.SILENT if now - signer.in_step >= SILENT_SECONDS else None)

    @property
    def leaves(self) -> Iterable[int]:
        """Everybody's but our own."""
        return self._signers

    def excuse(self, leaves: Iterable[int], now: float) -> None:
        """Give members the time again until they are taken for silent: they were away, or we were."""
        for leaf in leaves:
            if leaf in self._signers:
                self._signers[leaf].in_step = now

    def cut(self, now: float) -> None:
        """Let go of the frames whose proof we have missed, because our own connection was cut."""
        for signer in self._signers.values():
            for lane in signer.lanes.values():
                lane.pending.clear()
        self.excuse(self._signers, now)

    def _believe(self, leaf: int, signer: _Signer, proof: Proof, now: float) -> Doubt | None:
        newest = proof.number > signer.number
        if newest:
            if proof.number != signer.number + 1:
                for lane in signer.lanes.values():
                    lane.break_off()
            signer.number = proof.number
        epoch = self._epochs.get(proof.epoch)
        if epoch is None:
            return None  # not one of ours: nothing that we opened is of it
        if epoch.check != proof.check:
            return self._fail(leaf, signer, Doubt.SPLIT, now)
        if newest:
            signer.proven = now
            if now < epoch.until:
                signer.in_step = now
        honest = True
        for kid, runs in _by_kid(proof, leaf).items():
            honest = signer.lanes.setdefault(kid, Lane()).cover(runs, newest=newest) and honest
        return None if honest else self._fail(leaf, signer, Doubt.FORGED, now)

    def _fail(self, leaf: int, signer: _Signer, doubt: Doubt, now: float) -> Doubt:
        signer.failed = now
        # A lost proof does not hide what was found before it.
        if doubt is not Doubt.LATE or signer.doubt is None:
            signer.doubt = doubt
        self._watched.add(leaf)
        return doubt

    def _drop_lanes(self, now: float) -> None:
        old = {n & 0xFF for n, each in self._epochs.items() if now - each.until > _DROPPED_SECONDS - GRACE_SECONDS}
        known = {number & 0xFF for number in self._epochs} - old
        for signer in self._signers.values():
            for kid in [kid for kid in signer.lanes if kid & 0xFF not in known]:
                del signer.lanes[kid]


def _by_kid(proof: Proof, leaf: int) -> dict[int, list[Run]]:
    found: dict[int, list[Run]] = {}
    for run in proof.runs:
        found.setdefault(build_kid(run.context, leaf, proof.epoch), []).append(run)
    return found
