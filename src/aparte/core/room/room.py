"""The rules of one meeting as a state machine: commands in, effects out (spec/room.md)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal

from aparte.core.room.commands import Command, Commit, Create, Cut, Join, Leave, Refresh, Resume, Tick
from aparte.core.room.effects import Close, Effect, Forget, Keep, Refuse, Route, Stop, Tell, Wake
from aparte.core.room.epochs import Epochs
from aparte.core.room.profile import Profile
from aparte.core.room.refreshes import Refreshes, Source
from aparte.core.room.seats import Seat, State
from aparte.core.wire.control import (
    Accepted,
    Away,
    Back,
    CommitNotice,
    Gone,
    RefreshNotice,
    Refused,
    Resumed,
    ServerMessage,
    Welcome,
)
from aparte.core.wire.errors import Reason
from aparte.core.wire.header import Stream

_LINKED: Final = (State.ADMITTED, State.MEMBER)
_IN_GROUP: Final = (State.MEMBER, State.AWAY)


class Room:
    """One meeting. ``handle`` takes a command and the time; perform what it gives in order, then hand in the next."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._seats: dict[str, Seat] = {}
        self._epochs: Epochs | None = None
        self._refreshes = Refreshes()
        self._armed: float | None = None

    def handle(self, command: Command, now: float) -> tuple[Effect, ...]:
        """Decide what ``command`` does at ``now`` (seconds of one clock that never goes back). Never raises."""
        effects = [*self._expire(now), *self._step(command, now)]
        self._end_group()
        if not self._seats:
            return (*effects, Forget())
        return (*effects, *self._wake(command))

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
        arriving = len(self._named(State.ADMITTED)) >= self._profile.admitted
        if arriving or self._is_full or len(self._seats) >= self._profile.leaves:
            yield Refuse(Reason.FULL)
            return
        deadline = now + self._profile.joining
        self._seats[command.seat] = Seat(command.seat, command.token, State.ADMITTED, deadline)
        group = self._epochs.state if self._epochs else None
        yield Tell(command.seat, Welcome(v=1, seat=command.seat, token=command.token, group=group))

    def _create(self, seat: Seat, command: Create, now: float) -> Iterator[Effect]:
        if self._epochs is not None:
            yield self._refused(seat, "create", Reason.GROUP_EXISTS)
            return
        self._epochs = Epochs(command.group, command.info, self._profile.commits, self._profile.catchup)
        self._enter(seat, since=0)
        yield Keep(command.group, 0, seat.name, b"")
        yield Tell(seat.name, Accepted(epoch=0))
        yield Route(seat.name)

    def _external(self, seat: Seat, command: Commit, now: float) -> Iterator[Effect]:
        if command.removes:
            yield self._refused(seat, "commit", Reason.UNWANTED)
            return
        if self._is_full:
            del self._seats[seat.name]
            yield Close(seat.name, Reason.FULL)
            return
        yield from self._order(seat, command)
        if seat.state is not State.MEMBER:
            return
        # The tree still holds leaves of people who are not there: the newcomer shows them so, and can remove the gone.
        yield from (Tell(seat.name, Away(seat=name)) for name in self._named(State.AWAY))
        yield from (Tell(seat.name, Gone(seat=name)) for name in self._named(State.GONE))
        yield Route(seat.name)

    def _commit(self, seat: Seat, command: Commit, now: float) -> Iterator[Effect]:
        removed = [self._seats.get(name) for name in command.removes]
        if self._epochs is not None and command.epoch != self._epochs.epoch:
            yield self._refused(seat, "commit", Reason.STALE_EPOCH)
        elif None in removed:
            yield self._refused(seat, "commit", Reason.UNKNOWN_SEAT)
        elif any(other is not None and other.state is not State.GONE for other in removed):
            yield self._refused(seat, "commit", Reason.NOT_GONE)
        else:
            yield from self._order(seat, command)
            for name in set(command.removes):
                del self._seats[name]

    def _order(self, seat: Seat, command: Commit) -> Iterator[Effect]:
        """The one place where an epoch is made: kept first, then told to the committer, then to every other member."""
        if self._epochs is None:
            yield self._refused(seat, "commit", Reason.NO_GROUP)
            return
        if not self._epochs.accept(seat.name, command.epoch, command.commit, command.info):
            yield self._refused(seat, "commit", Reason.STALE_EPOCH)
            return
        if seat.state is State.ADMITTED:
            self._enter(seat, since=command.epoch)
        epochs = self._epochs
        yield Keep(epochs.group, epochs.epoch, seat.name, command.commit, epochs.oldest)
        yield Tell(seat.name, Accepted(epoch=self._epochs.epoch))
        yield from self._tell_others(seat, CommitNotice(epoch=command.epoch, seat=seat.name, commit=command.commit))

    def _resume(self, seat: Seat, command: Resume, now: float) -> Iterator[Effect]:
        commits = self._epochs.since(command.epoch) if self._epochs else None
        if self._epochs is None or commits is None or command.epoch < seat.since or not seat.proves(command.token):
            yield Refuse(Reason.UNKNOWN_SEAT)
            return
        was_away = seat.state is State.AWAY
        if not was_away:
            yield Close(seat.name, Reason.REPLACED)
        seat.state, seat.deadline, seat.token = State.MEMBER, None, command.next_token
        gone, away = self._named(State.GONE), self._named(State.AWAY)
        yield Tell(seat.name, Resumed(command.next_token, self._epochs.epoch, commits, gone, away))
        yield Route(seat.name)
        if was_away:
            yield from self._tell_others(seat, Back(seat=seat.name))

    def _refresh(self, seat: Seat, command: Refresh, now: float) -> Iterator[Effect]:
        sender = self._seats.get(command.of)
        if sender is seat:
            yield self._refused(seat, "refresh", Reason.UNWANTED)
        elif sender is None or sender.state is State.ADMITTED:
            yield self._refused(seat, "refresh", Reason.UNKNOWN_SEAT)
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
            del self._seats[seat.name]
        yield Close(seat.name, Reason.LEFT)

    def _unlink(self, seat: Seat, command: Command, now: float) -> Iterator[Effect]:
        """The seat has no link any more: a member may come back for a while, an admitted seat has nothing to keep."""
        if seat.state is State.ADMITTED:
            del self._seats[seat.name]
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
                del self._seats[seat.name]
                yield Close(seat.name, Reason.SILENT)
        yield from (_notice(source) for source in self._refreshes.due(now))
        self._end_group()

    def _wake(self, command: Command) -> Iterator[Effect]:
        if isinstance(command, Tick):
            self._armed = None
        times = [seat.deadline for seat in self._seats.values()] + [self._refreshes.next()]
        at = min((time for time in times if time is not None), default=None)
        if at is not None and at != self._armed:
            yield Wake(at)
        self._armed = at

    # What the steps share

    @property
    def _is_full(self) -> bool:
        return sum(seat.state in _IN_GROUP for seat in self._seats.values()) >= self._profile.seats

    def _enter(self, seat: Seat, since: int) -> None:
        seat.state, seat.deadline, seat.since = State.MEMBER, None, since

    def _lose(self, seat: Seat) -> Iterator[Effect]:
        """From now on anybody may remove the seat's leaf, and nothing brings the seat back."""
        seat.state, seat.deadline, seat.token = State.GONE, None, ""
        self._refreshes.forget(seat.name)
        yield from self._tell_others(seat, Gone(seat=seat.name))

    def _end_group(self) -> None:
        """A group that nobody is in any more is over: its gone leaves go with it, and the next one starts anew."""
        if self._epochs is not None and not any(seat.state in _IN_GROUP for seat in self._seats.values()):
            self._epochs = None
            self._seats = {name: seat for name, seat in self._seats.items() if seat.state is State.ADMITTED}

    def _refused(self, seat: Seat, of: Literal["create", "commit", "refresh"], reason: Reason) -> Tell:
        outside = seat.state is State.ADMITTED and self._epochs is not None
        return Tell(seat.name, Refused(of, reason, self._epochs.state if outside and self._epochs else None))

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
    (State.ADMITTED, Commit): Room._external,
    (State.ADMITTED, Leave): Room._leave,
    (State.ADMITTED, Cut): Room._unlink,
    (State.MEMBER, Commit): Room._commit,
    (State.MEMBER, Refresh): Room._refresh,
    (State.MEMBER, Leave): Room._leave,
    (State.MEMBER, Cut): Room._unlink,
    (State.MEMBER, Resume): Room._resume,
    (State.AWAY, Resume): Room._resume,
}
