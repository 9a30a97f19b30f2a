"""Aparté: end-to-end encrypted meetings in one process on one port."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aparte.client import join as join


def __getattr__(name: str) -> Any:
    """Load the participant's side when it is asked for: the server must never have it in memory."""
    if name == "join":
        from aparte.client import join

        return join
    raise AttributeError(name)
