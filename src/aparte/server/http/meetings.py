"""Making an instant meeting: the maker's client sends id, charter and the hash of the door, never the link secret."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from aparte.core.policy.charter import Charter
from aparte.core.policy.errors import PolicyError
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.limits import DOOR_SIZE, MEETING_SIZE
from aparte.server.clock import Clock
from aparte.server.http.guard import Guard
from aparte.server.http.rate import Rate
from aparte.server.http.shapes import NewMeeting
from aparte.server.http.strict import StrictRoute
from aparte.store.interface import Exists, Full, Store


def meetings(store: Store, rate: Rate, calendar: Clock, guard: Guard, house_key: bytes) -> APIRouter:
    """``POST /api/meetings`` answers 201 when the meeting exists from now on."""
    router = APIRouter(prefix="/api", route_class=StrictRoute)

    @router.post("/meetings", dependencies=[Depends(guard.anybody)])
    async def make(request: Request, asked: NewMeeting) -> JSONResponse:
        if request.client is None or not rate.allow(request.client.host):
            return JSONResponse({"reason": "too-many"}, 429, {"retry-after": "60"})
        try:
            meeting, door_hash, encoded = (b64_decode(text) for text in (asked.meeting, asked.door_hash, asked.charter))
            charter = Charter.read(encoded)
        except (ValueError, PolicyError):
            return JSONResponse({"reason": "malformed"}, 400)
        if len(meeting) != MEETING_SIZE or len(door_hash) != DOOR_SIZE:
            return JSONResponse({"reason": "malformed"}, 400)
        # Its tag is the matter of those who have the link.
        if (charter.meeting, charter.house_key) != (meeting, house_key):
            return JSONResponse({"reason": "wrong-charter"}, 400)
        try:
            await store.add_meeting(meeting, door_hash, encoded, calendar())
        except Exists:
            return JSONResponse({"reason": "exists"}, 409)
        except Full:
            return JSONResponse({"reason": "full"}, 503)
        return JSONResponse({"meeting": b64_encode(meeting)}, 201)

    return router
