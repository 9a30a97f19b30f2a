"""What the requests about plans and levels carry, and how their answers look. Keys and door hashes are b64."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, Field

from aparte.core.plan.errors import PlanError, Reason
from aparte.core.plan.invitation import Invitation
from aparte.core.plan.level import SecurityLevel
from aparte.core.plan.plan import Language, Plan, PlanKeys, rising
from aparte.core.plan.recurrence import Frequency, Recurrence
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.server.http.shapes import Body
from aparte.server.plans.desk import View
from aparte.store.plans.attendance import Presence

Hex = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Subjects = Annotated[list[Hex], Field(max_length=64)]
Short = Annotated[str, Field(max_length=256)]
Long = Annotated[str, Field(max_length=2_000)]
Instant = Annotated[int, Field(ge=0, le=2**40)]
Small = Annotated[int, Field(ge=0, le=0xFFFF)]


class Quiet(Body):
    """A body that shows nothing of what it carries."""

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Nothing: titles, names and addresses belong in no log."""
        return iter(())


class Again(Quiet):
    """See ``core.plan.recurrence``."""

    frequency: Annotated[Frequency, Field(strict=False)]
    interval: Small = 1
    weekdays: Annotated[list[Small], Field(max_length=7)] = Field(default_factory=list)
    count: Small | None = None
    until: Instant | None = None


class Keys(Quiet):
    """What the client that made the link shows of it."""

    door_hash: Annotated[str, Field(max_length=64)]
    charter: Annotated[str, Field(max_length=1_400)]


class NewPlan(Quiet):
    """``organisers`` and ``managers``: without them whoever asks; ``keys``: may come later, by an organiser."""

    meeting: Hex
    title: Short
    agenda: Long = ""
    start: Instant
    zone: Annotated[str, Field(max_length=64)]
    minutes: Small
    recurrence: Again | None = None
    level: Small
    organisers: Subjects | None = None
    managers: Subjects | None = None
    keys: Keys | None = None
    language: Annotated[Language, Field(strict=False)] = Language.ENGLISH
    area: Hex | None = None


class PlanChange(Quiet):
    """What is there is changed. A level or organisers that change need new keys, or ``keys`` null until there are."""

    title: Short | None = None
    agenda: Long | None = None
    start: Instant | None = None
    zone: Annotated[str, Field(max_length=64)] | None = None
    minutes: Small | None = None
    recurrence: Again | None = None
    level: Small | None = None
    organisers: Subjects | None = None
    managers: Subjects | None = None
    keys: Keys | None = None
    language: Annotated[Language, Field(strict=False)] | None = None
    area: Hex | None = None


class NewInvitation(Quiet):
    """Either an account, or address and name of a guest."""

    account: Hex | None = None
    address: Short = ""
    name: Short = ""


class InvitationChange(Quiet):
    """What is there is changed; with nothing in it there is only a new code."""

    address: Short = ""
    name: Short = ""


class Delegate(Quiet):
    """``stay``: whoever asks goes on managing as well."""

    account: Hex
    stay: bool = False


class Verified(Quiet):
    """Whether somebody has looked at the person's papers."""

    verified: bool


class LevelChange(Quiet):
    """See ``core.plan.level``; what is not there stays."""

    name_en: Short | None = None
    name_fr: Short | None = None
    access: Small | None = None
    guests: bool | None = None
    browser: bool | None = None
    door: Small | None = None
    opens: Small | None = None
    everybody: Small | None = None
    screen: bool | None = None
    files: bool | None = None
    chat: bool | None = None
    recording: bool | None = None
    history: bool | None = None
    camera_height: Small | None = None
    retention_days: Small | None = None
    retired: bool | None = None


class NewLevel(Quiet):
    """See ``core.plan.level``."""

    number: Small
    name_en: Short
    name_fr: Short
    access: Small
    guests: bool
    browser: bool
    door: Small
    opens: Small
    everybody: Small
    screen: bool
    files: bool
    chat: bool
    recording: bool
    history: bool
    camera_height: Small
    retention_days: Small


_NULLABLE = ("recurrence", "keys", "area")


def plan_of(asked: NewPlan, creator: bytes) -> Plan:
    """The plan that somebody asks for; its creator always manages it. Raises ``PlanError(malformed)``."""
    organisers = [creator] if asked.organisers is None else [bytes.fromhex(one) for one in asked.organisers]
    managers = [bytes.fromhex(one) for one in asked.managers or []]
    return Plan(
        meeting=bytes.fromhex(asked.meeting),
        title=asked.title,
        agenda=asked.agenda,
        start=asked.start,
        zone=asked.zone,
        minutes=asked.minutes,
        recurrence=_recurrence(asked.recurrence),
        level=asked.level,
        level_version=0,  # the newest one, which the server looks up
        creator=creator,
        managers=rising([creator, *managers]),
        organisers=rising(organisers),
        keys=_keys(asked.keys),
        language=asked.language,
        area=_area(asked.area),
    )


def changes_of(asked: PlanChange) -> dict[str, Any]:
    """The fields of a plan that are to change. Raises ``PlanError(malformed)``."""
    values = given(asked, *_NULLABLE)
    if "recurrence" in values:
        values["recurrence"] = _recurrence(asked.recurrence)
    if "keys" in values:
        values["keys"] = _keys(asked.keys)
    if "area" in values:
        values["area"] = _area(asked.area)
    for name in ("organisers", "managers"):
        if name in values:
            values[name] = rising([bytes.fromhex(one) for one in values[name]])
    return values


def given(asked: BaseModel, *nullable: str) -> dict[str, Any]:
    """What a request names. Raises ``PlanError(malformed)`` when that is nothing, or null where null says nothing."""
    values = {name: getattr(asked, name) for name in asked.model_fields_set}
    if not values or any(value is None for name, value in values.items() if name not in nullable):
        raise PlanError(Reason.MALFORMED)
    return values


def plan_shape(view: View) -> dict[str, Any]:
    """A plan as it is shown to somebody."""
    plan = view.plan
    shape = {
        "meeting": plan.meeting.hex(),
        "title": plan.title,
        "agenda": plan.agenda,
        "start": plan.start,
        "zone": plan.zone,
        "minutes": plan.minutes,
        "recurrence": None if plan.recurrence is None else msgspec.to_builtins(plan.recurrence),
        "level": level_shape(view.level),
        "organisers": [one.hex() for one in plan.organisers],
        "keys": None if plan.keys is None else {"charter": b64_encode(plan.keys.charter)},
        "language": str(plan.language),
        "sequence": plan.sequence,
        "cancelled": plan.cancelled,
        "area": None if plan.area is None else plan.area.hex(),
        "manages": view.manages,
        "organises": view.organises,
    }
    if view.manages:
        shape["creator"] = plan.creator.hex()
        shape["managers"] = [one.hex() for one in plan.managers]
        shape["invitations"] = [invitation_shape(one) for one in view.invitations]
    return shape


def invitation_shape(invitation: Invitation, code: str | None = None) -> dict[str, Any]:
    """An invitation as those who manage the plan see it; its code is shown once."""
    shape: dict[str, Any] = {
        "id": invitation.id.hex(),
        "account": None if invitation.account is None else invitation.account.hex(),
        "address": invitation.address,
        "name": invitation.name,
        "needs_code": invitation.code_hash is not None,
        "mail": str(invitation.mail),
    }
    return shape if code is None else {**shape, "code": code}


def level_shape(level: SecurityLevel) -> dict[str, Any]:
    """A level as it is shown."""
    shape: dict[str, Any] = msgspec.to_builtins(level)
    return shape


def presence_shape(presence: Presence) -> dict[str, Any]:
    """One stay; ``account`` null: a guest, whose name the server does not know."""
    account = None if presence.account is None else presence.account.hex()
    return {"account": account, "came": presence.came, "went": presence.went}


def _area(id: str | None) -> bytes | None:
    return None if id is None else bytes.fromhex(id)


def _recurrence(again: Again | None) -> Recurrence | None:
    if again is None:
        return None
    try:
        return msgspec.convert(again.model_dump(mode="json"), Recurrence)
    except msgspec.ValidationError:
        raise PlanError(Reason.MALFORMED) from None


def _keys(keys: Keys | None) -> PlanKeys | None:
    if keys is None:
        return None
    try:
        return PlanKeys(b64_decode(keys.door_hash), b64_decode(keys.charter))
    except ValueError:
        raise PlanError(Reason.MALFORMED) from None
