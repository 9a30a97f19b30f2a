/** Public and private messages made and checked with an epoch's secrets (RFC 9420 sections 6.1 to 6.3). */

import { Reader, u32 } from "../../core/mls/codec";
import type { GroupContext } from "../../core/mls/context";
import { demand, Rule } from "../../core/mls/errors";
import {
  AuthenticatedContent,
  type ContentFormat,
  contentType,
  encodeContent,
  FramedContent,
  member,
  PrivateMessage,
  PublicMessage,
  readAuth,
  readContent,
  SenderType,
  WireFormat,
} from "../../core/mls/framing";
import { concat, equal } from "../../core/octets";
import type { Random } from "./hpke";
import type { MessageKey, SecretTree } from "./secrettree";
import { refuseAs, type SecretSuite, type SignatureKey } from "./suite";

/** Signs a content (section 6.1). */
export async function signContent(
  suite: SecretSuite,
  wireFormat: ContentFormat,
  framed: FramedContent,
  context: GroupContext,
  key: SignatureKey,
): Promise<AuthenticatedContent> {
  const unsigned = new AuthenticatedContent(wireFormat, framed);
  return unsigned.signedWith(await suite.signWithLabel(key, "FramedContentTBS", unsigned.toBeSigned(context)));
}

/** A content as PublicMessage, with the tag of a member (section 6.2). */
export async function protectPublic(
  suite: SecretSuite,
  content: AuthenticatedContent,
  context: GroupContext,
  membershipKey: Uint8Array,
): Promise<PublicMessage> {
  if (content.framed.sender.type !== SenderType.MEMBER) return new PublicMessage(content);
  return new PublicMessage(content, await suite.kdf.mac(membershipKey, content.toBeTagged(context)));
}

/** Checks the membership tag of a member's message, and returns its content; throws `MlsError`. */
export async function checkMembership(
  suite: SecretSuite,
  message: PublicMessage,
  context: GroupContext,
  membershipKey: Uint8Array,
): Promise<AuthenticatedContent> {
  const content = message.authenticated;
  demand(!(content.framed.content instanceof Uint8Array), Rule.APPLICATION_IN_CLEAR);
  if (content.framed.sender.type === SenderType.MEMBER) {
    const tag = await suite.kdf.mac(membershipKey, content.toBeTagged(context));
    demand(equal(tag, message.membershipTag), Rule.MEMBERSHIP_TAG);
  }
  return content;
}

/** The key of a message's sender data (section 6.3.2). */
export async function senderDataKey(
  suite: SecretSuite,
  secret: Uint8Array,
  ciphertext: Uint8Array,
): Promise<MessageKey> {
  const sample = ciphertext.subarray(0, suite.size);
  const [key, nonce] = await Promise.all([
    suite.expandWithLabel(secret, "key", sample, suite.aead.keySize),
    suite.expandWithLabel(secret, "nonce", sample, suite.aead.nonceSize),
  ]);
  return { key, nonce };
}

function guarded(nonce: Uint8Array, reuseGuard: Uint8Array): Uint8Array {
  return nonce.map((octet, index) => octet ^ (reuseGuard[index] ?? 0));
}

/** Seals a member's signed content (section 6.3), and returns the secret tree without the key; `padding` octets. */
export async function sealPrivate(
  suite: SecretSuite,
  content: AuthenticatedContent,
  tree: SecretTree,
  senderDataSecret: Uint8Array,
  random: Random,
  padding = 0,
): Promise<{ message: PrivateMessage; tree: SecretTree }> {
  const { groupId, epoch, sender, authenticatedData, content: inner } = content.framed;
  const kind = contentType(inner);
  const next = await tree.next(sender.index, kind);
  const guard = random(4);
  const sealedAs = (senderData: Uint8Array, ciphertext: Uint8Array) =>
    new PrivateMessage(groupId, epoch, kind, authenticatedData, senderData, ciphertext);
  const envelope = sealedAs(new Uint8Array(0), new Uint8Array(0));
  const plaintext = concat(encodeContent(inner), content.auth, new Uint8Array(padding));
  const { key, nonce } = next.key;
  const ciphertext = await suite.aead.seal(key, guarded(nonce, guard), envelope.aad, plaintext);
  const data = await senderDataKey(suite, senderDataSecret, ciphertext);
  const senderData = concat(u32(sender.index), u32(next.generation), guard);
  const sealed = await suite.aead.seal(data.key, data.nonce, envelope.place, senderData);
  return { message: sealedAs(sealed, ciphertext), tree: next.tree };
}

/**
 * Opens a private message, and returns its content and the secret tree without the key; throws `MlsError`.
 *
 * Its signature is not checked yet: until then it is from anybody in the group. Nothing has changed on failure.
 */
export async function openPrivate(
  suite: SecretSuite,
  message: PrivateMessage,
  tree: SecretTree,
  senderDataSecret: Uint8Array,
): Promise<{ content: AuthenticatedContent; tree: SecretTree }> {
  const data = await senderDataKey(suite, senderDataSecret, message.ciphertext);
  const senderData = await refuseAs(
    Rule.CIPHERTEXT,
    suite.aead.open(data.key, data.nonce, message.place, message.encryptedSenderData),
  );
  const reader = new Reader(senderData);
  const [leaf, generation, guard] = [reader.u32(), reader.u32(), reader.take(4)];
  reader.end();
  demand(leaf < tree.leaves, Rule.SENDER);
  const taken = await tree.take(leaf, message.contentType, generation);
  const { key, nonce } = taken.key;
  const opened = suite.aead.open(key, guarded(nonce, guard), message.aad, message.ciphertext);
  return { content: readPlaintext(message, leaf, await refuseAs(Rule.CIPHERTEXT, opened)), tree: taken.tree };
}

/** Reads a `PrivateMessageContent` (section 6.3.1). */
export function readPlaintext(message: PrivateMessage, leaf: number, plaintext: Uint8Array): AuthenticatedContent {
  const reader = new Reader(plaintext);
  const content = readContent(reader, message.contentType);
  const { signature, confirmationTag } = readAuth(reader, message.contentType);
  demand(
    reader.rest().every((octet) => octet === 0),
    Rule.PADDING,
  );
  const { groupId, epoch, authenticatedData } = message;
  const framed = new FramedContent(groupId, epoch, member(leaf), authenticatedData, content);
  return new AuthenticatedContent(WireFormat.PRIVATE_MESSAGE, framed, signature, confirmationTag);
}

/** The tag that shows that a commit was understood alike (section 6.1). */
export function confirmationTag(
  suite: SecretSuite,
  confirmationKey: Uint8Array,
  confirmedTranscriptHash: Uint8Array,
): Promise<Uint8Array> {
  return suite.kdf.mac(confirmationKey, confirmedTranscriptHash);
}
