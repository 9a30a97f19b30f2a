"""Who may enter: a table of the shipped levels, and what holds for every level."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.plan.area import OUTSIDE, Standing
from aparte.core.plan.entry import Entry, Refusal, Visitor, decide
from aparte.core.plan.errors import PlanError
from aparte.core.plan.guesses import ADDRESS_TRIES, MEETING_TRIES, TRIES, WINDOW, Guesses
from aparte.core.plan.invitation import Invitation
from aparte.core.plan.level import Access, SecurityLevel, check_level
from aparte.core.plan.plan import Plan
from aparte.core.plan.recurrence import Frequency, Recurrence
from aparte.core.plan.shipped import CONFIDENTIAL, INTERNAL, PUBLIC, RESTRICTED, SECRET, SHIPPED
from aparte.core.policy.charter import Door, Opens
from tests.core.plan.made import ADA, BOB, CY, GUEST, START, changed, of_account, plan, utc

R = Refusal
IN = Entry()
INVITED = of_account(BOB)
STRONG = {"factor": True, "verified": True}


def at(
    level: SecurityLevel, visitor: Visitor | None, invitation: Invitation | None = None, **fields: Any
) -> Entry | Refusal:
    return decide(level, plan(level, **fields), visitor, invitation, START, utc)


WHO: dict[str, tuple[Visitor | None, Invitation | None]] = {
    "nobody": (None, None),
    "guest with a code": (None, GUEST),
    "member": (Visitor(BOB), None),
    "invited member": (Visitor(BOB), INVITED),
    "invited, factor": (Visitor(BOB, factor=True), INVITED),
    "invited, verified": (Visitor(BOB, **STRONG), INVITED),
    "not invited, verified": (Visitor(BOB, **STRONG), None),
    "guest account": (Visitor(BOB, guest=True, **STRONG), None),
    "invited guest account": (Visitor(BOB, guest=True, **STRONG), INVITED),
    "member with a guest's code": (Visitor(BOB), GUEST),
    "organiser": (Visitor(ADA), None),
    "strong organiser": (Visitor(ADA, **STRONG), None),
}
OWN, CODE, RUNS = Entry(invitation=INVITED.id), Entry(invitation=GUEST.id), Entry(organiser=True)
TABLE: dict[str, list[Entry | Refusal]] = {
    "nobody": [IN, R.NO_ACCOUNT, R.NO_ACCOUNT, R.NO_GUESTS, R.NO_GUESTS],
    "guest with a code": [CODE, CODE, CODE, R.NO_GUESTS, R.NO_GUESTS],
    "member": [IN, IN, R.NO_INVITATION, R.NO_INVITATION, R.NO_INVITATION],
    "invited member": [OWN, OWN, OWN, R.NO_FACTOR, R.NO_FACTOR],
    "invited, factor": [OWN, OWN, OWN, OWN, R.NOT_VERIFIED],
    "invited, verified": [OWN, OWN, OWN, OWN, OWN],
    "not invited, verified": [IN, IN, R.NO_INVITATION, R.NO_INVITATION, R.NO_INVITATION],
    "guest account": [IN, R.NO_INVITATION, R.NO_INVITATION, R.NO_GUESTS, R.NO_GUESTS],
    "invited guest account": [OWN, OWN, OWN, R.NO_GUESTS, R.NO_GUESTS],
    "member with a guest's code": [CODE, CODE, CODE, R.NO_GUESTS, R.NO_GUESTS],
    "organiser": [RUNS, RUNS, RUNS, R.NO_FACTOR, R.NO_FACTOR],
    "strong organiser": [RUNS] * 5,
}


@pytest.mark.parametrize("who", WHO)
def test_who_enters_at_which_level(who: str) -> None:
    visitor, invitation = WHO[who]
    assert [at(level, visitor, invitation) for level in SHIPPED] == TABLE[who]


def test_nobody_enters_what_has_no_keys_or_is_cancelled() -> None:
    assert at(PUBLIC, Visitor(ADA, **STRONG), keys=None) is R.NO_KEYS
    assert at(PUBLIC, Visitor(ADA, **STRONG), cancelled=True) is R.CANCELLED


def test_organisers_alone_come_outside_the_time() -> None:
    for now in (START - 901, START + 3600 + PUBLIC.stay):
        assert decide(PUBLIC, plan(PUBLIC), None, None, now, utc) is R.NOT_OPEN
        assert decide(PUBLIC, plan(PUBLIC), Visitor(BOB), INVITED, now, utc) is R.NOT_OPEN
        assert decide(PUBLIC, plan(PUBLIC), Visitor(ADA), None, now, utc) == RUNS


def test_whoever_has_prepared_a_meeting_is_not_in_it_by_that() -> None:
    """An assistant: creator and manager, and neither organiser nor invited."""
    for level in (RESTRICTED, CONFIDENTIAL, SECRET):
        assert at(level, Visitor(CY, **STRONG), creator=CY, managers=(CY,)) is R.NO_INVITATION
    assert at(INTERNAL, Visitor(ADA), of_account(ADA)) == Entry(True, of_account(ADA).id)


def test_an_invitation_of_somebody_else_is_none() -> None:
    assert at(RESTRICTED, Visitor(CY), INVITED) is R.NO_INVITATION
    assert at(RESTRICTED, None, INVITED) is R.NO_ACCOUNT


# Areas

INSIDE = Standing(cleared=True, listed=True)
AREA = b"z" * 16


def in_area(
    level: SecurityLevel, visitor: Visitor | None, standing: Standing, invitation: Invitation | None = None
) -> Entry | Refusal:
    return decide(level, plan(level, area=AREA), visitor, invitation, START, utc, standing)


@pytest.mark.parametrize("who", WHO)
def test_an_area_adds_to_what_the_level_asks_for(who: str) -> None:
    visitor, invitation = WHO[who]
    for level, answer in zip(SHIPPED, TABLE[who], strict=True):
        assert in_area(level, visitor, OUTSIDE, invitation) is R.NOT_CLEARED, "organisers too"
        assert in_area(level, visitor, Standing(listed=True), invitation) is R.NOT_CLEARED
        inside = in_area(level, visitor, INSIDE, invitation)
        strange = in_area(level, visitor, Standing(cleared=True), invitation)
        if visitor is None:
            assert {inside, strange} == {R.NOT_CLEARED}
        elif visitor.guest:
            assert {inside, strange} == {R.NO_GUESTS}
        else:
            assert (inside, strange) == (answer, R.WRONG_NETWORK)


def test_a_standing_counts_in_areas_alone() -> None:
    assert decide(PUBLIC, plan(PUBLIC), None, None, START, utc, OUTSIDE) == IN


LEVELS = st.builds(
    lambda level, **fields: changed(level, **fields),
    st.sampled_from(SHIPPED),
    access=st.sampled_from(Access),
    guests=st.booleans(),
    door=st.sampled_from(Door),
    opens=st.sampled_from(Opens),
)
VISITORS = st.none() | st.builds(
    Visitor, st.sampled_from([ADA, BOB, CY]), guest=st.booleans(), factor=st.booleans(), verified=st.booleans()
)
INVITATIONS = st.sampled_from([None, GUEST, INVITED, of_account(CY)])
PLANS = st.builds(
    plan,
    st.sampled_from(SHIPPED),
    recurrence=st.none() | st.just(Recurrence(Frequency.DAILY, count=3)),
    cancelled=st.booleans(),
    creator=st.just(CY),
    managers=st.just((CY,)),
    organisers=st.sampled_from([(ADA,), (ADA, BOB)]),
    area=st.sampled_from([None, AREA]),
)
STANDINGS = st.builds(Standing, cleared=st.booleans(), listed=st.booleans())
TIMES = st.integers(START - 2_000, START + 100 * 86_400)


@settings(max_examples=500, deadline=None)
@given(LEVELS, PLANS, VISITORS, INVITATIONS, TIMES, STANDINGS)
def test_what_holds_for_every_level(
    level: SecurityLevel,
    made: Plan,
    visitor: Visitor | None,
    invitation: Invitation | None,
    now: int,
    standing: Standing,
) -> None:
    try:
        check_level(level)
    except PlanError:
        return
    answer = decide(level, made, visitor, invitation, now, utc, standing)
    if isinstance(answer, Refusal):
        return
    organiser = visitor is not None and visitor.account in made.organisers
    assert answer.organiser == organiser
    assert not made.cancelled
    assert made.area is None or (visitor is not None and not visitor.guest and standing == INSIDE)
    assert organiser or made.is_open(level, now, utc)
    assert level.access < Access.FACTOR or (visitor is not None and visitor.factor)
    assert level.access < Access.VERIFIED or (visitor is not None and visitor.verified)
    if answer.invitation == GUEST.id:
        assert level.guests
        assert invitation is GUEST
    elif not organiser:
        assert level.access is Access.LINK or visitor is not None
        mine = visitor is not None and invitation is not None and invitation.account == visitor.account
        assert level.access < Access.INVITED or mine
        assert answer.invitation is None or mine


@settings(max_examples=300, deadline=None)
@given(LEVELS, PLANS, VISITORS, INVITATIONS, TIMES, STANDINGS)
def test_a_stricter_level_lets_nobody_in_whom_a_weaker_one_refuses(
    level: SecurityLevel,
    made: Plan,
    visitor: Visitor | None,
    invitation: Invitation | None,
    now: int,
    standing: Standing,
) -> None:
    answers = [
        isinstance(decide(changed(level, access=access), made, visitor, invitation, now, utc, standing), Entry)
        for access in Access
    ]
    assert answers == sorted(answers, reverse=True)


# Guessing entry codes

MEETING, OTHER = b"m" * 16, b"o" * 16


def test_five_tries_in_a_quarter_of_an_hour() -> None:
    guesses = Guesses()
    assert [guesses.take(MEETING, "a", float(now)) for now in range(7)] == [True] * TRIES + [False] * 2
    assert guesses.take(MEETING, "b", 6.0)
    assert guesses.take(OTHER, "a", 6.0)
    assert not guesses.take(MEETING, "a", WINDOW - 0.1)
    assert guesses.take(MEETING, "a", WINDOW)


def test_a_right_code_is_no_guess() -> None:
    guesses = Guesses()
    for now in range(100):
        assert guesses.take(MEETING, "a", float(now))
        guesses.give_back(MEETING, "a")


def test_many_addresses_guess_no_faster() -> None:
    guesses = Guesses()
    taken = sum(guesses.take(MEETING, f"{number}", 0.0) for number in range(1_000))
    assert taken == MEETING_TRIES
    assert guesses.take(OTHER, "1000", 0.0)


def test_one_address_at_many_meetings() -> None:
    guesses = Guesses()
    assert sum(guesses.take(bytes([n]) * 16, "a", 0.0) for n in range(100)) == ADDRESS_TRIES


@pytest.mark.promise("P21")
def test_whoever_has_no_link_uses_up_nobody_s_tries() -> None:
    guesses = Guesses()
    assert sum(guesses.take(None, f"{n % 100}", 0.0) for n in range(1_000)) == 100 * TRIES
    assert guesses.take(MEETING, "200", 0.0)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aparte.core.plan.guesses.MOST_COUNTERS", 7)
    guesses = Guesses()
    assert [guesses.take(None, name, 0.0) for name in "abcd"] == [True, True, True, False]
    assert guesses.take(None, "a", 1.0)
    assert guesses.take(None, "d", WINDOW)


@pytest.mark.promise("P21")
@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 200)), max_size=200))
def test_no_order_of_tries_gives_more(tries: list[tuple[str, float]]) -> None:
    guesses, now, taken = Guesses(), 0.0, [0.0] * 0
    for address, later in tries:
        now += later
        if guesses.take(MEETING, address, now) and address == "a":
            taken.append(now)
    for since in taken:
        # Fixed windows: at most twice as many in any one that is laid across two of them.
        assert sum(since <= when < since + WINDOW for when in taken) <= 2 * TRIES
