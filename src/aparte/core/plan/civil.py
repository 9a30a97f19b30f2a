"""Days of the Gregorian calendar and wall clocks, as numbers.

A *day* counts from 1970-01-01. A *wall time* is what a clock on a wall shows, in seconds since 1970-01-01T00:00 on that
wall; an *instant* is in seconds since 1970 (UTC). Between the two stands a zone's offset, which the caller knows.
"""

from collections.abc import Callable
from typing import Final

DAY: Final = 86_400
Offset = Callable[[int], int]
"""Seconds that the walls of a zone are ahead of UTC at an instant."""

_ERA: Final = 146_097  # days of 400 years
_MARCH: Final = 719_468  # days from 0000-03-01 to 1970-01-01


def day_of(year: int, month: int, day: int) -> int:
    """Return the number of a day; years from 1 on."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * _ERA + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _MARCH


def date_of(day: int) -> tuple[int, int, int]:
    """Return year, month and day of a day's number."""
    era, of_era = divmod(day + _MARCH, _ERA)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    date = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (month <= 2), month, date


def weekday(day: int) -> int:
    """Return 0 for a Monday to 6 for a Sunday."""
    return (day + 3) % 7


def days_in(year: int, month: int) -> int:
    """Return how many days a month has."""
    return day_of(year + month // 12, month % 12 + 1, 1) - day_of(year, month, 1)


def wall_of(instant: int, offset: Offset) -> int:
    """Return the wall time at an instant."""
    return instant + offset(instant)


def instant_of(wall: int, offset: Offset) -> int:
    """Return the instant of a wall time (RFC 5545 section 3.3.5).

    One that comes twice is the first; one that never comes is read with the offset before the gap.
    """
    before, after = offset(wall - DAY), offset(wall + DAY)
    early = wall - before
    if offset(early) == before:
        return early
    late = wall - after
    return late if offset(late) == after else early
