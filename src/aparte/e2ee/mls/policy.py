"""The rules of a meeting for those who hold its link: what everybody can check, and who somebody is."""

from typing import Final

from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.policy import MeetingPolicy
from aparte.e2ee.keys import Identity, KeysError, LinkKeys, open_identity


class LinkPolicy(MeetingPolicy):
    """``MeetingPolicy`` that also opens every identity, with the name key of the meeting (16 bytes) and its link."""

    __slots__ = ("_keys", "_meeting")

    def __init__(self, keys: LinkKeys, meeting: bytes) -> None:
        super().__init__(keys.psk_id)
        self._keys: Final = keys
        self._meeting: Final = meeting

    @property
    def psks(self) -> dict[bytes, bytes]:
        """The link's pre-shared key by its id."""
        return {self._keys.psk_id: self._keys.psk}

    def check_leaf(self, leaf: LeafNode, index: int) -> None:
        """Check the form of a leaf, and that its identity opens."""
        super().check_leaf(leaf, index)
        self.identity(leaf)

    def identity(self, leaf: LeafNode) -> Identity:
        """Return who holds a leaf; raises ``MlsError``."""
        try:
            return open_identity(self._keys.name_key, self._meeting, leaf.credential.identity)
        except KeysError:
            raise MlsError(Rule.IDENTITY) from None
