"""Many participants in one process, for load: what is the same for all of them is worked out once.

A ``Crowd()`` shares what needs no secret. A commit that arrives at all of them is read and judged (signatures, tree
hashes, policy) by the first one, and so is the signature of a proof; a tree that one has followed is not checked anew
for those who join; its people are listed once. Each participant keeps its own leaf and keys, opens its own share of
every path, derives every epoch's secrets itself and checks the confirmation tag. So they believe each other's checks,
as they believe their own process; participants that should not, get no ``Crowd``.

``Crowd(secrets=True)`` also remembers what X-Wing, HPKE and HKDF give for which input, because members of one group
derive the same keys and open the same ciphertexts. Results are what each would get alone; but private keys stay in
memory for longer than their participants keep them. It is for measuring a server with more participants than the
machine has processors for, and for nothing else.
"""

from dataclasses import replace
from typing import Final

from aparte.client.groups import Groups
from aparte.client.memory import Memory, remembering
from aparte.client.people import Roster
from aparte.core.mls.delivery import read_group_info
from aparte.core.mls.public import PublicGroup
from aparte.core.wire.control import ServerMessage
from aparte.core.wire.limits import MAX_INFO
from aparte.e2ee.mls.meeting import Admitted, Heard, MeetingGroup, Participant, Proposed

_KEPT: Final = 512
"""Epochs that somebody slow may be behind: one reads all that has come for it before the next one reads anything."""
_SIGNATURES: Final = 4_096
"""Proofs of which somebody slow may not have heard yet."""
_SMALL: Final = 1_024
"""Messages of fewer bytes are read faster than found."""


class Crowd(Groups):
    """Shared by participants of one process: ``join(link, name=..., groups=crowd)``."""

    def __init__(self, *, secrets: bool = False) -> None:
        """``secrets``: remember what X-Wing, HPKE and HKDF give, too."""
        super().__init__()
        if secrets:
            self._suite = remembering()
        self._read: Memory[ServerMessage] = Memory(_KEPT)
        self._heard: Memory[Heard] = Memory(_KEPT)
        self._publics: Memory[PublicGroup] = Memory(_KEPT)
        self._rosters: Memory[Roster] = Memory(_KEPT)
        self._verified: Memory[bool] = Memory(_SIGNATURES)

    def decode(self, text: bytes) -> ServerMessage:
        """Read what the server says; raises ``WireError``."""
        if len(text) < _SMALL:
            return super().decode(text)
        return self._read.get(text, lambda: super(Crowd, self).decode(text))

    def join(self, info: bytes, tree: bytes, who: Participant, admitted: Admitted | None) -> Proposed:
        """Ask to join; only a tree that nobody here has followed is checked."""
        known = self._publics.find(read_group_info(info, MAX_INFO).context)
        return MeetingGroup.join(info, tree, who, self._random, known, self._suite, admitted)

    def process(self, group: MeetingGroup, commit: bytes) -> MeetingGroup:
        """Return the epoch that somebody else's commit begins."""
        group = self._sharing(group)
        key = (id(group.group.public), commit)
        after = group.enter(self._heard.get(key, lambda: group.hear(commit)))
        return self._sharing(after)

    def verify(self, key: bytes, signature: bytes, content: bytes) -> bool:
        """Say whether a signature of a proof holds."""
        return self._verified.get((key, signature, content), lambda: super(Crowd, self).verify(key, signature, content))

    def roster(self, group: MeetingGroup, before: Roster) -> Roster:
        """Return who is in an epoch."""
        public = self._sharing(group).group.public
        return self._rosters.get(public.context, lambda: super(Crowd, self).roster(group, before))

    def _sharing(self, group: MeetingGroup) -> MeetingGroup:
        """Return the same epoch with the one public half that everybody here uses: trees take most of the memory."""
        own = group.group.public
        shared = self._publics.get(own.context, lambda: own)
        if shared is own or not shared.is_same(own):
            return group
        return MeetingGroup(replace(group.group, public=shared), group.policy)
