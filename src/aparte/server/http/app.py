"""The application behind every request that does not ask for a link. Errors are JSON: ``{"reason": ...}``."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from aparte.server.clock import Clock
from aparte.server.config import Limits
from aparte.server.http.bounds import Bounds
from aparte.server.http.local import Local
from aparte.server.http.meetings import meetings
from aparte.server.http.pages import add_pages
from aparte.server.http.rate import Rate
from aparte.server.log import log
from aparte.store.interface import Store

_REASONS = {400: "malformed", 404: "not-found", 405: "bad-method", 413: "too-large", 415: "malformed"}


def create_app(store: Store, limits: Limits, steady: Clock, calendar: Clock, encrypted: bool) -> FastAPI:
    """Pages, ``/api/meetings`` and ``/api/health``. No generated documentation: its scripts are not ours."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Bounds, body_bytes=limits.body_bytes, seconds=limits.response_seconds)
    if not encrypted:
        app.add_middleware(Local)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Exception, _failed)

    @app.get("/api/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    app.include_router(meetings(store, Rate(limits.meetings_a_minute, steady), calendar))
    add_pages(app)
    return app


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"reason": _REASONS.get(status, "refused")}, status)


async def _malformed(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"reason": "malformed"}, 400)


async def _failed(_request: Request, error: Exception) -> JSONResponse:
    log.error("request-failed", error=type(error).__name__)
    return JSONResponse({"reason": "internal"}, 500)
