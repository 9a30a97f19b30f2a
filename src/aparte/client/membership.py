"""Our membership of the meeting's group: joins it, follows its commits in order, removes leaves of people who are gone.

The server orders; it is never believed about who is in the group: that is what the group says. No clock and no socket
here: time is the host's ``later``, so that tests drive it.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from aparte.client.directing import PATIENCE_SECONDS, Act, Directing, Wish
from aparte.client.groups import Groups
from aparte.client.people import Knocker, Member, Roster, Why, read_knocker
from aparte.client.removal import REST_SECONDS, Removal
from aparte.core.mls.errors import MlsError
from aparte.core.policy.charter import Charter
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.rights import Rights
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import ClientMessage, GroupState, ServerMessage
from aparte.core.wire.errors import Reason
from aparte.core.wire.limits import MAX_COMMIT, REOPENED_SECONDS
from aparte.e2ee.mls.meeting import Admitted, MeetingGroup, Participant

RENEWAL_SECONDS: Final = 240.0
"""After which the first member renews the keys: with the ranks behind it an epoch lives for five minutes at most."""
RENEWAL_RANK_SECONDS: Final = 5.0
SEEN_SECONDS: Final = 5.0
"""Until an epoch is so old it may be taken back, and one before it be in force again."""
ANSWER_SECONDS: Final = 10.0
"""How long to wait for the answer to a commit: until then a member makes no other. Newer turns give no more time."""
TRIES: Final = 64
"""How many turns one may take to come in."""


class Host(Protocol):
    """Who a membership works for."""

    def send(self, message: ClientMessage) -> None:
        """Say this to the server."""

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        """Run ``task`` after a delay; what is returned cancels it."""

    def participant(self, seat: str, charter: Charter, is_gone: Callable[[bytes], bool]) -> Participant:
        """Return who we are under the seat that the server drew; raises ``PolicyError`` for a false charter."""

    def epoch(self, group: MeetingGroup, roster: Roster) -> None:
        """A new epoch is in force."""

    def presence(self) -> None:
        """A person's connection was cut, came back, or is over; or somebody knocks, or does no longer."""

    def waits(self, why: Why, someone: bool) -> None:
        """We cannot come in yet; ``someone``: somebody is there who may let people in."""

    def commit_refused(self, reason: str, seat: str) -> None:
        """The server passed a commit on, as by ``seat``, that breaks the group's rules; it is not applied."""

    def lost(self, reason: str) -> None:
        """Nothing can go on with this group: join anew or end. Said once, and last."""


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """The newest epoch that this participant was in for a while, of which group: an older GroupInfo is not believed."""

    group: bytes = b""
    epoch: int = -1


@dataclass(frozen=True, slots=True, repr=False)
class _Pending:
    """What we have sent; it counts when the server accepts it. ``commit`` is empty when it makes the group."""

    group: MeetingGroup
    commit: bytes
    wishes: tuple[Wish, ...] = ()


class Membership:
    """One leaf, from a seat to its end. ``seen`` outlives it: give it to the next one."""

    def __init__(self, host: Host, groups: Groups, seen: Seen) -> None:
        self.seat = ""
        self.token = ""
        self.group: MeetingGroup | None = None
        self.roster = Roster()
        self.away: set[str] = set()
        self.gone: set[str] = set()
        self._over: set[bytes] = set()  # every seat that the server ever called gone: it may be removed by anybody
        self._charter: Charter | None = None
        self._catching_up = False
        self._directing = Directing()
        self._leaf_key = b""  # of the leaf with which we knocked
        self._admission: bytes | None = None
        self.knocks: dict[str, Knocker] = {}
        self.seen = seen
        self._host = host
        self._groups = groups
        # What the server has not answered yet, in order; none where it can no longer be accepted.
        self._sent: deque[_Pending | None] = deque()
        self._tries = 0
        self._refused_at: int | None = None  # the epoch whose commit we could not apply
        self._removal = Removal(host.later, self._remove_gone, self._plan)
        self._stale = False  # newcomers cannot build upon the newest GroupInfo for sure
        self._cut = False
        self._cancel_answer: Callable[[], None] = _nothing
        self._cancel_renewal: Callable[[], None] = _nothing
        self._cancel_reopening: Callable[[], None] = _nothing
        self._cancel_seen: Callable[[], None] | None = None
        self._closed = False

    @property
    def epoch(self) -> int:
        """The number of the epoch that we are in; -1 before the first."""
        return -1 if self.group is None else self.group.group.epoch

    def close(self) -> None:
        """Forget the group and its keys."""
        self._closed = True
        self._directing.give_up("ended")
        self._removal.close()
        self._cancel_answer()
        self._cancel_renewal()
        self._cancel_reopening()
        if self._cancel_seen is not None:
            self._cancel_seen()
        self.group = None
        self.roster = Roster()
        self._sent.clear()

    def cut(self) -> None:
        """Hear that the connection is gone: until another one is up nothing is sent, and no answer is awaited."""
        self._cut = True
        self._cancel_answer()

    def handle(self, message: ServerMessage) -> None:
        """Hear the server. Messages are handled in their order."""
        if self._closed:
            return
        match message:
            case control.Welcome(_, seat, token, charter):
                # A seat is drawn for whoever has none: a member is not led into another group.
                if self.group is not None:
                    self._lose("out-of-step")
                    return
                self.seat, self.token = seat, token
                # With which leaf one knocked, and what let it in, was said of an earlier seat.
                self._leaf_key, self._admission = b"", None
                try:
                    self._charter = Charter.read(charter)
                except PolicyError:
                    self._lose("bad-charter")
                    return
                # On the line of an earlier seat nothing is answered any more.
                self._sent.clear()
                self._cancel_answer()
                self._cut = False
            case control.Wait(why, someone):
                self._wait(why, someone)
            case control.Admitted(admission):
                self._take(admission)
            case control.KnockNotice() | control.Unknock():
                self._hear_knock(message)
            case control.Turn(group):
                self._enter(group)
            case control.Accepted(epoch):
                self._accept(epoch)
            case control.CommitNotice(epoch, seat, commit):
                self._follow(epoch, seat, commit)
            case control.Refused(of, reason):
                self._hear_refused(of, reason)
            case control.Reopened(epoch):
                self._reopen(epoch)
            case control.Resumed():
                self._catch_up(message)
            case control.Away(seat) | control.Back(seat) | control.Gone(seat):
                self._hear_presence(message, seat)
            case _:
                pass

    def _lose(self, reason: str) -> None:
        if self._closed:
            return
        self.close()
        self._host.lost(reason)

    # Coming in

    def _who(self) -> Participant | None:
        """Return who we are in this meeting; without a seat and a charter that is its own nothing goes on."""
        if self.group is not None or not self.seat or self._charter is None:
            self._lose("out-of-step")
            return None
        try:
            return self._host.participant(self.seat, self._charter, self._is_gone)
        except PolicyError:
            self._lose("bad-charter")
            return None

    def _wait(self, why: Why, someone: bool) -> None:
        """Hear that we cannot come in yet; say who we are, if that was not said."""
        who = self._who()
        if who is None:
            return
        self._tries = 0
        if why == "present" and not self._leaf_key:
            try:
                self._leaf_key, knock = self._groups.knock(who)
            except MlsError as error:
                self._lose(f"group-{error.reason}")
                return
            self._host.send(knock)
        self._host.waits(why, someone)

    def _take(self, admission: bytes) -> None:
        """Take what our commit is to carry; only who has knocked, and is not in yet, has use for it."""
        if self._leaf_key and self.group is None:
            self._admission = admission
        else:
            self._lose("out-of-step")

    def _enter(self, state: GroupState | None) -> None:
        """Make the group, or ask to join it by an external commit. A newer turn replaces an older one."""
        who = self._who()
        if who is None:
            return
        self._tries += 1
        if self._tries > TRIES:
            self._lose("cannot-join")
            return
        admitted = None if self._admission is None else Admitted(self._admission, self._leaf_key)
        if state is None:
            try:
                group, info, tree = self._groups.create(who)
            except MlsError as error:
                self._lose(f"group-{error.reason}")
                return
            self._send(_Pending(group, b""), control.Create(group.group.group_id, info, tree))
            return
        try:
            proposed = self._groups.join(state.info, state.tree, who, admitted)
        except MlsError as error:
            # A group that this link's secret does not fit, or a broken one: nobody there is whom we look for.
            self._lose(f"group-{error.reason}")
            return
        # The epoch that our commit starts from is the one in the signed GroupInfo, whatever the server calls it.
        if proposed.group.group.group_id == self.seen.group and proposed.group.group.epoch <= self.seen.epoch:
            self._lose("old-group")
            return
        self._send(_Pending(proposed.group, proposed.commit), control.Commit(proposed.commit, proposed.info))

    def _send(self, pending: _Pending, message: control.Create | control.Commit) -> None:
        self._sent.append(pending)
        self._host.send(message)
        if len(self._sent) == 1:
            self._await_answer()

    def _await_answer(self) -> None:
        """Give the oldest of what is still unanswered all its time."""
        self._cancel_answer()
        if self._sent:
            self._cancel_answer = self._host.later(ANSWER_SECONDS, self._unanswered)

    def _unanswered(self) -> None:
        self._lose("no-answer" if self.group is None else "out-of-step")

    def _accept(self, epoch: int) -> None:
        pending = self._sent.popleft() if self._sent else None
        if pending is None or pending.group.group.epoch != epoch:
            self._lose("out-of-step")
            return
        self._tries = 0
        self._await_answer()
        self._apply(pending.group)
        self._fulfil(pending)

    def _hear_refused(self, of: str, reason: Reason) -> None:
        if of in ("refresh", "admit"):
            return
        refused = self._sent.popleft() if self._sent else None
        self._await_answer()
        if self.group is None:
            # Another turn comes.
            if reason is Reason.NOT_ADMITTED:
                # What let us in does not hold any more: the server says what we wait for now.
                self._admission = None
            elif reason not in (Reason.STALE_EPOCH, Reason.GROUP_EXISTS, Reason.NO_GROUP):
                self._lose(str(reason))
            return
        if reason is Reason.NOT_GONE:
            # A server that takes back who is gone is not asked the same again and again.
            self.gone.clear()
            self._host.presence()
        # What ours left undone is planned anew.
        self._plan()
        if refused is None:
            self._pursue()
        else:
            # Nobody's commit came first: the same one would be refused again.
            self._host.later(REST_SECONDS, self._pursue)

    # Following

    def _follow(self, epoch: int, seat: str, commit: bytes) -> None:
        group = self.group
        if group is None:
            self._lose("out-of-step")
            return
        if self._refused_at is not None:
            # Beyond a commit that we cannot apply nothing can be followed, until it is taken back.
            return
        if epoch != group.group.epoch:
            self._lose("out-of-step")
            return
        own = next((sent for sent in self._sent if sent is not None and sent.commit == commit), None)
        if own is not None and seat == self.seat:
            # Our own commit was accepted while the connection was cut, and its echo was lost.
            self._sent = deque(sent for sent in self._sent if sent is not own)
            self._drop()
            self._await_answer()
            self._apply(own.group)
            self._fulfil(own)
            return
        try:
            after = self._groups.process(group, commit)
        except MlsError as error:
            if error.reason == "removed":
                self._lose("removed")
                return
            # What we have sent stays: it counts again if this one is taken back before the server comes to it.
            self._refuse(epoch, str(error.reason), seat)
            return
        self._drop()
        self._apply(after)

    def _drop(self) -> None:
        """Nothing of what we have sent will be accepted any more; its answers are still to come."""
        self._sent = deque([None] * len(self._sent))

    def _refuse(self, epoch: int, reason: str, seat: str) -> None:
        self._refused_at = epoch
        self._removal.stop()
        self._host.send(control.Nack(epoch))
        self._cancel_reopening = self._host.later(REOPENED_SECONDS, lambda: self._lose("commit-refused"))
        self._host.commit_refused(reason, seat)

    def _reopen(self, epoch: int) -> None:
        if self.group is None:
            return
        if self._refused_at != epoch or self.group.group.epoch != epoch:
            # We applied what the others could not: their epoch is not ours.
            self._lose("reopened")
            return
        self._forgive()
        # Newcomers may not be able to build upon the newest GroupInfo: somebody makes a fresh one.
        self._stale = True
        self._plan()

    def _forgive(self) -> None:
        self._refused_at = None
        self._cancel_reopening()

    def _catch_up(self, message: control.Resumed) -> None:
        if self.group is None:
            self._lose("out-of-step")
            return
        self.token = message.token
        self._cut = False
        self._forgive()
        # Who was gone and is removed already is in no list: the server's word for it is that it passed the commit on.
        self._catching_up = True
        for past in message.commits:
            # One that came before the cut may have been worked on after the client had named its epoch.
            if past.epoch < self.epoch:
                continue
            self._follow(past.epoch, past.seat, past.commit)
            if self._closed:
                return
        self._catching_up = False
        # What we sent before the cut and is not in the chain never reached the server, and gets no answer.
        self._sent.clear()
        self._cancel_answer()
        self.away = self._known(message.away)
        self._bury(message.gone)
        # Who still knocks is told anew.
        self.knocks.clear()
        self._host.presence()
        # Whoever was out of reach for a while starts a fresh epoch, and others learn that the leaf is alive.
        self._propose([])
        self._plan()

    def _apply(self, group: MeetingGroup) -> None:
        self.group = group
        self._stale = False
        self._remember()
        self.roster = self._groups.roster(group, self.roster)
        self.away.intersection_update(self.roster.members)
        self.gone.intersection_update(self.roster.members)
        self._host.epoch(group, self.roster)
        self._cancel_renewal()
        self._cancel_renewal = self._host.later(RENEWAL_SECONDS, self._wait_and_renew)
        self._plan()
        self._pursue()

    def _remember(self) -> None:
        if self.group is None or self._cancel_seen is not None:
            return
        seen = Seen(self.group.group.group_id, self.epoch)

        def see() -> None:
            self.seen, self._cancel_seen = seen, None
            if self.epoch != seen.epoch:
                self._remember()

        self._cancel_seen = self._host.later(SEEN_SECONDS, see)

    # Presence

    def _hear_presence(self, message: control.Away | control.Back | control.Gone, seat: str) -> None:
        self.away.discard(seat)
        if isinstance(message, control.Away):
            self.away |= self._known([seat])
        elif isinstance(message, control.Gone):
            self._bury([seat])
            self._plan()
        self._host.presence()

    def _bury(self, seats: Iterable[str]) -> None:
        known = self._known(seats)
        self.gone |= known
        self._over.update(b64_decode(seat) for seat in known)

    def _is_gone(self, seat: bytes) -> bool:
        """Whether anybody may remove a leaf, because its seat never comes back: that is the server's word."""
        return self._catching_up or seat in self._over

    def _known(self, seats: Iterable[str]) -> set[str]:
        """Keep the seats of other members: the server's word counts for nobody else, and not for ourselves."""
        return {seat for seat in seats if seat != self.seat and seat in self.roster.members}

    # Who knocks

    def _hear_knock(self, message: control.KnockNotice | control.Unknock) -> None:
        self.knocks.pop(message.seat, None)
        if isinstance(message, control.KnockNotice) and self.group is not None:
            try:
                self.knocks[message.seat] = read_knocker(self.group, message.seat, message.identity, message.key)
            except MlsError:
                return  # nobody vouches for what the server says there
        self._host.presence()

    def admit(self, seat: str) -> bool:
        """Let somebody in who knocks; false when nobody does under that seat, or we may not."""
        knocker, group = self.knocks.get(seat), self.group
        if knocker is None or group is None or Rights.ADMIT not in self.roster.rights(self.seat):
            return False
        admission = self._groups.admit(group, b64_decode(seat), knocker.subject, knocker.leaf_key)
        self._host.send(control.Admit(seat, admission))
        return True

    def refuse(self, seat: str) -> bool:
        """Do not let somebody in who knocks; false when nobody does under that seat, or we may not."""
        if seat not in self.knocks or Rights.ADMIT not in self.roster.rights(self.seat):
            return False
        self._host.send(control.Refuse(seat))
        return True

    # Commits of our own

    def direct(self, act: Act, removes: Iterable[bytes], answer: Callable[[str | None], None]) -> None:
        """Change the policy, and remove all leaves of some subjects; ``answer`` hears why not, or nothing."""
        wish = Wish(act, frozenset(removes), answer)
        wish.cancel = self._host.later(PATIENCE_SECONDS, lambda: self._directing.close(wish, "no-answer"))
        self._directing.add(wish)
        self._pursue()

    def _pursue(self) -> None:
        """Commit what is wished for, as soon as a commit of ours can be made."""
        if self._closed or self.group is None or self._sent or self._refused_at is not None or self._cut:
            return
        own, policy = self.roster.members.get(self.seat), self.roster.policy
        if own is None or policy is None:
            return
        direction = self._directing.next(policy, own.subject, self.roster.members.values())
        if direction is None:
            return
        proposed = self._groups.commit(self.group, list(direction.removes), direction.policy)
        if len(proposed.commit) > MAX_COMMIT:
            for wish in direction.wishes:
                self._directing.close(wish, "too-large")
            return
        pending = _Pending(proposed.group, proposed.commit, direction.wishes)
        self._send(pending, control.Commit(proposed.commit, proposed.info))

    def _fulfil(self, pending: _Pending) -> None:
        for wish in pending.wishes:
            self._directing.close(wish, None)

    def _rank(self) -> int:
        """Return our place among those who are here: the first acts at once, the others only if nothing happened."""
        own = self.roster.members.get(self.seat)
        if own is None:
            return 0
        missing = self.away | self.gone
        before = (member for member in self.roster.members.values() if member.leaf < own.leaf)
        return sum(member.seat not in missing for member in before)

    def _plan(self) -> None:
        if self._closed or self.group is None or self._refused_at is not None:
            return
        self._removal.plan(self.gone | {""} if self._stale else self.gone, self._rank())

    def _wait_and_renew(self) -> None:
        self._cancel_renewal = self._host.later(self._rank() * RENEWAL_RANK_SECONDS, self._renew)

    def _renew(self) -> None:
        # Tried again until there is another epoch: a refusal must not keep the old keys in force.
        self._cancel_renewal = self._host.later(RENEWAL_RANK_SECONDS, self._renew)
        self._propose([])

    def _remove_gone(self) -> None:
        if self._propose([member for member in self.roster.members.values() if member.seat in self.gone]):
            self._removal.made()

    def _propose(self, removed: list[Member]) -> bool:
        if self._closed or self.group is None or self._sent or self._refused_at is not None or self._cut:
            return False
        proposed = self._groups.commit(self.group, [member.leaf for member in removed])
        if len(proposed.commit) > MAX_COMMIT:
            return self._propose_less(removed)
        self._send(_Pending(proposed.group, proposed.commit), control.Commit(proposed.commit, proposed.info))
        return True

    def _propose_less(self, removed: list[Member]) -> bool:
        """Propose a part of what makes a commit too large, or leave a group from which somebody gone cannot be removed.

        Each removal leaves nodes without a key, which makes the path longer: the rest is for the next commit.
        """
        if len(removed) > 1:
            return self._propose(removed[: len(removed) // 2])
        if removed:
            # Nothing is less than one. To stay would be to go on with keys that somebody has who is gone.
            self._lose("group-too-large")
        return False


def _nothing() -> None:
    return
