"""Coming into a group: by an external commit, or by a Welcome (RFC 9420 sections 12.4.3.1 and 12.4.3.2)."""

import hmac
from collections.abc import Mapping, Sequence

from aparte.core.mls.changes import check_psk_ids
from aparte.core.mls.context import GroupInfo
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.framing import NEW_MEMBER
from aparte.core.mls.proposals import ExternalInit, Inline, PreSharedKey, PreSharedKeyId, Proposal, Remove
from aparte.core.mls.public import Policy, PublicGroup, check_group_info, check_info_of, external_pub
from aparte.core.mls.tree import Tree
from aparte.core.mls.treemath import is_below
from aparte.core.mls.welcome import Welcome
from aparte.e2ee.mls.commit import Committed, Draft, make
from aparte.e2ee.mls.create import OwnKeyPackage, OwnLeaf
from aparte.e2ee.mls.group import Group, Psks, find_external_psk, first_epoch
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.keyschedule import epoch_secrets, new_external_init, psk_secret, welcome_secret
from aparte.e2ee.mls.protect import confirmation_tag
from aparte.e2ee.mls.suite import SecretSuite
from aparte.e2ee.mls.treekem import derive_upwards
from aparte.e2ee.mls.welcome import open_group_info, open_group_secrets


def join_external(
    suite: SecretSuite,
    policy: Policy,
    info: GroupInfo,
    leaf: OwnLeaf,
    random: Random,
    *,
    psks: Sequence[tuple[PreSharedKeyId, bytes]] = (),
    removes: Sequence[int] = (),
    ratchet_tree: bytes | None = None,
    known: PublicGroup | None = None,
    authenticated_data: bytes = b"",
) -> Committed:
    """Make an external commit into the group that ``info`` describes; raises ``MlsError``.

    ``leaf`` says who we are; its encryption key is replaced by the path's. ``removes`` may hold one leaf: our own
    former one. With ``known``, a public half that has been checked, only the GroupInfo is: it must describe that one.
    ``authenticated_data`` is what the application says along with it.
    """
    public = check_group_info(suite.public, info, policy, ratchet_tree) if known is None else known
    if known is not None:
        check_info_of(info, known, policy)
    kem_output, init_secret = _external_init(suite, external_pub(info, suite.public), random)
    proposals: list[Proposal] = [ExternalInit(kem_output)]
    proposals += [PreSharedKey(name) for name, _ in psks]
    proposals += [Remove(removed) for removed in removes]
    place = public.tree
    for removed in removes:
        place = place.remove(removed)
    draft = Draft(
        suite,
        policy,
        public,
        NEW_MEMBER,
        place.free_leaf(),
        leaf.node,
        leaf.signature_key,
        tuple(Inline(proposal) for proposal in proposals),
        {},
        authenticated_data=authenticated_data,
    )
    made = make(draft, init_secret, [psk for _, psk in psks], b"", random)
    keys = made.path.private if made.path else {}
    group = first_epoch(suite, policy, made.public, draft.leaf, leaf.signature_key, keys, made.secrets, made.tag)
    return Committed(group, made.message, None, group)


def _external_init(suite: SecretSuite, public: bytes, random: Random) -> tuple[bytes, bytes]:
    try:
        return new_external_init(suite, public, random)
    except ValueError:
        raise MlsError(Rule.PUBLIC_KEY) from None


def join(
    suite: SecretSuite,
    policy: Policy,
    welcome: Welcome,
    own: OwnKeyPackage,
    *,
    psks: Psks | None = None,
    ratchet_tree: bytes | None = None,
) -> Group:
    """Enter the group that a Welcome opens; raises ``MlsError``. The init key must never be used again."""
    require(welcome.suite == suite.public.id, Rule.INFO_SUITE)
    secrets = open_group_secrets(suite, welcome, own.package, own.init_key)
    check_psk_ids(suite.public, secrets.psks)
    known = [(name, find_external_psk(name, psks or {})) for name in secrets.psks]
    psk = psk_secret(suite, known)
    info = open_group_info(suite, welcome, welcome_secret(suite, secrets.joiner_secret, psk))
    public = check_group_info(suite.public, info, policy, ratchet_tree)
    leaf = next((index for index, node in public.tree.leaves() if node == own.package.leaf), None)
    if leaf is None:
        raise MlsError(Rule.WELCOME_FOR_US)

    keys: Mapping[int, bytes] = {2 * leaf: own.leaf.encryption_key}
    if secrets.path_secret is not None:
        shared = _shared_node(public.tree, info.signer, leaf)
        try:
            keys, _ = derive_upwards(suite, public.tree, info.signer, shared, secrets.path_secret.secret, keys)
        except MlsError:
            raise MlsError(Rule.WELCOME_PATH) from None
    epoch = epoch_secrets(suite, secrets.joiner_secret, psk, public.context)
    tag = confirmation_tag(suite, epoch.confirmation, public.context.confirmed_transcript_hash)
    require(hmac.compare_digest(tag, info.confirmation_tag), Rule.INFO_CONFIRMATION)
    return first_epoch(suite, policy, public, leaf, own.leaf.signature_key, keys, epoch, tag)


def _shared_node(tree: Tree, committer: int, leaf: int) -> int:
    """Return the lowest node of a committer's path that stands above our leaf."""
    shared = (node for node, _ in tree.filtered_path(committer) if is_below(2 * leaf, node))
    found = next(shared, None)
    if found is None:
        raise MlsError(Rule.WELCOME_PATH)
    return found
