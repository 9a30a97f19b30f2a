"""What an oracle cannot do, so that a walk goes around it: nothing else is left out, and nothing of our own.

A hole is as narrow as it was found. Roles: who *commits* a change, *proposes* one kind of it, *joins* by an external
commit, is *welcomed*, *follows*, *tries again* to follow what it refused because a proposal was lost, or *is removed*.
It covers every change that has all of its kinds: add, remove, update, psk, extensions, cleared (to none), join, resync,
sealed, reference, path (one that nothing demands), lopsided (the left half of the tree is empty after it). Where no
plan can tell beforehand, the words of the refusal are known instead, and somebody who is kept out by them stays out.

What the driver of an oracle mends stands in that driver: web/dev/interop/tsmls.ts, rust/src/suite.rs.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["commits", "proposes", "joins", "welcomed", "follows", "tries again", "is removed"]


@dataclass(frozen=True)
class Hole:
    """Something that one implementation does not do, and why that is no fault of ours."""

    implementation: str
    role: Role
    kinds: frozenset[str]
    reason: str
    says: str = ""


def _hole(implementation: str, role: Role, kinds: str, reason: str) -> Hole:
    return Hole(implementation, role, frozenset(kinds.split()), reason)


_UNMERGED = "non-blank intermediate node must list leaf node in its unmerged_leaves"
_WHY_UNMERGED = "demands one list of unmerged leaves of all ancestors, also of those above the node that lists a leaf"

HOLES: tuple[Hole, ...] = (
    _hole("ts-mls", "joins", "psk", "joinGroupExternal takes no pre-shared key"),
    _hole("ts-mls", "proposes", "update", "createProposal keeps no private key for a leaf that it proposes"),
    _hole("ts-mls", "commits", "extensions", "a commit that changes extensions lacks the path of section 12.4"),
    _hole("ts-mls", "follows", "extensions cleared", "an empty list of extensions is taken for no change"),
    _hole("ts-mls", "is removed", "add remove", "takes a newcomer in its place for itself, whose path does not open"),
    _hole("ts-mls", "commits", "lopsided", "derives the commit secret at the root, also where the path ends below"),
    _hole("ts-mls", "follows", "lopsided", "derives the commit secret at the root, also where the path ends below"),
    _hole("mls-rs", "tries again", "sealed", "the message key is spent although the commit is refused"),
    Hole("ts-mls", "joins", frozenset(), _WHY_UNMERGED, _UNMERGED),
    Hole("ts-mls", "welcomed", frozenset(), _WHY_UNMERGED, _UNMERGED),
)


def may(implementation: str, role: Role, kinds: frozenset[str]) -> bool:
    """Say whether nothing is known that keeps an implementation from this."""
    known = (one for one in HOLES if (one.implementation, one.role, one.says) == (implementation, role, ""))
    return not any(one.kinds <= kinds for one in known)


def is_known(implementation: str, role: Role, refusal: Exception) -> bool:
    """Say whether an implementation is known to refuse in these words."""
    known = (one for one in HOLES if (one.implementation, one.role) == (implementation, role))
    return any(one.says and one.says in str(refusal) for one in known)
