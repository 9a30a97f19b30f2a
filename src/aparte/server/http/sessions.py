"""Logging in and out, and the sessions of one's own account."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from aparte.core.access.roles import Action
from aparte.core.wire.b64 import b64_encode
from aparte.server.access.accounts import Accounts
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.logins import ALONE, Needs
from aparte.server.access.sessions import Caller, kind_of_program
from aparte.server.access.tokens import COOKIE, hash_token, new_token, read_token
from aparte.server.clock import Clock
from aparte.server.http.guard import DEVICE_COOKIE, Guard, trying
from aparte.server.http.ids import Id, read_id
from aparte.server.http.rate import Rate
from aparte.server.http.shapes import Login, NewPassword, Second, Setup, account_shape, session_shape
from aparte.server.http.strict import StrictRoute
from aparte.server.log import label, log
from aparte.store.accounts import Account, AccountStore

_DEVICE_SECONDS: Final = 400 * 86_400  # what browsers keep a cookie for at most


def sessions(accounts: Accounts, store: AccountStore, guard: Guard, rate: Rate, calendar: Clock) -> APIRouter:
    """``/api/setup``, ``/api/session``, ``/api/me`` and ``/api/me/sessions``."""
    router = APIRouter(prefix="/api", route_class=StrictRoute)
    anybody = [Depends(guard.anybody)]

    def count(request: Request) -> None:
        if request.client is None or not rate.allow(request.client.host):
            raise AccessError(Trouble.TOO_MANY, 60.0)

    async def opened(request: Request, account: Account, bearer: bool, by: str) -> JSONResponse:
        """A new session, and a browser that is known from now on. ``by``: what was shown last."""
        log.info("signed-in", account=label(account.id), by=by)
        program = kind_of_program(request.headers.get("user-agent", ""))
        token, caller = await accounts.sessions.open(account, program, await guard.caller(request))
        body: dict[str, Any] = {"account": account_shape(caller.account)}
        if bearer:
            return JSONResponse({**body, "token": b64_encode(token)}, 201)
        answer = JSONResponse(body, 201)
        _set_cookie(answer, COOKIE, b64_encode(token), int(accounts.sessions.seconds))
        await _know(request, answer, account)
        return answer

    async def _know(request: Request, answer: JSONResponse, account: Account) -> None:
        device = read_token(request.cookies.get(DEVICE_COOKIE, ""))
        if device is None or not await store.knows_device(hash_token(device), account.login):
            device = new_token()
            await store.add_device(hash_token(device), account.id, calendar())
            _set_cookie(answer, DEVICE_COOKIE, b64_encode(device), _DEVICE_SECONDS)

    @router.post("/setup", dependencies=anybody)
    async def set_up(request: Request, asked: Setup) -> JSONResponse:
        count(request)
        ticket = read_token(asked.ticket)
        if ticket is None:
            raise AccessError(Trouble.TICKET_INVALID)
        account = await accounts.redeem(ticket, asked.password, asked.login, asked.name)
        return await opened(request, account, asked.bearer, "ticket")

    @router.post("/session", dependencies=anybody)
    async def log_in(request: Request, asked: Login) -> JSONResponse:
        place, now = guard.place(request), calendar()
        if asked.passkey is not None and asked.login is None and asked.password is None:
            account = await accounts.logins.passkey_alone(asked.passkey, trying(request), place, now)
            return await opened(request, account, asked.bearer, "passkey")
        if asked.passkey is not None or asked.login is None or asked.password is None:
            raise AccessError(Trouble.MALFORMED)
        found = await accounts.logins.log_in(asked.login, asked.password, trying(request), place, now)
        if isinstance(found, Needs):
            return JSONResponse({"need": list(found.kinds), "pending": found.pending, "passkey": found.passkey})
        return await opened(request, found, asked.bearer, "password")

    @router.post("/session/challenge", dependencies=anybody)
    async def challenge(request: Request) -> JSONResponse:
        return JSONResponse({"passkey": accounts.factors.challenge(ALONE, guard.place(request), [])})

    @router.post("/session/factor", dependencies=anybody)
    async def second(request: Request, asked: Second) -> JSONResponse:
        proofs = [(kind, getattr(asked, kind)) for kind in ("totp", "passkey", "recovery")]
        given = [(kind, proof) for kind, proof in proofs if proof is not None]
        token = read_token(asked.pending)
        if len(given) != 1:
            raise AccessError(Trouble.MALFORMED)
        if token is None:
            raise AccessError(Trouble.WRONG_FACTOR)
        account = await accounts.logins.second(token, *given[0], trying(request), guard.place(request), calendar())
        return await opened(request, account, asked.bearer, given[0][0])

    own_sessions = guard.may(Action.SESSION_REVOKE, own=True)

    @router.delete("/session")
    async def log_out(caller: Annotated[Caller, Depends(own_sessions)]) -> JSONResponse:
        await accounts.sessions.end(caller.account.id, caller.session.id)
        log.info("signed-out", account=label(caller.account.id))
        answer = JSONResponse({})
        _set_cookie(answer, COOKIE, "", 0)
        return answer

    @router.get("/me")
    async def me(caller: Annotated[Caller, Depends(guard.may(Action.PROFILE_READ, own=True))]) -> JSONResponse:
        return JSONResponse(account_shape(caller.account))

    @router.patch("/me")
    async def change(
        request: Request,
        asked: NewPassword,
        caller: Annotated[Caller, Depends(guard.may(Action.PASSWORD_CHANGE, own=True))],
    ) -> JSONResponse:
        await accounts.change_password(caller, asked.password, asked.new_password, trying(request))
        log.info("password-changed", account=label(caller.account.id))
        answer = JSONResponse({})
        await _know(request, answer, caller.account)
        return answer

    @router.get("/me/sessions")
    async def living(caller: Annotated[Caller, Depends(guard.may(Action.SESSION_LIST, own=True))]) -> JSONResponse:
        found = await accounts.sessions.living(caller.account.id)
        return JSONResponse({"sessions": [session_shape(session, caller.session) for session in found]})

    @router.delete("/me/sessions")
    async def end_others(caller: Annotated[Caller, Depends(own_sessions)]) -> JSONResponse:
        await accounts.sessions.end_others(caller)
        return JSONResponse({})

    @router.delete("/me/sessions/{id}")
    async def end(id: Id, caller: Annotated[Caller, Depends(own_sessions)]) -> JSONResponse:
        if not await accounts.sessions.end(caller.account.id, read_id(id)):
            raise AccessError(Trouble.NOT_FOUND)
        return JSONResponse({})

    return router


def _set_cookie(answer: JSONResponse, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict")
