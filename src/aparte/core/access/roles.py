"""What each role may do: a table, and what is not in it is refused."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What an account is there for."""

    ADMINISTRATOR = "administrator"
    ORGANISER = "organiser"
    MEMBER = "member"
    GUEST = "guest"


class Action(StrEnum):
    """``subject:verb``, both one word of small letters; never reworded once released."""

    ACCOUNT_LIST = "account:list"
    ACCOUNT_CREATE = "account:create"
    ACCOUNT_CHANGE = "account:change"
    ACCOUNT_END = "account:end"
    TICKET_MAKE = "ticket:make"
    PROFILE_READ = "profile:read"
    PASSWORD_CHANGE = "password:change"  # noqa: S105 (a right, not a password)
    PERSON_CERTIFY = "person:certify"
    SESSION_LIST = "session:list"
    SESSION_REVOKE = "session:revoke"
    FACTOR_LIST = "factor:list"
    FACTOR_ADD = "factor:add"
    FACTOR_REMOVE = "factor:remove"
    MEETING_PLAN = "meeting:plan"
    MEETING_ENTER = "meeting:enter"
    PEOPLE_READ = "people:read"
    PLAN_READ = "plan:read"
    PLAN_CHANGE = "plan:change"
    LEVEL_READ = "level:read"
    LEVEL_CHANGE = "level:change"
    IDENTITY_VERIFY = "identity:verify"
    AREA_READ = "area:read"
    AREA_CHANGE = "area:change"
    AREA_CLEAR = "area:clear"


class Reach(StrEnum):
    """Upon whom: oneself and what is one's own, or anybody."""

    OWN = "own"
    ANY = "any"


_SELF: Final = {
    Action.PROFILE_READ: Reach.OWN,
    Action.PASSWORD_CHANGE: Reach.OWN,
    Action.PERSON_CERTIFY: Reach.OWN,
    Action.SESSION_LIST: Reach.OWN,
    Action.SESSION_REVOKE: Reach.OWN,
    Action.FACTOR_LIST: Reach.OWN,
    Action.FACTOR_ADD: Reach.OWN,
    Action.FACTOR_REMOVE: Reach.OWN,
}

_TABLE: Final[dict[Role, dict[Action, Reach]]] = {
    # Whoever looks after accounts gets into no meeting by that.
    Role.ADMINISTRATOR: {
        **_SELF,
        Action.ACCOUNT_LIST: Reach.ANY,
        Action.ACCOUNT_CREATE: Reach.ANY,
        Action.ACCOUNT_CHANGE: Reach.ANY,
        Action.ACCOUNT_END: Reach.ANY,
        Action.TICKET_MAKE: Reach.ANY,
        Action.LEVEL_READ: Reach.ANY,
        Action.LEVEL_CHANGE: Reach.ANY,
        Action.IDENTITY_VERIFY: Reach.ANY,
        Action.AREA_READ: Reach.ANY,
        Action.AREA_CHANGE: Reach.ANY,
        # Nobody clears by being an administrator: every area names its authorities.
        Action.AREA_CLEAR: Reach.OWN,
    },
    Role.ORGANISER: {
        **_SELF,
        Action.MEETING_PLAN: Reach.OWN,
        Action.MEETING_ENTER: Reach.OWN,
        Action.PEOPLE_READ: Reach.OWN,
        Action.PLAN_READ: Reach.OWN,
        Action.PLAN_CHANGE: Reach.OWN,
        Action.LEVEL_READ: Reach.OWN,
        Action.AREA_READ: Reach.OWN,
        Action.AREA_CLEAR: Reach.OWN,
    },
    # A plan is handed over to members too, who then see to it like its maker.
    Role.MEMBER: {
        **_SELF,
        Action.MEETING_ENTER: Reach.OWN,
        Action.PEOPLE_READ: Reach.OWN,
        Action.PLAN_READ: Reach.OWN,
        Action.PLAN_CHANGE: Reach.OWN,
        Action.LEVEL_READ: Reach.OWN,
        Action.AREA_READ: Reach.OWN,
        Action.AREA_CLEAR: Reach.OWN,
    },
    Role.GUEST: {**_SELF, Action.MEETING_ENTER: Reach.OWN, Action.PLAN_READ: Reach.OWN},
}

ROLES: Final[Mapping[Role, Mapping[Action, Reach]]] = MappingProxyType(
    {role: MappingProxyType(actions) for role, actions in _TABLE.items()}
)
"""Every right of every role."""


def allows(role: Role, action: Action, own: bool) -> bool:
    """Whether a role may do this; ``own``: to the account itself, or to what is its own."""
    reach = ROLES[role].get(action)
    return reach is Reach.ANY or (reach is Reach.OWN and own)
