"""What those who direct a meeting do: but for a question, each act is a commit that every member checks."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from aparte.client.directing import Act
from aparte.client.errors import NotDone
from aparte.client.people import Knocker, Person
from aparte.core.policy import acts
from aparte.core.policy.charter import Door
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import Rights


class Host(Protocol):
    """Who is in the group."""

    def direct(self, act: Act, removes: frozenset[bytes], answer: Callable[[str | None], None]) -> None:
        """Change the policy, and remove all leaves of some subjects."""

    def admit(self, seat: str) -> bool:
        """Let somebody in."""

    def refuse(self, seat: str) -> bool:
        """Do not."""

    def ask_gesture(self, seat: str) -> int | None:
        """Ask somebody for a gesture; None without the right, or when nobody is there."""

    def may(self, right: Rights) -> bool:
        """Say whether we have a right now."""


class Organiser:
    """Whoever has not the right is told so: ``NotDone`` with the reason. Nothing is done in part."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def admit(self, knocker: Knocker) -> None:
        """Let somebody in who knocks; raises ``NotDone(no-right)``."""
        if not self._host.admit(knocker.seat):
            raise NotDone("no-right")

    def refuse(self, knocker: Knocker) -> None:
        """Do not let somebody in who knocks; raises ``NotDone(no-right)``."""
        if not self._host.refuse(knocker.seat):
            raise NotDone("no-right")

    def ask(self, person: Person) -> int:
        """Ask somebody for a gesture drawn at random, 0 to 11, that everybody hears of; return it.

        Raises ``NotDone(no-right)``, also for who is not there.
        """
        gesture = self._host.ask_gesture(person.seat)
        if gesture is None:
            raise NotDone("no-right")
        return gesture

    async def give(self, person: Person, rights: Rights) -> None:
        """Give somebody rights, until they are taken."""
        await self._do(partial(_on, acts.give, person.subject, rights))

    async def take(self, person: Person, rights: Rights) -> None:
        """Take rights from somebody, until they are given back; guests knock from then on."""
        await self._do(self._shutting(person, partial(_on, acts.take, person.subject, rights)))

    async def give_all(self, rights: Rights) -> None:
        """Give everybody rights."""
        await self._do(lambda policy: acts.give_all(policy, rights))

    async def take_all(self, rights: Rights) -> None:
        """Take rights from everybody but the organisers: with ``Rights.SOUND`` it mutes them."""
        await self._do(lambda policy: acts.take_all(policy, rights))

    async def remove(self, person: Person, *, bar: bool = True) -> None:
        """Send somebody out, from the group as well; ``bar``: for good. Guests knock from then on."""
        act: Act = (lambda policy: acts.bar(policy, person.subject)) if bar else _as_it_is
        await self._do(self._shutting(person, act), frozenset({person.subject}))

    async def unbar(self, subject: bytes) -> None:
        """Let somebody come again."""
        await self._do(lambda policy: acts.unbar(policy, subject))

    async def make_organiser(self, person: Person) -> None:
        """Let somebody direct the meeting as well."""
        await self._do(lambda policy: acts.organise(policy, person.subject))

    async def dismiss(self, subject: bytes) -> None:
        """Make an organiser one of the others."""
        await self._do(lambda policy: acts.dismiss(policy, subject))

    async def set_door(self, door: Door) -> None:
        """Open, close or lock the door."""
        await self._do(lambda policy: acts.set_door(policy, door))

    async def freeze(self) -> None:
        """Stop everything of everybody but the organisers, and let nobody in."""
        await self._do(lambda policy: acts.freeze(policy, True))

    async def thaw(self) -> None:
        """Let it go on."""
        await self._do(lambda policy: acts.freeze(policy, False))

    def _shutting(self, person: Person, act: Act) -> Act:
        """Whom we silence or send out as a guest would come back as another one."""
        if not person.is_guest or not self._host.may(Rights.DOOR):
            return act
        return lambda policy: acts.shut_out_guests(act(policy))

    async def _do(self, act: Act, removes: frozenset[bytes] = frozenset()) -> None:
        done: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

        def answer(reason: str | None) -> None:
            if not done.done():
                done.set_result(reason)

        self._host.direct(act, removes, answer)
        reason = await done
        if reason is not None:
            raise NotDone(reason)


def _on(act: Callable[[Policy, bytes, Rights], Policy], subject: bytes, rights: Rights, policy: Policy) -> Policy:
    return act(policy, subject, rights)


def _as_it_is(policy: Policy) -> Policy:
    return policy
