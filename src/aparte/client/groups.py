"""What a membership asks of MLS; the randomness is the system's."""

import secrets

from cryptography.exceptions import InvalidSignature

from aparte.client.people import Roster, read_roster
from aparte.core.wire.control import ServerMessage, decode_server
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.meeting import MeetingGroup, Participant, Proposed
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

    def join(self, info: bytes, tree: bytes, who: Participant) -> Proposed:
        """Ask to join the group of a GroupInfo."""
        return MeetingGroup.join(info, tree, who, self._random, suite=self._suite)

    def commit(self, group: MeetingGroup, removes: list[int]) -> Proposed:
        """Propose fresh keys for everybody, without the leaves ``removes``."""
        return group.commit(removes, self._random)

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
