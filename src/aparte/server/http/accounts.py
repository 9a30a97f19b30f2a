"""Administration of accounts."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from aparte.core.access.roles import Action, allows
from aparte.core.wire.b64 import b64_encode
from aparte.server.access.accounts import Accounts
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.sessions import Caller
from aparte.server.clock import Clock
from aparte.server.http.guard import Guard
from aparte.server.http.ids import Id, read_id
from aparte.server.http.shapes import Change, NewAccount, account_shape, person_shape
from aparte.server.http.strict import StrictRoute


def people(accounts: Accounts, guard: Guard, calendar: Clock) -> APIRouter:
    """``GET /api/people``: whom one may invite to a meeting or hand it over to, for those who plan."""
    router = APIRouter(prefix="/api", route_class=StrictRoute)

    @router.get("/people")
    async def known(_: Annotated[Caller, Depends(guard.may(Action.PEOPLE_READ, own=True))]) -> JSONResponse:
        now = calendar()
        found = [one for one in await accounts.list() if not one.is_over(now)]
        there = [one for one in found if allows(one.role, Action.MEETING_ENTER, own=True)]
        return JSONResponse({"people": [person_shape(account) for account in there]})

    return router


def administration(accounts: Accounts, guard: Guard) -> APIRouter:
    """``/api/accounts``."""
    router = APIRouter(prefix="/api/accounts", route_class=StrictRoute)

    @router.get("")
    async def known(_: Annotated[Caller, Depends(guard.may(Action.ACCOUNT_LIST, own=False))]) -> JSONResponse:
        return JSONResponse({"accounts": [account_shape(account) for account in await accounts.list()]})

    @router.post("")
    async def create(
        asked: NewAccount, _: Annotated[Caller, Depends(guard.may(Action.ACCOUNT_CREATE, own=False))]
    ) -> JSONResponse:
        account, ticket = await accounts.create(asked.login, asked.name, asked.label, asked.role, asked.ends)
        return JSONResponse({"account": account_shape(account), "ticket": b64_encode(ticket)}, 201)

    @router.patch("/{id}")
    async def change(
        id: Id, asked: Change, _: Annotated[Caller, Depends(guard.may(Action.ACCOUNT_CHANGE, own=False))]
    ) -> JSONResponse:
        values = {name: getattr(asked, name) for name in asked.model_fields_set}
        # Only an end may be taken away.
        if not values or any(value is None for name, value in values.items() if name != "ends"):
            raise AccessError(Trouble.MALFORMED)
        return JSONResponse(account_shape(await accounts.change(read_id(id), **values)))

    @router.post("/{id}/end")
    async def end(id: Id, _: Annotated[Caller, Depends(guard.may(Action.ACCOUNT_END, own=False))]) -> JSONResponse:
        await accounts.end(read_id(id))
        return JSONResponse({})

    @router.delete("/{id}/sessions")
    async def sign_out(
        id: Id, _: Annotated[Caller, Depends(guard.may(Action.ACCOUNT_CHANGE, own=False))]
    ) -> JSONResponse:
        await accounts.sign_out(read_id(id))
        return JSONResponse({})

    @router.post("/{id}/ticket")
    async def ticket(id: Id, _: Annotated[Caller, Depends(guard.may(Action.TICKET_MAKE, own=False))]) -> JSONResponse:
        return JSONResponse({"ticket": b64_encode(await accounts.ticket(read_id(id)))}, 201)

    return router
