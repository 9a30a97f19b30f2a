"""The rules of one meeting as a state machine: commands in, effects out (spec/room.md)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal

from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.errors import Reason as MlsReason
from aparte.core.policy.admission import SERVER_SKEW_MS
from aparte.core.policy.charter import Charter
from aparte.core.policy.meeting import MeetingPolicy
from aparte.core.room.commands import (
    Admit,
    Command,
    Commit,
    Create,
    Cut,
    End,
    Join,
    Knock,
    Leave,
    Nack,
    Refresh,
    Resume,
    Tick,
)
from aparte.core.room.commands import Refuse as RefuseKnock
from aparte.core.room.door import Doorway
from aparte.core.room.effects import Close, Effect, Forget, Keep, Permit, Refuse, Route, Stop, Tell, Wake, Withdraw
from aparte.core.room.epochs import LATE, Checked, Epochs, Trial
from aparte.core.room.profile import Profile
from aparte.core.room.refreshes import Refreshes, Source
from aparte.core.room.seats import Seat, State
from aparte.core.room.turns import Turns
from aparte.core.wire.control import (
    Accepted,
    Admitted,
    Away,
    Back,
    CommitNotice,
    Gone,
    RefreshNotice,
    Refused,
    Reopened,
    Resumed,
    ServerMessage,
    Turn,
    Welcome,
)
from aparte.core.wire.errors import Reason
from aparte.core.wire.header import Stream
from aparte.core.wire.limits import RENEWAL_SECONDS, RESUME_SECONDS

_LINKED: Final = (State.ADMITTED, State.MEMBER)
_IN_GROUP: Final = (State.MEMBER, State.AWAY)
_NO_GROUP: Final = Turn(None)


class Room:
    """One meeting. ``handle`` takes a command and the time; perform what it gives in order, then hand in the next."""

    def __init__(self, profile: Profile, charter: Charter, calendar: Callable[[], int]) -> None:
        """``charter`` is the meeting's; ``calendar`` gives milliseconds since 1970."""
        self._profile = profile
        # Who is gone is decided here, and not by the policy.
        self._policy = MeetingPolicy(charter, calendar, is_gone=lambda _: True, skew=SERVER_SKEW_MS)
        self._seats: dict[str, Seat] = {}
        self._epochs: Epochs | None = None
        self._turns = Turns()
        self._refreshes = Refreshes()
        self._door = Doorway(charter)
        self._armed: float | None = None
        self._renewed = float("-inf")  # when a member's commit last removed nobody
        self._suspect: str | None = None  # whose GroupInfo may be unusable: somebody else makes the next one

    def handle(self, command: Command, now: float) -> tuple[Effect, ...]:
        """Decide what ``command`` does at ``now`` (seconds of one clock that never goes back). Never raises."""
        effects = [*self._expire(now), *self._step(command, now)]
        self._end_group()
        effects += self._attend()
        if not self._seats:
            # Nothing is left over for whoever comes next: no pause, and no timer that the shell has dropped.
            self._turns, self._armed = Turns(), None
            return (*effects, Forget())
        return (*effects, *self._next_turn(now), *self._wake(command))

    # What a command does

    def _step(self, command: Command, now: float) -> Iterator[Effect]:
        if isinstance(command, Tick):
            return
        if isinstance(command, Join):
            yield from self._join(command, now)
            return
        seat = self._seats.get(command.seat)
        step = None if seat is None else _STEPS.get((seat.state, type(command)))
        if seat is not None and step is not None:
            yield from step(self, seat, command, now)
        elif isinstance(command, Resume):
            yield Refuse(Reason.UNKNOWN_SEAT)
        elif seat is not None and seat.state in _LINKED:
            yield from self._unlink(seat, command, now)
            yield Close(seat.name, Reason.OUT_OF_STATE)

    def _join(self, command: Join, now: float) -> Iterator[Effect]:
        if len(self._named(State.ADMITTED)) >= self._profile.admitted:
            yield from self._make_room(now)
        # People who wait keep no organiser out: nobody else could let them in.
        policy = None if self._epochs is None else self._epochs.policy
        organisers = self._policy.charter.organisers if policy is None else policy.organisers
        full = len(self._named(State.ADMITTED)) >= self._profile.admitted
        arriving = full and command.account not in organisers
        if arriving or self._is_full or len(self._seats) >= self._profile.leaves:
            yield Refuse(Reason.FULL)
            return
        self._seats[command.seat] = Seat(command.seat, command.token, State.ADMITTED, command.account)
        charter = self._policy.charter.encoded
        yield Tell(command.seat, Welcome(v=1, seat=command.seat, token=command.token, charter=charter))

    def _make_room(self, now: float) -> Iterator[Effect]:
        """Who let its turn pass longest ago makes room: links that stay silent keep nobody out for long."""
        passed = [
            seat
            for seat in self._seats.values()
            if seat.state is State.ADMITTED
            and seat.deadline is not None
            and not self._turns.has(seat.name, now)
            and not self._turns.waits(seat.name)
        ]
        first = min(passed, key=lambda seat: seat.deadline or 0.0, default=None)
        if first is not None:
            self._drop(first)
            yield Close(first.name, Reason.SILENT)

    # Who has to wait

    def _attend(self) -> Iterator[Effect]:
        """Let in who may come in; tell everybody else what it waits for, and those who may admit who knocks."""
        policy = None if self._epochs is None else self._epochs.policy
        for effect in self._door.attend(tuple(self._seats.values()), policy, self._turns):
            if isinstance(effect, Close):
                self._drop(self._seats[effect.seat])
            yield effect

    def _knock(self, seat: Seat, command: Knock, now: float) -> Iterator[Effect]:
        """Somebody who may have to wait says who it is: once, and it is what its leaf has to say."""
        try:
            person = self._policy.check_knock(command.identity, command.key)
            require(seat.person is None and seat.owner.is_of(person), Rule.OWN_SEAT)
        except MlsError as error:
            yield from self._expel(seat, error.rule.id)
            return
        seat.person, seat.leaf_key = person, command.key

    def _admit(self, seat: Seat, command: Admit, now: float) -> Iterator[Effect]:
        who = self._seats.get(command.who)
        if who is None or not self._door.is_knocking(command.who) or who.person is None or self._epochs is None:
            yield Tell(seat.name, Refused("admit", Reason.UNKNOWN_SEAT))
        elif not self._epochs.admits(seat.name, command.admission, who.person, who.leaf_key):
            yield Tell(seat.name, Refused("admit", Reason.NOT_ADMITTED))
        else:
            who.admitted = True
            yield Tell(who.name, Admitted(admission=command.admission))

    def _refuse(self, seat: Seat, command: RefuseKnock, now: float) -> Iterator[Effect]:
        who = self._seats.get(command.who)
        if who is None or not self._door.is_knocking(command.who):
            yield Tell(seat.name, Refused("admit", Reason.UNKNOWN_SEAT))
        elif not seat.may_admit:
            yield Tell(seat.name, Refused("admit", Reason.NOT_ADMITTED))
        else:
            self._drop(who)
            yield Close(who.name, Reason.REFUSED)

    # Turns and epochs

    def _next_turn(self, now: float) -> Iterator[Effect]:
        name = self._turns.take(now)
        if name is None:
            return
        seat = self._seats[name]
        # Waiting is nobody's fault: an admitted seat has so long to come in from its first turn on.
        seat.deadline = now + self._profile.joining if seat.deadline is None else seat.deadline
        seat.turn = self._turn
        yield Tell(name, seat.turn)

    def _create(self, seat: Seat, command: Create, now: float) -> Iterator[Effect]:
        if self._epochs is not None:
            yield self._overtaken(seat, "create", Reason.GROUP_EXISTS, now)
            return
        if not seat.cleared:
            yield Tell(seat.name, Refused("create", Reason.NOT_ADMITTED))
            return
        try:
            epochs = Epochs(self._profile, self._policy, seat, command.group, command.info, command.tree)
        except MlsError as error:
            yield from self._expel(seat, error.rule.id)
            return
        self._epochs = epochs
        self._enter(seat, since=0)
        yield Keep(command.group, 0, seat.name, b"")
        yield Tell(seat.name, Accepted(epoch=0))
        yield Route(seat.name)
        yield from self._permit(epochs)

    def _commit(self, seat: Seat, command: Commit, now: float) -> Iterator[Effect]:
        joins = seat.state is State.ADMITTED
        if self._epochs is None:
            yield self._overtaken(seat, "commit", Reason.NO_GROUP, now)
            return
        if joins and not seat.cleared:
            # It could come in when it began to.
            yield Tell(seat.name, Refused("commit", Reason.NOT_ADMITTED))
            return
        if joins and self._is_full:
            self._drop(seat)
            yield Close(seat.name, Reason.FULL)
            return
        if self._turns.are_paused(now) and (joins or seat.name == self._suspect):
            # What was announced of this epoch may be unusable, and it is not opened a second time.
            yield self._overtaken(seat, "commit", Reason.STALE_EPOCH, now)
            return
        try:
            checked = self._epochs.check(seat, joins, command.commit, command.info)
        except MlsError as error:
            if error.reason in LATE:
                yield self._overtaken(seat, "commit", Reason.STALE_EPOCH, now)
            elif joins and error.reason is MlsReason.NOT_ADMITTED and error.rule is not Rule.KEY_RETURNS:
                # What let it in does not hold any more. No client of ours brings a key back.
                self._turns.leave(seat.name)
                seat.admitted, seat.cleared = False, False
                yield Tell(seat.name, Refused("commit", Reason.NOT_ADMITTED))
            else:
                yield from self._expel(seat, error.rule.id)
            return
        here = [name for name in checked.removes if self._seats[name].state is not State.GONE]
        if here and not self._epochs.may_remove(seat.name, here):
            yield Tell(seat.name, Refused("commit", Reason.NOT_GONE))
            return
        if not joins and not checked.directs and not checked.removes and not self._may_renew(now):
            yield self._overtaken(seat, "commit", Reason.STALE_EPOCH, now)
            return
        yield from self._accept(self._epochs, seat, checked, now)
        if joins:
            # The tree still holds leaves of people who are not there: the newcomer shows them, or removes the gone.
            yield from (Tell(seat.name, Away(seat=name)) for name in self._named(State.AWAY))
            yield from (Tell(seat.name, Gone(seat=name)) for name in self._named(State.GONE))
            yield Route(seat.name)
            yield from self._permit(self._epochs)

    def _accept(self, epochs: Epochs, seat: Seat, checked: Checked, now: float) -> Iterator[Effect]:
        """The one place where an epoch is made: kept first, then told to the committer, then to every other member."""
        start = epochs.epoch
        removed = tuple(self._seats.pop(name) for name in checked.removes)
        expelled = [other for other in removed if other.state is not State.GONE]
        for other in expelled:
            # Even if the commit is taken back: nobody comes back whom somebody with the right wanted out.
            other.state, other.deadline, other.token = State.GONE, None, ""
            self._refreshes.forget(other.name)
            yield Stop(other.name)
        voters = frozenset(self._named(State.MEMBER)) - {seat.name}
        epochs.accept(seat.name, checked, removed, voters, now)
        seat.sure = None
        if seat.state is State.ADMITTED:
            self._enter(seat, since=start)
        self._turns.resume()
        self._suspect = None
        if checked.directs:
            # What is taken from somebody stops before anything else is done about it.
            yield from self._permit(epochs)
        yield Keep(epochs.group, epochs.epoch, seat.name, checked.commit, epochs.oldest, bool(removed))
        yield Tell(seat.name, Accepted(epoch=epochs.epoch))
        yield from self._tell_others(seat, CommitNotice(epoch=start, seat=seat.name, commit=checked.commit))
        yield from (Close(other.name, Reason.REMOVED) for other in expelled)

    def _permit(self, epochs: Epochs) -> Iterator[Effect]:
        """Say what the relay passes on of whom, wherever that has changed."""
        policy = epochs.policy
        for name, person in epochs.persons().items():
            seat, rights = self._seats.get(name), policy.rights(person.subject)
            if seat is not None and seat.rights != rights:
                seat.rights = rights
                yield Permit(name, rights)

    def _nack(self, seat: Seat, command: Nack, now: float) -> Iterator[Effect]:
        if self._epochs is None:
            return
        trial = self._epochs.refuse(seat.name, command.epoch, frozenset(self._named(State.MEMBER)))
        if trial is not None:
            yield from self._reopen(self._epochs, trial, now)

    def _reopen(self, epochs: Epochs, trial: Trial, now: float) -> Iterator[Effect]:
        """Most members cannot follow a commit: it never was, nor what came after it, and its committer is out."""
        back = epochs.reopen(trial)
        standing, committers = epochs.seats(), {later.committer for later in back}
        # Whoever the commits removed has a leaf again, and somebody has to remove it again.
        restored = {seat.name: seat for later in back for seat in later.removed if seat.name in standing}
        self._seats.update(restored)
        yield Withdraw(epochs.group, epochs.epoch)
        for seat in self._seats.values():
            seat.sure = epochs.epoch if seat.sure is None else min(seat.sure, epochs.epoch)
            if seat.state is State.MEMBER and seat.name in standing and seat.name not in committers:
                yield Tell(seat.name, Reopened(epoch=epochs.epoch))
        for seat in list(self._seats.values()):
            if seat.name == trial.committer:
                yield from self._expel(seat)
            elif seat.name in committers:
                # It has gone on from what never was, and cannot go back: it comes in anew, whatever its client says.
                yield from self._expel(seat, reason=Reason.UNKNOWN_SEAT)
            elif seat.state is not State.ADMITTED and seat.name not in standing:
                # It came in meanwhile, through an epoch that never was.
                yield from self._expel(seat, reason=Reason.UNKNOWN_SEAT)
        for name in restored:
            yield from self._tell_others(self._seats[name], Gone(seat=name))
        yield from self._permit(epochs)
        members = self._named(State.MEMBER)
        self._suspect = trial.announcer if any(name != trial.announcer for name in members) else None
        self._turns.pause(now)

    def _resume(self, seat: Seat, command: Resume, now: float) -> Iterator[Effect]:
        commits = self._epochs.since(command.epoch) if self._epochs else None
        known = seat.may_be_in(command.epoch) and seat.proves(command.token)
        if self._epochs is None or commits is None or not known:
            yield Refuse(Reason.UNKNOWN_SEAT)
            return
        if seat.resumed is not None and now < seat.resumed + RESUME_SECONDS:
            yield Refuse(Reason.UNKNOWN_SEAT)
            return
        seat.resumed = now
        was_away = seat.state is State.AWAY
        if not was_away:
            yield Close(seat.name, Reason.REPLACED)
        seat.state, seat.deadline, seat.token, seat.sure = State.MEMBER, None, command.next_token, None
        gone, away = self._named(State.GONE), self._named(State.AWAY)
        self._door.forget(seat.name)
        yield Tell(seat.name, Resumed(command.next_token, self._epochs.epoch, commits, gone, away))
        yield Route(seat.name)
        if was_away:
            yield from self._tell_others(seat, Back(seat=seat.name))

    def _refresh(self, seat: Seat, command: Refresh, now: float) -> Iterator[Effect]:
        sender = self._seats.get(command.of)
        if sender is seat:
            yield Tell(seat.name, Refused("refresh", Reason.UNWANTED))
        elif sender is None or sender.state is State.ADMITTED:
            yield Tell(seat.name, Refused("refresh", Reason.UNKNOWN_SEAT))
        elif sender.state is State.MEMBER:
            source = Source(sender.name, command.stream, command.rendition)
            if self._refreshes.ask(source, now):
                yield _notice(source)
        # Nobody is there to hear it when the sender is away or gone; a request after its return is a new one.

    def _leave(self, seat: Seat, command: Leave, now: float) -> Iterator[Effect]:
        if seat.state is State.MEMBER:
            yield Stop(seat.name)
            yield from self._lose(seat)
        else:
            self._drop(seat)
        yield Close(seat.name, Reason.LEFT)

    def _end(self, seat: Seat, command: End, now: float) -> Iterator[Effect]:
        """Nobody waits for it: it is gone at once, away or not, and the members remove its leaf."""
        yield from self._expel(seat, reason=command.reason)

    def _expel(self, seat: Seat, rule: str = "", reason: Reason = Reason.BAD_COMMIT) -> Iterator[Effect]:
        """The seat is lost; its leaf, if it has one, is to be removed."""
        if seat.state is State.MEMBER:
            yield Stop(seat.name)
        has_link = seat.state in _LINKED
        if self._epochs is None or seat.name not in self._epochs.seats():
            self._drop(seat)
        elif seat.state is not State.GONE:
            yield from self._lose(seat)
        if has_link or seat.name not in self._seats:
            # Without a link, and with no leaf to be told gone: this is how the shell hears that nothing is left of it.
            yield Close(seat.name, reason, rule)

    def _unlink(self, seat: Seat, command: Command, now: float) -> Iterator[Effect]:
        """The seat has no link any more: a member may come back for a while, an admitted seat has nothing to keep."""
        if seat.state is State.ADMITTED:
            self._drop(seat)
            return
        seat.state, seat.deadline = State.AWAY, now + self._profile.grace
        self._refreshes.forget(seat.name)
        yield Stop(seat.name)
        yield from self._tell_others(seat, Away(seat=seat.name))

    # What time does

    def _expire(self, now: float) -> Iterator[Effect]:
        for seat in list(self._seats.values()):
            if seat.deadline is None or seat.deadline > now:
                continue
            if seat.state is State.AWAY:
                yield from self._lose(seat)
            else:
                self._drop(seat)
                yield Close(seat.name, Reason.SILENT)
        if self._epochs is not None:
            self._epochs.expire(now)
        yield from (_notice(source) for source in self._refreshes.due(now))
        self._end_group()

    def _wake(self, command: Command) -> Iterator[Effect]:
        if isinstance(command, Tick):
            self._armed = None
        times = [seat.deadline for seat in self._seats.values()] + [self._refreshes.next(), self._turns.next()]
        times.append(self._epochs.next() if self._epochs is not None else None)
        at = min((time for time in times if time is not None), default=None)
        if at is not None and at != self._armed:
            yield Wake(at)
        self._armed = at

    # What the steps share

    def _may_renew(self, now: float) -> bool:
        """Whether a member may renew its keys: while somebody is coming in, only one of them, and only now and then."""
        if self._turns.is_taken(now) and now < self._renewed + RENEWAL_SECONDS:
            return False
        self._renewed = now
        return True

    @property
    def _is_full(self) -> bool:
        return sum(seat.state in _IN_GROUP for seat in self._seats.values()) >= self._profile.seats

    @property
    def _turn(self) -> Turn:
        return _NO_GROUP if self._epochs is None else self._epochs.turn

    def _enter(self, seat: Seat, since: int) -> None:
        seat.state, seat.deadline, seat.turn, seat.since = State.MEMBER, None, None, since
        self._turns.leave(seat.name)

    def _drop(self, seat: Seat) -> None:
        """Nothing is left of the seat."""
        del self._seats[seat.name]
        self._turns.leave(seat.name)
        self._refreshes.forget(seat.name)

    def _lose(self, seat: Seat) -> Iterator[Effect]:
        """From now on anybody may remove the seat's leaf, and nothing brings the seat back."""
        seat.state, seat.deadline, seat.token = State.GONE, None, ""
        self._refreshes.forget(seat.name)
        yield from self._tell_others(seat, Gone(seat=seat.name))

    def _end_group(self) -> None:
        """A group that nobody is in any more is over: its gone leaves go with it, and the next one starts anew."""
        if self._epochs is not None and not any(seat.state in _IN_GROUP for seat in self._seats.values()):
            self._epochs, self._suspect = None, None
            self._turns.resume()
            self._seats = {name: seat for name, seat in self._seats.items() if seat.state is State.ADMITTED}
            for seat in self._seats.values():
                seat.admitted = False

    def _overtaken(self, seat: Seat, of: Literal["create", "commit"], reason: Reason, now: float) -> Tell:
        """Refuse what came too late; an admitted seat that was told of another state than this one gets another turn.

        Who was overtaken in its own second is the next one: it did nothing wrong. Anybody else goes to the end.
        """
        if seat.state is State.ADMITTED and seat.turn is not None and seat.turn is not self._turn:
            self._turns.again(seat.name, self._turns.has(seat.name, now))
        return Tell(seat.name, Refused(of, reason))

    def _tell_others(self, seat: Seat, message: ServerMessage) -> Iterator[Effect]:
        for other in self._seats.values():
            if other is not seat and other.state is State.MEMBER:
                yield Tell(other.name, message)

    def _named(self, state: State) -> tuple[str, ...]:
        return tuple(seat.name for seat in self._seats.values() if seat.state is state)


def _notice(source: Source) -> Tell:
    return Tell(source.seat, RefreshNotice(stream=Stream(source.stream), rendition=source.rendition))


_Step = Callable[[Room, Seat, Any, float], Iterator[Effect]]

# What is not in this table is out of state: a linked seat is closed, and whoever has no link is not listened to.
_STEPS: Final[Mapping[tuple[State, type[Command]], _Step]] = {
    (State.ADMITTED, Create): Room._create,
    (State.ADMITTED, Commit): Room._commit,
    (State.ADMITTED, Knock): Room._knock,
    (State.ADMITTED, Leave): Room._leave,
    (State.ADMITTED, Cut): Room._unlink,
    (State.ADMITTED, End): Room._end,
    (State.MEMBER, Commit): Room._commit,
    (State.MEMBER, Admit): Room._admit,
    (State.MEMBER, RefuseKnock): Room._refuse,
    (State.MEMBER, Nack): Room._nack,
    (State.MEMBER, Refresh): Room._refresh,
    (State.MEMBER, Leave): Room._leave,
    (State.MEMBER, Cut): Room._unlink,
    (State.MEMBER, End): Room._end,
    (State.MEMBER, Resume): Room._resume,
    (State.AWAY, Resume): Room._resume,
    (State.AWAY, End): Room._end,
}
