/** GroupInfo: what a member leaves with the server so that others can join, and what a newcomer demands of it (RFC 9420, 12.4.3). */

import { defaultClientConfig } from "ts-mls/clientConfig.js";
import { throwIfDefined, validateRatchetTree } from "ts-mls/clientState.js";
import { createGroupInfoWithExternalPubAndRatchetTree } from "ts-mls/createCommit.js";
import { type GroupInfo, ratchetTreeFromExtension, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import type { RatchetTree } from "ts-mls/ratchetTree.js";
import { type Identity, type Member, readLeaf } from "./leaf";
import { readMessage, writeMessage } from "./message";
import { GroupError, refuseAs } from "./refusal";
import { type State, toClientState } from "./state";
import { SUITE_NAME, type Suite } from "./suite";
import { leafAt, leavesOf, MAX_LEAVES } from "./tree";
import { isPublicKey } from "./xwing";

export const GROUP_ID_LENGTH = 32;

export interface CheckedInfo {
  readonly info: GroupInfo;
  readonly tree: RatchetTree;
  readonly externalPub: Uint8Array;
  readonly members: readonly Member[];
}

/** The GroupInfo of `state`'s epoch with the external public key and the tree, signed by its own leaf. */
export async function makeInfo(suite: Suite, state: State): Promise<Uint8Array> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(toClientState(state), [], suite);
  return writeMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
}

/**
 * Everything that can be checked from outside: suite, shape, every leaf's identity and signature, parent hashes, tree hash, and the
 * signature of a member. The confirmation tag is out of reach: its key is a secret of that epoch.
 */
export async function checkInfo(suite: Suite, octets: Uint8Array, identity: Identity): Promise<CheckedInfo> {
  const message = readMessage(octets);
  if (message.wireformat !== "mls_group_info") throw new GroupError("forbidden");
  const info = message.groupInfo;
  const context = info.groupContext;
  if (context.version !== "mls10" || context.cipherSuite !== SUITE_NAME) throw new GroupError("wrong-suite");
  if (context.extensions.length > 0) throw new GroupError("forbidden");
  if (context.groupId.length !== GROUP_ID_LENGTH) throw new GroupError("malformed");

  const [external, carried, ...others] = info.extensions;
  if (external?.extensionType !== "external_pub" || carried?.extensionType !== "ratchet_tree" || others.length > 0) {
    throw new GroupError("forbidden");
  }
  if (!isPublicKey(external.extensionData)) throw new GroupError("malformed");
  const tree = await refuseAs("malformed", async () => ratchetTreeFromExtension(info));
  if (tree === undefined) throw new GroupError("malformed");
  checkShape(tree);

  const members: Member[] = [];
  for (const { leaf, node } of leavesOf(tree)) members.push(await readLeaf(node, leaf, identity));
  if (new Set(members.map(({ seat }) => seat)).size !== members.length) throw new GroupError("duplicate-seat");

  await refuseAs("not-authentic", async () => {
    const { lifetimeConfig, authService } = defaultClientConfig;
    throwIfDefined(await validateRatchetTree(tree, context, lifetimeConfig, authService, context.treeHash, suite));
    const signer = leafAt(tree, info.signer);
    if (signer === undefined) throw new GroupError("not-authentic");
    if (!(await verifyGroupInfoSignature(info, signer.signaturePublicKey, suite.signature))) {
      throw new GroupError("not-authentic");
    }
  });
  return { info, tree, externalPub: external.extensionData, members };
}

/** Trees of this group come from external commits only: no unmerged leaves, and no leaf but the creator's that has not committed. */
function checkShape(tree: RatchetTree): void {
  if (tree.length > 2 * MAX_LEAVES - 1) throw new GroupError("too-large");
  for (const [index, node] of tree.entries()) {
    if (node === undefined) continue;
    if ((node.nodeType === "leaf") !== (index % 2 === 0)) throw new GroupError("malformed");
    if (node.nodeType === "parent") {
      if (node.parent.unmergedLeaves.length > 0) throw new GroupError("forbidden");
      if (!isPublicKey(node.parent.hpkePublicKey)) throw new GroupError("malformed");
    } else if (node.leaf.leafNodeSource === "update" || (node.leaf.leafNodeSource === "key_package" && index > 0)) {
      throw new GroupError("forbidden");
    }
  }
}
