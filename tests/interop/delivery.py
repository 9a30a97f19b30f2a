"""A delivery service over members of several implementations, and what everybody must agree on.

After each step everybody who is not asleep has the same epoch, GroupContext (and with it tree and transcript), epoch
authenticator and exported secret.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from aparte.core.mls.tree import Tree
from tests.e2ee.mls.suites import SUITES
from tests.interop.change import Change, Member, Proposed
from tests.interop.holes import is_known, may
from tests.interop.implementation import Implementation, Refused, ask

PRIVATE_EXTENSION = 0xF00D
PSKS = {b"one".hex(): (b"1" * 32).hex(), b"two".hex(): (b"2" * 20).hex()}


class Disagreement(AssertionError):
    """Members of one epoch do not have the same; the text says in which walk, and what came before."""


class Delivery:
    """One group. ``crew`` are the implementations that take part; ``done`` counts who did what."""

    suite = 1

    def __init__(self, seed: int, crew: Sequence[Implementation], most: int = 5) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.crew = crew
        self.most = most
        self.count = 0
        self.taken = 0
        self.epoch = 0
        self.done: Counter[tuple[str, str]] = Counter()
        self.log: list[str] = []
        self.asleep: list[Member] = []
        self.lost: list[Member] = []
        for one in crew:
            ask(one, do="clear")
        first = self.new_member()
        group = self.rng.randbytes(32).hex()
        first.view = ask(first.by, do="create", member=first.number, group=group, extensions=self.first_extensions())
        self.members = [first]

    def new_member(self) -> Member:
        """Let somebody come to be, in no group yet."""
        self.count += 1
        member = Member(self.count, self.rng.choice(self.crew))
        ask(member.by, do="new", member=member.number, suite=self.suite, **self.identity())
        return member

    def identity(self) -> dict[str, Any]:
        """Say who the newest member is, what it can and which keys it knows."""
        name = f"member {self.count}".encode().hex()
        return {"identity": name, "extensions": [PRIVATE_EXTENSION], "psks": list(PSKS.items())}

    def first_extensions(self) -> list[Any]:
        """Return the extensions of the group's first epoch."""
        return []

    def entrance(self, member: Member) -> dict[str, Any]:
        """Return what else somebody is told who comes in by an external commit."""
        return {}

    @property
    def awake(self) -> list[Member]:
        """Those in the group who hear what is sent."""
        return [member for member in self.members if member not in self.asleep]

    @property
    def sleepers(self) -> list[Member]:
        """Those in the group who find later what is sent."""
        return [member for member in self.members if member in self.asleep]

    def some(self, of: Sequence[Member], most: int) -> list[Member]:
        """Draw some of them, at least one if there is one."""
        return self.rng.sample(list(of), min(len(of), self.rng.randint(1, max(most, 1))))

    def chance(self, probability: float) -> bool:
        """Decide something."""
        return self.rng.random() < probability

    def note(self, member: Member, *deeds: str) -> None:
        """Count what an implementation did, and remember it for the report of a failure."""
        for deed in deeds:
            self.done[member.by.name, deed] += 1
        self.log.append(f"{member}: {' '.join(deeds)}")

    def expect(self, holds: bool, otherwise: object) -> None:
        """Raise ``Disagreement`` unless something holds."""
        if not holds:
            raise Disagreement("\n".join([f"seed {self.seed}, step {self.taken}: {otherwise}", *self.log[-25:]]))

    def agree(self) -> None:
        """Compare what everybody has."""
        first = self.awake[0]
        for member in self.awake:
            differs = [name for name in first.view if name != "leaf" and first.view[name] != member.view[name]]
            self.expect(not differs, f"{member} has another {' and '.join(differs)} than {first}")
        leaves = {member.leaf for member in self.members}
        self.expect(len(leaves) == len(self.members), "two have one leaf")

    def deliver(self, message: str, to: Iterable[Member]) -> list[tuple[Member, dict[str, Any]]]:
        """Send a message to members, and return what it was to each of them."""
        by: dict[str, list[Member]] = {}
        for member in to:
            by.setdefault(member.by.name, []).append(member)
        # Python works while it is sent to: the others are at work by then.
        groups = sorted(by.values(), key=lambda group: group[0].by.name == "python")
        for group in groups:
            group[0].by.send({"do": "deliver", "members": [one.number for one in group], "message": message})
        return [pair for group in groups for pair in zip(group, group[0].by.answer(), strict=True)]

    def spread(
        self, commit: str, maker: Member | None, gone: Sequence[Member] = (), kinds: frozenset[str] = frozenset()
    ) -> None:
        """Send a commit to everybody but its maker; those who sleep find it later."""
        for member in self.sleepers:
            member.backlog.append((self.epoch, commit))
        for member, heard in self.deliver(commit, [one for one in self.awake if one is not maker]):
            if member in gone:
                right = heard == {"removed": True} or not may(member.by.name, "is removed", kinds)
                self.expect(right, f"{member} was removed, and: {heard}")
            else:
                self.expect("view" in heard, f"{member} refused a commit: {heard}")
                member.view = heard["view"]
        self.members = [member for member in self.members if member not in gone]
        self.epoch += 1

    def tell(self, proposals: Sequence[Proposed], unheard: Iterable[tuple[Member, Proposed]]) -> None:
        """Send proposals, to the members of each implementation in an order of its own."""
        for member in self.sleepers:
            member.backlog += [(self.epoch, one.message) for one in proposals]
        for implementation in self.crew:
            ours = [one for one in self.awake if one.by is implementation]
            for proposed in self.rng.sample(proposals, len(proposals)):
                lost = [member for member, what in unheard if what is proposed]
                hearers = [one for one in ours if one is not proposed.by and one not in lost]
                for member, heard in self.deliver(proposed.message, hearers):
                    self.expect(heard == {"heard": True}, f"{member} refused a proposal to {proposed.kind}: {heard}")

    def offer(self, committer: Member, change: Change, newcomers: Sequence[Member]) -> dict[str, Any]:
        """Let somebody make a commit; it does not count yet."""
        made: dict[str, Any] = ask(
            committer.by,
            do="commit",
            member=committer.number,
            adds=[ask(one.by, do="key_package", member=one.number) for one in newcomers],
            removes=[member.leaf for member in change.removes],
            psks=change.psks,
            extensions=change.extensions,
            sealed=change.sealed,
            path=change.path,
        )
        return made

    def offer_join(self, member: Member, psks: Sequence[str], former: int | None) -> str:
        """Let somebody make an external commit; it does not count yet."""
        host = self.rng.choice([one for one in self.awake if one is not member])
        described = ask(host.by, do="info", member=host.number)
        removes = [] if former is None else [former]
        order = {"do": "join_external", "member": member.number, "psks": psks, "removes": removes}
        commit: str = ask(member.by, **order, **described, **self.entrance(member))["commit"]
        return commit

    def welcome(self, newcomer: Member, welcome: str) -> None:
        """Let somebody enter by a Welcome; who finds a way not to is in the group and will never hear."""
        self.members.append(newcomer)
        try:
            newcomer.view = ask(newcomer.by, do="join", member=newcomer.number, welcome=welcome)
        except Refused as refused:
            self.expect(is_known(newcomer.by.name, "welcomed", refused), f"{newcomer}: {refused}")
            newcomer.view = {"leaf": self.leaf_of(newcomer)}
            self.lost.append(newcomer)
            self.asleep.append(newcomer)
        self.note(newcomer, "is lost" if newcomer in self.lost else "is welcomed")

    def leaf_of(self, member: Member) -> int:
        """Find the leaf of somebody who cannot tell."""
        host = self.awake[0]
        octets = bytes.fromhex(ask(host.by, do="info", member=host.number)["tree"])
        tree = Tree.decode(SUITES[self.suite].public, octets)
        name = f"member {member.number}".encode()
        return next(index for index, leaf in tree.leaves() if leaf.credential.identity == name)

    def begin(self, commit: str, maker: Member) -> None:
        """Do what a delivery service does before it spreads a commit: here nothing."""
