"""The rules of a meeting for those who hold its link: what everybody can check, and who somebody is."""

from collections.abc import Callable
from typing import Final

from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.leaf import LeafNode
from aparte.core.policy.admission import SKEW_MS
from aparte.core.policy.charter import Charter
from aparte.core.policy.meeting import MeetingPolicy, read_person
from aparte.core.policy.person import Person
from aparte.e2ee.keys import Identity, KeysError, LinkKeys, open_identity


class LinkPolicy(MeetingPolicy):
    """``MeetingPolicy`` that also opens every name; ``charter`` is one whose tag was checked."""

    def __init__(
        self, keys: LinkKeys, charter: Charter, clock: Callable[[], int], is_gone: Callable[[bytes], bool]
    ) -> None:
        super().__init__(charter, clock, is_gone, SKEW_MS)
        self._keys: Final = keys

    @property
    def psks(self) -> dict[bytes, bytes]:
        """The link's pre-shared key by its id."""
        return {self._keys.psk_id: self._keys.psk}

    def check_leaf(self, leaf: LeafNode, index: int) -> None:
        """Check the form of a leaf, and that its name opens."""
        super().check_leaf(leaf, index)
        self.identity(leaf)

    def knocker(self, identity: bytes, key: bytes) -> Identity:
        """Check who knocks with the identity and signature key of a leaf, and return who it is; raises ``MlsError``."""
        return self._open(self.check_knock(identity, key))

    def identity(self, leaf: LeafNode) -> Identity:
        """Return who holds a leaf; raises ``MlsError``."""
        return self._open(read_person(leaf))

    def _open(self, person: Person) -> Identity:
        try:
            return open_identity(self._keys.name_key, self.charter.meeting, person)
        except KeysError:
            raise MlsError(Rule.IDENTITY) from None
