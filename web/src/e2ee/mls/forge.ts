/** For tests: commits and leaves that no honest client makes, with signatures and tags that hold. */

import { Commit, UpdatePath, type UpdatePathNode } from "../../core/mls/commit";
import type { GroupInfo } from "../../core/mls/context";
import { MlsError, type Rule } from "../../core/mls/errors";
import type { Extensions } from "../../core/mls/extensions";
import {
  type Content,
  FramedContent,
  member,
  NEW_MEMBER,
  type PublicMessage,
  type Sender,
  WireFormat,
} from "../../core/mls/framing";
import { type LeafFields, LeafNode } from "../../core/mls/leaf";
import { writeMessage } from "../../core/mls/message";
import { GroupContextExtensions, Inline, PreSharedKey, type Proposal, Reference } from "../../core/mls/proposals";
import type { Policy } from "../../core/mls/public";
import { type Draft, make } from "./commit";
import type { OwnLeaf } from "./create";
import { random } from "./fixture";
import { type Group, signInfo } from "./group";
import { protectPublic, signContent } from "./protect";
import type { SignatureKey } from "./suite";
import { newPath, sealPath } from "./treekem";

/** Demands nothing beyond RFC 9420. */
export const UNSAFE_OPEN: Policy = {
  checkInfo: () => undefined,
  checkMessage: () => undefined,
  checkLeaf: () => undefined,
  checkSuccessor: () => undefined,
  checkLeaves: () => undefined,
};

export interface Framing {
  readonly sender?: Sender;
  readonly groupId?: Uint8Array;
  readonly epoch?: bigint;
  readonly data?: Uint8Array;
  readonly key?: SignatureKey;
  readonly tag?: Uint8Array;
}

/** Frames, signs and tags anything as a member, or as somebody else with `key`. */
export async function frame(group: Group, content: Content, how: Framing = {}): Promise<PublicMessage> {
  const { context } = group.public;
  const { sender = member(group.leaf), groupId = group.groupId, epoch = group.epoch } = how;
  const framed = new FramedContent(groupId, epoch, sender, how.data ?? new Uint8Array(0), content);
  const key = how.key ?? group.signatureKey;
  const signed = await signContent(group.suite, WireFormat.PUBLIC_MESSAGE, framed, context, key);
  const isCommit = content instanceof Commit;
  const tagged = isCommit ? signed.confirmedWith(how.tag ?? new Uint8Array(group.suite.size)) : signed;
  return protectPublic(group.suite, tagged, context, group.secrets.membership);
}

export interface PathEdit {
  readonly leaf?: Partial<LeafFields>;
  readonly nodes?: (nodes: readonly UpdatePathNode[]) => readonly UpdatePathNode[];
  /** Signs the edited leaf; without it our own. */
  readonly key?: SignatureKey;
  /** The group's extensions from then on; without them those that it has. */
  readonly extensions?: Extensions;
}

/** A path for the tree as it is; its leaf is signed again when it is edited, and its nodes are edited as they are. */
export async function pathOf(group: Group, { leaf, nodes, key, extensions }: PathEdit = {}): Promise<UpdatePath> {
  const { suite, public: known } = group;
  const maker = { leaf: group.leaf, template: group.ownLeaf(), signatureKey: group.signatureKey };
  const made = await newPath(suite, known.tree, maker, group.groupId, random);
  const context = known.context.next(await made.tree.hash(), extensions ?? known.context.extensions);
  const path = await sealPath(suite, made, known.tree, group.leaf, [], context, random);
  const edited = leaf === undefined ? path.leaf : await signLeaf(group, new LeafNode({ ...path.leaf, ...leaf }), key);
  return new UpdatePath(edited, nodes?.(path.nodes) ?? path.nodes);
}

/** Signs a leaf for a place in the group, ours unless told. */
export async function signLeaf(
  group: Group,
  leaf: LeafNode,
  key: SignatureKey = group.signatureKey,
  index = group.leaf,
): Promise<LeafNode> {
  const content = leaf.toBeSigned(group.groupId, index);
  return new LeafNode({ ...leaf, signature: await group.suite.signWithLabel(key, "LeafNodeTBS", content) });
}

export interface Offer {
  readonly proposals?: readonly Proposal[];
  readonly references?: readonly Uint8Array[];
  readonly path?: UpdatePath | null;
}

/** A commit, without asking whether it may be. */
export async function commitOf(group: Group, { proposals = [], references = [], path }: Offer = {}): Promise<Commit> {
  const entries = [...references.map((hash) => new Reference(hash)), ...proposals.map((each) => new Inline(each))];
  if (path !== undefined) return new Commit(entries, path);
  const change = proposals.find((each) => each instanceof GroupContextExtensions);
  return new Commit(entries, await pathOf(group, change === undefined ? {} : { extensions: change.extensions }));
}

/** An external commit with whatever proposals and leaf one likes, as far as RFC 9420 goes, by who has no secret. */
export async function intrude(
  group: Group,
  proposals: readonly Inline[],
  { node, signatureKey }: OwnLeaf,
  authenticatedData = new Uint8Array(0),
): Promise<Uint8Array> {
  const draft: Draft = {
    suite: group.suite,
    policy: UNSAFE_OPEN,
    public: group.public,
    sender: NEW_MEMBER,
    leaf: group.public.tree.freeLeaf(),
    template: node,
    signatureKey,
    entries: proposals,
    pending: new Map(),
    wireFormat: WireFormat.PUBLIC_MESSAGE,
    withPath: true,
    authenticatedData,
  };
  const keys = proposals.filter(({ proposal }) => proposal instanceof PreSharedKey).map(() => random(48));
  const made = await make(draft, { initSecret: random(48), psks: keys, membershipKey: random(48) }, random);
  return writeMessage(made.message);
}

/** A changed GroupInfo, signed by our leaf again. */
export function signInfoAgain(group: Group, info: GroupInfo, changes: Partial<Group> = {}): Promise<GroupInfo> {
  return signInfo(group.with({ confirmationTag: info.confirmationTag, ...changes }), info.extensions);
}

/** The rule that refuses an attempt, `null` when none does; another error is a fault. */
export async function refusalOf(attempt: Promise<unknown>): Promise<Rule | null> {
  try {
    await attempt;
    return null;
  } catch (error) {
    if (error instanceof MlsError) return error.rule;
    throw error;
  }
}
