"""How much each person sends, counted from frames that opened."""

from collections import defaultdict
from dataclasses import dataclass, field

from aparte.client.frames import Frame
from aparte.e2ee.content import Video


@dataclass(slots=True)
class Kind:
    """Frames and bytes of one stream since the last look."""

    frames: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Received:
    """What came of one person since the last look; ``form`` is codec and size of the newest picture."""

    pictures: Kind = field(default_factory=Kind)
    sound: Kind = field(default_factory=Kind)
    form: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """One person's rates: frames and kbit a second, and what the pictures are."""

    pictures: float
    picture_kbit: float
    sounds: float
    sound_kbit: float
    form: str


class Rates:
    """Counts between two looks. ``lost`` are frames that could not be built upon, or came too fast for us."""

    def __init__(self) -> None:
        self.lost = 0
        self._received: defaultdict[str, Received] = defaultdict(Received)
        self._since: float | None = None

    def count(self, frame: Frame) -> None:
        """Count a frame."""
        person = self._received[frame.sender]
        content = frame.content
        kind = person.pictures if isinstance(content, Video) else person.sound
        kind.frames += 1
        kind.bytes += len(content.chunk)
        if isinstance(content, Video):
            person.form = f"{content.codec.name} {content.width}x{content.height}"

    def look(self, now: float) -> dict[str, Rate]:
        """Return the rates by seat since the last look, and begin anew; ``now`` is in seconds."""
        seconds = 0.0 if self._since is None else now - self._since
        self._since = now
        received, self._received = self._received, defaultdict(Received)
        return {seat: _rate(person, seconds) for seat, person in received.items()} if seconds > 0 else {}


def _rate(person: Received, seconds: float) -> Rate:
    pictures, sound = person.pictures, person.sound
    return Rate(
        pictures.frames / seconds,
        pictures.bytes * 8 / 1000 / seconds,
        sound.frames / seconds,
        sound.bytes * 8 / 1000 / seconds,
        person.form,
    )
