/**
 * What a proposal or commit would do, and whether it may (RFC 9420 sections 6.1, 12.2 and 12.4). No secret is needed.
 *
 * What is left to those who have the secrets: the membership tag, opening the path, and the confirmation tag.
 */

import { equal, hex } from "../octets";
import { type Applied, apply, checkMemberProposals, checkPsks, type Pending } from "./changes";
import { Commit, type UpdatePath } from "./commit";
import { confirmedTranscriptHash, type GroupContext, interimTranscriptHash } from "./context";
import { demand, MlsError, Rule } from "./errors";
import { externalSenders } from "./extensions";
import { type AuthenticatedContent, type Content, type FramedContent, type Sender, SenderType } from "./framing";
import { Source } from "./leaf";
import {
  Add,
  ExternalInit,
  GroupContextExtensions,
  Inline,
  PreSharedKey,
  type PreSharedKeyId,
  type Reference,
  ReInit,
  Remove,
} from "./proposals";
import type { Policy, PublicGroup } from "./public";
import type { Tree } from "./tree";
import { checkExtensionsShared, checkLeaf, checkLeavesTogether, checkPathKeys } from "./validity";

/** Proposals that were sent before, by the hexadecimal digits of their references. */
export type PendingProposals = ReadonlyMap<string, Pending>;

const NOTHING_PENDING: PendingProposals = new Map();
const LAST_EPOCH = 2n ** 64n - 1n;

/**
 * What an allowed and signed commit does.
 *
 * `base` is the tree with the proposals, and a newcomer's leaf, but without the path; `added` are the leaves that the
 * path is not sealed to. `pathContext` is what the path is sealed under, `after` the epoch that begins.
 */
export interface Change {
  readonly committer: number;
  readonly joins: boolean;
  readonly proposals: readonly Pending[];
  readonly base: Tree;
  readonly added: readonly number[];
  readonly removed: readonly number[];
  readonly psks: readonly PreSharedKeyId[];
  readonly kemOutput: Uint8Array;
  readonly path: UpdatePath | null;
  readonly pathContext: GroupContext;
  readonly after: PublicGroup;
}

/** Checks that something belongs to this epoch of this group. */
export function checkPlace(group: PublicGroup, groupId: Uint8Array, epoch: bigint): void {
  demand(equal(groupId, group.context.groupId), Rule.GROUP);
  demand(epoch >= group.context.epoch, Rule.EPOCH_OVER);
  demand(epoch <= group.context.epoch, Rule.EPOCH_AHEAD);
}

/** Checks that a sender may say this kind of thing, and returns the key that it signs with. */
export function checkSender(group: PublicGroup, { sender, content }: FramedContent): Uint8Array {
  demand(maySay(sender.type, content), Rule.SENDER_CONTENT);
  if (sender.type === SenderType.EXTERNAL) {
    const found = externalSenders(group.context.extensions)[sender.index];
    if (found === undefined) throw new MlsError(Rule.EXTERNAL_SENDER);
    return found.signatureKey;
  }
  if (sender.type === SenderType.NEW_MEMBER_PROPOSAL && content instanceof Add) {
    return content.keyPackage.leaf.signatureKey;
  }
  if (sender.type === SenderType.NEW_MEMBER_COMMIT && content instanceof Commit) {
    if (content.path === null) throw new MlsError(Rule.PATH_REQUIRED);
    return content.path.leaf.signatureKey;
  }
  const leaf = group.tree.leaf(sender.index);
  if (leaf === null) throw new MlsError(Rule.SENDER);
  return leaf.signatureKey;
}

const EXTERNAL_PROPOSALS = [Add, Remove, PreSharedKey, ReInit, GroupContextExtensions];

function maySay(sender: SenderType, content: Content): boolean {
  switch (sender) {
    case SenderType.MEMBER:
      return !(content instanceof ExternalInit);
    case SenderType.EXTERNAL:
      return EXTERNAL_PROPOSALS.some((kind) => content instanceof kind);
    case SenderType.NEW_MEMBER_PROPOSAL:
      return content instanceof Add;
    case SenderType.NEW_MEMBER_COMMIT:
      return content instanceof Commit;
  }
}

/** Checks a proposal that stands alone, and returns it with the reference that commits will use. */
export async function hear(
  group: PublicGroup,
  message: AuthenticatedContent,
  policy: Policy,
): Promise<{ reference: Uint8Array; pending: Pending }> {
  const { framed } = message;
  const { content, sender } = framed;
  checkPlace(group, framed.groupId, framed.epoch);
  if (content instanceof Uint8Array || content instanceof Commit) throw new MlsError(Rule.SENDER_CONTENT);
  await policy.checkMessage(group, message);
  await message.verify(group.suite, group.context, checkSender(group, framed));
  return { reference: await message.proposalReference(group.suite), pending: { proposal: content, sender } };
}

/** Checks everything about a commit that needs no secret, and returns what it does; throws `MlsError`. */
export async function judge(
  group: PublicGroup,
  message: AuthenticatedContent,
  policy: Policy,
  pending: PendingProposals = NOTHING_PENDING,
): Promise<Change> {
  const { suite } = group;
  const { framed } = message;
  const { sender, content: commit } = framed;
  checkPlace(group, framed.groupId, framed.epoch);
  demand(group.context.epoch < LAST_EPOCH, Rule.EPOCHS_END);
  if (!(commit instanceof Commit)) throw new MlsError(Rule.SENDER_CONTENT);
  await policy.checkMessage(group, message);
  const key = checkSender(group, framed);
  const proposals = resolve(commit.proposals, sender, pending);
  const joins = sender.type === SenderType.NEW_MEMBER_COMMIT;
  const kemOutput = joins ? checkJoin(group, proposals) : new Uint8Array(0);
  if (!joins) checkMemberProposals(group, sender.index, proposals);
  const psks = checkPsks(suite, proposals);
  demand(commit.path !== null || !needsPath(proposals), Rule.PATH_REQUIRED);
  await message.verify(suite, group.context, key);

  const applied = await apply(group, proposals, policy);
  const committer = joins ? applied.tree.freeLeaf() : sender.index;
  const { base, tree } = await walk(group, policy, applied, commit.path, committer, joins);
  checkResult(policy, applied, tree);
  const pathContext = group.context.next(await tree.hash(), applied.extensions);
  const confirmed = await confirmedTranscriptHash(suite, group.interimTranscriptHash, message.transcriptInput);
  const interim = await interimTranscriptHash(suite, confirmed, message.confirmationTag);
  return {
    committer,
    joins,
    proposals,
    base,
    added: applied.added,
    removed: proposals.flatMap(({ proposal }) => (proposal instanceof Remove ? [proposal.removed] : [])),
    psks,
    kemOutput,
    path: commit.path,
    pathContext,
    after: { suite, context: pathContext.confirmedBy(confirmed), tree, interimTranscriptHash: interim },
  };
}

/** Says whether a commit of these proposals must bring a path (section 12.4). */
export function needsPath(proposals: readonly Pending[]): boolean {
  const goesWithout = ({ proposal }: Pending) => proposal instanceof Add || proposal instanceof PreSharedKey;
  return proposals.length === 0 || !proposals.every(goesWithout);
}

/** The proposals of a commit with who made them; throws `MlsError` for an unknown reference. */
export function resolve(
  entries: readonly (Inline | Reference)[],
  sender: Sender,
  pending: PendingProposals,
): readonly Pending[] {
  return entries.map((entry) => {
    if (entry instanceof Inline) return { proposal: entry.proposal, sender };
    demand(sender.type === SenderType.MEMBER, Rule.JOIN_PROPOSALS);
    const known = pending.get(hex(entry.hash));
    if (known === undefined) throw new MlsError(Rule.REFERENCE);
    return known;
  });
}

/** Checks the proposals of an external commit (section 12.4.3.2), and returns its encapsulated init secret. */
function checkJoin(group: PublicGroup, proposals: readonly Pending[]): Uint8Array {
  const contents = proposals.map(({ proposal }) => proposal);
  const inits = contents.filter((proposal) => proposal instanceof ExternalInit);
  const [init, ...more] = inits;
  const { kemOutputSize } = group.suite;
  demand(init !== undefined && more.length === 0 && init.kemOutput.length === kemOutputSize, Rule.JOIN_INIT);
  const removes = contents.filter((proposal) => proposal instanceof Remove);
  const psks = contents.filter((proposal) => proposal instanceof PreSharedKey);
  const others = contents.length - inits.length - removes.length - psks.length;
  demand(removes.length <= 1 && others === 0, Rule.JOIN_PROPOSALS);
  for (const { removed } of removes) demand(group.tree.leaf(removed) !== null, Rule.REMOVED_LEAF);
  return init.kemOutput;
}

/** Checks a path, and returns the tree without and with it. */
async function walk(
  group: PublicGroup,
  policy: Policy,
  applied: Applied,
  path: UpdatePath | null,
  committer: number,
  joins: boolean,
): Promise<{ base: Tree; tree: Tree }> {
  if (path === null) return { base: applied.tree, tree: applied.tree };
  const { leaf, nodes } = path;
  demand(leaf.source === Source.COMMIT, Rule.LEAF_SOURCE);
  const old = group.tree.leaf(committer);
  if (!joins && old !== null) policy.checkSuccessor(old, leaf);
  await policy.checkLeaf(leaf, committer);
  checkLeaf(applied.tree, leaf, applied.extensions);
  const keys = nodes.map(({ encryptionKey }) => encryptionKey);
  checkPathKeys(applied.tree, [leaf.encryptionKey, ...keys]);

  const base = joins ? applied.tree.place(committer, leaf) : applied.tree;
  const filtered = base.filteredPath(committer);
  demand(filtered.length === nodes.length, Rule.PATH_LENGTH);
  const fresh = new Set(applied.added.map((index) => 2 * index));
  for (const [place, { child }] of filtered.entries()) {
    const receivers = base.resolution(child).filter((node) => !fresh.has(node));
    demand(nodes[place]?.encryptedPathSecret.length === receivers.length, Rule.PATH_CIPHERTEXTS);
  }
  const { parents, parentHash } = await base.pathNodes(committer, keys);
  demand(equal(leaf.parentHash, parentHash), Rule.PATH_PARENT_HASH);
  await leaf.verify(group.suite, group.context.groupId, committer);
  return { base, tree: base.merge(committer, leaf, parents) };
}

function checkResult(policy: Policy, applied: Applied, tree: Tree): void {
  checkLeavesTogether(tree);
  if (applied.extensions.length > 0) checkExtensionsShared(tree, applied.extensions);
  policy.checkLeaves(tree);
}
