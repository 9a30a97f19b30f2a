/** What one epoch of the group consists of, and nothing that it does not need. */

import { defaultClientConfig } from "ts-mls/clientConfig.js";
import type { ClientState } from "ts-mls/clientState.js";
import type { GroupContext } from "ts-mls/groupContext.js";
import type { KeySchedule } from "ts-mls/keySchedule.js";
import type { RatchetTree } from "ts-mls/ratchetTree.js";
import { directPath, leafToNodeIndex, leafWidth, toLeafIndex } from "ts-mls/treemath.js";
import { equal } from "./bytes";
import { GroupError } from "./refusal";
import { publicKeyOf } from "./xwing";

/** Secrets of the key schedule (RFC 9420, section 8) that outlive the making of the epoch. */
export interface EpochSecrets {
  readonly init: Uint8Array;
  readonly external: Uint8Array;
  readonly membership: Uint8Array;
  readonly exporter: Uint8Array;
  readonly authenticator: Uint8Array;
}

/** Private keys of the own leaf and of the ancestors that it knows, by node index. */
export type PathKeys = Readonly<Record<number, Uint8Array>>;

export interface State {
  readonly context: GroupContext;
  readonly confirmationTag: Uint8Array;
  readonly tree: RatchetTree;
  readonly leaf: number;
  readonly signatureKey: Uint8Array;
  readonly pathKeys: PathKeys;
  readonly secrets: EpochSecrets;
}

/** Takes over what is kept and wipes the rest: this group sends no MLS application messages and branches nothing. */
export function keepSecrets(schedule: KeySchedule): EpochSecrets {
  for (const dropped of [schedule.senderDataSecret, schedule.confirmationKey, schedule.resumptionPsk]) dropped.fill(0);
  return {
    init: schedule.initSecret,
    external: schedule.externalSecret,
    membership: schedule.membershipKey,
    exporter: schedule.exporterSecret,
    authenticator: schedule.epochAuthenticator,
  };
}

/**
 * The keys of `known` that belong to `tree`: one for the own leaf and for every filled ancestor, each a copy and each the private half of
 * the public key that stands there (RFC 9420, section 7.5). A path whose keys do not fit is refused as not-authentic: its sender could
 * otherwise plant a key of its own in the tree. Keys of blank or foreign nodes are left behind.
 */
export function ownPathKeys(tree: RatchetTree, leaf: number, known: PathKeys): PathKeys {
  const own = leafToNodeIndex(toLeafIndex(leaf));
  const kept: Record<number, Uint8Array> = {};
  for (const index of [own, ...directPath(own, leafWidth(tree.length))]) {
    const node = tree[index];
    if (node === undefined) continue;
    const expected = node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey;
    const key = known[index];
    if (key === undefined || !equal(publicKeyOf(key), expected)) throw new GroupError("not-authentic");
    kept[index] = key.slice();
  }
  return kept;
}

/** The state in the library's shape. What we do not keep is empty there, and nothing of a past epoch is retained. */
export function toClientState(state: State): ClientState {
  const none = new Uint8Array(0);
  return {
    groupContext: state.context,
    confirmationTag: state.confirmationTag,
    ratchetTree: state.tree,
    privatePath: { leafIndex: state.leaf, privateKeys: { ...state.pathKeys } },
    signaturePrivateKey: state.signatureKey,
    keySchedule: {
      initSecret: state.secrets.init,
      externalSecret: state.secrets.external,
      membershipKey: state.secrets.membership,
      exporterSecret: state.secrets.exporter,
      epochAuthenticator: state.secrets.authenticator,
      senderDataSecret: none,
      confirmationKey: none,
      resumptionPsk: none,
    },
    secretTree: [],
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
    clientConfig: defaultClientConfig,
  };
}

/** Our state of the epoch that the library made out of `before`. What it holds beyond that is wiped; `before` stays as it is. */
export function takeOver(next: ClientState, before: State): State {
  const known = next.privatePath.privateKeys;
  const pathKeys = ownPathKeys(next.ratchetTree, before.leaf, known);
  for (const [index, key] of Object.entries(known)) {
    if (before.pathKeys[Number(index)] !== key) key.fill(0);
  }
  for (const { handshake, application } of next.secretTree) {
    handshake.secret.fill(0);
    application.secret.fill(0);
  }
  return {
    context: next.groupContext,
    confirmationTag: next.confirmationTag,
    tree: next.ratchetTree,
    leaf: before.leaf,
    signatureKey: before.signatureKey.slice(),
    pathKeys,
    secrets: keepSecrets(next.keySchedule),
  };
}

export function wipe(state: State): void {
  state.signatureKey.fill(0);
  for (const key of Object.values(state.pathKeys)) key.fill(0);
  for (const secret of Object.values(state.secrets) as Uint8Array[]) secret.fill(0);
}
