"""Signs what we send, and compares what we hear with what its senders have signed (spec/attest.md)."""

import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from aparte.client.people import Roster
from aparte.e2ee.attest.attester import MAX_WAITING, Attester
from aparte.e2ee.attest.proof import derive_check, hash_frame
from aparte.e2ee.attest.witness import BEAT_SECONDS, COVER_SECONDS, Doubt, Verify, Witness
from aparte.e2ee.mls.meeting import MeetingGroup
from aparte.e2ee.sframe.opener import Opened

PROOF_SECONDS: Final = 0.5
"""From sending something to its proof."""
BEAT_SPREAD: Final = 0.05
"""Seconds for each member within which all have said once that they are in a new epoch."""
_WATCH_SECONDS: Final = 0.25
_LOOK_SECONDS: Final = 1.0


class Host(Protocol):
    """Who sends, and who is told."""

    @property
    def is_inside(self) -> bool:
        """Whether frames can be sent."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        """Run ``task`` after a delay; what is returned cancels it."""

    def send_proof(self, plaintext: bytes) -> None:
        """Seal and send."""

    def doubted(self, leaf: int, doubt: Doubt | None) -> None:
        """What comes from a leaf is in doubt, for another reason than before, or no more."""


class Proofs:
    """One participant's, for as long as it has a leaf."""

    def __init__(self, host: Host, verify: Verify) -> None:
        self._host = host
        self._verify = verify
        self._group: MeetingGroup | None = None
        self._attester = Attester()
        self._witness = Witness(verify)
        self._told: dict[int, Doubt] = {}
        self._absent: frozenset[int] = frozenset()
        self._recent: deque[tuple[float, bytes]] = deque()
        self._beat_at = float("inf")
        self._look_all_at = float("-inf")
        self._cancel_flush: Callable[[], None] | None = None
        self._cancel_look: Callable[[], None] | None = None

    def epoch(self, group: MeetingGroup, roster: Roster) -> None:
        """Enter an epoch."""
        now = self._host.now()
        group_id, number, leaf = group.group.group_id, group.group.epoch, group.group.leaf
        check = derive_check(group.epoch_authenticator())
        keys = {member.leaf: member.signature_key for member in roster.members.values() if member.leaf != leaf}
        self._group = group
        self._attester.enter(group_id, number, leaf, check)
        self._witness.enter(group_id, number, check, keys, now)
        self._told = {leaf: doubt for leaf, doubt in self._told.items() if leaf in keys}
        # Everybody hears from everybody in the new epoch, and not all in the same moment.
        self._beat_at = min(self._beat_at, now + random.random() * BEAT_SPREAD * len(roster.members))  # noqa: S311
        if self._cancel_look is None:
            self._look()

    def forget(self) -> None:
        """Give the leaf up."""
        for cancel in (self._cancel_flush, self._cancel_look):
            if cancel is not None:
                cancel()
        self._cancel_flush = self._cancel_look = None
        self._group = None
        self._attester, self._witness = Attester(), Witness(self._verify)
        self._told.clear()
        self._recent.clear()
        self._absent = frozenset()
        self._beat_at = float("inf")

    def cut(self) -> None:
        """Our own connection is cut."""
        self._witness.cut(self._host.now())

    def resume(self) -> None:
        """It is back: what was on its way may be lost, and the others want to hear from us."""
        now = self._host.now()
        self._forget_recent(now)
        for _, plaintext in self._recent:
            self._host.send_proof(plaintext)
        self.flush(beat=True)

    def absent(self, leaves: Iterable[int]) -> None:
        """Say who is away, says the server: nothing is expected of them until they are back."""
        before, self._absent = self._absent, frozenset(leaves)
        self._witness.excuse(before - self._absent, self._host.now())

    # What we send

    def sent(self, message: bytes) -> None:
        """Take note of a message that was sent."""
        self._attester.add(message)
        if self._attester.waiting >= MAX_WAITING:
            self.flush()
        elif self._cancel_flush is None:
            self._cancel_flush = self._host.later(PROOF_SECONDS, self.flush)

    def flush(self, *, beat: bool = False) -> None:
        """Sign what was sent, and send that; with ``beat`` also if nothing was."""
        if self._cancel_flush is not None:
            self._cancel_flush()
            self._cancel_flush = None
        if self._group is None or not self._host.is_inside:
            return
        now = self._host.now()
        self._forget_recent(now)
        for draft in self._attester.take(beat=beat):
            plaintext = draft.body + self._group.attest(draft.content)
            self._recent.append((now, plaintext))
            self._beat_at = now + BEAT_SECONDS
            self._host.send_proof(plaintext)

    def _forget_recent(self, now: float) -> None:
        while self._recent and now - self._recent[0][0] > COVER_SECONDS:
            self._recent.popleft()

    # What we hear

    def heard(self, opened: Opened, message: bytes) -> None:
        """Take a frame that opened."""
        header = opened.header
        if self._witness.hear(opened.leaf, opened.kid, header.counter, hash_frame(message), self._host.now()):
            self._tell(opened.leaf)

    def proof(self, leaf: int, plaintext: bytes) -> None:
        """Take a proof that opened."""
        if self._witness.prove(leaf, plaintext, self._host.now()):
            self._tell(leaf)

    def _look(self) -> None:
        now = self._host.now()
        for leaf in self._witness.expire(now):
            self._tell(leaf)
        if now >= self._look_all_at:
            self._look_all_at = now + _LOOK_SECONDS
            self._look_all(now)
        if now >= self._beat_at:
            self.flush(beat=True)
        wait = _WATCH_SECONDS if self._witness.is_watching else _LOOK_SECONDS
        self._cancel_look = self._host.later(wait, self._look)

    def _look_all(self, now: float) -> None:
        if not self._host.is_inside:
            self._witness.excuse(self._witness.leaves, now)  # nobody can be heard here
        for leaf in self._witness.leaves:
            self._tell(leaf)

    def _tell(self, leaf: int) -> None:
        doubt = self._witness.doubt(leaf, self._host.now())
        if doubt is Doubt.SILENT and leaf in self._absent:
            doubt = None
        if doubt is self._told.get(leaf):
            return
        if doubt is None:
            del self._told[leaf]
        else:
            self._told[leaf] = doubt
        self._host.doubted(leaf, doubt)
