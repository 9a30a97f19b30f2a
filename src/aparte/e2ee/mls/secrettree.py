"""The secret tree and its ratchets (RFC 9420 section 9): one key for each message, then it is gone.

An immutable value: taking a key returns another tree without it. A receiver keeps the keys of messages that it skipped,
a bounded number of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.framing import ContentType
from aparte.core.mls.treemath import child_towards, left, right, root
from aparte.e2ee.mls.suite import SecretSuite

MAX_AHEAD: Final = 1_000
"""How far a message may be ahead of the last one from its sender; each step costs three derivations."""
MAX_SKIPPED: Final = 1_000
"""How many keys of skipped messages are kept for each ratchet; the oldest go first."""
MAX_GENERATION: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, repr=False)
class MessageKey:
    """A key and a nonce for one message."""

    key: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Ratchet:
    """The keys of one sender's messages of one kind, from ``generation`` on, and those it was asked to skip."""

    secret: bytes
    generation: int = 0
    skipped: Mapping[int, MessageKey] = field(default_factory=dict)

    def step(self, suite: SecretSuite) -> tuple[MessageKey, "Ratchet"]:
        """Return the key of the next generation, and the ratchet after it."""
        require(self.generation < MAX_GENERATION, Rule.GENERATION_AHEAD)
        number = self.generation
        key = suite.derive_tree_secret(self.secret, "key", number, suite.aead.key_size)
        nonce = suite.derive_tree_secret(self.secret, "nonce", number, suite.aead.nonce_size)
        secret = suite.derive_tree_secret(self.secret, "secret", number, suite.size)
        return MessageKey(key, nonce), Ratchet(secret, number + 1, self.skipped)

    def take(self, suite: SecretSuite, generation: int) -> tuple[MessageKey, "Ratchet"]:
        """Return the key of a generation, and the ratchet without it; raises ``MlsError``."""
        if generation < self.generation:
            kept = dict(self.skipped)
            found = kept.pop(generation, None)
            if found is None:
                raise MlsError(Rule.GENERATION_USED)
            return found, replace(self, skipped=kept)
        require(generation - self.generation <= MAX_AHEAD, Rule.GENERATION_AHEAD)
        ratchet, passed = self, dict(self.skipped)
        while ratchet.generation < generation:
            number = ratchet.generation
            passed[number], ratchet = ratchet.step(suite)
        key, ratchet = ratchet.step(suite)
        while len(passed) > MAX_SKIPPED:
            del passed[next(iter(passed))]
        return key, replace(ratchet, skipped=passed)


@dataclass(frozen=True, slots=True, repr=False)
class SecretTree:
    """``secrets`` are of nodes nobody has gone below yet; ``ratchets`` of leaves, by leaf and kind."""

    suite: SecretSuite
    leaves: int
    secrets: Mapping[int, bytes]
    ratchets: Mapping[tuple[int, bool], Ratchet]

    def ratchet(self, leaf: int, kind: ContentType) -> tuple[Ratchet, "SecretTree"]:
        """Return a leaf's ratchet, and the tree in which the secrets above it are dropped."""
        application = kind is ContentType.APPLICATION
        known = self.ratchets.get((leaf, application))
        if known is not None:
            return known, self
        secrets = dict(self.secrets)
        target, node = 2 * leaf, root(self.leaves)
        while node != target:
            secret = secrets.pop(node, None)
            if secret is not None:
                secrets[left(node)] = self.suite.expand_with_label(secret, "tree", b"left", self.suite.size)
                secrets[right(node)] = self.suite.expand_with_label(secret, "tree", b"right", self.suite.size)
            node = child_towards(node, target)
        secret = secrets.pop(target)
        ratchets = {
            **self.ratchets,
            (leaf, False): Ratchet(self.suite.derive_secret(secret, "handshake")),
            (leaf, True): Ratchet(self.suite.derive_secret(secret, "application")),
        }
        return ratchets[leaf, application], replace(self, secrets=secrets, ratchets=ratchets)

    def with_ratchet(self, leaf: int, kind: ContentType, ratchet: Ratchet) -> "SecretTree":
        """Return the tree with a leaf's ratchet moved on."""
        return replace(self, ratchets={**self.ratchets, (leaf, kind is ContentType.APPLICATION): ratchet})

    def take(self, leaf: int, kind: ContentType, generation: int) -> tuple[MessageKey, "SecretTree"]:
        """Return the key of somebody's message, and the tree without it; raises ``MlsError``."""
        ratchet, tree = self.ratchet(leaf, kind)
        key, ratchet = ratchet.take(self.suite, generation)
        return key, tree.with_ratchet(leaf, kind, ratchet)

    def next(self, leaf: int, kind: ContentType) -> tuple[int, MessageKey, "SecretTree"]:
        """Return generation and key of our next message, and the tree without it."""
        ratchet, tree = self.ratchet(leaf, kind)
        generation = ratchet.generation
        key, ratchet = ratchet.step(self.suite)
        return generation, key, tree.with_ratchet(leaf, kind, ratchet)


def secret_tree(suite: SecretSuite, leaves: int, encryption_secret: bytes) -> SecretTree:
    """Return the secret tree of an epoch whose ratchet tree has room for ``leaves``."""
    return SecretTree(suite, leaves, {root(leaves): encryption_secret}, {})
