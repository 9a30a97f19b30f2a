"""How large a request may be and how long an exchange may take."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NONE: Final[Mapping[str, int]] = MappingProxyType({})


class Bounds:
    """ASGI middleware: a body over ``body_bytes`` is answered 413, an exchange over ``seconds`` is cut.

    ``larger``: how many bytes a body may have for the paths that begin so.
    """

    def __init__(self, app: ASGIApp, body_bytes: int, seconds: float, larger: Mapping[str, int] = _NONE) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._seconds = seconds
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole (small) body before the application sees the request."""
        # The connection cuts what is not done by then: there is nobody to be told.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._exchange(scope, receive, send)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, most = b"", self._most(scope)
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > most:
                # What follows of the body is not read: the connection cannot be used again.
                refusal = JSONResponse({"reason": "too-large"}, 413, {"connection": "close"})
                await refusal(scope, receive, send)
                return
        await self._app(scope, _once(body, receive), send)

    def _most(self, scope: Scope) -> int:
        path = str(scope.get("path", ""))
        return next((most for start, most in self._larger.items() if path.startswith(start)), self._body_bytes)


def _once(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
