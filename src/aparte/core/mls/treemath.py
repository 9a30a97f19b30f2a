"""Arithmetic of the array form of a tree (RFC 9420 appendix C): leaves are the even nodes, parents the odd ones."""

from functools import lru_cache


def node_width(leaves: int) -> int:
    """Return the number of nodes of a tree of ``leaves`` leaves."""
    return 2 * leaves - 1 if leaves else 0


def level(node: int) -> int:
    """Return the height of a node above the leaves."""
    return ((~node & (node + 1)).bit_length()) - 1


def root(leaves: int) -> int:
    """Return the root of a full tree of ``leaves`` (a power of two) leaves."""
    return leaves - 1


def left(node: int) -> int:
    """Return the left child of a parent node."""
    return node ^ (1 << (level(node) - 1))


def right(node: int) -> int:
    """Return the right child of a parent node."""
    return node ^ (3 << (level(node) - 1))


def parent(node: int) -> int:
    """Return the parent of a node; the root's is that of a tree twice as large."""
    height = level(node)
    return (node | (1 << height)) & ~(1 << (height + 1))


def sibling(node: int) -> int:
    """Return the other child of a node's parent."""
    return node ^ (2 << level(node))


@lru_cache(maxsize=4_096)
def direct_path(node: int, leaves: int) -> tuple[int, ...]:
    """Return the ancestors of a node from its parent to the root."""
    top = root(leaves)
    path: list[int] = []
    while node != top:
        node = parent(node)
        path.append(node)
    return tuple(path)


def is_below(node: int, ancestor: int) -> bool:
    """Say whether a node is the other or stands somewhere under it."""
    return abs(node - ancestor) < 1 << level(ancestor)


def child_towards(ancestor: int, node: int) -> int:
    """Return the child of ``ancestor`` under which a node stands (or which it is)."""
    return left(ancestor) if node < ancestor else right(ancestor)
