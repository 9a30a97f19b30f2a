/** Proposals that stand alone: made, sent, heard (RFC 9420 section 12.1). */

import { demand, Rule } from "../../core/mls/errors";
import {
  type AuthenticatedContent,
  ContentType,
  FramedContent,
  member,
  type PrivateMessage,
  type PublicMessage,
  WireFormat,
} from "../../core/mls/framing";
import { checkPlace, hear } from "../../core/mls/judge";
import { LeafNode, Source } from "../../core/mls/leaf";
import { type Proposal, Update } from "../../core/mls/proposals";
import { hex } from "../../core/octets";
import type { Group } from "./group";
import type { Random } from "./hpke";
import { checkMembership, openPrivate, protectPublic, signContent } from "./protect";

/** The group that remembers a proposal, and the message for everybody. */
export interface Proposing {
  readonly group: Group;
  readonly message: PublicMessage;
}

/** Proposes something; throws `MlsError`. */
export async function propose(group: Group, proposal: Proposal): Promise<Proposing> {
  const { suite, signatureKey, secrets } = group;
  const { context } = group.public;
  const framed = new FramedContent(group.groupId, group.epoch, member(group.leaf), new Uint8Array(0), proposal);
  const content = await signContent(suite, WireFormat.PUBLIC_MESSAGE, framed, context, signatureKey);
  const message = await protectPublic(suite, content, context, secrets.membership);
  return { group: await remember(group, content), message };
}

/** Proposes a fresh encryption key for our leaf; the private half counts once somebody commits it. */
export async function proposeUpdate(group: Group, random: Random): Promise<Proposing> {
  const { suite, leaf, signatureKey } = group;
  const nothing = new Uint8Array(0);
  const pair = await suite.keyPair(random(suite.size));
  const fresh = { encryptionKey: pair.public, source: Source.UPDATE, lifetime: null, parentHash: nothing };
  const unsigned = new LeafNode({ ...group.ownLeaf(), ...fresh, signature: nothing });
  const content = unsigned.toBeSigned(group.groupId, leaf);
  const signature = await suite.signWithLabel(signatureKey, "LeafNodeTBS", content);
  const { group: after, message } = await propose(group, new Update(new LeafNode({ ...unsigned, signature })));
  const updates = new Map(group.updates).set(hex(pair.public), pair.private);
  return { group: after.with({ updates }), message };
}

/** The group that knows a proposal whose tag or seal was checked; throws `MlsError`. */
async function remember(group: Group, content: AuthenticatedContent): Promise<Group> {
  const { reference, pending } = await hear(group.public, content, group.policy);
  return group.with({ pending: new Map(group.pending).set(hex(reference), pending) });
}

/** The group that knows somebody's proposal; throws `MlsError`. */
export async function hearPublic(group: Group, message: PublicMessage): Promise<Group> {
  return remember(group, await checkMembership(group.suite, message, group.public.context, group.secrets.membership));
}

/** The group that knows somebody's sealed proposal; throws `MlsError`. */
export async function hearPrivate(group: Group, message: PrivateMessage): Promise<Group> {
  checkPlace(group.public, message.groupId, message.epoch);
  demand(message.contentType === ContentType.PROPOSAL, Rule.SENDER_CONTENT);
  const { content, tree } = await openPrivate(group.suite, message, group.messages, group.secrets.senderData);
  return (await remember(group, content)).with({ messages: tree });
}
