/** Coming into a group: by an external commit, or by a Welcome (RFC 9420 sections 12.4.3.1 and 12.4.3.2). */

import { checkPskIds } from "../../core/mls/changes";
import type { GroupInfo } from "../../core/mls/context";
import { demand, MlsError, Rule } from "../../core/mls/errors";
import { NEW_MEMBER, WireFormat } from "../../core/mls/framing";
import { ExternalInit, Inline, PreSharedKey, Remove } from "../../core/mls/proposals";
import { checkGroupInfo, externalPub, type Policy } from "../../core/mls/public";
import type { Tree } from "../../core/mls/tree";
import { isBelow } from "../../core/mls/treemath";
import type { Welcome } from "../../core/mls/welcome";
import { equal } from "../../core/octets";
import { type Committed, type Draft, make, spend } from "./commit";
import type { OwnKeyPackage, OwnLeaf } from "./create";
import { findExternalPsk, firstEpoch, type Group, NO_PSKS, type Psks } from "./group";
import type { Random } from "./hpke";
import { epochSecrets, newExternalInit, type Psk, pskSecret, welcomeSecret } from "./keyschedule";
import { confirmationTag } from "./protect";
import { refuseAs, type SecretSuite } from "./suite";
import { deriveUpwards, type PrivateKeys, stillValid } from "./treekem";
import { openGroupInfo, openGroupSecrets } from "./welcome";

/** What a newcomer brings, and the tree if it came apart from the GroupInfo. */
export interface Joining {
  readonly psks?: readonly Psk[];
  /** One leaf at most: our own former one. */
  readonly removes?: readonly number[];
  readonly ratchetTree?: Uint8Array | null;
  /** What the application says along with the commit. */
  readonly authenticatedData?: Uint8Array;
}

/**
 * Makes an external commit into the group that `info` describes; throws `MlsError`.
 *
 * `leaf` says who we are; its encryption key is replaced by the path's.
 */
export async function joinExternal(
  suite: SecretSuite,
  policy: Policy,
  info: GroupInfo,
  leaf: OwnLeaf,
  random: Random,
  { psks = [], removes = [], ratchetTree = null, authenticatedData = new Uint8Array(0) }: Joining = {},
): Promise<Committed> {
  const group = await checkGroupInfo(suite.public, info, policy, ratchetTree);
  const encapsulating = newExternalInit(suite, externalPub(info, suite.public), random);
  const { kemOutput, initSecret } = await refuseAs(Rule.PUBLIC_KEY, encapsulating);
  const proposals = [
    new ExternalInit(kemOutput),
    ...psks.map(({ name }) => new PreSharedKey(name)),
    ...removes.map((removed) => new Remove(removed)),
  ];
  const place = removes.reduce((tree, removed) => tree.remove(removed), group.tree).freeLeaf();
  const draft: Draft = {
    suite,
    policy,
    public: group,
    sender: NEW_MEMBER,
    leaf: place,
    template: leaf.node,
    signatureKey: leaf.signatureKey,
    entries: proposals.map((proposal) => new Inline(proposal)),
    pending: new Map(),
    wireFormat: WireFormat.PUBLIC_MESSAGE,
    withPath: true,
    authenticatedData,
  };
  const keys = psks.map(({ key }) => key);
  const made = await make(draft, { initSecret, psks: keys, membershipKey: new Uint8Array(0) }, random);
  initSecret.fill(0);
  const joined = firstEpoch(suite, policy, place, leaf.signatureKey, {
    public: made.public,
    keys: stillValid(made.public.tree, place, made.path?.private ?? new Map()),
    secrets: made.secrets,
    confirmationTag: made.tag,
  });
  spend(made);
  return { group: joined, message: made.message, welcome: null, before: joined };
}

/** Enters the group that a Welcome opens; throws `MlsError`. The init key must never be used again. */
export async function join(
  suite: SecretSuite,
  policy: Policy,
  welcome: Welcome,
  own: OwnKeyPackage,
  { psks = NO_PSKS, ratchetTree = null }: { psks?: Psks; ratchetTree?: Uint8Array | null } = {},
): Promise<Group> {
  demand(welcome.suite === suite.public.id, Rule.INFO_SUITE);
  const secrets = await openGroupSecrets(suite, welcome, own.keyPackage, own.initKey);
  checkPskIds(suite.public, secrets.psks);
  const psk = await pskSecret(
    suite,
    secrets.psks.map((name) => ({ name, key: findExternalPsk(name, psks) })),
  );
  const info = await openGroupInfo(suite, welcome, await welcomeSecret(suite, secrets.joinerSecret, psk));
  const group = await checkGroupInfo(suite.public, info, policy, ratchetTree);
  const ours = own.keyPackage.leaf.encoded;
  const [leaf] = [...group.tree.leaves()].find(([, node]) => equal(node.encoded, ours)) ?? [];
  if (leaf === undefined) throw new MlsError(Rule.WELCOME_FOR_US);

  const known = new Map([[2 * leaf, own.leaf.encryptionKey]]);
  const keys = await openPathSecret(suite, group.tree, info.signer, leaf, secrets.pathSecret?.secret ?? null, known);
  const epoch = await epochSecrets(suite, secrets.joinerSecret, psk, group.context);
  const tag = await confirmationTag(suite, epoch.confirmation, group.context.confirmedTranscriptHash);
  demand(equal(tag, info.confirmationTag), Rule.INFO_CONFIRMATION);
  const begun = { public: group, keys, secrets: epoch, confirmationTag: tag };
  return firstEpoch(suite, policy, leaf, own.leaf.signatureKey, begun);
}

/** The keys `known` with those that a Welcome's path secret gives. */
async function openPathSecret(
  suite: SecretSuite,
  tree: Tree,
  committer: number,
  leaf: number,
  pathSecret: Uint8Array | null,
  known: PrivateKeys,
): Promise<PrivateKeys> {
  if (pathSecret === null) return known;
  const shared = tree.filteredPath(committer).find(({ node }) => isBelow(2 * leaf, node));
  if (shared === undefined) throw new MlsError(Rule.WELCOME_PATH);
  const derived = deriveUpwards(suite, tree, committer, shared.node, pathSecret, known);
  return (await refuseAs(Rule.WELCOME_PATH, derived)).keys;
}
