"""Who may come in now, who has to wait and what for (spec/room.md section 3.5). Nothing of the group is told before."""

from collections.abc import Collection, Iterator
from typing import Final, Literal

from aparte.core.policy.charter import Charter, Door, Opens
from aparte.core.policy.check import check_opening, needs_admission
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.errors import Reason as PolicyReason
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Policy
from aparte.core.room.effects import Close, Effect, Tell
from aparte.core.room.seats import Seat, State
from aparte.core.room.turns import Turns
from aparte.core.wire.control import KnockNotice, Unknock, Wait
from aparte.core.wire.errors import Reason

What = Literal["present", "admission", "locked", "closed", "barred"]


def waits_for(charter: Charter, policy: Policy | None, person: Person | None, admitted: bool) -> What | None:
    """Return what somebody has to wait for, or nothing; ``policy`` is ``None`` while there is no group.

    ``person``: who it is, once that was said; ``admitted``: somebody who may do that has let this person in.
    """
    if policy is None:
        return _for_a_group(charter, person)
    if policy.door is Door.OPEN and not policy.frozen and not policy.bars:
        # Whoever it is may come in: nobody has to say so first.
        return None
    if person is None:
        return "present"
    try:
        needed = needs_admission(policy, person)
    except PolicyError as error:
        return "barred" if error.reason is PolicyReason.BARRED else "locked"
    return "admission" if needed and not admitted else None


def _for_a_group(charter: Charter, person: Person | None) -> What | None:
    if charter.opens is Opens.ANYBODY:
        return None
    if person is None:
        return "present"
    try:
        check_opening(charter, person)
    except PolicyError:
        return "closed"
    return None


class Doorway:
    """Who waits before the door of one meeting, and which members know who knocks."""

    def __init__(self, charter: Charter) -> None:
        self._charter: Final = charter
        self._told: dict[str, set[str]] = {}  # by who knocks: the members who know it

    def is_knocking(self, seat: str) -> bool:
        """Whether somebody asks to be admitted."""
        return seat in self._told

    def forget(self, member: str) -> None:
        """A member has come back, and is to be told anew."""
        for told in self._told.values():
            told.discard(member)

    def attend(self, seats: Collection[Seat], policy: Policy | None, turns: Turns) -> Iterator[Effect]:
        """Clear who may come in, and tell the others. Nothing is left of a seat that is closed here."""
        admitters = {seat.name for seat in seats if seat.may_admit}
        knocking: dict[str, Seat] = {}
        for seat in seats:
            if seat.state is not State.ADMITTED:
                continue
            why = waits_for(self._charter, policy, seat.person, seat.admitted)
            if why == "barred":
                yield Close(seat.name, Reason.BARRED)
            elif why is None:
                _clear(seat, turns)
            else:
                yield from _hold(seat, Wait(why, someone=bool(admitters)), turns)
                if why == "admission":
                    knocking[seat.name] = seat
        yield from self._announce(knocking, admitters)

    def _announce(self, knocking: dict[str, Seat], admitters: set[str]) -> Iterator[Effect]:
        for name in self._told.keys() - knocking.keys():
            told = self._told.pop(name)
            yield from (Tell(other, Unknock(seat=name)) for other in sorted(told & admitters))
        for name, seat in knocking.items():
            told = self._told.setdefault(name, set())
            told &= admitters
            if seat.person is not None and admitters - told:
                notice = KnockNotice(seat=name, identity=seat.person.encoded, key=seat.leaf_key)
                yield from (Tell(other, notice) for other in sorted(admitters - told))
                told |= admitters


def _clear(seat: Seat, turns: Turns) -> None:
    if not seat.cleared:
        seat.cleared, seat.waits = True, None
        turns.arrive(seat.name)


def _hold(seat: Seat, wait: Wait, turns: Turns) -> Iterator[Effect]:
    if seat.cleared:
        turns.leave(seat.name)
    if seat.cleared or seat.waits != wait:
        # Waiting for others has no end of its own.
        seat.cleared, seat.waits, seat.deadline, seat.turn = False, wait, None, None
        yield Tell(seat.name, wait)
