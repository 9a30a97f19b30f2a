"""What ``aparte join`` shows: a live table in a terminal, plain lines anywhere else."""

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from aparte.cli.join.rates import Rate, Rates
from aparte.cli.join.words import CLIENTS, described, dropped, honest, rated, sent, told
from aparte.client.events import Event
from aparte.client.meeting import Meeting
from aparte.client.people import Person

if TYPE_CHECKING:
    from aparte.cli.join.sources import Sources

_NEWS: Final = 6
_KEY: Final = 19
"""Characters of a fingerprint that a table has room for: half of it."""


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
            name += "" if person.proven else " (NOT PROVEN)"
            mic, camera = ("on" if on else "off" for on in (person.mic, person.camera))
            cells = [str(person.leaf), name, CLIENTS[person.client], mic, camera, person.fingerprint[:_KEY]]
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
