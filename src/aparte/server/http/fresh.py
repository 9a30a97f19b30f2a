"""Answers about accounts and plans are for whoever asked, and for that moment: nobody on the way keeps them."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NO_STORE: Final = (b"cache-control", b"no-store")


class Fresh:
    """ASGI middleware: every answer under ``/api`` says that it is not to be stored (RFC 9111 section 5.2.2.5)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add the header."""
        if scope["type"] != "http" or not str(scope["path"]).startswith("/api"):
            await self._app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), _NO_STORE]
            await send(message)

        await self._app(scope, receive, marked)
