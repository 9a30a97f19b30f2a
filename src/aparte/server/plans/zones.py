"""Time zones by their IANA names."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from aparte.core.plan.civil import Offset
from aparte.core.plan.errors import PlanError, Reason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The zone of a name. Raises ``PlanError(malformed)`` for one that does not exist."""
    # Names are looked up in the list first: as a path, a name could lead anywhere.
    if name not in _names():
        raise PlanError(Reason.MALFORMED)
    return ZoneInfo(name)


def offset_of(name: str) -> Offset:
    """What its walls show before UTC. Raises ``PlanError(malformed)``."""
    zone = zone_of(name)

    def offset(instant: int) -> int:
        ahead = at(instant, zone).utcoffset()
        return 0 if ahead is None else int(ahead.total_seconds())

    return offset


def at(instant: float, zone: ZoneInfo) -> datetime:
    """The date and time in a zone at an instant."""
    return (_EPOCH + timedelta(seconds=instant)).astimezone(zone)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
