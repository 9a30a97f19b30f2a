"""Invitations as mail: a text, and the calendar's file."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from enum import StrEnum

from aparte.core.plan.level import SecurityLevel
from aparte.core.plan.plan import Language, Plan
from aparte.server.plans.ics import Method, Parties, address_of, calendar_of
from aparte.server.plans.texts import text
from aparte.server.plans.zones import at, zone_of


class Occasion(StrEnum):
    """Why somebody is written to."""

    INVITED = "invited"
    CHANGED = "changed"
    CANCELLED = "cancelled"


_OPENINGS = {
    Occasion.INVITED: "you-are-invited",
    Occasion.CHANGED: "it-changed",
    Occasion.CANCELLED: "it-is-cancelled",
}


def letter_of(
    plan: Plan, level: SecurityLevel, occasion: Occasion, parties: Parties, now: float, code: str | None
) -> EmailMessage:
    """A letter to one person. Titles and names are one line each (``core.plan.text``): they add no header."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Aparté", addr_spec=parties.sender)
    message["To"] = Address(parties.name, addr_spec=parties.attendee)
    message["Subject"] = text(plan.language, occasion, title=plan.title)
    message["Date"] = format_datetime(at(now, zone_of("UTC")))
    message["Message-ID"] = make_msgid(domain=parties.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_body(plan, level, occasion, parties, code))
    method = Method.CANCEL if occasion is Occasion.CANCELLED else Method.REQUEST
    message.add_alternative(
        calendar_of(plan, method, parties, now),
        maintype="text",
        subtype="calendar",
        params={"method": method.value, "charset": "utf-8"},
        cte="base64",
    )
    return message


def _body(plan: Plan, level: SecurityLevel, occasion: Occasion, parties: Parties, code: str | None) -> str:
    language = plan.language
    when = at(plan.start, zone_of(plan.zone)).strftime("%Y-%m-%d %H:%M")
    parts = [
        text(language, "greeting", name=parties.name or parties.attendee),
        text(language, _OPENINGS[occasion]),
        plan.title,
        text(language, "when", when=when, zone=plan.zone, minutes=plan.minutes),
    ]
    if plan.recurrence is not None:
        parts.append(text(language, "again"))
    if occasion is not Occasion.CANCELLED:
        name = level.name_fr if language is Language.FRENCH else level.name_en
        parts.append(text(language, "level", level=name))
        parts.append(plan.agenda)
        parts.append(text(language, "address", address=address_of(plan, parties.origin)))
        if code is not None:
            parts.append(text(language, "code", code=code) + "\n" + text(language, "code-is-yours"))
        parts.append(text(language, "key-comes-apart"))
    return "\n\n".join(part for part in parts if part) + "\n"
