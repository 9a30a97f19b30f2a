"""What members and newcomers of a meeting send when they break its rules: a commit and a GroupInfo, as on the wire."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from aparte.core.mls.codec import vector
from aparte.core.mls.commit import Commit, HpkeCiphertext
from aparte.core.mls.errors import Rule
from aparte.core.mls.extensions import Extension, ExtensionType
from aparte.core.mls.framing import NEW_MEMBER, PublicMessage
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import (
    Add,
    GroupContextExtensions,
    PreSharedKey,
    PreSharedKeyId,
    Proposal,
    PskType,
    ReInit,
    Remove,
    Update,
)
from aparte.core.mls.suites import APARTE as PUBLIC_APARTE
from aparte.core.policy.policy import Policy
from aparte.core.wire.limits import MAX_INFO
from aparte.e2ee.mls.commit import Committed
from aparte.e2ee.mls.create import new_key_package
from aparte.e2ee.mls.group import Group, sign_info
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.join import join_external
from aparte.e2ee.mls.meeting import MeetingGroup, Participant, Proposed
from aparte.e2ee.mls.suite import APARTE, SecretSuite
from tests.e2ee.mls.forge import commit_of, frame, path_of, sign_info_again, sign_leaf
from tests.e2ee.mls.policies import UNSAFE_OPEN


class Sent(NamedTuple):
    """A commit and its announcement, and the rule that it breaks."""

    commit: bytes
    info: bytes
    rule: Rule


def bad_commits(group: MeetingGroup, other: MeetingGroup, eve: Participant, random: Random) -> dict[str, Sent]:
    """What a member may not send; ``other`` is another member in the same epoch, ``eve`` somebody who is not there."""
    one, honest = group.group, group.commit([], random)
    leaf = eve.new_leaf(random)
    package = new_key_package(APARTE, leaf, random).package
    foreign = PreSharedKey(PreSharedKeyId(PskType.EXTERNAL, bytes(48), b"another key"))

    def proposing(*proposals: Proposal) -> bytes:
        return write_message(frame(one, commit_of(one, proposals)))

    def with_leaf(edit: Callable[[LeafNode], LeafNode]) -> bytes:
        return write_message(frame(one, commit_of(one, path=path_of(one, edit))))

    theirs = other.group.own_leaf()
    octets: dict[str, tuple[bytes, Rule]] = {
        "cut short": (honest.commit[:-1], Rule.ENCODING),
        "not MLS": (b"\0\1\0\1", Rule.ENCODING),
        "another version": (b"\0\2" + honest.commit[2:], Rule.VERSION),
        "not a commit": (honest.info, Rule.WIRE_FORMAT),
        "badly signed": (write_message(frame(one, commit_of(one), key=leaf.signature_key)), Rule.CONTENT_SIGNATURE),
        "somebody else's": (other.commit([], random).commit, Rule.OWN_SEAT),
        "an epoch's extensions": (proposing(GroupContextExtensions(())), Rule.CONTEXT_POLICY),
        "an add": (proposing(Add(package)), Rule.MEMBER_PROPOSALS),
        "an update": (proposing(Update(leaf.node)), Rule.MEMBER_PROPOSALS),
        "another group": (proposing(ReInit(b"new", 1, PUBLIC_APARTE.id, ())), Rule.MEMBER_PROPOSALS),
        "a foreign key": (proposing(foreign), Rule.MEMBER_PROPOSALS),
        "by reference": (write_message(frame(one, commit_of(one, references=[bytes(48)]))), Rule.BY_VALUE),
        "without a path": (write_message(frame(one, commit_of(one, with_path=False))), Rule.ALWAYS_A_PATH),
        "with data": (write_message(frame(one, commit_of(one), data=b"x")), Rule.AUTHENTICATED_DATA),
        "removing itself": (proposing(Remove(one.leaf)), Rule.OWN_REMOVAL),
        "removing nobody": (proposing(Remove(1_000)), Rule.REMOVED_LEAF),
        "another identity": (
            with_leaf(lambda mine: replace(mine, credential=theirs.credential)),
            Rule.IDENTITY_STAYS,
        ),
        "more abilities": (
            with_leaf(lambda mine: replace(mine, capabilities=replace(mine.capabilities, suites=(1,)))),
            Rule.CAPABILITIES,
        ),
    }
    return {name: Sent(commit, honest.info, rule) for name, (commit, rule) in octets.items()}


def bad_announcements(group: MeetingGroup, other: MeetingGroup, random: Random) -> dict[str, Sent]:
    """Sound commits of a member with a GroupInfo that would keep newcomers out, or lead them elsewhere."""
    made, another = group.commit([], random), group.commit([], random)
    after = made.group.group
    sound = after.info(with_tree=False)
    elsewhere = replace(sound, context=replace(sound.context, tree_hash=other.group.public.context.tree_hash))
    infos: dict[str, tuple[bytes, Rule]] = {
        "the epoch before": (write_message(group.group.info(with_tree=False)), Rule.INFO_TREE),
        "another epoch": (another.info, Rule.INFO_TREE),
        "another tree": (write_message(sign_info_again(after, elsewhere)), Rule.INFO_TREE),
        "another tag": (
            write_message(sign_info_again(after, replace(sound, confirmation_tag=bytes(48)))),
            Rule.INFO_TREE,
        ),
        "with its tree": (write_message(after.info()), Rule.INFO_EXTENSIONS),
        "with more than there may be": (made.info + bytes(MAX_INFO), Rule.SIZE),
        "with something else": (
            write_message(sign_info(after, (*sound.extensions, Extension(77, b"")))),
            Rule.INFO_EXTENSIONS,
        ),
        "without a key": (write_message(sign_info(after, ())), Rule.INFO_EXTENSIONS),
        "a key for nobody": (
            write_message(sign_info(after, (Extension(ExtensionType.EXTERNAL_PUB, vector(bytes(3))),))),
            Rule.PUBLIC_KEY,
        ),
        "badly signed": (write_message(replace(sound, signature=bytes(64))), Rule.INFO_SIGNATURE),
        "signed by another": (
            write_message(replace(sign_info_again(other.group, replace(sound, signer=other.group.leaf)))),
            Rule.INFO_SIGNATURE,
        ),
        "a commit": (made.commit, Rule.WIRE_FORMAT),
        "not MLS": (b"info", Rule.VERSION),
    }
    return {name: Sent(made.commit, info, rule) for name, (info, rule) in infos.items()}


def bad_joins(
    group: MeetingGroup, who: Participant, unseated: Participant, seated: Participant, random: Random
) -> dict[str, Sent]:
    """What an admitted ``who`` may not send; ``unseated`` has another seat than its own, ``seated`` a member's."""
    one = group.group
    info, tree = write_message(one.info(with_tree=False)), one.public.tree.encoded
    honest = MeetingGroup.join(info, tree, who, random)
    elsewhere = replace(who, keys=replace(who.keys, psk_id=b"aparte/1 link\0 another meeting"))

    def joining(
        joiner: Participant, edit: Callable[[LeafNode], LeafNode] = lambda leaf: leaf, removes: tuple[int, ...] = ()
    ) -> bytes:
        """Join in every respect as one should, but for what the arguments say."""
        leaf = joiner.new_leaf(random)
        name = PreSharedKeyId(PskType.EXTERNAL, random(48), joiner.keys.psk_id)
        made = join_external(
            APARTE, UNSAFE_OPEN, one.info(), leaf, random, psks=[(name, joiner.keys.psk)], removes=removes
        )
        return _reframed(one, made, leaf.signature_key, edit)

    octets: dict[str, tuple[bytes, Rule]] = {
        "cut short": (honest.commit[:-1], Rule.ENCODING),
        "a foreign key": (joining(elsewhere), Rule.LINK_PSK),
        "removing somebody": (joining(who, removes=(one.leaf,)), Rule.JOIN_EXACTLY),
        "a seat of its own choice": (joining(unseated), Rule.OWN_SEAT),
        "a second leaf of a seat": (joining(seated), Rule.SEAT_UNIQUE),
        "a member's commit": (group.commit([], random).commit, Rule.SENDER_CONTENT),
        "no identity": (
            joining(who, lambda leaf: replace(leaf, credential=replace(leaf.credential, identity=b"Eve"))),
            Rule.IDENTITY,
        ),
        "more abilities": (
            joining(who, lambda leaf: replace(leaf, capabilities=replace(leaf.capabilities, suites=(1,)))),
            Rule.CAPABILITIES,
        ),
    }
    return {name: Sent(commit, honest.info, rule) for name, (commit, rule) in octets.items()} | {
        "announcing another epoch": Sent(honest.commit, info, Rule.INFO_TREE)
    }


def _reframed(one: Group, made: Committed, key: bytes, edit: Callable[[LeafNode], LeafNode]) -> bytes:
    assert isinstance(made.message, PublicMessage)
    content = made.message.authenticated.framed.content
    assert isinstance(content, Commit)
    assert content.path is not None
    leaf = sign_leaf(one, edit(content.path.leaf), key=key, index=made.group.leaf)
    changed = replace(content, path=replace(content.path, leaf=leaf))
    return write_message(frame(one, changed, sender=NEW_MEMBER, key=key))


# --- what nobody outside can see ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Garbling(SecretSuite):
    """A suite that seals rubbish to some keys: whoever holds one of them gets a path secret that does not open."""

    victims: frozenset[bytes] = frozenset()

    def encrypt_with_label(
        self, public: bytes, label: str, context: bytes, plaintext: bytes, random: Random
    ) -> HpkeCiphertext:
        sealed = super().encrypt_with_label(public, label, context, plaintext, random)
        return replace(sealed, ciphertext=bytes(len(sealed.ciphertext))) if public in self.victims else sealed


def unopenable(
    group: MeetingGroup, random: Random, *victims: int, removes: tuple[int, ...] = (), policy: Policy | None = None
) -> Proposed:
    """A commit that keeps every rule that can be checked from outside, and does not open for the leaves ``victims``.

    Whoever shares the parent by whose key a victim would open it cannot either. Without victims it opens for nobody.
    """
    one, tree = group.group, group.group.public.tree
    hit = [node for leaf in victims for node in (2 * leaf, *tree.direct_path(leaf))]
    nodes = [tree.nodes[node] for node in hit] if victims else tree.nodes
    suite = _Garbling(
        one.suite.public,
        one.suite.hpke,
        one.suite.sign,
        one.suite.signature_key,
        frozenset(node.encryption_key for node in nodes if node is not None),
    )
    made = replace(group, group=replace(one, suite=suite)).commit(list(removes), random, policy)
    return replace(made, group=replace(made.group, group=replace(made.group.group, suite=one.suite)))


def join_with_another_key(info: bytes, tree: bytes, who: Participant, random: Random) -> Proposed:
    """Join with a pre-shared key that only has the name of the link's: no member gets the same confirmation tag."""
    return MeetingGroup.join(info, tree, replace(who, keys=replace(who.keys, psk=bytes(48))), random)
