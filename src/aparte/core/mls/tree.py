"""The ratchet tree (RFC 9420 sections 7.4 to 7.8) as an immutable value. Hashes and paths are computed once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from aparte.core.mls.codec import Reader, decode, optional, u32, vector
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.suites import Suite
from aparte.core.mls.treemath import child_towards, direct_path, left, right, root, sibling


@dataclass(frozen=True)
class ParentNode:
    """A parent: ``unmerged_leaves`` are leaf indices, rising."""

    encryption_key: bytes
    parent_hash: bytes
    unmerged_leaves: tuple[int, ...] = ()

    @cached_property
    def encoded(self) -> bytes:
        """``ParentNode``."""
        leaves = vector(b"".join(map(u32, self.unmerged_leaves)))
        return vector(self.encryption_key) + vector(self.parent_hash) + leaves

    @classmethod
    def read(cls, reader: Reader) -> "ParentNode":
        """Read a ``ParentNode``."""
        begin = reader.at
        node = cls(reader.vector(), reader.vector(), reader.items(Reader.u32))
        vars(node).update(encoded=reader.since(begin))  # the only spelling, as in LeafNode.read
        return node


Node = LeafNode | ParentNode


class Tree:
    """A full binary tree: ``nodes`` has 2^(k+1) - 1 entries, ``None`` where blank. Leaves are counted from 0."""

    __slots__ = ("_hashes", "_paths", "nodes", "suite")

    def __init__(self, suite: Suite, nodes: tuple[Node | None, ...], hashes: list[bytes | None] | None = None) -> None:
        self.suite: Final = suite
        self.nodes: Final = nodes
        self._hashes: Final[list[bytes | None]] = hashes if hashes is not None else [None] * len(nodes)
        self._paths: Final[dict[int, tuple[tuple[int, int], ...]]] = {}

    @classmethod
    def decode(cls, suite: Suite, data: bytes) -> "Tree":
        """Read the octets of a ``ratchet_tree`` extension (section 12.4.3.3); raises ``MlsError``."""
        nodes = decode(data, lambda reader: reader.items(lambda inner: inner.optional(_read_node)))
        require(bool(nodes) and nodes[-1] is not None, Rule.TREE_SHAPE)
        for index, node in enumerate(nodes):
            require(node is None or isinstance(node, LeafNode) == (index % 2 == 0), Rule.TREE_SHAPE)
        width = 1
        while width < len(nodes):
            width = 2 * width + 1
        return cls(suite, nodes + (None,) * (width - len(nodes)))

    @property
    def encoded(self) -> bytes:
        """The octets of a ``ratchet_tree`` extension: the nodes up to the last that is not blank."""
        last = max((index for index, node in enumerate(self.nodes) if node is not None), default=-1)
        parts: list[bytes] = []
        for node in self.nodes[: last + 1]:
            if node is None:
                parts.append(b"\0")
            else:
                parts.append(b"\1\1" if isinstance(node, LeafNode) else b"\1\2")
                parts.append(node.encoded)
        return vector(b"".join(parts))

    @property
    def size(self) -> int:
        """How many leaves there is room for."""
        return (len(self.nodes) + 1) // 2

    @property
    def root(self) -> int:
        """The node at the top."""
        return root(self.size)

    def leaf(self, index: int) -> LeafNode | None:
        """Return a leaf, or ``None`` where it is blank or outside."""
        node = self.nodes[2 * index] if 0 <= index < self.size else None
        return node if isinstance(node, LeafNode) else None

    def parent_node(self, node: int) -> ParentNode | None:
        """Return a parent node, or ``None`` where it is blank."""
        found = self.nodes[node]
        return found if isinstance(found, ParentNode) else None

    def leaves(self) -> Iterator[tuple[int, LeafNode]]:
        """Give every leaf that is not blank with its index, rising."""
        for index, node in enumerate(self.nodes[::2]):
            if isinstance(node, LeafNode):
                yield index, node

    def resolution(self, node: int) -> tuple[int, ...]:
        """Return the nodes that together cover every leaf under a node (section 4.1.1)."""
        found = self.nodes[node]
        if isinstance(found, ParentNode):
            return (node, *(2 * leaf for leaf in found.unmerged_leaves))
        if found is not None:
            return (node,)
        if node % 2 == 0:
            return ()
        return self.resolution(left(node)) + self.resolution(right(node))

    def direct_path(self, leaf: int) -> tuple[int, ...]:
        """Return the ancestors of a leaf, from its parent to the root."""
        return direct_path(2 * leaf, self.size)

    def filtered_path(self, leaf: int) -> tuple[tuple[int, int], ...]:
        """Return ``(ancestor, copath child)`` from the leaf up, where the child covers anybody (section 4.1.2)."""
        known = self._paths.get(leaf)
        if known is None:
            path = [(node, sibling(child_towards(node, 2 * leaf))) for node in self.direct_path(leaf)]
            known = self._paths[leaf] = tuple((node, child) for node, child in path if self.resolution(child))
        return known

    # --- changes: each returns a new tree ---------------------------------------------------------------------------

    def _changed(self, changes: Mapping[int, Node | None], width: int | None = None) -> "Tree":
        """Set nodes, in a tree of ``width`` nodes; hashes above them are forgotten."""
        nodes, hashes = list(self.nodes), list(self._hashes)
        width = width or len(nodes)
        nodes += [None] * (width - len(nodes))
        hashes += [None] * (width - len(hashes))
        size = (width + 1) // 2
        for index, node in changes.items():
            nodes[index] = node
            hashes[index] = None
        for index in changes:
            for above in direct_path(index, size):
                hashes[above] = None
        return Tree(self.suite, tuple(nodes), hashes)

    def free_leaf(self) -> int:
        """Return the leftmost blank leaf; it may be the first outside."""
        return next((index for index in range(self.size) if self.nodes[2 * index] is None), self.size)

    def place(self, index: int, leaf: LeafNode) -> "Tree":
        """Set a leaf and nothing else; the tree doubles for the first leaf outside."""
        return self._changed({2 * index: leaf}, len(self.nodes) if index < self.size else 2 * len(self.nodes) + 1)

    def add(self, leaf: LeafNode) -> tuple["Tree", int]:
        """Add a leaf (section 7.7); the parents above do not know it yet, and say so."""
        index = self.free_leaf()
        tree = self.place(index, leaf)
        unmerged: dict[int, Node | None] = {}
        for above in tree.direct_path(index):
            node = tree.parent_node(above)
            if node is not None:
                leaves = tuple(sorted((*node.unmerged_leaves, index)))
                unmerged[above] = ParentNode(node.encryption_key, node.parent_hash, leaves)
        return tree._changed(unmerged), index

    def update(self, index: int, leaf: LeafNode) -> "Tree":
        """Replace a leaf and blank the parents above it (section 12.1.2)."""
        return self._changed({2 * index: leaf, **dict.fromkeys(self.direct_path(index))})

    def remove(self, index: int) -> "Tree":
        """Blank a leaf and the parents above it; the tree halves while its right half is blank (section 7.8)."""
        return self._changed({2 * index: None, **dict.fromkeys(self.direct_path(index))})._truncated()

    def _truncated(self) -> "Tree":
        width = len(self.nodes)
        while width > 1 and all(node is None for node in self.nodes[width // 2 + 1 : width]):
            width //= 2
        if width == len(self.nodes):
            return self
        return Tree(self.suite, self.nodes[:width], self._hashes[:width])

    def path_nodes(self, leaf: int, keys: Iterable[bytes]) -> tuple[dict[int, ParentNode], bytes]:
        """Return the parents that a path with these keys (from the leaf up) sets, and the leaf's parent hash (7.9)."""
        path = list(zip(self.filtered_path(leaf), keys, strict=True))
        above = b""
        nodes: dict[int, ParentNode] = {}
        for (node, child), key in reversed(path):
            nodes[node] = ParentNode(key, above)
            above = self.parent_hash(nodes[node], self.hash(child))
        return nodes, above

    def merge(self, leaf: int, new: LeafNode, nodes: Mapping[int, ParentNode]) -> "Tree":
        """Put a path into the tree (section 7.5): ancestors of the leaf that are not in ``nodes`` become blank."""
        return self._changed({2 * leaf: new, **dict.fromkeys(self.direct_path(leaf)), **nodes})

    # --- hashes -----------------------------------------------------------------------------------------------------

    def hash(self, node: int | None = None) -> bytes:
        """Return the tree hash of a node, or of the whole tree (section 7.8)."""
        node = self.root if node is None else node
        known = self._hashes[node]
        if known is None:
            if node % 2 == 0:
                known = self.hash_leaf(node, self.leaf(node // 2))
            else:
                known = self.hash_parent(self.parent_node(node), self.hash(left(node)), self.hash(right(node)))
            self._hashes[node] = known
        return known

    def hash_leaf(self, node: int, leaf: LeafNode | None) -> bytes:
        """Hash ``TreeHashInput`` of a leaf."""
        return self.suite.hash(b"\1" + u32(node // 2) + optional(leaf))

    def hash_parent(self, parent: ParentNode | None, left_hash: bytes, right_hash: bytes) -> bytes:
        """Hash ``TreeHashInput`` of a parent."""
        return self.suite.hash(b"\2" + optional(parent) + vector(left_hash) + vector(right_hash))

    def parent_hash(self, parent: ParentNode, sibling_hash: bytes) -> bytes:
        """Hash ``ParentHashInput`` (section 7.9)."""
        return self.suite.hash(vector(parent.encryption_key) + vector(parent.parent_hash) + vector(sibling_hash))


def _read_node(reader: Reader) -> Node:
    match reader.u8():
        case 1:
            return LeafNode.read(reader)
        case 2:
            return ParentNode.read(reader)
        case _:
            raise MlsError(Rule.ENCODING)
