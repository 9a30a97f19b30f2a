"""Who receives a sender's frames: every other routed link."""

from typing import Generic, TypeVar

L = TypeVar("L")


class Routes(Generic[L]):
    """The routed links of one room. ``route`` is the hot path: a look-up, unless somebody has come or gone."""

    def __init__(self) -> None:
        self._links: dict[str, L] = {}
        self._routes: dict[str, tuple[L, ...]] = {}

    def set(self, seat: str, link: L) -> None:
        """Let the seat send and receive through this link, from now on."""
        self._links[seat] = link
        self._routes.clear()

    def drop(self, seat: str) -> None:
        """Let the seat neither send nor receive; nothing happens when it did not."""
        if self._links.pop(seat, None) is not None:
            self._routes.clear()

    def route(self, seat: str) -> tuple[L, ...]:
        """The links that receive a frame of this seat: none when the seat itself is not routed."""
        links = self._routes.get(seat)
        return self._build(seat) if links is None else links

    def _build(self, seat: str) -> tuple[L, ...]:
        if seat not in self._links:
            return ()
        links = tuple(link for name, link in self._links.items() if name != seat)
        self._routes[seat] = links
        return links
