"""Making commits (RFC 9420 section 12.4.1), a member's and a newcomer's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aparte.core.mls.changes import Pending, apply, check_member_proposals, check_psks
from aparte.core.mls.commit import Commit, UpdatePath
from aparte.core.mls.context import interim_transcript_hash
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.extensions import Extension, ExtensionType
from aparte.core.mls.framing import NEW_MEMBER, FramedContent, PrivateMessage, PublicMessage, Sender, WireFormat, member
from aparte.core.mls.judge import Change, judge, needs_path, resolve
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.proposals import Add, Inline, Proposal, Reference
from aparte.core.mls.public import Policy, PublicGroup
from aparte.core.mls.treemath import is_below
from aparte.core.mls.welcome import Welcome
from aparte.e2ee.mls.group import Group, Psks, next_epoch, sign_info
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.keyschedule import EpochSecrets, epoch_secrets, joiner_secret, psk_secret, welcome_secret
from aparte.e2ee.mls.protect import confirmation_tag, protect_public, seal_private, sign_content
from aparte.e2ee.mls.suite import SecretSuite
from aparte.e2ee.mls.treekem import NewPath, new_path, seal_path, still_valid
from aparte.e2ee.mls.welcome import seal_welcome


@dataclass(frozen=True, slots=True, repr=False)
class Committed:
    """A commit and the epoch that begins if it is accepted; ``before`` has the key of a sealed commit used up."""

    group: Group
    message: PublicMessage | PrivateMessage
    welcome: Welcome | None
    before: Group


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """Where a commit starts from: the committer as it signs, and the proposals that it takes along."""

    suite: SecretSuite
    policy: Policy
    public: PublicGroup
    sender: Sender
    leaf: int
    template: LeafNode
    signature_key: bytes
    entries: tuple[Inline | Reference, ...]
    pending: dict[bytes, Pending]
    wire_format: WireFormat = WireFormat.PUBLIC_MESSAGE
    with_path: bool = True
    authenticated_data: bytes = b""

    def proposals(self) -> tuple[Pending, ...]:
        """Return the proposals with who made them; raises ``MlsError`` for an unknown reference."""
        return resolve(self.entries, self.sender, self.pending)


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A signed commit with its secrets; ``joiner`` and ``psk`` are what a Welcome is made from."""

    change: Change
    path: NewPath | None
    public: PublicGroup
    secrets: EpochSecrets
    message: PublicMessage
    joiner: bytes
    psk: bytes
    tag: bytes


def make(draft: Draft, init_secret: bytes, psks: Sequence[bytes], membership_key: bytes, random: Random) -> Made:
    """Make a commit; it is judged as its receivers will judge it. Raises ``MlsError``.

    ``psks`` are the pre-shared keys of the proposals in order.
    """
    suite, group_id = draft.suite, draft.public.context.group_id
    applied = apply(draft.public, draft.proposals(), draft.policy)
    base = applied.tree
    if draft.sender == NEW_MEMBER:
        base = base.place(draft.leaf, draft.template)
    context = replace(draft.public.context, epoch=draft.public.context.epoch + 1, extensions=applied.extensions)
    path: NewPath | None = None
    sealed: UpdatePath | None = None
    if draft.with_path:
        path = new_path(suite, base, draft.leaf, draft.template, draft.signature_key, group_id, random)
        context = replace(context, tree_hash=path.tree.hash())
        try:
            sealed = seal_path(suite, path, base, draft.leaf, applied.added, context, random)
        except ValueError:
            raise MlsError(Rule.PUBLIC_KEY) from None
    content_of = Commit(draft.entries, sealed)
    framed = FramedContent(group_id, draft.public.context.epoch, draft.sender, draft.authenticated_data, content_of)
    content = sign_content(suite, draft.wire_format, framed, draft.public.context, draft.signature_key)
    change = judge(draft.public, content, draft.policy, draft.pending)

    commit_secret = bytes(suite.size) if path is None else path.commit_secret
    after = change.after.context
    psk = psk_secret(suite, list(zip(change.psks, psks, strict=True)))
    joiner = joiner_secret(suite, init_secret, commit_secret, after)
    secrets = epoch_secrets(suite, joiner, psk, after)
    tag = confirmation_tag(suite, secrets.confirmation, after.confirmed_transcript_hash)
    interim = interim_transcript_hash(suite.public, after.confirmed_transcript_hash, tag)
    public = replace(change.after, interim_transcript_hash=interim)
    message = protect_public(suite, content.confirmed_with(tag), draft.public.context, membership_key)
    return Made(change, path, public, secrets, message, joiner, psk, tag)


def commit(
    group: Group,
    proposals: Sequence[Proposal],
    random: Random,
    *,
    references: Sequence[bytes] = (),
    psks: Psks | None = None,
    with_path: bool = True,
    private: bool = False,
) -> Committed:
    """Commit proposals by value and by reference; ``with_path`` may be left out for adds and keys alone.

    ``private`` seals the commit. Raises ``MlsError``, and nothing has changed.
    """
    entries: list[Inline | Reference] = [Reference(reference) for reference in references]
    entries += [Inline(proposal) for proposal in proposals]
    draft = Draft(
        group.suite,
        group.policy,
        group.public,
        member(group.leaf),
        group.leaf,
        group.own_leaf(),
        group.signature_key,
        tuple(entries),
        dict(group.pending),
        WireFormat.PRIVATE_MESSAGE if private else WireFormat.PUBLIC_MESSAGE,
        with_path,
    )
    pending = draft.proposals()
    check_member_proposals(group.public, group.leaf, pending)
    draft = replace(draft, with_path=with_path or needs_path(pending))
    keys = [group.find_psk(name, psks or {}) for name in check_psks(group.suite.public, pending)]
    made = make(draft, group.secrets.init, keys, group.secrets.membership, random)
    own = dict(made.path.private) if made.path else {}
    kept = still_valid(made.public.tree, group.leaf, {**group.keys, **own})
    after = next_epoch(group, made.public, kept, made.secrets, made.tag)
    welcome = _welcome(after, made, random)
    if not private:
        return Committed(after, made.message, welcome, group)
    message, messages = seal_private(
        group.suite, made.message.authenticated, group.messages, group.secrets.sender_data, random
    )
    return Committed(after, message, welcome, replace(group, messages=messages))


def _welcome(group: Group, made: Made, random: Random) -> Welcome | None:
    """Seal the new epoch to everybody whom the commit adds."""
    packages = [entry.proposal.key_package for entry in made.change.proposals if isinstance(entry.proposal, Add)]
    if not packages:
        return None
    newcomers = []
    for package, leaf in zip(packages, made.change.added, strict=True):
        secret = None
        if made.path is not None:
            shared = (node for node in made.path.secrets if is_below(2 * leaf, node))
            secret = made.path.secrets[next(shared)]
        newcomers.append((package, secret))
    info = sign_info(group, (Extension(ExtensionType.RATCHET_TREE, group.public.tree.encoded),))
    sealing = welcome_secret(group.suite, made.joiner, made.psk)
    return seal_welcome(group.suite, info, sealing, made.joiner, made.change.psks, newcomers, random)
