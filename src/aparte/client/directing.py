"""What we want of the meeting's policy, until the group has it: others' commits may come first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from aparte.client.people import Member
from aparte.core.policy.check import check_change, check_removal
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.policy import Policy

Act = Callable[[Policy], Policy]
"""What turns one policy into another; it may be done anew, on whatever policy is in force then."""
PATIENCE_SECONDS: Final = 10.0
"""After which what the group has not taken is given up."""


@dataclass(eq=False, slots=True)
class Wish:
    """One act, and whom it removes (subjects). ``answer`` is called once: with nothing, or with why not."""

    act: Act
    removes: frozenset[bytes]
    answer: Callable[[str | None], None]
    cancel: Callable[[], None] = field(default=lambda: None)


@dataclass(frozen=True, slots=True)
class Direction:
    """What a commit does: another policy, or the same one, and which leaves it removes; the wishes that it fulfils."""

    policy: Policy | None
    removes: tuple[int, ...]
    wishes: tuple[Wish, ...]


class Directing:
    """The wishes that are open, oldest first."""

    def __init__(self) -> None:
        self._open: list[Wish] = []

    def add(self, wish: Wish) -> None:
        """Open one."""
        self._open.append(wish)

    def next(self, policy: Policy, own: bytes, members: Iterable[Member]) -> Direction | None:
        """Return what one commit does of all that is open; ``own`` is our subject. What is done or refused is closed.

        A wish that our rights do not cover is answered, and the others go on.
        """
        people, wanted, removed, wishes = list(members), policy, set[int](), list[Wish]()
        for wish in list(self._open):
            targets = [member for member in people if member.subject in wish.removes and member.subject != own]
            try:
                for member in targets:
                    check_removal(policy, own, member.subject)
                # One that nobody could read would make no commit, and take the other wishes with it.
                after = Policy.read(wish.act(wanted).encoded)
                check_change(policy, after, own)
            except PolicyError as error:
                self.close(wish, str(error.reason))
                continue
            wanted = after
            removed.update(member.leaf for member in targets)
            wishes.append(wish)
        if wanted == policy and not removed:
            for wish in wishes:
                self.close(wish, None)
            return None
        return Direction(None if wanted == policy else wanted, tuple(sorted(removed)), tuple(wishes))

    def close(self, wish: Wish, reason: str | None) -> None:
        """Answer a wish: done, or why not."""
        if wish in self._open:
            self._open.remove(wish)
            wish.cancel()
            wish.answer(reason)

    def give_up(self, reason: str) -> None:
        """Nothing of what is open comes about."""
        for wish in list(self._open):
            self.close(wish, reason)
