"""The application behind every request that does not ask for a link. Errors are JSON: ``{"reason": ...}``."""

from math import ceil
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from aparte.core.plan.errors import PlanError, Reason
from aparte.server.access.accounts import Accounts
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.house import House
from aparte.server.clock import Clock
from aparte.server.config import Config
from aparte.server.http.accounts import administration, people
from aparte.server.http.areas import area_routes
from aparte.server.http.bounds import Bounds
from aparte.server.http.factors import factors
from aparte.server.http.fresh import Fresh
from aparte.server.http.guard import Guard
from aparte.server.http.house import house_routes
from aparte.server.http.levels import levels
from aparte.server.http.local import Local
from aparte.server.http.meetings import meetings
from aparte.server.http.noted import Noted
from aparte.server.http.pages import add_pages
from aparte.server.http.plans import plans
from aparte.server.http.rate import Rate
from aparte.server.http.sessions import sessions
from aparte.server.log import log
from aparte.server.plans.planning import Planning
from aparte.store.accounts import AccountStore
from aparte.store.interface import Store

_REASONS = {400: "malformed", 404: "not-found", 405: "bad-method", 413: "too-large", 415: "malformed"}

_LARGER: Final = {"/api/plans": 16_384, "/api/areas": 16_384}  # an agenda and a charter, networks and authorities
_CONFLICTS: Final = (Reason.EXISTS, Reason.FULL)
_STATUS: Final = {
    Trouble.NOT_LOGGED_IN: 401,
    Trouble.WRONG_LOGIN: 401,
    Trouble.WRONG_FACTOR: 401,
    Trouble.NOT_ALLOWED: 403,
    Trouble.WRONG_ORIGIN: 403,
    Trouble.WRONG_PASSWORD: 403,
    Trouble.TICKET_INVALID: 403,
    Trouble.NOT_FOUND: 404,
    Trouble.TAKEN: 409,
    Trouble.LAST_ADMINISTRATOR: 409,
    Trouble.FULL: 409,
    Trouble.TOO_MANY: 429,
    Trouble.BUSY: 503,
}


def create_app(
    store: Store,
    account_store: AccountStore,
    accounts: Accounts,
    house: House,
    planning: Planning,
    config: Config,
    steady: Clock,
    calendar: Clock,
) -> FastAPI:
    """Pages and everything under ``/api``. No generated documentation: its scripts are not ours."""
    limits, encrypted = config.limits, config.encrypted
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Bounds, body_bytes=limits.body_bytes, seconds=limits.response_seconds, larger=_LARGER)
    app.add_middleware(Fresh)
    if not encrypted:
        app.add_middleware(Local)
    app.add_exception_handler(HTTPException, _refused)
    refusals = _Refusals(Noted(steady, limits.refusals_a_minute))
    app.add_exception_handler(RequestValidationError, refusals.malformed)
    app.add_exception_handler(AccessError, refusals.not_granted)
    app.add_exception_handler(PlanError, _not_planned)
    app.add_exception_handler(Exception, _failed)
    guard = Guard(accounts, encrypted, config.origin)

    @app.get("/api/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    app.include_router(meetings(store, Rate(limits.meetings_a_minute, steady), calendar, guard, house.key))
    app.include_router(sessions(accounts, account_store, guard, Rate(limits.tickets_a_minute, steady), calendar))
    app.include_router(house_routes(house, guard))
    app.include_router(factors(accounts, account_store, guard))
    app.include_router(administration(accounts, guard))
    app.include_router(people(accounts, guard, calendar))
    app.include_router(levels(planning, guard))
    app.include_router(plans(planning.desk, guard))
    app.include_router(area_routes(planning.areas, guard))
    add_pages(app)
    return app


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"reason": _REASONS.get(status, "refused")}, status)


class _Refusals:
    """Answers to what is not allowed, each of them noted."""

    def __init__(self, noted: Noted) -> None:
        self._noted: Final = noted

    async def malformed(self, request: Request, _error: Exception) -> JSONResponse:
        self._noted.refusal(request, "malformed")
        return JSONResponse({"reason": "malformed"}, 400)

    async def not_granted(self, request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, AccessError):
            raise error
        # Whoever shows nothing has tried nothing.
        if error.trouble is not Trouble.NOT_LOGGED_IN:
            self._noted.refusal(request, str(error.trouble))
        body: dict[str, Any] = {"reason": str(error.trouble)}
        if error.flaws:
            body["flaws"] = [str(flaw) for flaw in error.flaws]
        headers = {"retry-after": str(ceil(error.seconds))} if error.seconds else None
        return JSONResponse(body, _STATUS.get(error.trouble, 400), headers)


async def _not_planned(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, PlanError):
        raise error
    return JSONResponse({"reason": str(error.reason)}, 409 if error.reason in _CONFLICTS else 400)


async def _failed(_request: Request, error: Exception) -> JSONResponse:
    log.error("request-failed", error=type(error).__name__)
    return JSONResponse({"reason": "internal"}, 500)
