"""The house key, and certificates of accounts for person keys."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from aparte.core.access.roles import Action
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.house import House
from aparte.server.access.sessions import Caller
from aparte.server.http.guard import Guard
from aparte.server.http.shapes import NewPerson
from aparte.server.http.strict import StrictRoute


def house_routes(house: House, guard: Guard) -> APIRouter:
    """``GET /api/house`` and ``POST /api/session/person``."""
    router = APIRouter(prefix="/api", route_class=StrictRoute)

    @router.get("/house", dependencies=[Depends(guard.anybody)])
    async def key() -> JSONResponse:
        return JSONResponse({"house_key": b64_encode(house.key)})

    @router.post("/session/person")
    async def certify(
        asked: NewPerson, caller: Annotated[Caller, Depends(guard.may(Action.PERSON_CERTIFY, own=True))]
    ) -> JSONResponse:
        try:
            person_key = b64_decode(asked.person_key)
        except ValueError:
            raise AccessError(Trouble.MALFORMED) from None
        certificate = house.certify(caller, person_key)
        account = caller.account
        return JSONResponse(
            {"certificate": b64_encode(certificate.encoded), "name": account.name, "label": account.label}
        )

    return router
