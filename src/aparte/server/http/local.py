"""Without TLS the server is this machine's own, and goes by no other name."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from aparte.server.head import names_this_machine


class Local:
    """ASGI middleware: a request for another host is answered 421 (RFC 9110 section 15.5.20)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the host before anything else does."""
        if scope["type"] == "http" and not names_this_machine(Headers(scope=scope).getlist("host")):
            await JSONResponse({"reason": "misdirected"}, 421)(scope, receive, send)
            return
        await self._app(scope, receive, send)
