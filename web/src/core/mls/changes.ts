/** Which proposals may stand together (RFC 9420 section 12.2), and the tree that they make (section 12.3). */

import { allDiffer, equal } from "../octets";
import { demand, MlsError, Rule } from "./errors";
import type { Extensions } from "./extensions";
import { type Sender, SenderType } from "./framing";
import { type LeafNode, Source } from "./leaf";
import {
  Add,
  ExternalInit,
  GroupContextExtensions,
  PreSharedKey,
  type PreSharedKeyId,
  type Proposal,
  PskType,
  PskUsage,
  ReInit,
  Remove,
  Update,
} from "./proposals";
import type { Policy, PublicGroup } from "./public";
import type { Suite } from "./suites";
import type { Tree } from "./tree";
import { checkLeaf } from "./validity";

/** A proposal and who made it. */
export interface Pending {
  readonly proposal: Proposal;
  readonly sender: Sender;
}

/** The tree after proposals, the leaves that they added, and the group's extensions from now on. */
export interface Applied {
  readonly tree: Tree;
  readonly added: readonly number[];
  readonly extensions: Extensions;
}

/** Checks the proposals of a member's commit against each other (section 12.2); throws `MlsError`. */
export function checkMemberProposals(group: PublicGroup, committer: number, proposals: readonly Pending[]): void {
  const touched: number[] = [];
  for (const { proposal, sender } of proposals) {
    if (proposal instanceof Update) {
      demand(sender.type === SenderType.MEMBER, Rule.UPDATE_SENDER);
      demand(sender.index !== committer, Rule.OWN_UPDATE);
      touched.push(sender.index);
    } else if (proposal instanceof Remove) {
      demand(proposal.removed !== committer, Rule.OWN_REMOVAL);
      demand(group.tree.leaf(proposal.removed) !== null, Rule.REMOVED_LEAF);
      touched.push(proposal.removed);
    } else if (proposal instanceof ReInit) {
      throw new MlsError(Rule.REINIT);
    } else if (proposal instanceof ExternalInit) {
      throw new MlsError(Rule.EXTERNAL_INIT);
    }
  }
  demand(new Set(touched).size === touched.length, Rule.LEAF_TWICE);
  const extensions = proposals.filter(({ proposal }) => proposal instanceof GroupContextExtensions);
  demand(extensions.length <= 1, Rule.ONE_EXTENSIONS);
}

/** Checks the pre-shared keys of a commit, and returns their names in order. */
export function checkPsks(suite: Suite, proposals: readonly Pending[]): readonly PreSharedKeyId[] {
  const psks = proposals.flatMap(({ proposal }) => (proposal instanceof PreSharedKey ? [proposal.psk] : []));
  checkPskIds(suite, psks);
  return psks;
}

/** Checks names of pre-shared keys (section 8.4): nonces of the hash's size, no name twice, no other usage. */
export function checkPskIds(suite: Suite, psks: readonly PreSharedKeyId[]): void {
  for (const { key, nonce } of psks) {
    demand(nonce.length === suite.hashSize, Rule.PSK_NONCE);
    demand(key.type === PskType.EXTERNAL || key.usage === PskUsage.APPLICATION, Rule.PSK_USAGE);
  }
  demand(allDiffer(psks.map(({ encoded }) => encoded)), Rule.PSK_TWICE);
}

/** Applies proposals in the order of section 12.3, checking every leaf that they bring; throws `MlsError`. */
export async function apply(group: PublicGroup, proposals: readonly Pending[], policy: Policy): Promise<Applied> {
  const { suite, context } = group;
  let { extensions } = context;
  for (const { proposal } of proposals) {
    if (proposal instanceof GroupContextExtensions) extensions = proposal.extensions;
  }
  let { tree } = group;
  for (const { proposal, sender } of proposals) {
    if (!(proposal instanceof Update)) continue;
    await checkUpdate(group, sender.index, proposal.leaf, extensions, policy);
    tree = tree.update(sender.index, proposal.leaf);
  }
  for (const { proposal } of proposals) {
    if (proposal instanceof Remove) tree = tree.remove(proposal.removed);
  }
  const added: number[] = [];
  for (const { proposal } of proposals) {
    if (!(proposal instanceof Add)) continue;
    const { keyPackage } = proposal;
    const { leaf } = keyPackage;
    await keyPackage.verify(suite);
    demand(leaf.source === Source.KEY_PACKAGE, Rule.LEAF_SOURCE);
    checkLeaf(tree, leaf, extensions);
    const after = tree.add(leaf);
    await policy.checkLeaf(leaf, after.index);
    await leaf.verify(suite, context.groupId, after.index);
    added.push(after.index);
    tree = after.tree;
  }
  return { tree, added, extensions };
}

async function checkUpdate(
  group: PublicGroup,
  index: number,
  leaf: LeafNode,
  extensions: Extensions,
  policy: Policy,
): Promise<void> {
  const old = group.tree.leaf(index);
  if (old === null) throw new MlsError(Rule.SENDER);
  demand(leaf.source === Source.UPDATE, Rule.LEAF_SOURCE);
  demand(!equal(leaf.encryptionKey, old.encryptionKey), Rule.UPDATE_KEY);
  policy.checkSuccessor(old, leaf);
  await policy.checkLeaf(leaf, index);
  checkLeaf(group.tree, leaf, extensions);
  await leaf.verify(group.suite, group.context.groupId, index);
}
