"""Walks of a meeting's group: the product's suite, its rules and rights, and a server that checks every commit."""

import random
from collections.abc import Sequence
from typing import Any, ClassVar

from aparte.core.mls.delivery import check_announcement, follow, follow_from
from aparte.core.mls.errors import MlsError, Reason
from aparte.core.mls.suites import APARTE
from aparte.core.policy.charter import Charter
from aparte.core.policy.check import check_change, check_removal
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.meeting import POLICY_TYPE, MeetingPolicy
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import SENDING
from aparte.e2ee.keys import NONCE_SIZE, derive_link_keys
from tests.charters import HouseKey, charter_for
from tests.interop.change import Change, Member
from tests.interop.directing import draw_act
from tests.interop.door import Door, Seated, draw_person
from tests.interop.implementation import Implementation, Refused, ask
from tests.interop.walk import Walk

MAX = 1 << 18
TODAY = 1_790_000_000_000
"""Milliseconds since 1970."""
OURS = ("python", "typescript")
"""Who has all rules of a meeting; the others do what they are told."""
SECRET = bytes(32)
HOUSE = HouseKey()
PERSONS = 8
"""So many come, and some of them with several leaves; the first two are organisers."""


class MeetingWalk(Walk):
    """Everybody comes by an external commit with the link's key; members remove others, renew keys and direct."""

    suite = APARTE.id
    seals = False
    steps: ClassVar[dict[str, int]] = {
        "join": 5,
        "remove": 2,
        "refresh": 2,
        "race": 3,
        "sleep": 2,
        "direct": 4,
        "overstep": 2,
    }

    def __init__(self, seed: int, crew: Sequence[Implementation], most: int = 5) -> None:
        self.meeting = seed.to_bytes(16)
        self.keys = derive_link_keys(SECRET, self.meeting)
        draw = random.Random(seed)
        self.persons = [draw_person(draw, number, HOUSE) for number in range(PERSONS)]
        organisers = tuple(person.own.subject for person in self.persons[:2])
        self.charter: Charter = charter_for(self.meeting, SECRET, HOUSE.key, organisers, everybody=SENDING)
        self.seated: dict[int, Seated] = {}
        self.gone: set[bytes] = set()
        self.rules = MeetingPolicy(self.charter, lambda: TODAY, is_gone=self.gone.__contains__, skew=0)
        self.door = Door(self.charter, TODAY)
        super().__init__(seed, crew, most)
        info, tree = self.described(self.members[0])
        self.server = follow_from(info, tree, self.rules, MAX)

    @property
    def policy(self) -> Policy:
        """Who may do what now."""
        return self.rules.policy(self.server.context)

    def subject(self, member: Member) -> bytes:
        """What rights are given to."""
        return self.seated[member.number].person.own.subject

    # --- who comes --------------------------------------------------------------------------------------------------

    def identity(self) -> dict[str, Any]:
        """Say who the newest participant is; others' implementations get a leaf's key and identity as we make them."""
        person = self.persons[0] if self.count == 1 else self.rng.choice(self.persons)
        seated = Seated(person, self.count.to_bytes(16), self.rng.randbytes(32))
        self.seated[self.count] = seated
        nonce = self.rng.randbytes(NONCE_SIZE)
        identity = person.own.identity(self.keys.name_key, self.meeting, seated.seat, seated.leaf_key, nonce)
        link = {
            "meeting": self.meeting.hex(),
            "psk": self.keys.psk.hex(),
            "psk_id": self.keys.psk_id.hex(),
            "name_key": self.keys.name_key.hex(),
            "charter": self.charter.encoded.hex(),
            "seat": seated.seat.hex(),
            "today": TODAY,
            **person.told,
        }
        return {
            "identity": identity.encoded.hex(),
            "key": seated.pair.hex(),
            "extensions": [POLICY_TYPE],
            "psks": [(link["psk_id"], link["psk"])],
            "link": link,
        }

    def first_extensions(self) -> list[Any]:
        """Return the charter's policy."""
        return [(POLICY_TYPE, Policy.first(self.charter).encoded.hex())]

    def draw_psks(self) -> list[str]:
        """Return the one key that there is."""
        return [self.keys.psk_id.hex()]

    def join_psks(self) -> list[str]:
        """Return it as well."""
        return self.draw_psks()

    def admitters(self) -> list[Member]:
        """Return who may let people in."""
        return [one for one in self.awake if self.door.may_admit(self.policy, self.subject(one))]

    def entrance(self, member: Member) -> dict[str, Any]:
        """Let somebody knock and be admitted, where that is needed and possible."""
        admitters, seated = self.admitters(), self.seated[member.number]
        if not self.door.is_knocked_at(self.policy, seated.person) or not admitters:
            return {"admission": ""}
        admitter = self.rng.choice(admitters)
        self.note(member, "knocks")
        self.note(admitter, "admits")
        ours = member.by.name in OURS
        key = bytes.fromhex(ask(member.by, do="knock", member=member.number)) if ours else seated.leaf_key
        if admitter.by.name not in OURS:
            return {"admission": self.door.sign(self.seated[admitter.number], admitter.leaf, seated, key).hex()}
        order = {"seat": seated.seat.hex(), "subject": seated.person.own.subject.hex(), "key": key.hex()}
        return {"admission": ask(admitter.by, do="admit", member=admitter.number, **order)}

    def can_enter(self, member: Member) -> bool:
        """Say whether somebody may come in now, by itself or admitted."""
        person = self.seated[member.number].person
        return self.door.lets_in(self.policy, person, admitted=bool(self.admitters()))

    def start_late(self, late: Member) -> str | None:
        """Let somebody make an external commit that will lose, who might come in."""
        return super().start_late(late) if self.can_enter(late) else None

    def join(self, member: Member, psks: Sequence[str]) -> None:
        """Let somebody come in, or see that it cannot."""
        if self.can_enter(member):
            super().join(member, psks)
            return
        self.note(member, "is kept out")
        if member.by.name not in OURS:
            self.is_refused(self.offer_join(member, self.join_psks(), None), Reason.NOT_ADMITTED)
            ask(member.by, do="drop", member=member.number)
            return
        try:
            self.offer_join(member, self.join_psks(), None)
        except Refused as refused:
            self.expect("not-admitted" in str(refused), f"{member} was kept out otherwise: {refused}")
        else:
            self.expect(False, f"{member} did not see that it may not come in")

    # --- what is done -----------------------------------------------------------------------------------------------

    def has_right(self, member: Member, change: Change) -> bool:
        """Say whether the policy lets somebody make a change."""
        policy, subject = self.policy, self.subject(member)
        try:
            if change.extensions is not None:
                check_change(policy, Policy.read(bytes.fromhex(change.extensions[0][1])), subject)
            for removed in change.removes:
                if self.seated[removed.number].seat not in self.gone:
                    check_removal(policy, subject, self.subject(removed))
        except PolicyError:
            return False
        return True

    def do_remove(self) -> None:
        """By right; or because the server says that somebody never comes back, and then anybody may."""
        spare = self.rng.choice(self.awake)
        removes = self.some([one for one in self.members if one is not spare], len(self.members) // 2)
        change = Change(removes=removes)
        if self.find_committer(change, []) is None or self.chance(0.3):
            seats = [self.seated[one.number].seat for one in removes]
            self.gone.update(seats)
            for one in self.crew:
                if one.name in OURS:
                    ask(one, do="gone", seats=[seat.hex() for seat in seats])
            self.commit(change)
            return
        self.commit(change)
        self.done["anybody", "removes by right"] += bool(change.removes)

    def do_direct(self) -> None:
        """Change the policy as somebody may; whom it bars is removed with it, or not."""
        director = self.rng.choice(self.awake)
        subjects = [person.own.subject for person in self.persons]
        after = draw_act(self.rng, self.policy, self.subject(director), subjects)
        self.commit(self.changed(after))

    def do_overstep(self) -> None:
        """Somebody whose client knows no rights does what it may not: the server and all of ours refuse."""
        free = [one for one in self.awake if one.by.name not in OURS]
        if not free:
            return
        one = self.rng.choice(free)
        subjects = [person.own.subject for person in self.persons]
        change = self.changed(draw_act(self.rng, self.policy, None, subjects))
        others = [other for other in self.members if other is not one]
        if self.chance(0.5) and others:
            change = Change(removes=[self.rng.choice(others)])
        if self.has_right(one, change):
            return
        made = self.offer(one, change, [])
        self.note(one, "oversteps")
        self.is_refused(made["commit"], Reason.NO_RIGHT)
        ask(one.by, do="drop", member=one.number)

    def changed(self, after: Policy) -> Change:
        """Return the change to another policy."""
        return Change(extensions=[(POLICY_TYPE, after.encoded.hex())])

    def draw_winner(self) -> Change:
        """Return what wins a race."""
        return Change()

    # --- what the server does ---------------------------------------------------------------------------------------

    def described(self, member: Member) -> tuple[bytes, bytes]:
        """Return GroupInfo and tree as a member describes its group."""
        answer = ask(member.by, do="info", member=member.number)
        return bytes.fromhex(answer["info"]), bytes.fromhex(answer["tree"])

    def is_refused(self, commit: str, reason: Reason) -> None:
        """See that the server refuses a commit, and everybody who has the rules."""
        try:
            follow(self.server, bytes.fromhex(commit), self.rules, MAX)
        except MlsError as error:
            self.expect(error.reason is reason, f"the server refused for another reason: {error.rule.id}")
        else:
            self.expect(False, "the server took what nobody may do")
        for member, heard in self.deliver(commit, [one for one in self.awake if one.by.name in OURS]):
            self.expect(str(reason) in heard.get("refused", ""), f"{member} took what nobody may do: {heard}")

    def begin(self, commit: str, maker: Member) -> None:
        """Let the server check a commit and what its maker tells newcomers, before anybody else hears of it."""
        try:
            change = follow(self.server, bytes.fromhex(commit), self.rules, MAX)
            info, tree = self.described(maker)
            check_announcement(change, info, MAX)
        except MlsError as error:
            self.expect(False, f"the server refused what {maker} sent: {error.rule.id} {error.reason}")
            raise
        self.expect(tree == change.after.tree.encoded, f"{maker} has another tree than the server")
        self.server = change.after

    def come_back(self, member: Member) -> bool:
        """Nobody comes back in a former place: whoever has lost the group comes in as somebody new."""
        return False

    def agree(self) -> None:
        """Compare what everybody has, the server too."""
        super().agree()
        ours = self.server.context.encoded.hex()
        self.expect(ours == self.awake[0].view["context"], "the server follows another group")
