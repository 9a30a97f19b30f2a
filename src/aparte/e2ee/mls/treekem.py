"""TreeKEM: path secrets, and update paths made and applied (RFC 9420 sections 7.4 to 7.6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from aparte.core.mls.commit import UpdatePath, UpdatePathNode
from aparte.core.mls.context import GroupContext
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.leaf import LeafNode, Source
from aparte.core.mls.tree import Tree
from aparte.core.mls.treemath import is_below
from aparte.e2ee.mls.hpke import KeyPair, Random
from aparte.e2ee.mls.suite import SecretSuite

PrivateKeys = Mapping[int, bytes]
"""Private keys of the own leaf and of ancestors, by node."""


@dataclass(frozen=True, slots=True, repr=False)
class NewPath:
    """A path that is made and not yet sealed: ``leaf`` is signed, ``secrets`` go to the nodes of ``tree``."""

    tree: Tree
    leaf: LeafNode
    secrets: Mapping[int, bytes]
    public: Mapping[int, bytes]
    private: PrivateKeys
    commit_secret: bytes


def node_key_pair(suite: SecretSuite, path_secret: bytes) -> KeyPair:
    """Return the key pair of a node."""
    return suite.key_pair(suite.derive_secret(path_secret, "node"))


def next_path_secret(suite: SecretSuite, path_secret: bytes) -> bytes:
    """Return the path secret of the node above; above the last it is the commit secret."""
    return suite.derive_secret(path_secret, "path")


def new_path(
    suite: SecretSuite, tree: Tree, leaf: int, template: LeafNode, signature_key: bytes, group_id: bytes, random: Random
) -> NewPath:
    """Make fresh keys for a leaf and everything above it; ``template`` says who the leaf is.

    Where nobody else is left there is no node to derive from: the commit secret is fresh randomness then, so that
    those who were just removed, and know the init secret, cannot follow.
    """
    own = suite.key_pair(random(suite.size))
    secrets: dict[int, bytes] = {}
    pairs: dict[int, KeyPair] = {}
    secret = random(suite.size)
    for node, _ in tree.filtered_path(leaf):
        secrets[node], pairs[node] = secret, node_key_pair(suite, secret)
        secret = next_path_secret(suite, secret)
    parents, parent_hash = tree.path_nodes(leaf, [pair.public for pair in pairs.values()])
    unsigned = replace(
        template,
        encryption_key=own.public,
        source=Source.COMMIT,
        lifetime=None,
        parent_hash=parent_hash,
        signature=b"",
    )
    signature = suite.sign_with_label(signature_key, "LeafNodeTBS", unsigned.to_be_signed(group_id, leaf))
    signed = replace(unsigned, signature=signature)
    private = {2 * leaf: own.private, **{index: pair.private for index, pair in pairs.items()}}
    public = {index: pair.public for index, pair in pairs.items()}
    return NewPath(tree.merge(leaf, signed, parents), signed, secrets, public, private, secret)


def seal_path(
    suite: SecretSuite,
    path: NewPath,
    base: Tree,
    committer: int,
    added: Iterable[int],
    context: GroupContext,
    random: Random,
) -> UpdatePath:
    """Seal every path secret to those who need it; ``base`` is the tree before the path, ``added`` leaves are left out.

    Raises ``ValueError`` for a key in the tree that nobody can encapsulate to.
    """
    fresh = {2 * leaf for leaf in added}
    info = context.encoded
    nodes: list[UpdatePathNode] = []
    for node, child in base.filtered_path(committer):
        sealed = tuple(
            suite.encrypt_with_label(_key(base, receiver), "UpdatePathNode", info, path.secrets[node], random)
            for receiver in base.resolution(child)
            if receiver not in fresh
        )
        nodes.append(UpdatePathNode(path.public[node], sealed))
    return UpdatePath(path.leaf, tuple(nodes))


def _key(tree: Tree, node: int) -> bytes:
    found = tree.nodes[node]
    if found is None:
        raise MlsError(Rule.PATH_KEYS)
    return found.encryption_key


def open_path(
    suite: SecretSuite,
    path: UpdatePath,
    base: Tree,
    tree: Tree,
    committer: int,
    own: int,
    keys: PrivateKeys,
    added: Iterable[int],
    context: GroupContext,
) -> tuple[PrivateKeys, bytes]:
    """Open somebody's path, and return our private keys in ``tree`` and the commit secret; raises ``MlsError``."""
    fresh = {2 * leaf for leaf in added}
    for (node, child), sealed in zip(base.filtered_path(committer), path.nodes, strict=True):
        if not is_below(2 * own, child):
            continue
        receivers = [receiver for receiver in base.resolution(child) if receiver not in fresh]
        for receiver, ciphertext in zip(receivers, sealed.encrypted_path_secret, strict=True):
            key = keys.get(receiver)
            if key is not None and is_below(2 * own, receiver):
                try:
                    secret = suite.decrypt_with_label(key, "UpdatePathNode", context.encoded, ciphertext)
                except ValueError:
                    raise MlsError(Rule.PATH_OPENS) from None
                return derive_upwards(suite, tree, committer, node, secret, still_valid(tree, own, keys))
    raise MlsError(Rule.PATH_OPENS)


def derive_upwards(
    suite: SecretSuite, tree: Tree, committer: int, node: int, path_secret: bytes, known: PrivateKeys
) -> tuple[PrivateKeys, bytes]:
    """Return ``known`` with the keys of a committer's path from ``node``, which is on it, up, and the commit secret.

    Every key must be the private half of what stands in ``tree``: else its maker could plant one of its own.
    """
    require(len(path_secret) == suite.size, Rule.PATH_OPENS)
    keys = dict(known)
    path = [above for above, _ in tree.filtered_path(committer)]
    for above in path[path.index(node) :]:
        pair = node_key_pair(suite, path_secret)
        require(pair.public == _key(tree, above), Rule.PATH_KEYS)
        keys[above] = pair.private
        path_secret = next_path_secret(suite, path_secret)
    return keys, path_secret


def still_valid(tree: Tree, leaf: int, keys: PrivateKeys) -> dict[int, bytes]:
    """Return the private keys whose nodes are still there and not blank; a path over them replaces the rest."""
    places = {2 * leaf, *tree.direct_path(leaf)}
    return {node: key for node, key in keys.items() if node in places and tree.nodes[node] is not None}
