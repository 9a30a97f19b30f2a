"""Making an instant meeting: the maker's client sends the hash of the door, never the door or the link secret."""

import secrets

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.limits import DOOR_SIZE, MEETING_SIZE
from aparte.server.clock import Clock
from aparte.server.http.guard import Guard
from aparte.server.http.rate import Rate
from aparte.server.http.strict import StrictRoute
from aparte.store.interface import Full, Store


class NewMeeting(BaseModel):
    """``door_hash``: b64 of SHA-256 of the door (32 bytes)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    door_hash: str


def meetings(store: Store, rate: Rate, calendar: Clock, guard: Guard) -> APIRouter:
    """``POST /api/meetings`` answers 201 with the id of the new meeting (b64, 16 bytes)."""
    router = APIRouter(prefix="/api", route_class=StrictRoute)

    @router.post("/meetings", dependencies=[Depends(guard.anybody)])
    async def make(request: Request, asked: NewMeeting) -> JSONResponse:
        if request.client is None or not rate.allow(request.client.host):
            return JSONResponse({"reason": "too-many"}, 429, {"retry-after": "60"})
        try:
            door_hash = b64_decode(asked.door_hash)
        except ValueError:
            door_hash = b""
        if len(door_hash) != DOOR_SIZE:
            return JSONResponse({"reason": "malformed"}, 400)
        meeting = secrets.token_bytes(MEETING_SIZE)
        try:
            await store.add_meeting(meeting, door_hash, calendar())
        except Full:
            return JSONResponse({"reason": "full"}, 503)
        return JSONResponse({"meeting": b64_encode(meeting)}, 201)

    return router
