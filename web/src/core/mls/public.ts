/** What everybody knows of one epoch, and how it is checked from outside. */

import { decode } from "./codec";
import { type GroupContext, type GroupInfo, interimTranscriptHash } from "./context";
import { demand, MlsError, Rule } from "./errors";
import { ExtensionType, find } from "./extensions";
import type { AuthenticatedContent } from "./framing";
import type { LeafNode } from "./leaf";
import { type Suite, VERSION } from "./suites";
import { Tree } from "./tree";
import { checkTree } from "./validity";

/** One epoch as its GroupContext, its tree, and the interim transcript hash that the next commit continues. */
export interface PublicGroup {
  readonly suite: Suite;
  readonly context: GroupContext;
  readonly tree: Tree;
  readonly interimTranscriptHash: Uint8Array;
}

/** What an application demands beyond RFC 9420. Every method throws `MlsError` (or rejects with it) or gives nothing. */
export interface Policy {
  /** Judges the description of a group that one is about to follow or to join. */
  checkInfo(info: GroupInfo, tree: Tree): void;
  /** Judges a proposal or commit before anything else is done with it; its signature is not yet checked. */
  checkMessage(group: PublicGroup, message: AuthenticatedContent): void | Promise<void>;
  /** Judges one leaf that is, or is about to be, in the tree. */
  checkLeaf(leaf: LeafNode, index: number): void | Promise<void>;
  /** Judges whether a member may replace its leaf by another. */
  checkSuccessor(old: LeafNode, replacement: LeafNode): void;
  /** Judges all leaves together, after they were judged one by one. */
  checkLeaves(tree: Tree): void;
}

/**
 * Checks a GroupInfo and its tree (sections 12.4.3 and 12.4.3.1); `ratchetTree` is the tree if it came apart.
 *
 * What nobody outside can check is the confirmation tag. Throws `MlsError`.
 */
export async function checkGroupInfo(
  suite: Suite,
  info: GroupInfo,
  policy: Policy,
  ratchetTree: Uint8Array | null = null,
): Promise<PublicGroup> {
  const { context } = info;
  demand(context.version === VERSION && context.suite === suite.id, Rule.INFO_SUITE);
  const octets = find(info.extensions, ExtensionType.RATCHET_TREE) ?? ratchetTree;
  if (octets === null) throw new MlsError(Rule.INFO_TREE);
  const tree = Tree.decode(suite, octets);
  policy.checkInfo(info, tree);
  await Promise.all([...tree.leaves()].map(async ([index, leaf]) => policy.checkLeaf(leaf, index)));
  policy.checkLeaves(tree);
  await checkTree(tree, context);
  const signer = tree.leaf(info.signer);
  if (signer === null) throw new MlsError(Rule.INFO_SIGNATURE);
  await suite.verifyWithLabel(signer.signatureKey, "GroupInfoTBS", info.body, info.signature, Rule.INFO_SIGNATURE);
  const interim = await interimTranscriptHash(suite, context.confirmedTranscriptHash, info.confirmationTag);
  return { suite, context, tree, interimTranscriptHash: interim };
}

/** The key that a newcomer encapsulates its init secret to; throws `MlsError`. */
export function externalPub(info: GroupInfo, suite: Suite): Uint8Array {
  const data = find(info.extensions, ExtensionType.EXTERNAL_PUB);
  if (data === null) throw new MlsError(Rule.INFO_EXTERNAL_PUB);
  const key = decode(data, (reader) => reader.vector());
  demand(suite.isPublicKey(key), Rule.PUBLIC_KEY);
  return key;
}
