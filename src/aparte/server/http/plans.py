"""Planned meetings."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from aparte.core.access.roles import Action
from aparte.core.plan.invitation import Invitation
from aparte.server.access.sessions import Caller
from aparte.server.http.guard import Guard
from aparte.server.http.ids import Id, read_id
from aparte.server.http.planshapes import (
    Delegate,
    InvitationChange,
    NewInvitation,
    NewPlan,
    PlanChange,
    changes_of,
    invitation_shape,
    plan_of,
    plan_shape,
    presence_shape,
)
from aparte.server.http.strict import StrictRoute
from aparte.server.plans.desk import Desk


def plans(desk: Desk, guard: Guard) -> APIRouter:
    """``/api/plans``. A plan that somebody may not see is answered like one that does not exist."""
    router = APIRouter(prefix="/api/plans", route_class=StrictRoute)
    _reading(router, desk, guard)
    _changing(router, desk, guard)
    _inviting(router, desk, guard)
    return router


def _reading(router: APIRouter, desk: Desk, guard: Guard) -> None:
    reader = guard.may(Action.PLAN_READ, own=True)

    @router.get("")
    async def mine(caller: Annotated[Caller, Depends(reader)]) -> JSONResponse:
        return JSONResponse({"plans": [plan_shape(view) for view in await desk.views(caller.account.id)]})

    @router.get("/{id}")
    async def one(id: Id, caller: Annotated[Caller, Depends(reader)]) -> JSONResponse:
        return JSONResponse(plan_shape(await desk.view(caller.account.id, read_id(id))))

    @router.get("/{id}/invitation.ics")
    async def calendar(id: Id, caller: Annotated[Caller, Depends(reader)]) -> Response:
        file = await desk.calendar(caller.account.id, read_id(id))
        return Response(
            file,
            headers={"content-disposition": 'attachment; filename="invitation.ics"'},
            media_type="text/calendar; charset=utf-8",
        )

    @router.get("/{id}/history")
    async def history(
        id: Id, caller: Annotated[Caller, Depends(guard.may(Action.PLAN_CHANGE, own=True))]
    ) -> JSONResponse:
        stays = await desk.history(caller.account.id, read_id(id))
        return JSONResponse({"history": [presence_shape(stay) for stay in stays]})


def _changing(router: APIRouter, desk: Desk, guard: Guard) -> None:
    changer = guard.may(Action.PLAN_CHANGE, own=True)

    @router.post("")
    async def make(
        asked: NewPlan, caller: Annotated[Caller, Depends(guard.may(Action.MEETING_PLAN, own=True))]
    ) -> JSONResponse:
        return JSONResponse(plan_shape(await desk.make(plan_of(asked, caller.account.id))), 201)

    @router.patch("/{id}")
    async def change(id: Id, asked: PlanChange, caller: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        view = await desk.change(caller.account.id, read_id(id), **changes_of(asked))
        return JSONResponse(plan_shape(view))

    @router.delete("/{id}")
    async def remove(id: Id, caller: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        await desk.remove(caller.account.id, read_id(id))
        return JSONResponse({})

    @router.post("/{id}/delegate")
    async def delegate(id: Id, asked: Delegate, caller: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        await desk.delegate(caller.account.id, read_id(id), bytes.fromhex(asked.account), asked.stay)
        return JSONResponse({})


def _inviting(router: APIRouter, desk: Desk, guard: Guard) -> None:
    changer = guard.may(Action.PLAN_CHANGE, own=True)

    @router.post("/{id}/invitations")
    async def invite(id: Id, asked: NewInvitation, caller: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        account = None if asked.account is None else bytes.fromhex(asked.account)
        invitation = Invitation(b"", read_id(id), account, asked.address, asked.name)
        made, code = await desk.invite(caller.account.id, invitation)
        return JSONResponse(invitation_shape(made, code), 201)

    @router.patch("/{id}/invitations/{invitation}")
    async def change(
        id: Id, invitation: Id, asked: InvitationChange, caller: Annotated[Caller, Depends(changer)]
    ) -> JSONResponse:
        values = {name: getattr(asked, name) for name in asked.model_fields_set}
        made, code = await desk.change_invitation(caller.account.id, read_id(id), read_id(invitation), **values)
        return JSONResponse(invitation_shape(made, code))

    @router.delete("/{id}/invitations/{invitation}")
    async def withdraw(id: Id, invitation: Id, caller: Annotated[Caller, Depends(changer)]) -> JSONResponse:
        await desk.withdraw(caller.account.id, read_id(id), read_id(invitation))
        return JSONResponse({})
