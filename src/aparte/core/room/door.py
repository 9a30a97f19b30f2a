"""Who may come in now, who has to wait and what for (spec/room.md section 3.5). Nothing of the group is told before."""

from typing import Literal

from aparte.core.policy.charter import Charter, Door, Opens
from aparte.core.policy.check import check_opening, needs_admission
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.errors import Reason as PolicyReason
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Policy

What = Literal["present", "admission", "locked", "closed", "barred"]


def waits_for(charter: Charter, policy: Policy | None, person: Person | None, admitted: bool) -> What | None:
    """Return what somebody has to wait for, or nothing; ``policy`` is ``None`` while there is no group.

    ``person``: who it is, once that was said; ``admitted``: somebody who may do that has let this person in.
    """
    if policy is None:
        return _for_a_group(charter, person)
    if policy.door is Door.OPEN and not policy.frozen and not any(entry.barred for entry in policy.entries):
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
