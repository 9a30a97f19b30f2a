"""What the requests about restricted areas carry, and how their answers look. Times are seconds since 1970."""

from typing import Annotated, Any

from pydantic import Field

from aparte.core.plan.area import Area, Clearance, read_networks
from aparte.core.plan.plan import rising
from aparte.server.http.planshapes import Hex, Instant, Quiet, Short, Subjects, given
from aparte.server.plans.areas import AreaView
from aparte.store.plans.refusals import Tries, Try

Networks = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=64)]


class NewArea(Quiet):
    """``networks``: CIDR blocks or addresses, none for any; ``authorities``: who clears."""

    name: Short
    networks: Networks
    authorities: Subjects


class AreaChange(Quiet):
    """What is there is changed."""

    name: Short | None = None
    networks: Networks | None = None
    authorities: Subjects | None = None
    retired: bool | None = None


class NewClearance(Quiet):
    """Whom, from when, until when."""

    account: Hex
    starts: Instant
    ends: Instant


def area_of(asked: NewArea) -> Area:
    """The area that somebody asks for, without its id. Raises ``PlanError(malformed)``."""
    return Area(b"", asked.name, read_networks(asked.networks), _subjects(asked.authorities))


def area_changes(asked: AreaChange) -> dict[str, Any]:
    """The fields of an area that are to change. Raises ``PlanError(malformed)``."""
    values = given(asked)
    if asked.networks is not None:
        values["networks"] = read_networks(asked.networks)
    if asked.authorities is not None:
        values["authorities"] = _subjects(asked.authorities)
    return values


def area_shape(area: Area) -> dict[str, Any]:
    """An area as administrators and its authorities see it."""
    return {
        "id": area.id.hex(),
        "name": area.name,
        "networks": [str(network) for network in area.networks],
        "authorities": [one.hex() for one in area.authorities],
        "retired": area.retired,
    }


def view_shape(view: AreaView) -> dict[str, Any]:
    """An area as it is shown to somebody."""
    whole = area_shape(view.area)
    return whole if view.whole else {name: whole[name] for name in ("id", "name")}


def clearance_shape(one: Clearance) -> dict[str, Any]:
    """A clearance as the area's authorities see it."""
    return {
        "id": one.id.hex(),
        "account": one.account.hex(),
        "starts": one.starts,
        "ends": one.ends,
        "granted_by": one.granted_by.hex(),
        "granted": one.granted,
        "withdrawn": one.withdrawn,
        "withdrawn_by": None if one.withdrawn_by is None else one.withdrawn_by.hex(),
    }


def refusal_shape(one: Try, times: Tries) -> dict[str, Any]:
    """Tries of one kind; ``account`` null: nobody who was signed in."""
    return {
        "plan": one.plan.hex(),
        "account": None if one.account is None else one.account.hex(),
        "network": one.network,
        "why": one.why,
        "first": times.first,
        "last": times.last,
        "tries": times.tries,
    }


def _subjects(ids: list[str]) -> tuple[bytes, ...]:
    return rising([bytes.fromhex(one) for one in ids])
