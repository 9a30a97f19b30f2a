"""When a leaf and a tree are valid (RFC 9420 sections 7.3, 7.9.2 and 12.4.3.1). No secret is needed for it."""

from itertools import pairwise

from aparte.core.mls.context import GroupContext
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.extensions import Extensions, RequiredCapabilities, required_capabilities
from aparte.core.mls.leaf import LeafNode, Source
from aparte.core.mls.tree import ParentNode, Tree
from aparte.core.mls.treemath import is_below, left, right

_DEFAULT_EXTENSIONS = range(1, 6)
_DEFAULT_PROPOSALS = range(1, 8)


def check_leaf(tree: Tree, leaf: LeafNode, extensions: Extensions) -> None:
    """Check what a leaf says of itself against the group's extensions (section 7.3); the signature is apart."""
    able = leaf.capabilities
    require(leaf.credential.type in able.credentials, Rule.LEAF_CREDENTIAL)
    types = {extension.type for extension in leaf.extensions}
    require(types.difference(_DEFAULT_EXTENSIONS) <= set(able.extensions), Rule.LEAF_EXTENSION)
    check_required(leaf, required_capabilities(extensions))
    require(tree.suite.is_public_key(leaf.encryption_key), Rule.PUBLIC_KEY)


def check_required(leaf: LeafNode, required: RequiredCapabilities) -> None:
    """Check that a leaf can do what the group demands (section 11.1)."""
    able = leaf.capabilities
    satisfied = (
        set(required.extensions).difference(_DEFAULT_EXTENSIONS) <= set(able.extensions)
        and set(required.proposals).difference(_DEFAULT_PROPOSALS) <= set(able.proposals)
        and set(required.credentials) <= set(able.credentials)
    )
    require(satisfied, Rule.LEAF_REQUIRED)


def check_extensions_shared(tree: Tree, extensions: Extensions) -> None:
    """Check that every leaf knows every extension of the group, and can do what they demand (section 12.1.7)."""
    types = {extension.type for extension in extensions}.difference(_DEFAULT_EXTENSIONS)
    required = required_capabilities(extensions)
    for _, leaf in tree.leaves():
        require(types <= set(leaf.capabilities.extensions), Rule.EXTENSIONS_SHARED)
        check_required(leaf, required)


def check_leaves_together(tree: Tree) -> None:
    """Check what leaves owe each other: different keys, and credentials that all of them understand."""
    check_keys_differ(tree)
    used = {leaf.credential.type for _, leaf in tree.leaves()}
    for _, leaf in tree.leaves():
        require(used <= set(leaf.capabilities.credentials), Rule.CREDENTIALS_SHARED)


def check_keys_differ(tree: Tree) -> None:
    """Check that no encryption key stands twice in the tree and no signature key at two leaves."""
    encryption = [node.encryption_key for node in tree.nodes if node is not None]
    require(len(set(encryption)) == len(encryption), Rule.ENCRYPTION_KEY_UNIQUE)
    signature = [leaf.signature_key for _, leaf in tree.leaves()]
    require(len(set(signature)) == len(signature), Rule.SIGNATURE_KEY_UNIQUE)


def check_tree(tree: Tree, context: GroupContext) -> None:
    """Check a whole tree that came from somebody else (section 12.4.3.1); raises ``MlsError``."""
    require(tree.hash() == context.tree_hash, Rule.TREE_HASH)
    check_leaves_together(tree)
    check_unmerged(tree)
    for index, node in enumerate(tree.nodes):
        if isinstance(node, ParentNode):
            require(tree.suite.is_public_key(node.encryption_key), Rule.PUBLIC_KEY)
            require(is_parent_hash_valid(tree, index, node), Rule.PARENT_HASH)
    check_extensions_shared(tree, context.extensions)
    for index, leaf in tree.leaves():
        check_leaf(tree, leaf, context.extensions)
        leaf.verify(tree.suite, context.group_id, index)


def check_unmerged(tree: Tree) -> None:
    """Check every list of unmerged leaves: rising, below the node, not blank, and known to the parents between."""
    for index, node in enumerate(tree.nodes):
        if not isinstance(node, ParentNode) or not node.unmerged_leaves:
            continue
        leaves = node.unmerged_leaves
        require(all(a < b for a, b in pairwise(leaves)), Rule.UNMERGED)
        for leaf in leaves:
            require(is_below(2 * leaf, index) and tree.leaf(leaf) is not None, Rule.UNMERGED)
            for above in tree.direct_path(leaf):
                if above == index:
                    break
                between = tree.parent_node(above)
                require(between is None or leaf in between.unmerged_leaves, Rule.UNMERGED)


def is_parent_hash_valid(tree: Tree, index: int, parent: ParentNode) -> bool:
    """Say whether some node below was set together with this parent (section 7.9.2)."""
    children = left(index), right(index)
    for child, other in (children, children[::-1]):
        wanted = tree.parent_hash(parent, original_hash(tree, other, frozenset(parent.unmerged_leaves)))
        resolution = tree.resolution(child)
        unmerged_here = {2 * leaf for leaf in parent.unmerged_leaves if is_below(2 * leaf, child)}
        for below in resolution:
            if parent_hash_of(tree, below) == wanted and unmerged_here == set(resolution) - {below}:
                return True
    return False


def parent_hash_of(tree: Tree, node: int) -> bytes | None:
    """Return the parent hash that a node carries, or ``None`` when it has none to carry."""
    found = tree.nodes[node]
    if isinstance(found, LeafNode):
        return found.parent_hash if found.source is Source.COMMIT else None
    return None if found is None else found.parent_hash


def original_hash(tree: Tree, node: int, without: frozenset[int]) -> bytes:
    """Return the tree hash of a subtree as it was before the leaves ``without`` were added (section 7.9)."""
    if not any(is_below(2 * leaf, node) for leaf in without):
        return tree.hash(node)
    if node % 2 == 0:
        return tree.hash_leaf(node, None)
    parent = tree.parent_node(node)
    if parent is not None:
        kept = tuple(leaf for leaf in parent.unmerged_leaves if leaf not in without)
        parent = ParentNode(parent.encryption_key, parent.parent_hash, kept)
    below = (original_hash(tree, child, without) for child in (left(node), right(node)))
    return tree.hash_parent(parent, *below)


def check_path_keys(tree: Tree, keys: list[bytes]) -> None:
    """Check that the keys of a path are usable, all different, and new to the tree (section 12.4.2)."""
    for key in keys:
        require(tree.suite.is_public_key(key), Rule.PUBLIC_KEY)
    known = {node.encryption_key for node in tree.nodes if node is not None}
    if len(set(keys)) != len(keys) or not known.isdisjoint(keys):
        raise MlsError(Rule.ENCRYPTION_KEY_UNIQUE)
