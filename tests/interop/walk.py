"""A history that a seed decides: every step and everything in it, but for what implementations draw themselves."""

from collections.abc import Sequence
from typing import Any, ClassVar

from aparte.core.mls.credential import BASIC
from aparte.core.mls.extensions import ExtensionType, RequiredCapabilities
from tests.interop.change import Change, Member, Proposed
from tests.interop.delivery import PRIVATE_EXTENSION, PSKS, Delivery
from tests.interop.holes import is_known, may
from tests.interop.implementation import Refused, ask

PROPOSALS = (
    "update|psk|remove|add|extensions|update psk|update add|update remove|add remove|update update|psk extensions"
)


class Walk(Delivery):
    """A walk of one group in suite 1, with everything that RFC 9420 has and we support."""

    seals = True
    steps: ClassVar[dict[str, int]] = {
        "add": 4,
        "join": 4,
        "remove": 2,
        "refresh": 3,
        "psk": 3,
        "extensions": 3,
        "proposals": 5,
        "mixture": 4,
        "race": 3,
        "resync": 2,
        "sleep": 2,
        "talk": 2,
    }

    # --- steps ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Take one step and compare."""
        self.taken += 1
        names = [name for name in self.steps if len(self.awake) > 1 or name in ("add", "join")]
        name = self.rng.choices(names, [self.steps[one] for one in names])[0]
        name = "remove" if len(self.members) > self.most else name
        self.log.append(f"- {name}")
        try:
            for sleeper in [one for one in self.asleep if one not in self.lost and self.chance(0.3)]:
                self.wake(sleeper)
            getattr(self, f"do_{name}")()
        except Refused as refused:
            self.expect(False, refused)
        self.agree()

    def do_add(self) -> None:
        self.commit(Change(adds=self.rng.randint(1, 2), path=self.chance(0.5)))

    def do_remove(self) -> None:
        spare = self.rng.choice(self.awake)
        self.commit(
            Change(removes=self.some([one for one in self.members if one is not spare], len(self.members) // 2))
        )

    def do_refresh(self) -> None:
        self.commit(Change())

    def do_psk(self) -> None:
        self.commit(Change(psks=self.draw_psks(), path=self.chance(0.5)))

    def do_extensions(self) -> None:
        self.commit(Change(extensions=self.draw_extensions()))

    def do_proposals(self) -> None:
        """One or two propose, somebody commits it all by reference."""
        self.commit(Change(proposals=self.rng.choice(PROPOSALS.split("|")).split(), path=self.chance(0.5)))

    def do_mixture(self) -> None:
        """Several kinds in one commit."""
        change = Change(path=self.chance(0.7), adds=self.chance(0.5), proposals=["update"] * self.chance(0.3))
        if self.chance(0.4):
            change.psks = self.draw_psks()
        if self.chance(0.4):
            change.extensions = self.draw_extensions()
        if self.chance(0.4) and len(self.members) > 2:
            change.removes = self.some(self.members, 1)
        self.commit(change)

    def do_race(self) -> None:
        """Several start from one epoch: the first wins, the others come again."""
        late = self.new_member()
        joining = self.start_late(late)
        losers = self.some(self.awake, 2)[: len(self.awake) - 1]
        for loser in losers:
            self.offer(loser, Change(sealed=self.seals and self.chance(0.3)), [])
            self.note(loser, "loses")
        self.commit(self.draw_winner(), losers)
        for member, heard in self.deliver(joining, self.awake) if joining else []:
            self.expect("refused" in heard, f"{member} took a commit of an epoch that is over: {heard}")
        ask(late.by, do="drop", member=late.number)
        self.note(late, "comes late")
        self.join(late, self.join_psks())

    def start_late(self, late: Member) -> str | None:
        """Let somebody make an external commit that will lose; nothing where it is kept out."""
        try:
            return self.offer_join(late, self.join_psks(), None)
        except Refused as refused:
            self.expect(is_known(late.by.name, "joins", refused), f"{late}: {refused}")
            return None

    def do_join(self) -> None:
        self.join(self.new_member(), self.draw_psks() if self.chance(0.6) else self.join_psks())

    def do_resync(self) -> None:
        """Somebody has lost its state, and comes back in the place of its former leaf."""
        self.join(self.rng.choice(self.awake), [])

    def do_sleep(self) -> None:
        """Somebody hears nothing for some steps."""
        if len(self.awake) > 2:
            sleeper = self.rng.choice(self.awake)
            self.asleep.append(sleeper)
            self.note(sleeper, "sleeps")

    def do_talk(self) -> None:
        """Three messages arrive in another order."""
        speaker = self.rng.choice(self.awake)
        said = [(text, ask(speaker.by, do="say", member=speaker.number, data=text)) for text in ("00", "0102", "")]
        self.rng.shuffle(said)
        for text, message in said:
            # Who does not tell the sender says -1.
            right = [{"said": {"sender": sender, "data": text}} for sender in (speaker.leaf, -1)]
            for member, heard in self.deliver(message, [one for one in self.awake if one is not speaker]):
                self.expect(heard in right, f"{member} heard {heard}")
        self.note(speaker, "talks")

    # --- parts of steps ---------------------------------------------------------------------------------------------

    def draw_psks(self) -> list[str]:
        """Draw one or two external keys."""
        return self.rng.sample(list(PSKS), self.rng.randint(1, 2))

    def join_psks(self) -> list[str]:
        """Return the keys that everybody must bring who joins."""
        return []

    def draw_winner(self) -> Change:
        """Draw the change that wins a race."""
        return Change(psks=self.draw_psks() if self.chance(0.5) else [])

    def draw_extensions(self) -> list[Any]:
        """Draw what the group's extensions become."""
        required = [ExtensionType.REQUIRED_CAPABILITIES.value, RequiredCapabilities((), (), (BASIC,)).encoded.hex()]
        private = [PRIVATE_EXTENSION, self.rng.randbytes(self.rng.randrange(80)).hex()]
        kinds = frozenset({"extensions", "cleared"})
        return self.rng.choice([[]] * self.can_follow(kinds) + [[required], [private], [private, required]])

    def commit(self, change: Change, losers: Sequence[Member] = ()) -> None:
        """Let somebody commit a change, and everybody follow; what somebody cannot is left out."""
        change.sealed = self.seals and self.chance(0.25)
        committer = self.find_committer(change, losers)
        while committer is None:
            change.simplify()
            committer = self.find_committer(change, losers)
        proposals = self.find_proposals(change, committer)
        change.proposals = [one.kind for one in proposals]
        late = self.lose_one(proposals, committer, change)
        self.tell(proposals, late)
        newcomers = [self.new_member() for _ in range(change.adds)]
        made = self.offer(committer, change, newcomers)
        self.note(committer, *(sorted(change.kinds) or ["refresh"]))
        for member, proposed in late:
            self.hear_late(member, proposed, made["commit"])
        committer.view = ask(committer.by, do="accept", member=committer.number)
        self.begin(made["commit"], committer)
        about = {kind: [one.about for one in proposals if one.about and one.kind == kind] for kind in ("add", "remove")}
        self.spread(made["commit"], committer, [*change.removes, *about["remove"]], change.kinds)
        for newcomer in [*newcomers, *about["add"]]:
            self.welcome(newcomer, made["welcome"])

    def find_committer(self, change: Change, losers: Sequence[Member]) -> Member | None:
        """Return somebody who can commit a change that everybody can follow."""
        kinds = change.kinds | self.shape(change)
        if not self.can_follow(kinds):
            return None
        able = [one for one in self.awake if one not in change.removes and one not in losers]
        able = [one for one in able if may(one.by.name, "commits", kinds) and self.has_right(one, change)]
        return self.rng.choice(able) if able else None

    def has_right(self, member: Member, change: Change) -> bool:
        """Say whether somebody may make a change by the rules of the group: by RFC 9420 everybody may."""
        return True

    def can_follow(self, kinds: frozenset[str]) -> bool:
        """Say whether everybody can follow a change, those who sleep too."""
        return all(may(one.by.name, "follows", kinds) for one in (*self.members, *self.asleep))

    def shape(self, change: Change, removed: Member | None = None) -> frozenset[str]:
        """Say whether the left half of the tree is empty after a change: then no path reaches the root."""
        leaves = {one.leaf for one in self.members if one not in change.removes and one is not removed}
        for _ in range(change.adds + change.proposals.count("add")):
            leaves.add(min(set(range(len(leaves) + 1)) - leaves))
        half = 1 << max(leaves).bit_length() >> 1
        return frozenset({"lopsided"} if half and min(leaves) >= half else ())

    def find_proposals(self, change: Change, committer: Member) -> list[Proposed]:
        """Let members propose what a change wants by reference, as far as there is somebody who can."""
        found: list[Proposed] = []
        for kind in change.proposals:
            busy = [one.by for one in found if one.kind == "update"] + [one.about for one in found] + change.removes
            able = [one for one in self.awake if one not in busy and may(one.by.name, "proposes", frozenset([kind]))]
            able = [one for one in able if kind != "update" or one is not committer]
            targets = [one for one in self.members if one is not committer and one not in busy]
            targets = [one for one in targets if self.can_follow(change.kinds | self.shape(change, one))]
            if not able or (kind == "remove" and len(targets) < 2):
                continue
            proposed = Proposed(kind, self.rng.choice(able))
            if kind == "remove":
                proposed.about = self.rng.choice([one for one in targets if one is not proposed.by])
            if kind == "add":
                proposed.about = self.new_member()
            self.propose(proposed)
            found.append(proposed)
        return found

    def propose(self, proposed: Proposed) -> None:
        """Let somebody make a proposal."""
        order: dict[str, Any] = {"kind": proposed.kind, "sealed": self.chance(0.3)}
        match proposed.kind, proposed.about:
            case "remove", Member() as target:
                order["leaf"] = target.leaf
            case "add", Member() as newcomer:
                order["package"] = ask(newcomer.by, do="key_package", member=newcomer.number)
            case "psk", _:
                order["psk"] = self.rng.choice(list(PSKS))
            case "extensions", _:
                order["extensions"] = self.draw_extensions()
        proposed.message = ask(proposed.by.by, do="propose", member=proposed.by.number, **order)
        self.note(proposed.by, f"proposes {proposed.kind}")

    def lose_one(
        self, proposals: Sequence[Proposed], committer: Member, change: Change
    ) -> list[tuple[Member, Proposed]]:
        """Lose a proposal on its way to somebody, now and then."""
        if not proposals or not self.chance(0.3):
            return []
        lost = self.rng.choice(proposals)
        away = [committer, lost.by, *change.removes, *(one.about for one in proposals)]
        others = [member for member in self.awake if member not in away]
        others = [member for member in others if may(member.by.name, "tries again", change.kinds)]
        return [(self.rng.choice(others), lost)] if others else []

    def hear_late(self, member: Member, proposed: Proposed, commit: str) -> None:
        """A commit whose proposal was lost changes nothing, and counts once both are there."""
        ((_, heard),) = self.deliver(commit, [member])
        self.expect("refused" in heard, f"{member} took a reference that it cannot know: {heard}")
        ((_, heard),) = self.deliver(proposed.message, [member])
        self.expect(heard == {"heard": True}, f"{member} refused a late proposal: {heard}")
        self.note(member, "hears late")

    def join(self, member: Member, psks: Sequence[str]) -> None:
        """Let somebody come in by an external commit: a newcomer, or a member in the place of its former leaf."""
        former = member.leaf if member in self.members else None
        kinds = frozenset({"join"} | ({"psk"} if psks else set()) | (set() if former is None else {"resync"}))
        if not may(member.by.name, "joins", kinds):
            psks, kinds = [], kinds - {"psk"}
        if not self.can_follow(kinds):
            return
        try:
            commit = self.offer_join(member, psks, former)
        except Refused as refused:
            self.expect(is_known(member.by.name, "joins", refused), f"{member}: {refused}")
            self.note(member, "is kept out")
            return
        self.members = [one for one in self.members if one is not member]
        self.asleep = [one for one in self.asleep if one is not member]
        member.view = ask(member.by, do="accept", member=member.number)
        self.begin(commit, member)
        self.spread(commit, None)
        member.backlog.clear()
        self.members.append(member)
        self.note(member, *sorted(kinds))

    def come_back(self, member: Member) -> bool:
        """Now and then somebody who slept comes in anew, in the place of its former leaf; say whether it has."""
        if member in self.members and self.chance(0.4):
            self.join(member, [])
        return member not in self.asleep

    def wake(self, member: Member) -> None:
        """Somebody hears again: it catches up, or comes in anew."""
        if self.come_back(member):
            return
        backlog, member.backlog = member.backlog, []
        self.asleep.remove(member)
        if backlog and backlog[-1][0] > backlog[0][0]:
            ((_, heard),) = self.deliver(backlog[-1][1], [member])
            self.expect("refused" in heard, f"{member} took a commit of an epoch to come: {heard}")
        removed = False
        for _, message in backlog:
            self.expect(not removed, f"{member} was removed too early")
            ((_, heard),) = self.deliver(message, [member])
            blind = member not in self.members and not may(member.by.name, "is removed", frozenset({"add", "remove"}))
            self.expect("refused" not in heard or blind, f"{member} refused what it found: {heard}")
            removed = "removed" in heard or "refused" in heard
            member.view = heard.get("view", member.view)
        self.expect(removed != (member in self.members), f"{member} woke up to something else")
        self.note(member, "catches up")
