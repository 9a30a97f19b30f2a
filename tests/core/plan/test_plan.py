"""What a plan has to satisfy, and when it lets people in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aparte.core.plan.errors import PlanError
from aparte.core.plan.invitation import Invitation, check_invitation, is_code
from aparte.core.plan.plan import OPENS_BEFORE, PlanKeys, check_plan, rising
from aparte.core.plan.recurrence import Frequency, Recurrence
from aparte.core.plan.shipped import CONFIDENTIAL, RESTRICTED, SECRET
from aparte.core.plan.text import is_address, is_line, is_prose
from aparte.core.policy.charter import Door, Opens
from aparte.core.policy.rights import Rights
from tests.core.plan.made import ADA, BOB, HASH, MEETING, START, changed, charter, plan, utc

DAY = 86_400


def test_plans_that_are_taken() -> None:
    check_plan(plan(), RESTRICTED, b"", utc)
    check_plan(plan(keys=None, agenda=""), RESTRICTED, b"", utc)
    check_plan(plan(managers=(ADA, BOB), organisers=(BOB,)), RESTRICTED, b"", utc)
    keyed = charter(RESTRICTED, house_key=b"k" * 32)
    check_plan(plan(keys=PlanKeys(HASH, keyed)), RESTRICTED, b"k" * 32, utc)


@pytest.mark.parametrize(
    "fields",
    [
        {"meeting": b"m" * 15, "keys": None},
        {"title": ""},
        {"title": " a"},
        {"title": "x" * 121},
        {"title": "a\r\nBcc: all@example.org"},
        {"title": "a\u202eb"},
        {"title": "e\u0301"},
        {"agenda": "x" * 2001},
        {"agenda": "a\rb"},
        {"agenda": "a\0b"},
        {"start": -1},
        {"start": 7_258_118_400},
        {"minutes": 0},
        {"minutes": 1441},
        {"recurrence": Recurrence(Frequency.DAILY)},
        {"managers": ()},
        {"managers": (BOB, ADA)},
        {"managers": (ADA, ADA)},
        {"managers": (b"short",)},
        {"organisers": (), "keys": None},
        {"managers": tuple(bytes([n]) * 16 for n in range(9))},
        {"keys": PlanKeys(b"h", charter(RESTRICTED))},
    ],
)
def test_plans_that_are_not(fields: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match=r"^malformed$"):
        check_plan(plan(**fields), RESTRICTED, b"", utc)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        charter(RESTRICTED)[:-1],
        charter(RESTRICTED, meeting=b"o" * 16),
        charter(changed(RESTRICTED, number=2)),
        charter(RESTRICTED, door=Door.OPEN),
        charter(RESTRICTED, opens=Opens.ANYBODY),
        charter(RESTRICTED, everybody=Rights.SOUND),
        charter(RESTRICTED, organisers=(ADA, BOB)),
        charter(RESTRICTED, house_key=b"k" * 32),
    ],
)
def test_a_charter_that_says_something_else_than_the_plan(octets: bytes) -> None:
    with pytest.raises(PlanError, match=r"^wrong-charter$"):
        check_plan(plan(keys=PlanKeys(HASH, octets)), RESTRICTED, b"", utc)


def test_a_plan_keeps_to_the_version_of_its_level() -> None:
    for other in (CONFIDENTIAL, changed(RESTRICTED, version=2)):
        with pytest.raises(PlanError, match=r"^unknown-level$"):
            check_plan(plan(), other, b"", utc)


def test_when_a_meeting_is_open() -> None:
    once = plan()
    end = START + 3600
    times = (START - OPENS_BEFORE - 1, START - OPENS_BEFORE, end, end + 30 * DAY - 1, end + 30 * DAY)
    assert [once.is_open(RESTRICTED, at, utc) for at in times] == [False, True, True, True, False]
    assert once.ends(RESTRICTED, utc) == end + 30 * DAY


def test_a_recurring_meeting_is_open_around_each_of_its_times() -> None:
    weekly = plan(SECRET, recurrence=Recurrence(Frequency.WEEKLY, count=2))
    for start in (START, START + 7 * DAY):
        end = start + 3600
        times = (start - OPENS_BEFORE - 1, start - OPENS_BEFORE, end + DAY - 1, end + DAY)
        assert [weekly.is_open(SECRET, at, utc) for at in times] == [False, True, True, False]
    assert weekly.ends(SECRET, utc) == START + 8 * DAY + 3600


def test_texts() -> None:
    assert is_line("Réunion d’équipe", 40)
    assert not is_line("a\tb", 40)
    assert is_prose("a\n\nb", 4)
    assert not is_prose("a\u2028b", 9)


@pytest.mark.parametrize("text", ["a@b.org", "first.last+tag@mail.example.org", "x" * 64 + "@b.org"])
def test_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b.org",
        "a@",
        "a@b",
        "a b@c.org",
        "a@b..org",
        "a@-b.org",
        "a@b-.org",
        ".a@b.org",
        "a.@b.org",
        '"a"@b.org',
        "a@b@c.org",
        "a@b.org\r\nBcc: x@y.org",
        "a@b.org, c@d.org",
        "<a@b.org>",
        "é@b.org",
        "a@[127.0.0.1]",
        "x" * 65 + "@b.org",
        "a@" + "b" * 64 + ".org",
        "a@" + "b." * 126 + "org",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)


@given(st.text())
def test_an_address_never_breaks_a_header(text: str) -> None:
    assert not is_address(text) or (text.isascii() and text.isprintable() and not set(text) & set(' ,;:<>"()\\'))


def test_invitations() -> None:
    check_invitation(Invitation(b"i" * 16, MEETING, ADA))
    check_invitation(Invitation(b"i" * 16, MEETING, None, "a@b.org", "A", b"c" * 32))
    for wrong in (
        Invitation(b"i" * 16, MEETING, ADA, "a@b.org"),
        Invitation(b"i" * 16, MEETING, ADA, name="A"),
        Invitation(b"i" * 16, MEETING, ADA, code_hash=b"c" * 32),
        Invitation(b"i" * 16, MEETING, None, "a@b.org", ""),
        Invitation(b"i" * 16, MEETING, None, "", "A"),
        Invitation(b"i" * 16, MEETING, None, "a@b.org", "A\nB"),
    ):
        with pytest.raises(PlanError):
            check_invitation(wrong)
    assert is_code("01234567")
    assert not any(is_code(text) for text in ("1234567", "123456789", "1234567a", "１２３４５６７８", "-1234567"))
    assert rising([BOB, ADA, BOB]) == (ADA, BOB)


def test_nothing_of_a_plan_is_in_its_repr() -> None:
    shown = repr(plan(CONFIDENTIAL)) + repr(Invitation(b"i" * 16, MEETING, None, "a@b.org", "Guest", b"code" * 8))
    for hidden in ("Quarterly", "Figures", "hhhh", "a@b.org", "Guest", "code"):
        assert hidden not in shown.replace("code_hash", "")
