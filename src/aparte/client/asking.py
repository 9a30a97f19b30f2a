"""Gestures that people are asked for (spec/wire.md section 1)."""

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from aparte.client.people import Member, Roster
from aparte.core.policy.rights import Rights
from aparte.e2ee.content import GESTURES, Ask

ASK_SECONDS: Final = 30.0
"""For how long an ask is in the states of its sender."""


class Asking:
    """What we ask for, and what of the others' asks is news; ``now`` gives seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now: Final = now
        self._own: tuple[str, Ask, float] | None = None
        self._number = secrets.randbelow(256)
        self._heard: dict[str, int] = {}

    def ask(self, member: Member) -> int:
        """Ask somebody from now on, and return the gesture that was drawn."""
        self._number = (self._number + 1) % 256
        ask = Ask(member.leaf, secrets.randbelow(GESTURES), self._number)
        self._own = member.seat, ask, self._now()
        return ask.gesture

    def said(self, roster: Roster) -> Ask | msgspec.UnsetType:
        """Return what our states say; who comes to the leaf of somebody who is gone was asked nothing."""
        if self._own is None:
            return msgspec.UNSET
        seat, ask, at = self._own
        is_open = roster.seats.get(ask.leaf) == seat and self._now() - at < ASK_SECONDS
        return ask if is_open else msgspec.UNSET

    def is_news(self, roster: Roster, seat: str, ask: Ask) -> bool:
        """Say whether this is the first that is heard of an ask, by who may ask. ``seat`` is its sender's, b64."""
        if not roster.rights(seat) & Rights.REMOVE or self._heard.get(seat) == ask.number:
            return False
        self._heard[seat] = ask.number
        return True

    def forget(self) -> None:
        """We have another leaf, and may have another group: leaves there are other people."""
        self._own = None
        self._heard.clear()
