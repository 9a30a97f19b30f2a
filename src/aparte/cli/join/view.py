"""What ``aparte join`` shows: a live table in a terminal, plain lines anywhere else."""

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from aparte.cli.join.rates import Rate, Rates
from aparte.client import events
from aparte.client.events import Event
from aparte.client.meeting import Meeting
from aparte.client.people import Person
from aparte.e2ee.content import Client

if TYPE_CHECKING:
    from aparte.cli.join.sources import Sources

_NEWS: Final = 6
_KEY: Final = 19
"""Characters of a fingerprint that a table has room for: half of it."""
_CLIENTS: Final = {Client.PAGE: "browser", Client.PYTHON: "Python program", None: "not said yet"}


class View(Protocol):
    """Where it is shown."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(self, *_: object) -> None:
        """Stop."""

    def event(self, event: Event) -> None:
        """Show something that happened."""

    def say(self, text: str) -> None:
        """Show a line of our own."""

    def tick(self, now: float) -> None:
        """Show how things stand; once a second, ``now`` in seconds."""


def make_view(meeting: Meeting, sources: "Sources", rates: Rates | None) -> View:
    """Return the view that fits standard output."""
    console = Console(highlight=False)
    return _Screen(console, meeting, sources, rates) if console.is_terminal else _Lines(meeting, sources, rates)


def told(event: Event) -> str:
    """Return an event in words."""
    match event:
        case events.Joined(person):
            return f"joined    {described(person)}"
        case events.Left(person):
            return f"gone      {person.name} (leaf {person.leaf})"
        case events.WentAway(person):
            return f"away      {person.name} (leaf {person.leaf}): its connection is cut, says the server"
        case events.CameBack(person):
            return f"back      {person.name} (leaf {person.leaf})"
        case events.Said(person):
            return f"says      {described(person)}"
        case events.EpochBegan(number):
            return f"epoch     {number}"
        case events.CommitRefused(reason):
            return f"refused   a change of the group that breaks its rules: {reason}"
        case events.Reconnecting():
            return "cut       the connection is gone; trying to come back"
        case events.Reconnected(anew):
            return "back in   with a new leaf" if anew else "back in   with the same leaf"


def described(person: Person) -> str:
    """Return who somebody is and what they say of themselves."""
    me = ", you" if person.is_me else ""
    mic, camera = ("on" if on else "off" for on in (person.mic, person.camera))
    return (
        f"{person.name} (leaf {person.leaf}{me}, {_CLIENTS[person.client]}, microphone {mic}, camera {camera}, "
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


class _Lines:
    """Plain lines, each flushed at once."""

    def __init__(self, meeting: Meeting, sources: "Sources", rates: Rates | None) -> None:
        self._meeting, self._sources, self._rates = meeting, sources, rates
        self._code = ""

    def __enter__(self) -> Self:
        for line in honest(self._sources, self._rates):
            print(line, flush=True)
        for person in self._meeting.people:
            print(f"there     {described(person)}", flush=True)
        self._show_code()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def event(self, event: Event) -> None:
        """Print it."""
        print(told(event), flush=True)
        self._show_code()

    def say(self, text: str) -> None:
        """Print it."""
        print(text, flush=True)

    def tick(self, now: float) -> None:
        """Print rates, if they were asked for."""
        if self._rates is None:
            return
        names = {person.seat: person.name for person in self._meeting.people}
        for seat, rate in self._rates.look(now).items():
            if seat in names:
                print(rated(names[seat], rate), flush=True)
        print(f"epoch     {self._meeting.epoch}, {len(names)} people", flush=True)
        for line in (*sent(self._sources), dropped(self._meeting, self._rates)):
            print(line, flush=True)

    def _show_code(self) -> None:
        code = self._meeting.epoch_code
        if code != self._code:
            self._code = code
            print(f"code      {code}", flush=True)


class _Screen:
    """A table that stays in its place. Names are shown as text, never as markup."""

    def __init__(self, console: Console, meeting: Meeting, sources: "Sources", rates: Rates | None) -> None:
        self._meeting, self._sources, self._rates = meeting, sources, rates
        self._news: deque[str] = deque(maxlen=_NEWS)
        self._rated: dict[str, Rate] = {}
        self._live = Live(console=console, auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        self._live.start()
        self._draw()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def event(self, event: Event) -> None:
        """Add it to the news."""
        self.say(told(event))

    def say(self, text: str) -> None:
        """Add it to the news."""
        self._news.append(text)
        self._draw()

    def tick(self, now: float) -> None:
        """Draw anew, with fresh rates."""
        if self._rates is not None:
            self._rated = self._rates.look(now)
        self._draw()

    def _draw(self) -> None:
        meeting = self._meeting
        head = Text.assemble("Epoch code  ", (meeting.epoch_code or "-", "bold"), f"   epoch {meeting.epoch}")
        if not meeting.is_connected:
            head.append("   not connected", "bold red")
        parts: list[Text | Table] = [head, self._table()]
        lines = honest(self._sources, self._rates)
        if self._rates is not None:
            lines += [*sent(self._sources), dropped(meeting, self._rates)]
        parts += [Text(line) for line in (*lines, "", *self._news, "Ctrl-C leaves")]
        self._live.update(Group(*parts), refresh=True)

    def _table(self) -> Table:
        table = Table("Leaf", "Name", "Client", "Microphone", "Camera", "Key")
        if self._rates is not None:
            for title in ("Pictures/s", "kbit/s", "", "Sounds/s", "kbit/s"):
                table.add_column(title, justify="right")
        for person in self._meeting.people:
            name = f"{person.name} (you)" if person.is_me else person.name
            name += " (away)" if person.away else ""
            mic, camera = ("on" if on else "off" for on in (person.mic, person.camera))
            cells = [str(person.leaf), name, _CLIENTS[person.client], mic, camera, person.fingerprint[:_KEY]]
            table.add_row(*map(Text, (*cells, *self._cells(person))))
        return table

    def _cells(self, person: Person) -> list[str]:
        rate = self._rated.get(person.seat)
        if self._rates is None or rate is None:
            return []
        numbers = (
            f"{rate.pictures:.1f}",
            f"{rate.picture_kbit:.0f}",
            rate.form,
            f"{rate.sounds:.1f}",
            f"{rate.sound_kbit:.0f}",
        )
        return list(numbers)
