"""Who asks, and whether they may: every route under /api has one of these guards, and the default is no."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request

from aparte.core.access.roles import Action, allows
from aparte.server.access.accounts import Accounts
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.logins import Try
from aparte.server.access.passkeys import Place
from aparte.server.access.sessions import Caller
from aparte.server.access.tokens import COOKIE, read_token

DEVICE_COOKIE: Final = "__Host-aparte-device"
_SAFE: Final = ("GET", "HEAD")

Allowed = Callable[[Request], Awaitable[Caller]]


class Guard:
    """Makes the checks of routes."""

    def __init__(self, accounts: Accounts, encrypted: bool, origin: str | None) -> None:
        """``origin``: the configured one; without it, that of the ``Host`` which a request names."""
        self._accounts: Final = accounts
        self._scheme: Final = "https" if encrypted else "http"
        self._origin: Final = origin

    def may(self, action: Action, own: bool) -> Allowed:
        """A dependency that gives the caller, who may do this (``own``: to what is its own)."""

        async def check(request: Request) -> Caller:
            await self.anybody(request)
            caller = await self.caller(request)
            if caller is None:
                raise AccessError(Trouble.NOT_LOGGED_IN)
            if not allows(caller.account.role, action, own):
                raise AccessError(Trouble.NOT_ALLOWED)
            return caller

        return check

    async def anybody(self, request: Request) -> None:
        """A dependency for what needs no account: only pages of our own, and JSON."""
        origin = request.headers.get("origin")
        if origin is not None and origin != self.place(request).origin:
            raise AccessError(Trouble.WRONG_ORIGIN)
        if request.method in _SAFE:
            return
        if origin is None and _bearer(request) is None and COOKIE in request.cookies:
            # Browsers name the origin of what changes something; whoever has a cookie and names none is no browser.
            raise AccessError(Trouble.WRONG_ORIGIN)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method != "DELETE" and kind != "application/json":
            raise AccessError(Trouble.MALFORMED)

    async def caller(self, request: Request) -> Caller | None:
        """Whose session comes with a request; a bearer token goes before a cookie."""
        text = _bearer(request)
        token = read_token(request.cookies.get(COOKIE, "") if text is None else text)
        return None if token is None else await self._accounts.sessions.find(token)

    def place(self, request: Request) -> Place:
        """Where the request's pages are."""
        origin = self._origin or f"{self._scheme}://{request.headers.get('host', '')}"
        host = origin.partition("://")[2]
        return Place(origin, host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host)


def trying(request: Request) -> Try:
    """From where somebody tries to log in."""
    return Try(request.client.host if request.client else "", read_token(request.cookies.get(DEVICE_COOKIE, "")))


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None
