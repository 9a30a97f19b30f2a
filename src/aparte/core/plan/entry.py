"""Who may enter a planned meeting: one decision, whose reasons stay at the server (spec/plans.md section 4)."""

from dataclasses import dataclass
from enum import StrEnum

from aparte.core.plan.area import OUTSIDE, Standing
from aparte.core.plan.civil import Offset
from aparte.core.plan.invitation import Invitation
from aparte.core.plan.level import Access, SecurityLevel
from aparte.core.plan.plan import Plan


class Refusal(StrEnum):
    """Why somebody is not let in. Outside all of them are ``not-invited``."""

    NO_KEYS = "no-keys"
    CANCELLED = "cancelled"
    NOT_OPEN = "not-open"
    NO_GUESTS = "no-guests"
    NO_ACCOUNT = "no-account"
    NO_INVITATION = "no-invitation"
    NO_FACTOR = "no-factor"
    NOT_VERIFIED = "not-verified"
    NOT_CLEARED = "not-cleared"
    WRONG_NETWORK = "wrong-network"
    WRONG_DOOR = "wrong-door"
    TOO_MANY = "too-many"


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in: account id (16 octets), whether it is a guest's account, and how it is known.

    ``factor``: it has shown a second factor. ``verified``: somebody has looked at this person's papers.
    """

    account: bytes
    guest: bool = False
    factor: bool = False
    verified: bool = False


@dataclass(frozen=True)
class Entry:
    """Somebody is let in: as an organiser, by an invitation (its id), or by the link alone."""

    organiser: bool = False
    invitation: bytes | None = None


def decide(
    level: SecurityLevel,
    plan: Plan,
    visitor: Visitor | None,
    invitation: Invitation | None,
    now: float,
    offset: Offset,
    standing: Standing = OUTSIDE,
) -> Entry | Refusal:
    """Decide on somebody who has shown the door.

    ``level`` is the version that the plan was made under; ``invitation`` the one of the visitor's account, or the one
    whose entry code was shown; ``standing`` counts where the plan is in an area.
    """
    if plan.keys is None:
        return Refusal.NO_KEYS
    if plan.cancelled:
        return Refusal.CANCELLED
    barred = None if plan.area is None else _barred(visitor, standing)
    if barred is not None:
        return barred
    if visitor is not None and visitor.account in plan.organisers:
        return _weakness(level, visitor) or Entry(organiser=True, invitation=_own(visitor, invitation))
    if not plan.is_open(level, now, offset):
        return Refusal.NOT_OPEN
    if visitor is None or (invitation is not None and invitation.account is None):
        return _guest(level, invitation)
    return _account(level, visitor, invitation)


def _barred(visitor: Visitor | None, standing: Standing) -> Refusal | None:
    """Return what keeps somebody out of an area; organisers are asked too, and guests never get in."""
    if visitor is None or not standing.cleared:
        return Refusal.NOT_CLEARED
    if visitor.guest:
        return Refusal.NO_GUESTS
    return None if standing.listed else Refusal.WRONG_NETWORK


def _account(level: SecurityLevel, visitor: Visitor, invitation: Invitation | None) -> Entry | Refusal:
    if visitor.guest and not level.guests:
        return Refusal.NO_GUESTS
    own = _own(visitor, invitation)
    # A guest's account exists by invitation only: being signed in says nothing yet.
    needed = level.access >= Access.INVITED or (level.access is Access.ACCOUNT and visitor.guest)
    if needed and own is None:
        return Refusal.NO_INVITATION
    return _weakness(level, visitor) or Entry(invitation=own)


def _weakness(level: SecurityLevel, visitor: Visitor) -> Refusal | None:
    """Return what the level asks for beyond an account, and this one does not have. Organisers are asked too."""
    if level.access >= Access.FACTOR and not visitor.factor:
        return Refusal.NO_FACTOR
    if level.access >= Access.VERIFIED and not visitor.verified:
        return Refusal.NOT_VERIFIED
    return None


def _own(visitor: Visitor, invitation: Invitation | None) -> bytes | None:
    return invitation.id if invitation is not None and invitation.account == visitor.account else None


def _guest(level: SecurityLevel, invitation: Invitation | None) -> Entry | Refusal:
    if not level.guests or level.access >= Access.FACTOR:
        return Refusal.NO_GUESTS
    own = None if invitation is None or invitation.account is not None else invitation.id
    if own is None and level.access is not Access.LINK:
        return Refusal.NO_ACCOUNT
    return Entry(invitation=own)
