"""Bodies that say everything once: JSON with a name twice is read differently by different readers."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class _Strict(Request):
    async def json(self) -> Any:
        """See ``Request``; raises ``JSONDecodeError`` also for a name that stands twice, ``NaN`` and ``Infinity``."""
        try:
            return json.loads(await self.body(), object_pairs_hook=_once, parse_constant=_refuse)
        except (UnicodeDecodeError, RecursionError):
            raise json.JSONDecodeError("not JSON", "", 0) from None


class StrictRoute(APIRoute):
    """A route whose JSON is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See ``APIRoute``."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handle(_Strict(request.scope, request.receive))

        return strictly


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise json.JSONDecodeError("a name twice", "", 0)
    return found


def _refuse(_constant: str) -> float:
    raise json.JSONDecodeError("not a number", "", 0)
