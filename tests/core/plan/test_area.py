"""Restricted areas: who was cleared when, whatever happens later; and which networks are listed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aparte.core.plan.area import (
    MAX_AUTHORITIES,
    MAX_NETWORKS,
    Area,
    Clearance,
    check_area,
    check_clearance,
    cleared_on,
    read_networks,
)
from aparte.core.plan.errors import PlanError, Reason
from tests.core.plan.made import ADA, BOB, CY

AREA = b"z" * 16
GIVEN = Clearance(b"1" * 16, AREA, BOB, starts=100.0, ends=200.0, granted_by=ADA, granted=50.0)


def area(*networks: str) -> Area:
    return Area(AREA, "Laboratory", read_networks(networks), (ADA,))


@pytest.mark.shows("A21")
def test_a_clearance_is_in_force_from_its_start_until_its_end() -> None:
    expected = {99.9: False, 100.0: True, 199.9: True, 200.0: False}
    assert {now: cleared_on([GIVEN], BOB, now) for now in expected} == expected
    assert not cleared_on([GIVEN], CY, 150.0)
    assert not cleared_on([], BOB, 150.0)


@pytest.mark.shows("A21")
def test_nothing_is_granted_for_the_past() -> None:
    late = replace(GIVEN, granted=150.0)
    assert [late.holds(now) for now in (149.9, 150.0)] == [False, True]


@pytest.mark.shows("A21")
def test_what_is_withdrawn_ends_then_and_not_before() -> None:
    over = replace(GIVEN, withdrawn=150.0, withdrawn_by=ADA)
    assert [over.holds(now) for now in (100.0, 149.9, 150.0)] == [True, True, False]
    never = replace(GIVEN, withdrawn=60.0, withdrawn_by=ADA)
    assert not any(never.overlaps(now, 1_000.0) for now in (0.0, 60.0, 100.0, 150.0))


def test_a_span_of_time() -> None:
    spans = {(0, 100): False, (0, 101): True, (199, 300): True, (200, 300): False, (120, 130): True, (0, 999): True}
    assert {span: GIVEN.overlaps(*map(float, span)) for span in spans} == spans


INSTANTS = st.integers(0, 20).map(float)
CLEARANCES = st.builds(
    lambda account, granted, start, length: Clearance(
        b"1" * 16, AREA, account, start, start + length, ADA, granted, None, None
    ),
    st.sampled_from([BOB, CY]),
    INSTANTS,
    INSTANTS,
    st.integers(1, 20).map(float),
)


@pytest.mark.shows("A21")
@given(st.lists(CLEARANCES, max_size=4), CLEARANCES, INSTANTS, INSTANTS)
def test_who_was_cleared_then_never_changes(
    given_before: list[Clearance], later: Clearance, then: float, now: float
) -> None:
    """Whatever is granted or withdrawn at an instant, the list of every instant before it stays the same."""
    if now <= then:
        return
    answer = cleared_on([one for one in given_before if one.granted <= then], BOB, then)
    after = [replace(one, withdrawn=now, withdrawn_by=ADA) for one in given_before]
    assert cleared_on([*after, replace(later, granted=now)], BOB, then) == answer


@given(CLEARANCES, INSTANTS, st.integers(1, 20))
def test_a_span_is_all_its_instants(one: Clearance, since: float, length: int) -> None:
    assert one.overlaps(since, since + length) == any(one.holds(since + passed) for passed in range(length))


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        ("10.1.2.3", True),
        ("10.2.0.0", False),
        ("::ffff:10.1.2.3", True),
        ("::ffff:10.2.2.3", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8:1::5", True),
        ("2001:db8:2::5", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("", False),
        ("loopback", False),
    ],
)
def test_listed_networks(address: str, listed: bool) -> None:
    assert area("10.1.0.0/16", "2001:db8:1::/48", "192.0.2.7").lists(address) == listed
    assert area().lists(address), "none is any"


def test_networks_have_one_order_and_stand_once() -> None:
    found = read_networks(["2001:db8::/32", "10.0.0.1", "10.0.0.0/8", "10.0.0.1/32"])
    assert [str(one) for one in found] == ["10.0.0.0/8", "10.0.0.1/32", "2001:db8::/32"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/-1",
        "fe80::%1/64",
        "::ffff:10.0.0.0/104",
        "example.org",
    ],
)
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_networks([text])
    assert caught.value.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    "wrong",
    [
        replace(area(), name=""),
        replace(area(), name="two\nlines"),
        replace(area(), name="x" * 65),
        replace(area(), authorities=()),
        replace(area(), authorities=tuple(bytes([n]) * 16 for n in range(MAX_AUTHORITIES + 1))),
        replace(area(), networks=read_networks(f"10.0.0.{n}" for n in range(MAX_NETWORKS + 1))),
    ],
)
def test_what_is_no_area(wrong: Area) -> None:
    check_area(area("10.0.0.0/8"))
    with pytest.raises(PlanError):
        check_area(wrong)


@pytest.mark.parametrize(
    "wrong", [{"starts": 200.0}, {"starts": -1.0}, {"granted": 200.0}, {"ends": 1e12}, {"ends": float("nan")}]
)
def test_what_is_no_clearance(wrong: dict[str, Any]) -> None:
    check_clearance(GIVEN)
    with pytest.raises(PlanError):
        check_clearance(replace(GIVEN, **wrong))
