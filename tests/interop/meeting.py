"""Walks of a meeting's group: the product's suite, its rules, and a server that checks every commit."""

from collections.abc import Sequence
from typing import Any, ClassVar

from aparte.core.mls.delivery import check_announcement, follow, follow_from
from aparte.core.mls.errors import MlsError
from aparte.core.mls.policy import MeetingPolicy
from aparte.core.mls.suites import APARTE
from aparte.e2ee.keys import NONCE_SIZE, derive_link_keys, seal_identity
from tests.interop.change import Change, Member
from tests.interop.implementation import Implementation, ask
from tests.interop.walk import Walk

MAX = 1 << 18


class MeetingWalk(Walk):
    """Everybody comes by an external commit with the link's key; members remove others and renew keys."""

    suite = APARTE.id
    seals = False
    steps: ClassVar[dict[str, int]] = {"join": 4, "remove": 2, "refresh": 3, "race": 3, "sleep": 2}

    def __init__(self, seed: int, crew: Sequence[Implementation], most: int = 5) -> None:
        self.meeting = seed.to_bytes(16)
        self.keys = derive_link_keys(bytes(32), self.meeting)
        self.policy = MeetingPolicy(self.keys.psk_id)
        super().__init__(seed, crew, most)
        info, tree = self.described(self.members[0])
        self.server = follow_from(info, tree, self.policy, MAX)

    def identity(self) -> dict[str, Any]:
        """Say who the newest participant is; others' implementations get the identity as we seal it."""
        seat, name = self.count.to_bytes(16), f"Person {self.count}"
        identity = seal_identity(self.keys.name_key, self.meeting, seat, self.rng.randbytes(NONCE_SIZE), name)
        link = {
            "meeting": self.meeting.hex(),
            "psk": self.keys.psk.hex(),
            "psk_id": self.keys.psk_id.hex(),
            "name_key": self.keys.name_key.hex(),
            "seat": seat.hex(),
            "name": name,
        }
        return {"identity": identity.hex(), "extensions": [], "psks": [(link["psk_id"], link["psk"])], "link": link}

    def described(self, member: Member) -> tuple[bytes, bytes]:
        """Return GroupInfo and tree as a member describes its group."""
        answer = ask(member.by, do="info", member=member.number)
        return bytes.fromhex(answer["info"]), bytes.fromhex(answer["tree"])

    def draw_psks(self) -> list[str]:
        """Return the one key that there is."""
        return [self.keys.psk_id.hex()]

    def join_psks(self) -> list[str]:
        """Return it as well."""
        return self.draw_psks()

    def draw_winner(self) -> Change:
        """Return what wins a race."""
        return Change()

    def begin(self, commit: str, maker: Member) -> None:
        """Let the server check a commit and what its maker tells newcomers, before anybody else hears of it."""
        try:
            change = follow(self.server, bytes.fromhex(commit), self.policy, MAX)
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
