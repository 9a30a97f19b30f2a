"""Invitations as calendars read them (RFC 5545, iTIP: RFC 5546). The address in them is without the secret."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from icalendar import Calendar, Event, vCalAddress, vRecur, vText

from aparte.core.plan.civil import DAY, wall_of
from aparte.core.plan.plan import Plan
from aparte.core.plan.recurrence import Frequency, Recurrence
from aparte.core.wire.b64 import b64_encode
from aparte.server.plans.texts import text
from aparte.server.plans.zones import at, offset_of, zone_of

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Method(StrEnum):
    """What a calendar is to do with it."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Parties:
    """From whom and to whom: mail addresses, and the origin at which the meeting takes place."""

    origin: str
    sender: str
    attendee: str
    name: str = ""


def address_of(plan: Plan, origin: str) -> str:
    """The address of a meeting, without the secret."""
    return f"{origin}/m/{b64_encode(plan.meeting)}"


def calendar_of(plan: Plan, method: Method, parties: Parties, now: float) -> bytes:
    """One VCALENDAR for one attendee. Its UID stays, and its SEQUENCE rises with every change."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Aparte//Aparte//EN")
    calendar.add("method", method.value)
    calendar.add_component(_event(plan, method, parties, now))
    if plan.recurrence is not None:
        last = max(plan.starts(offset_of(plan.zone))) + plan.minutes * 60
        calendar.add_missing_timezones(_day(plan.start), _day(last + 400 * DAY))
    written: bytes = calendar.to_ical()
    return written


def _event(plan: Plan, method: Method, parties: Parties, now: float) -> Event:
    event = Event()
    event.add("uid", f"{plan.meeting.hex()}@{parties.sender.rpartition('@')[2]}")
    event.add("sequence", plan.sequence)
    event.add("dtstamp", datetime.fromtimestamp(int(now), UTC))
    start = (
        at(plan.start, zone_of(plan.zone)) if plan.recurrence is not None else datetime.fromtimestamp(plan.start, UTC)
    )
    event.add("dtstart", start)
    event.add("duration", timedelta(minutes=plan.minutes))
    if plan.recurrence is not None:
        event.add("rrule", _rule(plan.recurrence, plan))
    event.add("summary", plan.title)
    address = address_of(plan, parties.origin)
    note = text(plan.language, "key-comes-apart")
    event.add("description", "\n\n".join(part for part in (plan.agenda, address, note) if part))
    event.add("url", address)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{parties.sender}"))
    attendee = vCalAddress(f"mailto:{parties.attendee}")
    if parties.name:
        # Quotation marks cannot be written in a parameter (RFC 5545 section 3.2).
        attendee.params["cn"] = vText(parties.name.replace('"', "'"))
    event.add("attendee", attendee)
    return event


def _rule(recurrence: Recurrence, plan: Plan) -> vRecur:
    rule: dict[str, object] = {"freq": recurrence.frequency.upper(), "interval": recurrence.interval}
    if recurrence.weekdays:
        rule["byday"] = [_DAYS[day] for day in recurrence.weekdays]
    elif recurrence.frequency is Frequency.WEEKLY:
        rule["byday"] = [_DAYS[(wall_of(plan.start, offset_of(plan.zone)) // DAY + 3) % 7]]
    if recurrence.count is not None:
        rule["count"] = recurrence.count
    if recurrence.until is not None:
        rule["until"] = datetime.fromtimestamp(recurrence.until, UTC)
    return vRecur(rule)


def _day(instant: int) -> date:
    return datetime.fromtimestamp(instant, UTC).date()
