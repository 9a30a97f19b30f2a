"""When planned meetings start: against another implementation, and over the two changes of the clock in a year."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.plan.civil import DAY, Offset, date_of, day_of, days_in, instant_of, weekday
from aparte.core.plan.errors import PlanError
from aparte.core.plan.recurrence import (
    MAX_OCCURRENCES,
    Frequency,
    Recurrence,
    check_recurrence,
    occurrences,
)

PARIS = ZoneInfo("Europe/Paris")
ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "Africa/Casablanca"]
FREQUENCIES: dict[Frequency, Literal[1, 2, 3]] = {
    Frequency.DAILY: DAILY,
    Frequency.WEEKLY: WEEKLY,
    Frequency.MONTHLY: MONTHLY,
}


def offset_of(zone: ZoneInfo) -> Offset:
    def offset(instant: int) -> int:
        ahead = datetime.fromtimestamp(instant, zone).utcoffset()
        assert ahead is not None
        return int(ahead.total_seconds())

    return offset


def instant(zone: ZoneInfo, year: int, month: int, day: int, hour: int, minute: int) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=zone).timestamp())


def walls(recurrence: Recurrence, start: int, zone: ZoneInfo = PARIS) -> list[str]:
    return [
        datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M %Z")
        for at in occurrences(recurrence, start, offset_of(zone))
    ]


@given(st.dates())
def test_days_are_those_of_the_calendar(that: date) -> None:
    day = day_of(that.year, that.month, that.day)
    assert day == that.toordinal() - 719_163
    assert date_of(day) == (that.year, that.month, that.day)
    assert weekday(day) == that.weekday()


def test_months_have_their_days() -> None:
    assert [days_in(2024, month) for month in range(1, 13)] == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert (days_in(2100, 2), days_in(2000, 2), days_in(2026, 2)) == (28, 29, 28)


def test_the_wall_time_stays_over_both_changes_of_the_clock() -> None:
    spring = Recurrence(Frequency.WEEKLY, count=3)
    assert walls(spring, instant(PARIS, 2026, 3, 22, 9, 30)) == [
        "2026-03-22 09:30 CET",
        "2026-03-29 09:30 CEST",
        "2026-04-05 09:30 CEST",
    ]
    autumn = Recurrence(Frequency.DAILY, count=3)
    assert walls(autumn, instant(PARIS, 2026, 10, 24, 18, 0)) == [
        "2026-10-24 18:00 CEST",
        "2026-10-25 18:00 CET",
        "2026-10-26 18:00 CET",
    ]


def test_an_hour_that_does_not_exist_and_one_that_comes_twice() -> None:
    night = Recurrence(Frequency.DAILY, count=3)
    # 02:30 does not exist on 29 March: read with the offset before it, that is 03:30.
    assert walls(night, instant(PARIS, 2026, 3, 28, 2, 30)) == [
        "2026-03-28 02:30 CET",
        "2026-03-29 03:30 CEST",
        "2026-03-30 02:30 CEST",
    ]
    assert walls(night, instant(PARIS, 2026, 10, 24, 2, 30))[1] == "2026-10-25 02:30 CEST"


def test_a_start_in_the_second_of_two_equal_hours_stays_there() -> None:
    start = int(datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS).timestamp())
    assert walls(Recurrence(Frequency.DAILY, count=2), start) == ["2026-10-25 02:30 CET", "2026-10-26 02:30 CET"]


def test_months_without_the_day_are_left_out() -> None:
    last = Recurrence(Frequency.MONTHLY, count=4)
    assert walls(last, instant(PARIS, 2026, 1, 31, 8, 0)) == [
        "2026-01-31 08:00 CET",
        "2026-03-31 08:00 CEST",
        "2026-05-31 08:00 CEST",
        "2026-07-31 08:00 CEST",
    ]


@settings(max_examples=200, deadline=None)
@given(
    frequency=st.sampled_from(Frequency),
    interval=st.integers(1, 6),
    start=st.integers(0, 4_000_000_000),
    weekdays=st.sets(st.integers(0, 6), max_size=4),
    zone=st.sampled_from(ZONES),
    until=st.booleans(),
    times=st.integers(1, 40),
)
def test_recurrences_are_those_of_another_implementation(
    frequency: Frequency, interval: int, start: int, weekdays: set[int], zone: str, until: bool, times: int
) -> None:
    place = ZoneInfo(zone)
    first = datetime.fromtimestamp(start, place)
    naive = first.replace(tzinfo=None)
    days = tuple(sorted(weekdays | {naive.weekday()})) if weekdays and frequency is Frequency.WEEKLY else ()
    if first.fold:
        return  # the other one has no word for the second of two equal hours
    rule = rrule(FREQUENCIES[frequency], dtstart=naive, interval=interval, count=times, byweekday=days or None)
    expected = [instant_of(int(each.replace(tzinfo=UTC).timestamp()), offset_of(place)) for each in rule]
    assert expected == [_by_zoneinfo(each, place) for each in rule]
    end = {"until": expected[-1]} if until else {"count": times}
    recurrence = Recurrence(frequency, interval, days, **end)
    assert list(occurrences(recurrence, start, offset_of(place))) == expected


def _by_zoneinfo(wall: datetime, zone: ZoneInfo) -> int:
    """PEP 495: fold 0 is the first of two equal hours, and the offset before a gap."""
    return int(wall.replace(tzinfo=zone, fold=0).timestamp())


@pytest.mark.parametrize(
    "recurrence",
    [
        Recurrence(Frequency.DAILY),
        Recurrence(Frequency.DAILY, count=2, until=2_000_000_000),
        Recurrence(Frequency.DAILY, until=10),
        Recurrence(Frequency.DAILY, until=1_800_000_000 + MAX_OCCURRENCES * DAY),
        Recurrence(Frequency.DAILY, weekdays=(4,), count=2),
        Recurrence(Frequency.WEEKLY, weekdays=(0,), count=2),
        Recurrence(Frequency.WEEKLY, weekdays=(4, 4), count=2),
        Recurrence(Frequency.WEEKLY, weekdays=(4, 0), count=2),
        Recurrence(Frequency.MONTHLY, interval=52, count=3),
        Recurrence(Frequency.WEEKLY, until=1_800_000_000 + 2000 * DAY),
    ],
)
def test_recurrences_that_are_refused(recurrence: Recurrence) -> None:
    start = 1_800_000_000  # a Friday
    with pytest.raises(PlanError, match=r"^malformed$"):
        check_recurrence(recurrence, start, offset_of(PARIS))


def test_the_longest_recurrences_that_are_taken() -> None:
    start = 1_800_000_000
    for recurrence in (
        Recurrence(Frequency.DAILY, count=MAX_OCCURRENCES),
        Recurrence(Frequency.DAILY, until=start + int(timedelta(days=MAX_OCCURRENCES - 1).total_seconds())),
        Recurrence(Frequency.WEEKLY, weekdays=(4,), count=260),
    ):
        check_recurrence(recurrence, start, offset_of(PARIS))
