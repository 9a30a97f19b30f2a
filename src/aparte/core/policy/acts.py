"""What those who direct a meeting do to its policy: each act returns another policy (spec/policy.md section 7).

Whether somebody may is asked of the result (``check_change``). An act that changes nothing returns an equal policy.
"""

from dataclasses import replace

from aparte.core.policy.charter import MAX_ORGANISERS, Door
from aparte.core.policy.errors import Reason, demand
from aparte.core.policy.policy import MAX_ENTRIES, Entry, Policy
from aparte.core.policy.rights import Rights


def give(policy: Policy, subject: bytes, rights: Rights) -> Policy:
    """Give somebody rights, until they are taken."""
    entry = policy.entry(subject)
    return _with(policy, replace(entry, rights=entry.rights | rights))


def take(policy: Policy, subject: bytes, rights: Rights) -> Policy:
    """Take rights from somebody, until they are given back."""
    entry = policy.entry(subject)
    return _with(policy, replace(entry, rights=entry.rights & ~rights))


def give_all(policy: Policy, rights: Rights) -> Policy:
    """Give rights to everybody who is not barred, now and later."""
    entries = (one if one.barred else replace(one, rights=one.rights | rights) for one in policy.entries)
    return _tidy(replace(policy, everybody=policy.everybody | rights, entries=tuple(entries)))


def take_all(policy: Policy, rights: Rights) -> Policy:
    """Take rights from everybody but the organisers, now and later."""
    entries = (replace(one, rights=one.rights & ~rights) for one in policy.entries)
    return _tidy(replace(policy, everybody=policy.everybody & ~rights, entries=tuple(entries)))


def bar(policy: Policy, subject: bytes) -> Policy:
    """Let somebody not come in again, who is then no organiser any more. Raises ``PolicyError(no-organiser)``."""
    # Whoever is barred may do nothing, whatever stands there: to leave it alone needs no right to change rights.
    policy = dismiss(policy, subject) if subject in policy.organisers else policy
    return _with(policy, replace(policy.entry(subject), barred=True))


def unbar(policy: Policy, subject: bytes) -> Policy:
    """Let somebody come in again, as everybody else."""
    entry = policy.entry(subject)
    return _with(policy, Entry(subject, policy.everybody, barred=False)) if entry.barred else policy


def organise(policy: Policy, subject: bytes) -> Policy:
    """Make somebody an organiser. Raises ``PolicyError(malformed)`` for more than there may be."""
    entries = tuple(one for one in policy.entries if one.subject != subject)
    organisers = tuple(sorted({*policy.organisers, subject}))
    demand(len(organisers) <= MAX_ORGANISERS, Reason.MALFORMED)
    return replace(policy, organisers=organisers, entries=entries)


def dismiss(policy: Policy, subject: bytes) -> Policy:
    """Make an organiser one of the others. Raises ``PolicyError(no-organiser)`` for the last one."""
    organisers = tuple(one for one in policy.organisers if one != subject)
    demand(len(organisers) > 0, Reason.NO_ORGANISER)
    return replace(policy, organisers=organisers)


def set_door(policy: Policy, door: Door) -> Policy:
    """Open, close or lock the door."""
    return replace(policy, door=door)


def shut_out_guests(policy: Policy) -> Policy:
    """Let guests knock from now on: one who was sent out or silenced would come back under another key."""
    return replace(policy, door=Door.GUESTS_KNOCK) if policy.door is Door.OPEN else policy


def freeze(policy: Policy, frozen: bool) -> Policy:
    """Stop everything of everybody but the organisers, and let nobody in; or let it go on."""
    return replace(policy, frozen=frozen)


def _with(policy: Policy, entry: Entry) -> Policy:
    # An organiser has all rights, and no entry that would say less.
    return policy if entry.subject in policy.organisers else _tidy(policy.with_entry(entry))


def _tidy(policy: Policy) -> Policy:
    """Keep only what says something else than holds for everybody. Raises ``PolicyError(malformed)`` for too many."""
    entries = tuple(one for one in policy.entries if one.barred or one.rights != policy.everybody)
    demand(len(entries) <= MAX_ENTRIES, Reason.MALFORMED)
    return replace(policy, entries=entries)
