"""Second factors of one's own account."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from aparte.core.access.login import is_shown_plainly
from aparte.core.access.roles import Action
from aparte.server.access.accounts import Accounts
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.factors import TOTP
from aparte.server.access.sessions import Caller
from aparte.server.http.guard import Guard, trying
from aparte.server.http.ids import Id, read_id
from aparte.server.http.shapes import Code, Confirmed, NewFactor, NewPasskey, factor_shape
from aparte.server.http.strict import StrictRoute
from aparte.store.accounts import AccountStore

_MOST_CHARACTERS: Final = 80  # of a name


def factors(accounts: Accounts, store: AccountStore, guard: Guard) -> APIRouter:
    """``/api/me/factors`` and ``/api/me/recovery``. What changes a factor ends the account's other sessions."""
    router = APIRouter(prefix="/api/me", route_class=StrictRoute)
    may_add = guard.may(Action.FACTOR_ADD, own=True)

    async def added(caller: Caller) -> JSONResponse:
        """Recovery codes come with the first factor."""
        await accounts.sessions.end_others(caller)
        body: dict[str, Any] = {}
        if not await store.recovery_left(caller.account.id):
            body["recovery"] = await accounts.factors.new_recovery(caller.account.id)
        return JSONResponse(body, 201)

    @router.get("/factors")
    async def known(caller: Annotated[Caller, Depends(guard.may(Action.FACTOR_LIST, own=True))]) -> JSONResponse:
        found = await store.factors(caller.account.id)
        left = await store.recovery_left(caller.account.id)
        return JSONResponse({"factors": [factor_shape(factor) for factor in found], "recovery": left})

    @router.post("/factors")
    async def add(request: Request, asked: NewFactor, caller: Annotated[Caller, Depends(may_add)]) -> JSONResponse:
        _demand_plain(asked.name)
        await accounts.logins.confirm(caller.account, asked.password, trying(request))
        if asked.kind == TOTP:
            return JSONResponse(await accounts.factors.add_totp(caller.account, asked.name), 201)
        options = await accounts.factors.offer_passkey(caller.account, caller.session, guard.place(request))
        return JSONResponse({"passkey": options})

    @router.post("/factors/passkey")
    async def made(request: Request, asked: NewPasskey, caller: Annotated[Caller, Depends(may_add)]) -> JSONResponse:
        _demand_plain(asked.name)
        await accounts.factors.add_passkey(caller.session, asked.name, asked.credential, guard.place(request))
        return await added(caller)

    @router.post("/factors/{id}")
    async def confirm(
        request: Request, id: Id, asked: Code, caller: Annotated[Caller, Depends(may_add)]
    ) -> JSONResponse:
        await accounts.factors.confirm_totp(caller.account.id, read_id(id), asked.code)
        return await added(caller)

    @router.delete("/factors/{id}")
    async def remove(
        request: Request,
        id: Id,
        asked: Confirmed,
        caller: Annotated[Caller, Depends(guard.may(Action.FACTOR_REMOVE, own=True))],
    ) -> JSONResponse:
        await accounts.logins.confirm(caller.account, asked.password, trying(request))
        if not await store.remove_factor(caller.account.id, read_id(id)):
            raise AccessError(Trouble.NOT_FOUND)
        await accounts.sessions.end_others(caller)
        return JSONResponse({})

    @router.post("/recovery")
    async def renew(request: Request, asked: Confirmed, caller: Annotated[Caller, Depends(may_add)]) -> JSONResponse:
        await accounts.logins.confirm(caller.account, asked.password, trying(request))
        if not await accounts.factors.working(caller.account.id):
            raise AccessError(Trouble.NOT_FOUND)
        codes = await accounts.factors.new_recovery(caller.account.id)
        await accounts.sessions.end_others(caller)
        return JSONResponse({"recovery": codes}, 201)

    return router


def _demand_plain(name: str) -> None:
    if not name.strip() or not is_shown_plainly(name, _MOST_CHARACTERS):
        raise AccessError(Trouble.MALFORMED)
