"""What happens in a meeting, as a participant's program is told."""

from dataclasses import dataclass

from aparte.client.people import Knocker, Person
from aparte.e2ee.attest.witness import Doubt


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody is in the group from now on."""

    person: Person


@dataclass(frozen=True, slots=True)
class Knocked:
    """Somebody asks to be let in; who may admit people is told."""

    knocker: Knocker


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
class Asked:
    """Somebody who may remove people asks ``person`` for a gesture: 0 to 11, as in spec/wire.md section 1.

    It helps against recordings and simple fakes, and proves nothing.
    """

    by: Person
    person: Person
    gesture: int


@dataclass(frozen=True, slots=True)
class Unproven:
    """What comes under this name is not proven to come from this person, or this person is not heard (``doubt``).

    ``FORGED``: somebody has made frames in this name, with or without the server. ``LATE``: the proof has not come in
    time; it may have been lost. ``SILENT``: nothing is proven for 30 s, and the server does not say why.
    """

    person: Person
    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Proven:
    """What comes under this name is proven again."""

    person: Person


@dataclass(frozen=True, slots=True)
class Split:
    """This person is in another group than we are, under the same number: not everybody sees the same meeting."""

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


Event = (
    Joined
    | Knocked
    | Left
    | WentAway
    | CameBack
    | Said
    | Asked
    | Unproven
    | Proven
    | Split
    | EpochBegan
    | CommitRefused
    | Reconnecting
    | Reconnected
)
