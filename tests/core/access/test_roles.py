import re

import pytest

from aparte.core.access.roles import ROLES, Action, Reach, Role, allows

# Said a second time by hand: who may do what besides looking after oneself.
BEYOND = {
    Role.ADMINISTRATOR: {
        "account:list",
        "account:create",
        "account:change",
        "account:end",
        "ticket:make",
        "level:read",
        "level:change",
        "identity:verify",
        "area:read",
        "area:change",
    },
    Role.ORGANISER: {
        "meeting:plan",
        "meeting:enter",
        "people:read",
        "plan:read",
        "plan:change",
        "level:read",
        "area:read",
        "area:clear",
    },
    Role.MEMBER: {
        "meeting:enter",
        "people:read",
        "plan:read",
        "plan:change",
        "level:read",
        "area:read",
        "area:clear",
    },
    Role.GUEST: {"meeting:enter", "plan:read"},
}
ONESELF = {
    "profile:read",
    "password:change",
    "person:certify",
    "session:list",
    "session:revoke",
    "factor:list",
    "factor:add",
    "factor:remove",
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_who_may_do_what(role: Role, action: Action) -> None:
    # Of what is not their own, administrators clear nobody: an area names its authorities.
    cleared = action == "area:clear" and role is Role.ADMINISTRATOR
    assert allows(role, action, own=True) == (cleared or action in BEYOND[role] | ONESELF)
    assert allows(role, action, own=False) == (role is Role.ADMINISTRATOR and action in BEYOND[role])


def test_actions_follow_the_grammar() -> None:
    assert [action for action in Action if not re.fullmatch("[a-z]+:[a-z]+", action)] == []


def test_no_right_over_others_but_an_administrators() -> None:
    for role, actions in ROLES.items():
        assert role is Role.ADMINISTRATOR or Reach.ANY not in actions.values()
    meetings = {Action.MEETING_PLAN, Action.MEETING_ENTER, Action.PLAN_READ, Action.PLAN_CHANGE}
    assert not meetings & set(ROLES[Role.ADMINISTRATOR])
