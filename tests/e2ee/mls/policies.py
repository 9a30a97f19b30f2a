"""What the vectors of others need: a policy that allows all that RFC 9420 allows."""

from aparte.core.mls.context import GroupInfo
from aparte.core.mls.framing import AuthenticatedContent
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.public import PublicGroup
from aparte.core.mls.tree import Tree


class UnsafeOpenPolicy:
    """Demands nothing beyond RFC 9420; for tests alone."""

    def check_info(self, info: GroupInfo, tree: Tree) -> None:
        """Allow it."""

    def check_message(self, group: PublicGroup, message: AuthenticatedContent) -> None:
        """Allow it."""

    def check_leaf(self, leaf: LeafNode, index: int) -> None:
        """Allow it."""

    def check_successor(self, old: LeafNode, new: LeafNode) -> None:
        """Allow it."""

    def check_leaves(self, tree: Tree) -> None:
        """Allow them."""


UNSAFE_OPEN = UnsafeOpenPolicy()
