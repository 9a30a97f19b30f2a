"""A room with people in it, for tests: short words for commands, and what each effect says."""

from aparte.core.room.commands import Command, Commit, Create, Cut, Join, Leave, Refresh, Resume, Tick
from aparte.core.room.effects import Effect, Tell
from aparte.core.room.profile import Profile
from aparte.core.room.room import Room
from aparte.core.wire.control import Accepted, GroupState, ServerMessage

GROUP = b"group of the test"
INFO = b"info 0"


class Script:
    """Hands commands to a room; the time moves only when the test says so."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.room = Room(profile or Profile())
        self.now = 1000.0
        self.epoch = 0

    def do(self, command: Command) -> tuple[Effect, ...]:
        return self.room.handle(command, self.now)

    def pass_time(self, seconds: float) -> tuple[Effect, ...]:
        self.now += seconds
        return self.do(Tick())

    def join(self, seat: str) -> tuple[Effect, ...]:
        return self.do(Join(seat, f"token of {seat}"))

    def create(self, seat: str) -> tuple[Effect, ...]:
        self.epoch = 0
        return self.do(Create(seat, GROUP, INFO))

    def commit(self, seat: str, *removes: str, epoch: int | None = None) -> tuple[Effect, ...]:
        start = self.epoch if epoch is None else epoch
        effects = self.do(Commit(seat, start, b"commit %d" % start, b"info %d" % (start + 1), removes))
        if Tell(seat, Accepted(epoch=start + 1)) in effects:
            self.epoch = start + 1
        return effects

    def enter(self, *seats: str) -> None:
        """Bring these in as members; the first one into an empty room makes the group."""
        for seat in seats:
            self.join(seat)
            if self.room._epochs is None:
                self.create(seat)
            else:
                self.commit(seat)

    def resume(self, seat: str, epoch: int, token: str | None = None) -> tuple[Effect, ...]:
        return self.do(Resume(seat, token or f"token of {seat}", f"next token of {seat}", epoch))

    def refresh(self, seat: str, of: str, rendition: int = 0) -> tuple[Effect, ...]:
        return self.do(Refresh(seat, of, 2, rendition))

    def leave(self, seat: str) -> tuple[Effect, ...]:
        return self.do(Leave(seat))

    def cut(self, seat: str) -> tuple[Effect, ...]:
        return self.do(Cut(seat))

    def group(self) -> GroupState:
        """The group as it is now."""
        return GroupState(GROUP, self.epoch, b"info %d" % self.epoch)


def tells(effects: tuple[Effect, ...], seat: str) -> list[ServerMessage]:
    """What one seat is told."""
    return [effect.message for effect in effects if isinstance(effect, Tell) and effect.seat == seat]
