"""The chain of epochs: what is checked of a commit, which one wins, and how the latest ones are taken back.

The first valid commit of an epoch wins (RFC 9420 section 14, RFC 9750 section 5.2). What a commit tells the members is
sealed; its form, its signatures and what it does to the tree are not, and the room follows the group by them.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from aparte.core.mls.delivery import check_announcement, read_commit, read_place
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.errors import Reason as MlsReason
from aparte.core.mls.framing import AuthenticatedContent
from aparte.core.mls.judge import check_place, judge
from aparte.core.mls.public import PublicGroup
from aparte.core.policy.admission import Admission
from aparte.core.policy.check import check_removal
from aparte.core.policy.delivery import check_own_seat, follow_new, person_of
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.meeting import MeetingPolicy
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Policy
from aparte.core.room.profile import Profile
from aparte.core.room.seats import Seat
from aparte.core.wire.b64 import b64_encode
from aparte.core.wire.control import GroupState, PastCommit, Turn
from aparte.core.wire.limits import MAX_COMMIT, MAX_INFO, NACK_SECONDS

LATE: Final = frozenset({MlsReason.WRONG_GROUP, MlsReason.STALE_EPOCH, MlsReason.FUTURE_EPOCH})
"""Refusals that are nobody's fault: something was overtaken on its way."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A commit of the epoch in force that keeps all rules, and the seats whose leaves it removes."""

    commit: bytes
    info: bytes
    joins: bool
    after: PublicGroup
    removes: tuple[str, ...]
    directs: bool  # changes the policy


@dataclass(eq=False, slots=True)
class _Epoch:
    """One epoch as everybody outside can know it."""

    public: PublicGroup
    policy: Policy  # asked for with every command, of however many meetings
    info: bytes
    announcer: str  # whose GroupInfo it is
    reopened: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Trial:
    """A commit that was accepted a moment ago: its ``voters`` may still take it back."""

    start: _Epoch
    committer: str
    removed: tuple[Seat, ...]
    joins: bool
    voters: frozenset[str]
    until: float
    refusing: set[str] = field(default_factory=set)

    @property
    def epoch(self) -> int:
        """The epoch from which the commit starts."""
        return self.start.public.context.epoch

    @property
    def announcer(self) -> str | None:
        """Whose GroupInfo a newcomer started from: it may be as much at fault as the newcomer; none for a member."""
        return self.start.announcer if self.joins else None


class Epochs:
    """One group's chain. What breaks a rule raises ``MlsError``, and nothing has changed."""

    def __init__(
        self, profile: Profile, policy: MeetingPolicy, seat: Seat, group: bytes, info: bytes, tree: bytes
    ) -> None:
        """Start with the group that a seat has made; ``policy`` are the meeting's rules as the server knows them."""
        self._policy: Final = policy
        public = follow_new(info, tree, group, seat.owner, policy, MAX_INFO)
        self._epoch = _Epoch(public, policy.policy(public.context), info, seat.name)
        self._turn: Turn | None = None
        self._log: deque[PastCommit] = deque()
        self._most: Final = profile.commits
        self._room = profile.catchup
        self._trials: list[Trial] = []
        self._withdrawn: list[PublicGroup] = []

    @property
    def group(self) -> bytes:
        """The group's id."""
        return self._epoch.public.context.group_id

    @property
    def epoch(self) -> int:
        """The epoch in force."""
        return self._epoch.public.context.epoch

    @property
    def oldest(self) -> int:
        """The earliest epoch from which somebody can still catch up."""
        return self.epoch - len(self._log)

    @property
    def turn(self) -> Turn:
        """What a newcomer needs for its external commit: the same object for as long as the epoch is in force."""
        if self._turn is None:
            self._turn = Turn(GroupState(self.group, self.epoch, self._epoch.info, self._epoch.public.tree.encoded))
        return self._turn

    def seats(self) -> frozenset[str]:
        """The seats that have a leaf."""
        public = self._epoch.public
        return frozenset(_name(public, leaf) for leaf, _ in public.tree.leaves())

    @property
    def policy(self) -> Policy:
        """Who may do what now."""
        return self._epoch.policy

    def persons(self) -> dict[str, Person]:
        """Who has a leaf, by seat."""
        public = self._epoch.public
        return {_name(public, leaf): person_of(public, leaf) for leaf, _ in public.tree.leaves()}

    # Forwards

    def check(self, seat: Seat, joins: bool, commit: bytes, info: bytes) -> Checked:
        """Check what came over the link of a seat; ``joins``: it has no leaf yet. Reasons in ``LATE`` blame nobody."""
        public = self._epoch.public
        check_place(public, *read_place(commit, MAX_COMMIT))
        content = read_commit(commit, MAX_COMMIT)
        try:
            change = judge(public, content, self._policy)
        except MlsError:
            if self._was_withdrawn(seat, content):
                raise MlsError(Rule.EPOCH_OVER) from None
            raise
        require(change.joins == joins, Rule.SENDER_CONTENT)
        check_own_seat(change.after, change.committer, seat.owner)
        check_announcement(change, info, MAX_INFO)
        removes = tuple(_name(public, leaf) for leaf in change.removed)
        directs = change.after.context.extensions != public.context.extensions
        return Checked(commit, info, joins, change.after, removes, directs)

    def may_remove(self, seat: str, others: Iterable[str]) -> bool:
        """Whether somebody may remove others who are not gone, by the policy in force."""
        persons, policy = self.persons(), self.policy
        try:
            for other in others:
                check_removal(policy, persons[seat].subject, persons[other].subject)
        except PolicyError:
            return False
        return True

    def admits(self, seat: str, admission: bytes, person: Person, leaf_key: bytes) -> bool:
        """Whether an admission lets somebody in, and is the one of the seat from which it comes."""
        public = self._epoch.public
        try:
            admitter = Admission.read(admission).admitter
            self._policy.check_admitted(public, admission, person, leaf_key)
            return _name(public, admitter) == seat
        except (PolicyError, MlsError):
            return False

    def accept(
        self, seat: str, checked: Checked, removed: tuple[Seat, ...], voters: frozenset[str], now: float
    ) -> None:
        """Enter the epoch that a checked commit makes, on trial by the members ``voters``."""
        commit = checked.commit
        if checked.removes:
            # Members let none of these keys in again: who came later and does not know them must not either.
            self._policy.left(_keys(self._epoch.public) - _keys(checked.after))
        self._log.append(PastCommit(epoch=self.epoch, seat=seat, commit=commit))
        self._trials.append(Trial(self._epoch, seat, removed, checked.joins, voters, now + NACK_SECONDS))
        self._enter(_Epoch(checked.after, self._policy.policy(checked.after.context), checked.info, seat))
        self._withdrawn = [public for public in self._withdrawn if public.context.epoch >= self.epoch]
        self._room -= len(commit)
        while self._log and (len(self._log) > self._most or self._room < 0):
            self._room += len(self._log.popleft().commit)

    def since(self, epoch: int) -> tuple[PastCommit, ...] | None:
        """The commits that lead from ``epoch`` to now; none when the log does not reach back, or not that far yet."""
        if not self.oldest <= epoch <= self.epoch:
            return None
        return tuple(past for past in self._log if past.epoch >= epoch)

    # And back

    def expire(self, now: float) -> None:
        """End the trials whose time is over."""
        self._trials = [trial for trial in self._trials if trial.until > now]

    def next(self) -> float | None:
        """When ``expire`` has something to do, in seconds; none when nothing is on trial."""
        return self._trials[0].until if self._trials else None

    def refuse(self, seat: str, epoch: int, members: frozenset[str]) -> Trial | None:
        """A voter cannot apply the commit that starts from ``epoch``: returns its trial when more than half say so.

        Voters that are no ``members`` any more do not count. An epoch reopens once: otherwise somebody could keep the
        group in it.
        """
        for trial in self._trials:
            if trial.epoch == epoch and seat in trial.voters and not trial.start.reopened:
                trial.refusing.add(seat)
                return trial if 2 * len(trial.refusing & members) > len(trial.voters & members) else None
        return None

    def reopen(self, trial: Trial) -> list[Trial]:
        """Go back to the epoch from which a commit started; returns what is taken back with it, that commit first."""
        at = self._trials.index(trial)
        back, self._trials = self._trials[at:], self._trials[:at]
        self._withdrawn += [later.start.public for later in back[1:]]
        self._withdrawn.append(self._epoch.public)
        while self._log and self._log[-1].epoch >= trial.epoch:
            self._room += len(self._log.pop().commit)
        trial.start.reopened = True
        self._enter(trial.start)
        return back

    def _enter(self, epoch: _Epoch) -> None:
        self._epoch, self._turn = epoch, None

    def _was_withdrawn(self, seat: Seat, content: AuthenticatedContent) -> bool:
        """Whether a seat's commit starts from an epoch of this number that was taken back: it may not have known."""
        for public in self._withdrawn:
            if public.context.epoch != self.epoch:
                continue
            try:
                change = judge(public, content, self._policy)
                check_own_seat(change.after, change.committer, seat.owner)
            except MlsError:
                continue
            return True
        return False


def _keys(public: PublicGroup) -> frozenset[bytes]:
    return frozenset(leaf.signature_key for _, leaf in public.tree.leaves())


def _name(public: PublicGroup, leaf: int) -> str:
    return b64_encode(person_of(public, leaf).seat)
