"""What the policy says to somebody who wants to come in, change something, or remove somebody (spec/policy.md).

Every check is against the policy *before* the commit, and raises ``PolicyError``.
"""

from typing import Final

from aparte.core.policy.admission import Admission
from aparte.core.policy.charter import Charter, Door, Opens
from aparte.core.policy.errors import Reason, demand
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import NONE, Rights

ENTRIES: Final = Rights.REMOVE | Rights.GRANT | Rights.ORGANISE
"""Whoever has one of these may write entries at all."""


def check_opening(charter: Charter, person: Person) -> None:
    """Check that somebody may make the group."""
    if person.subject in charter.organisers or charter.opens is Opens.ANYBODY:
        return
    demand(charter.opens is Opens.ACCOUNTS and person.certificate is not None, Reason.NOT_ADMITTED)


def needs_admission(policy: Policy, person: Person) -> bool:
    """Say whether somebody has to knock; raises ``PolicyError`` for who may not come in at all."""
    if person.subject in policy.organisers:
        return False
    demand(not policy.entry(person.subject).barred, Reason.BARRED)
    demand(policy.door is not Door.LOCKED and not policy.frozen, Reason.LOCKED)
    is_guest = person.certificate is None
    return policy.door is Door.ALL_KNOCK or (policy.door is Door.GUESTS_KNOCK and is_guest)


def check_admission(
    policy: Policy,
    admission: Admission,
    person: Person,
    leaf_key: bytes,
    admitter: Person,
    admitter_key: bytes,
) -> None:
    """Check an admission of a person who comes in with a leaf; ``admitter`` holds the leaf that it names.

    Keys are the leaves' signature keys. Whether it is in time is asked apart.
    """
    demand(admission.meeting == policy.charter.meeting, Reason.WRONG_MEETING)
    names = (admission.seat, admission.subject, admission.leaf_key)
    demand(names == (person.seat, person.subject, leaf_key), Reason.ANOTHER_PERSON)
    demand(Rights.ADMIT in policy.rights(admitter.subject), Reason.NO_RIGHT)
    admission.verify(admitter_key)


def check_removal(policy: Policy, actor: bytes, target: bytes) -> None:
    """Check that a subject may remove another that is there. Who is gone is not the policy's matter."""
    needed = Rights.ORGANISE if target in policy.organisers else Rights.REMOVE
    demand(needed in policy.rights(actor), Reason.NO_RIGHT)


def check_change(old: Policy, new: Policy, actor: bytes) -> None:
    """Check that a subject may turn one policy into another."""
    demand(new.charter == old.charter, Reason.CHARTER_CHANGED)
    has = old.rights(actor)
    needed = NONE
    if new.organisers != old.organisers:
        needed |= Rights.ORGANISE
    if new.door is not old.door:
        needed |= Rights.DOOR
    if new.frozen is not old.frozen:
        needed |= Rights.FREEZE
    if new.everybody != old.everybody:
        needed |= Rights.GRANT | (new.everybody & ~old.everybody)
    named = {entry.subject for entry in (*old.entries, *new.entries)}
    # Who was or becomes an organiser is the matter of those who may change that.
    for subject in named.difference(old.organisers, new.organisers):
        needed |= _needed(old.entry(subject), new.entry(subject))
    demand(needed & ~has == NONE, Reason.NO_RIGHT)
    # An entry that says what holds anyway changes nothing, but fills the policy.
    demand(new.entries == old.entries or has & ENTRIES != NONE, Reason.NO_RIGHT)


def _needed(old: Entry, new: Entry) -> Rights:
    """Return the rights that a change of one entry takes; nobody gives what they do not have."""
    needed = Rights.REMOVE if new.barred is not old.barred else NONE
    if new.rights != old.rights:
        needed |= Rights.GRANT | (new.rights & ~old.rights)
    return needed
