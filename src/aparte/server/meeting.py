"""Runs one room: commands strictly one after the other, their effects in order."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aparte.core.policy.rights import NONE, Rights, forbidden
from aparte.core.relay.replay import Replay
from aparte.core.relay.routes import Routes
from aparte.core.room.commands import Command, Cut, End, Join, Resume, Tick
from aparte.core.room.effects import Close, Effect, Forget, Keep, Permit, Refuse, Route, Stop, Tell, Wake, Withdraw
from aparte.core.room.room import Room
from aparte.core.wire.control import Accepted, Gone, ServerMessage
from aparte.core.wire.errors import Reason
from aparte.core.wire.header import Stream
from aparte.server.access.sessions import Holder
from aparte.server.clock import Clock
from aparte.server.log import label, log
from aparte.server.plans.grant import Grant
from aparte.server.receiver import Receiver
from aparte.store.interface import Store

if TYPE_CHECKING:
    from aparte.server.link import Link


@dataclass(slots=True)
class _Chair:
    """What the shell holds for a seat: its link while it has one, and its counters for as long as it may come back."""

    link: "Link | None" = None
    holder: Holder | None = None  # with whose session it came in
    grant: Grant | None = None  # what let it into a planned meeting
    replay: Replay = field(default_factory=Replay)
    forbidden: frozenset[Stream] = forbidden(NONE)  # what its person has no right to send
    member: bool = False


class Meeting:
    """One meeting in progress. ``post`` is all that links need; ``ended`` is called when the room is empty."""

    def __init__(self, id: bytes, room: Room, store: Store, clock: Clock, ended: Callable[[], None]) -> None:
        self.id = id
        self.routes: Routes[Receiver] = Routes()
        self._room = room
        self._store = store
        self._clock = clock
        self._ended = ended
        self._chairs: dict[str, _Chair] = {}
        self._commands: deque[tuple[Command, Link | None]] = deque()
        self._work: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._told: tuple[ServerMessage, bytes] | None = None
        self._tidies = False  # what was kept last removes somebody who is gone

    @property
    def links(self) -> list["Link"]:
        """The links of all its seats."""
        return [chair.link for chair in self._chairs.values() if chair.link is not None]

    def post(self, command: Command, link: "Link | None" = None) -> None:
        """Let the room decide on a command of ``link``, after all that were posted before."""
        self._commands.append((command, link))
        if self._work is None:
            self._work = asyncio.create_task(self._run())

    def end(self, over: Callable[[Holder], bool]) -> None:
        """End the seats of those who came in with what is over, the away ones as well."""
        for seat, chair in self._chairs.items():
            if chair.holder is not None and over(chair.holder):
                self.post(End(seat))

    @property
    def grants(self) -> dict[str, Grant]:
        """What let the people of a planned meeting in, by seat; the away ones as well."""
        return {seat: chair.grant for seat, chair in self._chairs.items() if chair.grant is not None}

    async def settled(self) -> None:
        """Wait until nothing is posted any more."""
        while self._work is not None:
            await asyncio.wait([self._work])

    async def _run(self) -> None:
        try:
            while self._commands:
                await self._step(*self._commands.popleft())
        except Exception as error:
            # What could not be kept is not told: the room may be ahead of the store, so nobody goes on with it.
            log.error("meeting-failed", meeting=label(self.id), error=type(error).__name__)
            self._abandon()
        finally:
            self._work = None

    async def _step(self, command: Command, link: "Link | None") -> None:
        if isinstance(command, Cut):
            if not self._holds(command.seat, link):
                return
            self._chairs[command.seat].link = None
        elif link is not None:
            link.handled()
            if isinstance(command, Resume) and not self._may_resume(command.seat, link):
                link.close(Reason.UNKNOWN_SEAT)
                return
        for effect in self._room.handle(command, self._clock()):
            await self._perform(effect, command, link)
        if isinstance(command, Join | Resume) and self._holds(command.seat, link) and link and not link.is_open:
            # It went away while the room made up its mind.
            self.post(Cut(command.seat), link)

    async def _perform(self, effect: Effect, command: Command, link: "Link | None") -> None:
        match effect:
            case Tell(seat, message):
                self._tell(self._link(seat, command, link), message)
                if isinstance(message, Gone):
                    self._clear(message.seat)
                elif isinstance(message, Accepted) and link is not None:
                    link.committed(self._tidies)
            case Keep():
                if effect.epoch == 0:
                    await self._store.forget_group(self.id)
                await self._store.keep(self.id, effect.group, effect.epoch, effect.seat, effect.commit, effect.oldest)
                self._tidies = effect.tidies
            case Withdraw(group, epoch):
                await self._store.withdraw(self.id, group, epoch)
            case Route(seat):
                self._route(seat, self._link(seat, command, link))
            case Permit(seat, rights):
                self._permit(seat, rights)
            case Stop(seat):
                self._stop(seat)
            case Close(seat, reason, rule):
                if reason is Reason.BAD_COMMIT:
                    log.warning("bad-commit", meeting=label(self.id), rule=rule or "not-applied")
                self._close(seat, reason)
            case Refuse(reason):
                if link is not None:
                    link.close(reason)
            case Wake(at):
                self._wake(at)
            case Forget():
                await self._forget()

    def _link(self, seat: str, command: Command, link: "Link | None") -> "Link | None":
        """The link of a seat. What a joining or returning seat hears first makes its link this one."""
        chair = self._chairs.get(seat)
        if isinstance(command, Join | Resume) and command.seat == seat and link is not None:
            if chair is None:
                chair = self._chairs[seat] = _Chair()
            if chair.link is None:
                chair.link, chair.holder, chair.grant = link, link.holder, link.grant
                link.admit(self, seat)
        return chair.link if chair is not None else None

    def _may_resume(self, seat: str, link: "Link") -> bool:
        """Nobody comes back to the seat of an account but that account."""
        chair = self._chairs.get(seat)
        mine = chair.holder if chair is not None else None
        return mine is None or (link.holder is not None and link.holder.account == mine.account)

    def _holds(self, seat: str, link: "Link | None") -> bool:
        chair = self._chairs.get(seat)
        return link is not None and chair is not None and chair.link is link

    def _tell(self, link: "Link | None", message: ServerMessage) -> None:
        if link is None:
            return
        # The same message to many is written once.
        if self._told is None or self._told[0] is not message:
            self._told = (message, link.frame(message))
        link.send(self._told[1])

    def _clear(self, seat: str) -> None:
        """A seat that never comes back needs no counters; one that just leaves is closed by an effect of its own."""
        chair = self._chairs.get(seat)
        if chair is not None and chair.link is None:
            del self._chairs[seat]

    def _route(self, seat: str, link: "Link | None") -> None:
        if link is None or link.receiver is None or not link.is_open:
            return
        chair = self._chairs[seat]
        chair.member = True
        link.forbid(chair.forbidden)
        link.become_member(chair.replay)
        self.routes.set(seat, link.receiver)

    def _permit(self, seat: str, rights: Rights) -> None:
        chair = self._chairs.get(seat)
        if chair is None:
            return
        chair.forbidden = forbidden(rights)
        if chair.link is not None:
            chair.link.forbid(chair.forbidden)

    def _stop(self, seat: str) -> None:
        self.routes.drop(seat)
        for link in self.links:
            if link.receiver is not None:
                link.receiver.forget(seat)

    def _close(self, seat: str, reason: Reason) -> None:
        chair = self._chairs.get(seat)
        if chair is None:
            return
        link, chair.link = chair.link, None
        # These two leave a member its seat, and so the counters that it has used.
        if not (chair.member and reason in (Reason.REPLACED, Reason.OUT_OF_STATE)):
            del self._chairs[seat]
        self.routes.drop(seat)
        if link is not None:
            link.close(reason)

    def _wake(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay = max(0.0, at - self._clock())
        self._timer = asyncio.get_running_loop().call_later(delay, self.post, Tick())

    async def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._chairs.clear()
        await self._store.forget_group(self.id)
        if not self._commands:
            self._ended()

    def _abandon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        waiting = [link for _, link in self._commands if link is not None]
        self._commands.clear()
        for link in [*self.links, *waiting]:
            link.close(Reason.CLOSING)
        self._chairs.clear()
        self._ended()
