"""What ``aparte join`` tells, in words: one line each, that begin with a word of at most nine letters."""

from typing import TYPE_CHECKING, Final

from aparte.cli.join.rates import Rate, Rates
from aparte.client import events
from aparte.client.events import Event
from aparte.client.meeting import Meeting
from aparte.client.people import Person
from aparte.e2ee.attest.witness import Doubt
from aparte.e2ee.content import Client

if TYPE_CHECKING:
    from aparte.cli.join.sources import Sources

CLIENTS: Final = {Client.PAGE: "browser", Client.PYTHON: "Python program", None: "not said yet"}
"""What somebody's program is, by its own word."""


DOUBTS: Final = {
    Doubt.LATE: "what comes under this name is not proven to come from there; its proof is late or lost",
    Doubt.FORGED: "somebody sends in this name: what came is not what its holder has signed",
    Doubt.SILENT: "nothing is proven for 30 s, and the server does not say that the connection is cut",
    Doubt.SPLIT: "the meeting is split: not everybody sees the same",
}


GESTURES = (
    "right hand to the left ear",
    "left hand to the right ear",
    "a flat hand over one eye",
    "the little finger to the nose",
    "a hand slowly past the face",
    "head all the way to the left",
    "head all the way to the right",
    "a finger into a cheek",
    "three fingers beside the face",
    "a flat hand on the head",
    "two fingers crossed before the chin",
    "close to the camera",
)
"""What somebody is asked for, by its number (spec/wire.md section 1)."""


def told(event: Event) -> str:
    """Return an event in words."""
    match event:
        case events.Joined(person):
            return f"joined    {described(person)}"
        case events.Knocked(knocker):
            standing = "guest" if knocker.is_guest else knocker.label or "account"
            return f"knocks    {knocker.name} ({standing}) asks to be let in"
        case events.Left(person):
            return f"gone      {person.name} (leaf {person.leaf})"
        case events.WentAway(person):
            return f"away      {person.name} (leaf {person.leaf}): its connection is cut, says the server"
        case events.CameBack(person):
            return f"back      {person.name} (leaf {person.leaf})"
        case events.Said(person):
            return f"says      {described(person)}"
        case events.Asked(by, person, gesture):
            return f"asks      {by.name} (leaf {by.leaf}) asks {person.name} (leaf {person.leaf}): {GESTURES[gesture]}"
        case events.Unproven(person, doubt):
            return f"UNPROVEN  {person.name} (leaf {person.leaf}): {DOUBTS[doubt]}"
        case events.Proven(person):
            return f"proven    {person.name} (leaf {person.leaf}) again"
        case events.Split(person):
            return f"SPLIT     {person.name} (leaf {person.leaf}): {DOUBTS[Doubt.SPLIT]}"
        case events.EpochBegan(number):
            return f"epoch     {number}"
        case events.CommitRefused(reason, by):
            whose = "somebody who was coming in" if by is None else f"{by.name} (leaf {by.leaf})"
            return f"refused   a change of the group that breaks its rules, by {whose}, says the server: {reason}"
        case events.Reconnecting():
            return "cut       the connection is gone; trying to come back"
        case events.Reconnected(anew):
            return "back in   with a new leaf" if anew else "back in   with the same leaf"


def described(person: Person) -> str:
    """Return who somebody is and what they say of themselves."""
    me = ", you" if person.is_me else ""
    mic, camera = ("on" if on else "off" for on in (person.mic, person.camera))
    return (
        f"{person.name} (leaf {person.leaf}{me}, {CLIENTS[person.client]}, microphone {mic}, camera {camera}, "
        f"key {person.fingerprint})"
    )


def rated(name: str, rate: Rate) -> str:
    """Return somebody's rates in words."""
    pictures = f"pictures {rate.pictures:.1f}/s {rate.picture_kbit:.0f} kbit/s {rate.form}".rstrip()
    return f"receives  {name}: {pictures}; sound {rate.sounds:.1f}/s {rate.sound_kbit:.0f} kbit/s"


def dropped(meeting: Meeting, rates: Rates) -> str:
    """Return what did not open or was left out, by reason."""
    counters = meeting.counters
    reasons = [f"{reason} {count}" for reason, count in sorted(counters.refused.items())]
    reasons += [f"not to be built upon or too fast {rates.lost}"] if rates.lost else []
    reasons += [f"commits refused {counters.commits_refused}"] if counters.commits_refused else []
    return f"dropped   {', '.join(reasons) or 'nothing'}"


def sent(sources: "Sources") -> list[str]:
    """Return what went out so far, and what was left out by reason."""
    lines = []
    publication = sources.publication
    for name, sender in (
        ("pictures", publication and publication.camera),
        ("sound", publication and publication.microphone),
    ):
        if sender:
            out = ", ".join(f"{reason} {count}" for reason, count in sorted(sender.sent.left_out.items()))
            lines.append(
                f"sent      {name} {sender.sent.frames}, {sender.sent.bytes // 1000} kB; left out: {out or 'none'}"
            )
    return lines


def honest(sources: "Sources", rates: Rates | None) -> list[str]:
    """Return what this program sends, and what it does with what comes."""
    hears = "opened and counted, not decoded, played or kept" if rates else "not opened"
    return [
        f"sends     {' and '.join(sources.names) or 'no pictures and no sound'}; that it is a Python program",
        f"hears     pictures and sound of the others are {hears}",
    ]
