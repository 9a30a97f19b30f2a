"""Restricted areas."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from aparte.core.access.roles import Action
from aparte.server.access.sessions import Caller
from aparte.server.http.areashapes import (
    AreaChange,
    NewArea,
    NewClearance,
    area_changes,
    area_of,
    area_shape,
    clearance_shape,
    refusal_shape,
    view_shape,
)
from aparte.server.http.guard import Guard
from aparte.server.http.ids import Id, read_id
from aparte.server.http.strict import StrictRoute
from aparte.server.plans.areas import Areas

When = Annotated[float | None, Query(ge=0, le=2**40, allow_inf_nan=False)]


def area_routes(areas: Areas, guard: Guard) -> APIRouter:
    """``/api/areas``. To whoever is no authority of an area, what it keeps is not there."""
    router = APIRouter(prefix="/api/areas", route_class=StrictRoute)
    _making(router, areas, guard)
    _clearing(router, areas, guard)
    return router


def _making(router: APIRouter, areas: Areas, guard: Guard) -> None:
    changer = guard.may(Action.AREA_CHANGE, own=False)

    @router.get("")
    async def known(caller: Annotated[Caller, Depends(guard.may(Action.AREA_READ, own=True))]) -> JSONResponse:
        return JSONResponse({"areas": [view_shape(view) for view in await areas.views(caller.account)]})

    @router.post("")
    async def make(asked: NewArea, _: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        return JSONResponse(area_shape(await areas.make(area_of(asked))), 201)

    @router.patch("/{id}")
    async def change(id: Id, asked: AreaChange, _: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        return JSONResponse(area_shape(await areas.change(read_id(id), **area_changes(asked))))


def _clearing(router: APIRouter, areas: Areas, guard: Guard) -> None:
    authority = guard.may(Action.AREA_CLEAR, own=True)

    @router.get("/{id}/clearances")
    async def clearances(
        id: Id, caller: Annotated[Caller, Depends(authority)], on: When = None, until: When = None
    ) -> JSONResponse:
        found = await areas.clearances(caller.account.id, read_id(id), on, until)
        return JSONResponse({"clearances": [clearance_shape(one) for one in found]})

    @router.post("/{id}/clearances")
    async def clear(id: Id, asked: NewClearance, caller: Annotated[Caller, Depends(authority)]) -> JSONResponse:
        account = bytes.fromhex(asked.account)
        made = await areas.clear(caller.account.id, read_id(id), account, asked.starts, asked.ends)
        return JSONResponse(clearance_shape(made), 201)

    @router.delete("/{id}/clearances/{clearance}")
    async def withdraw(id: Id, clearance: Id, caller: Annotated[Caller, Depends(authority)]) -> JSONResponse:
        await areas.withdraw(caller.account.id, read_id(id), read_id(clearance))
        return JSONResponse({})

    @router.get("/{id}/refusals")
    async def refusals(id: Id, caller: Annotated[Caller, Depends(authority)]) -> JSONResponse:
        found = await areas.refusals(caller.account.id, read_id(id))
        return JSONResponse({"refusals": [refusal_shape(*one) for one in found]})
