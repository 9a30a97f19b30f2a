/** Application messages: sealed for everybody in the epoch, signed by one (RFC 9420 section 6.3). */

import { demand, MlsError, Rule } from "../../core/mls/errors";
import { FramedContent, member, type PrivateMessage, WireFormat } from "../../core/mls/framing";
import { checkPlace, checkSender } from "../../core/mls/judge";
import type { Group } from "./group";
import type { Random } from "./hpke";
import { openPrivate, sealPrivate, signContent } from "./protect";

/** What the member at a leaf said; `authenticatedData` travelled in clear. */
export interface Received {
  readonly sender: number;
  readonly data: Uint8Array;
  readonly authenticatedData: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** Seals octets; the group that is returned must be the only one used from now on: a key is never used twice. */
export async function sealApplication(
  group: Group,
  data: Uint8Array,
  random: Random,
  { authenticatedData = NOTHING, padding = 0 }: { authenticatedData?: Uint8Array; padding?: number } = {},
): Promise<{ group: Group; message: PrivateMessage }> {
  const {
    suite,
    public: { context },
  } = group;
  const framed = new FramedContent(group.groupId, group.epoch, member(group.leaf), authenticatedData, data);
  const content = await signContent(suite, WireFormat.PRIVATE_MESSAGE, framed, context, group.signatureKey);
  const sealed = await sealPrivate(suite, content, group.messages, group.secrets.senderData, random, padding);
  return { group: group.with({ messages: sealed.tree }), message: sealed.message };
}

/** Opens somebody's octets; throws `MlsError`, and nothing has changed. */
export async function openApplication(
  group: Group,
  message: PrivateMessage,
): Promise<{ group: Group; received: Received }> {
  checkPlace(group.public, message.groupId, message.epoch);
  const { content, tree } = await openPrivate(group.suite, message, group.messages, group.secrets.senderData);
  const { framed } = content;
  demand(framed.sender.index !== group.leaf, Rule.OWN_MESSAGE);
  await content.verify(group.suite.public, group.public.context, checkSender(group.public, framed));
  if (!(framed.content instanceof Uint8Array)) throw new MlsError(Rule.SENDER_CONTENT);
  const received = { sender: framed.sender.index, data: framed.content, authenticatedData: framed.authenticatedData };
  return { group: group.with({ messages: tree }), received };
}
