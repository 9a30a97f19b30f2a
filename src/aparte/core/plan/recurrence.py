"""When a meeting takes place: once, or again by a part of RRULE (RFC 5545 section 3.3.10). The wall time stays."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import count
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from aparte.core.plan.civil import DAY, Offset, date_of, day_of, days_in, instant_of, wall_of, weekday
from aparte.core.plan.errors import demand

MAX_OCCURRENCES: Final = 750
MAX_INTERVAL: Final = 52
MAX_SECONDS: Final = 5 * 366 * DAY
"""From a meeting's first start to its last."""


class Frequency(StrEnum):
    """How a meeting comes again."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Recurrence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every ``interval`` days, weeks or months, ``count`` times or up to the instant ``until``: one of the two.

    ``weekdays`` (0 Monday to 6 Sunday, rising) is for weekly ones; without it the first start's day counts. A month
    without the first start's day is left out, as RFC 5545 has it.
    """

    frequency: Frequency
    interval: Annotated[int, Meta(ge=1, le=MAX_INTERVAL)] = 1
    weekdays: tuple[Annotated[int, Meta(ge=0, le=6)], ...] = ()
    count: Annotated[int, Meta(ge=1, le=MAX_OCCURRENCES)] | None = None
    until: Annotated[int, Meta(ge=0, le=2**40)] | None = None


def check_recurrence(recurrence: Recurrence, start: int, offset: Offset) -> None:
    """Check that a recurrence ends, and begins with its first start; raises ``PlanError(malformed)``."""
    demand((recurrence.count is None) != (recurrence.until is None))
    demand(recurrence.until is None or start <= recurrence.until <= start + MAX_SECONDS)
    days = recurrence.weekdays
    if days:
        demand(recurrence.frequency is Frequency.WEEKLY and all(0 <= day <= 6 for day in days))
        demand(list(days) == sorted(set(days)))
        demand(weekday(wall_of(start, offset) // DAY) in days)
    for number, at in enumerate(occurrences(recurrence, start, offset), 1):
        demand(number <= MAX_OCCURRENCES and at <= start + MAX_SECONDS)


def occurrences(recurrence: Recurrence | None, start: int, offset: Offset) -> Iterator[int]:
    """Return the instants at which a meeting starts, rising; ``start`` is the first of them."""
    if recurrence is None:
        yield start
        return
    for number, at in enumerate(_unbounded(recurrence, start, offset)):
        if number == recurrence.count or (recurrence.until is not None and at > recurrence.until):
            return
        yield at


def _unbounded(recurrence: Recurrence, start: int, offset: Offset) -> Iterator[int]:
    first, time = divmod(wall_of(start, offset), DAY)
    yield start
    for day in _days(recurrence, first):
        if day > first:
            yield instant_of(day * DAY + time, offset)


def _days(recurrence: Recurrence, first: int) -> Iterator[int]:
    """Return the days of the rule, for ever: from the one of the first start on, or a few before it."""
    step = recurrence.interval
    match recurrence.frequency:
        case Frequency.DAILY:
            yield from count(first, step)
        case Frequency.WEEKLY:
            days = recurrence.weekdays or (weekday(first),)
            for monday in count(first - weekday(first), 7 * step):
                yield from (monday + day for day in days)
        case Frequency.MONTHLY:
            year, month, date = date_of(first)
            for months in count(12 * year + month - 1, step):
                year, month = months // 12, months % 12 + 1
                if date <= days_in(year, month):
                    yield day_of(year, month, date)
