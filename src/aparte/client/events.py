"""What happens in a meeting, as a participant's program is told."""

from dataclasses import dataclass

from aparte.client.people import Person


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody is in the group from now on."""

    person: Person


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody is no longer in the group: from now on nothing is sealed for that person."""

    person: Person


@dataclass(frozen=True, slots=True)
class WentAway:
    """The server says that somebody's connection is cut."""

    person: Person


@dataclass(frozen=True, slots=True)
class CameBack:
    """The server says that somebody is back."""

    person: Person


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said what it sends: ``person.mic`` and ``person.camera``."""

    person: Person


@dataclass(frozen=True, slots=True)
class EpochBegan:
    """The keys have changed, and with them the epoch code."""

    number: int


@dataclass(frozen=True, slots=True)
class CommitRefused:
    """The server passed on a commit that breaks the group's rules. It is not applied.

    ``by`` is whose it was, says the server; None for somebody who was coming in.
    """

    reason: str
    by: Person | None


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The connection is cut, and another one is on the way."""


@dataclass(frozen=True, slots=True)
class Reconnected:
    """We are back in: with the same leaf, or with a new one (``anew``)."""

    anew: bool


Event = Joined | Left | WentAway | CameBack | Said | EpochBegan | CommitRefused | Reconnecting | Reconnected
