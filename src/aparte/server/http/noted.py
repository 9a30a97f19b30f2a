"""What is noted of logins and refusals: kind and place, without names or addresses, and not more than a disk bears."""

from typing import Final

from fastapi import Request

from aparte.server.clock import Clock
from aparte.server.log import log

_MINUTE: Final = 60.0


class Noted:
    """Refusals in the log: so many lines a minute, and then how many more there were."""

    def __init__(self, clock: Clock, a_minute: int) -> None:
        self._clock: Final = clock
        self._a_minute: Final = a_minute
        self._since = clock()
        self._lines = 0
        self._more = 0

    def refusal(self, request: Request, why: str) -> None:
        """A request was refused. Its path is noted as the route has it, without what stands for its parameters."""
        now = self._clock()
        if now - self._since >= _MINUTE:
            if self._more:
                log.info("refused-more", requests=self._more)
            self._since, self._lines, self._more = now, 0, 0
        if self._lines >= self._a_minute:
            self._more += 1
            return
        self._lines += 1
        place = getattr(request.scope.get("route"), "path", "")
        log.info("refused-request", why=why, method=request.method, place=place)
