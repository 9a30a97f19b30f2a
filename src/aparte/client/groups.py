"""What a membership asks of MLS; the randomness is the system's."""

import secrets

from cryptography.exceptions import InvalidSignature

from aparte.client.people import Roster, read_roster
from aparte.core.policy.policy import Policy
from aparte.core.wire.control import Knock, ServerMessage, decode_server
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.meeting import Admitted, MeetingGroup, Participant, Proposed
from aparte.e2ee.mls.suite import APARTE


class Groups:
    """A participant that checks everything itself. Every refusal is an ``MlsError``, and nothing has changed."""

    def __init__(self, random: Random = secrets.token_bytes) -> None:
        self._random = random
        self._suite = APARTE

    def decode(self, text: bytes) -> ServerMessage:
        """Read what the server says; raises ``WireError``."""
        return decode_server(text)

    def create(self, who: Participant) -> tuple[MeetingGroup, bytes, bytes]:
        """Return a group of one, its GroupInfo and its tree."""
        return MeetingGroup.create(who, self._random, self._suite)

    def knock(self, who: Participant) -> tuple[bytes, Knock]:
        """Return the private signature key of a leaf that may come, and what says so."""
        seed = self._random(32)
        key = self._suite.signature_key(seed)
        return seed, Knock(who.credential(key, self._random).identity, key)

    def join(self, info: bytes, tree: bytes, who: Participant, admitted: Admitted | None) -> Proposed:
        """Ask to join the group of a GroupInfo."""
        return MeetingGroup.join(info, tree, who, self._random, suite=self._suite, admitted=admitted)

    def admit(self, group: MeetingGroup, seat: bytes, subject: bytes, leaf_key: bytes) -> bytes:
        """Let somebody in who knocked."""
        return group.admit(seat, subject, leaf_key)

    def commit(self, group: MeetingGroup, removes: list[int], policy: Policy | None = None) -> Proposed:
        """Propose fresh keys for everybody, without the leaves ``removes`` and perhaps under another policy."""
        return group.commit(removes, self._random, policy)

    def process(self, group: MeetingGroup, commit: bytes) -> MeetingGroup:
        """Return the epoch that somebody else's commit begins."""
        return group.process(commit)

    def verify(self, key: bytes, signature: bytes, content: bytes) -> bool:
        """Say whether a signature of a proof holds (spec/attest.md); ``key`` is a leaf's."""
        try:
            self._suite.public.verify(key, signature, content)
        except (InvalidSignature, ValueError):
            return False
        return True

    def roster(self, group: MeetingGroup, before: Roster) -> Roster:
        """Return who is in an epoch; ``before`` is the roster of an earlier one."""
        return read_roster(group, before)
