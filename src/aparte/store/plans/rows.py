"""Between the rows of the tables and the values of ``core.plan``."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Row

from aparte.core.plan.invitation import Invitation, Mail
from aparte.core.plan.plan import Language, Plan, PlanKeys, rising
from aparte.core.plan.recurrence import Recurrence

MANAGER: Final = "manager"
ORGANISER: Final = "organiser"


def plan_values(plan: Plan, ends: float) -> dict[str, Any]:
    """Return the columns of ``plan``."""
    keys, again = plan.keys, plan.recurrence
    return {
        "meeting": plan.meeting,
        "title": plan.title,
        "agenda": plan.agenda,
        "start": plan.start,
        "zone": plan.zone,
        "minutes": plan.minutes,
        "recurrence": None if again is None else msgspec.json.encode(again).decode(),
        "level": plan.level,
        "level_version": plan.level_version,
        "creator": plan.creator,
        "door_hash": None if keys is None else keys.door_hash,
        "charter": None if keys is None else keys.charter,
        "language": str(plan.language),
        "sequence": plan.sequence,
        "cancelled": plan.cancelled,
        "ends": ends,
        "area": plan.area,
    }


def person_values(plan: Plan) -> list[dict[str, Any]]:
    """Return the rows of ``plan_person``."""
    parts = ((MANAGER, plan.managers), (ORGANISER, plan.organisers))
    return [
        {"plan": plan.meeting, "account": account, "part": part} for part, accounts in parts for account in accounts
    ]


def read_plan(row: Row[Any], persons: Iterable[Row[Any]]) -> Plan:
    """Return the plan of its rows."""
    parts: dict[str, list[bytes]] = {MANAGER: [], ORGANISER: []}
    for person in persons:
        parts[person.part].append(person.account)
    return Plan(
        meeting=row.meeting,
        title=row.title,
        agenda=row.agenda,
        start=row.start,
        zone=row.zone,
        minutes=row.minutes,
        recurrence=None if row.recurrence is None else msgspec.json.decode(row.recurrence, type=Recurrence),
        level=row.level,
        level_version=row.level_version,
        creator=row.creator,
        managers=rising(parts[MANAGER]),
        organisers=rising(parts[ORGANISER]),
        keys=None if row.door_hash is None else PlanKeys(row.door_hash, row.charter),
        language=Language(row.language),
        sequence=row.sequence,
        cancelled=row.cancelled,
        area=row.area,
    )


def invitation_values(invitation: Invitation) -> dict[str, Any]:
    """Return the columns of ``invitation``."""
    return {
        "id": invitation.id,
        "plan": invitation.meeting,
        "account": invitation.account,
        "address": invitation.address or None,
        "name": invitation.name,
        "code_hash": invitation.code_hash,
        "mail": str(invitation.mail),
    }


def read_invitation(row: Row[Any]) -> Invitation:
    """Return the invitation of its row."""
    return Invitation(row.id, row.plan, row.account, row.address or "", row.name, row.code_hash, Mail(row.mail))
