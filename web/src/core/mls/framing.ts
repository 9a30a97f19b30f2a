/** Framing of handshake and application messages (RFC 9420 section 6). */

import { concat } from "../octets";
import { type Reader, u8, u16, u32, u64, Value, vector } from "./codec";
import { Commit } from "./commit";
import type { GroupContext } from "./context";
import { MlsError, Rule } from "./errors";
import { type Proposal, readProposal } from "./proposals";
import { type Suite, VERSION } from "./suites";

/** What an MLSMessage contains. */
export const WireFormat = {
  PUBLIC_MESSAGE: 1,
  PRIVATE_MESSAGE: 2,
  WELCOME: 3,
  GROUP_INFO: 4,
  KEY_PACKAGE: 5,
} as const;
export type WireFormat = (typeof WireFormat)[keyof typeof WireFormat];

/** In which of the two forms a content is sent. */
export type ContentFormat = typeof WireFormat.PUBLIC_MESSAGE | typeof WireFormat.PRIVATE_MESSAGE;

/** What a framed content is. */
export const ContentType = { APPLICATION: 1, PROPOSAL: 2, COMMIT: 3 } as const;
export type ContentType = (typeof ContentType)[keyof typeof ContentType];

/** Who speaks. */
export const SenderType = { MEMBER: 1, EXTERNAL: 2, NEW_MEMBER_PROPOSAL: 3, NEW_MEMBER_COMMIT: 4 } as const;
export type SenderType = (typeof SenderType)[keyof typeof SenderType];

const NOTHING = new Uint8Array(0);

/** `index` is a member's leaf, or a place in the group's list of external senders; otherwise 0. */
export class Sender extends Value {
  constructor(
    readonly type: SenderType,
    readonly index = 0,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return isNumbered(this.type) ? concat(u8(this.type), u32(this.index)) : u8(this.type);
  }

  static read(reader: Reader): Sender {
    const type = reader.u8();
    switch (type) {
      case SenderType.MEMBER:
      case SenderType.EXTERNAL:
        return new Sender(type, reader.u32());
      case SenderType.NEW_MEMBER_PROPOSAL:
      case SenderType.NEW_MEMBER_COMMIT:
        return new Sender(type);
      default:
        throw new MlsError(Rule.ENCODING);
    }
  }
}

function isNumbered(type: SenderType): boolean {
  return type === SenderType.MEMBER || type === SenderType.EXTERNAL;
}

/** The member at a leaf as a sender. */
export function member(leaf: number): Sender {
  return new Sender(SenderType.MEMBER, leaf);
}

export const NEW_MEMBER = new Sender(SenderType.NEW_MEMBER_COMMIT);

/** The octets of an application message, a proposal, or a commit. */
export type Content = Uint8Array | Proposal | Commit;

/** Which kind a content is. */
export function contentType(content: Content): ContentType {
  if (content instanceof Uint8Array) return ContentType.APPLICATION;
  return content instanceof Commit ? ContentType.COMMIT : ContentType.PROPOSAL;
}

/** A content without its type. */
export function encodeContent(content: Content): Uint8Array {
  return content instanceof Uint8Array ? vector(content) : content.encoded;
}

/** Reads a `ContentType`. */
export function readContentType(reader: Reader): ContentType {
  const type = reader.u8();
  if (type !== ContentType.APPLICATION && type !== ContentType.PROPOSAL && type !== ContentType.COMMIT) {
    throw new MlsError(Rule.ENCODING);
  }
  return type;
}

/** Reads a content of a known kind. */
export function readContent(reader: Reader, type: ContentType): Content {
  switch (type) {
    case ContentType.APPLICATION:
      return reader.vector();
    case ContentType.PROPOSAL:
      return readProposal(reader);
    case ContentType.COMMIT:
      return Commit.read(reader);
  }
}

/** A content with where it belongs and who says it. */
export class FramedContent extends Value {
  constructor(
    readonly groupId: Uint8Array,
    readonly epoch: bigint,
    readonly sender: Sender,
    readonly authenticatedData: Uint8Array,
    readonly content: Content,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(
      vector(this.groupId),
      u64(this.epoch),
      this.sender.encoded,
      vector(this.authenticatedData),
      u8(contentType(this.content)),
      encodeContent(this.content),
    );
  }

  static read(reader: Reader): FramedContent {
    return new FramedContent(
      reader.vector(),
      reader.u64(),
      Sender.read(reader),
      reader.vector(),
      readContent(reader, readContentType(reader)),
    );
  }
}

/** A content with its signature, and a commit's confirmation tag (otherwise empty). */
export class AuthenticatedContent extends Value {
  constructor(
    readonly wireFormat: ContentFormat,
    readonly framed: FramedContent,
    readonly signature: Uint8Array = NOTHING,
    readonly confirmationTag: Uint8Array = NOTHING,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(this.wireFormat), this.framed.encoded, this.auth);
  }

  /** `FramedContentAuthData`. */
  get auth(): Uint8Array {
    const signature = vector(this.signature);
    return this.framed.content instanceof Commit ? concat(signature, vector(this.confirmationTag)) : signature;
  }

  /** `FramedContentTBS`; who is outside the group signs no context. */
  toBeSigned(context: GroupContext): Uint8Array {
    const content = concat(u16(VERSION), u16(this.wireFormat), this.framed.encoded);
    const { type } = this.framed.sender;
    const inside = type === SenderType.MEMBER || type === SenderType.NEW_MEMBER_COMMIT;
    return inside ? concat(content, context.encoded) : content;
  }

  /** `AuthenticatedContentTBM`. */
  toBeTagged(context: GroupContext): Uint8Array {
    return concat(this.toBeSigned(context), this.auth);
  }

  /** `ConfirmedTranscriptHashInput`. */
  get transcriptInput(): Uint8Array {
    return concat(u16(this.wireFormat), this.framed.encoded, vector(this.signature));
  }

  /** The ProposalRef (section 5.2). */
  proposalReference(suite: Suite): Promise<Uint8Array> {
    return suite.refHash("MLS 1.0 Proposal Reference", this.encoded);
  }

  /** Checks the signature; throws `MlsError`. */
  verify(suite: Suite, context: GroupContext, key: Uint8Array): Promise<void> {
    const content = this.toBeSigned(context);
    return suite.verifyWithLabel(key, "FramedContentTBS", content, this.signature, Rule.CONTENT_SIGNATURE);
  }

  /** The same with a signature. */
  signedWith(signature: Uint8Array): AuthenticatedContent {
    return new AuthenticatedContent(this.wireFormat, this.framed, signature, this.confirmationTag);
  }

  /** The same with a confirmation tag. */
  confirmedWith(tag: Uint8Array): AuthenticatedContent {
    return new AuthenticatedContent(this.wireFormat, this.framed, this.signature, tag);
  }

  static read(reader: Reader): AuthenticatedContent {
    const format = reader.u16();
    if (format !== WireFormat.PUBLIC_MESSAGE && format !== WireFormat.PRIVATE_MESSAGE) {
      throw new MlsError(Rule.ENCODING);
    }
    return readAuthenticated(reader, format);
  }
}

function readAuthenticated(reader: Reader, format: ContentFormat): AuthenticatedContent {
  const framed = FramedContent.read(reader);
  const { signature, confirmationTag } = readAuth(reader, contentType(framed.content));
  return new AuthenticatedContent(format, framed, signature, confirmationTag);
}

/** Reads `FramedContentAuthData`: signature, and confirmation tag of a commit. */
export function readAuth(reader: Reader, type: ContentType): { signature: Uint8Array; confirmationTag: Uint8Array } {
  const signature = reader.vector();
  return { signature, confirmationTag: type === ContentType.COMMIT ? reader.vector() : NOTHING };
}

/** A message in clear (section 6.2); members add a tag that only members can make. */
export class PublicMessage extends Value {
  constructor(
    readonly authenticated: AuthenticatedContent,
    readonly membershipTag: Uint8Array = NOTHING,
  ) {
    super();
  }

  protected write(): Uint8Array {
    const { framed, auth } = this.authenticated;
    const content = concat(framed.encoded, auth);
    return framed.sender.type === SenderType.MEMBER ? concat(content, vector(this.membershipTag)) : content;
  }

  static read(reader: Reader): PublicMessage {
    const content = readAuthenticated(reader, WireFormat.PUBLIC_MESSAGE);
    const isTagged = content.framed.sender.type === SenderType.MEMBER;
    return new PublicMessage(content, isTagged ? reader.vector() : NOTHING);
  }
}

/** A sealed message (section 6.3): the envelope that everybody sees. */
export class PrivateMessage extends Value {
  constructor(
    readonly groupId: Uint8Array,
    readonly epoch: bigint,
    readonly contentType: ContentType,
    readonly authenticatedData: Uint8Array,
    readonly encryptedSenderData: Uint8Array,
    readonly ciphertext: Uint8Array,
  ) {
    super();
  }

  /** `SenderDataAAD`: group, epoch and kind. */
  get place(): Uint8Array {
    return concat(vector(this.groupId), u64(this.epoch), u8(this.contentType));
  }

  /** `PrivateContentAAD`. */
  get aad(): Uint8Array {
    return concat(this.place, vector(this.authenticatedData));
  }

  protected write(): Uint8Array {
    return concat(this.aad, vector(this.encryptedSenderData), vector(this.ciphertext));
  }

  static read(reader: Reader): PrivateMessage {
    return new PrivateMessage(
      reader.vector(),
      reader.u64(),
      readContentType(reader),
      reader.vector(),
      reader.vector(),
      reader.vector(),
    );
  }
}
