"""Security levels, and whose papers somebody has looked at."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse

from aparte.core.access.roles import Action
from aparte.server.access.sessions import Caller
from aparte.server.http.guard import Guard
from aparte.server.http.ids import Id, read_id
from aparte.server.http.planshapes import LevelChange, NewLevel, Verified, given, level_shape
from aparte.server.http.strict import StrictRoute
from aparte.server.plans.planning import Planning

Number = Annotated[int, Path(ge=1, le=255)]


def levels(planning: Planning, guard: Guard) -> APIRouter:
    """``/api/levels``, and ``PUT /api/accounts/{id}/identity``."""
    router = APIRouter(prefix="/api", route_class=StrictRoute)
    changer = guard.may(Action.LEVEL_CHANGE, own=False)

    @router.get("/levels")
    async def known(_: Annotated[Caller, Depends(guard.may(Action.LEVEL_READ, own=True))]) -> JSONResponse:
        return JSONResponse({"levels": [level_shape(level) for level in await planning.levels.newest()]})

    @router.post("/levels")
    async def add(asked: NewLevel, _: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        return JSONResponse(level_shape(await planning.levels.add(given(asked))), 201)

    @router.patch("/levels/{number}")
    async def change(number: Number, asked: LevelChange, _: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        return JSONResponse(level_shape(await planning.levels.change(number, given(asked))))

    @router.put("/accounts/{id}/identity")
    async def verify(
        id: Id, asked: Verified, caller: Annotated[Caller, Depends(guard.may(Action.IDENTITY_VERIFY, own=False))]
    ) -> JSONResponse:
        await planning.verify(read_id(id), caller.account.id, asked.verified)
        return JSONResponse({})

    return router
