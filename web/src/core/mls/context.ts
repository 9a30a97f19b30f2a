/** GroupContext and GroupInfo (RFC 9420 sections 8.1 and 12.4.3), and the transcript hashes (section 8.2). */

import { concat } from "../octets";
import { type Reader, u16, u32, u64, Value, vector, vectors } from "./codec";
import { type Extensions, readExtensions } from "./extensions";
import type { Suite } from "./suites";

/** What everybody in an epoch agrees on. */
export class GroupContext extends Value {
  constructor(
    readonly version: number,
    readonly suite: number,
    readonly groupId: Uint8Array,
    readonly epoch: bigint,
    readonly treeHash: Uint8Array,
    readonly confirmedTranscriptHash: Uint8Array,
    readonly extensions: Extensions,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(
      u16(this.version),
      u16(this.suite),
      vector(this.groupId),
      u64(this.epoch),
      vector(this.treeHash),
      vector(this.confirmedTranscriptHash),
      vectors(this.extensions),
    );
  }

  /** The context of the next epoch, but for its confirmed transcript hash. */
  next(treeHash: Uint8Array, extensions: Extensions): GroupContext {
    const { version, suite, groupId, epoch, confirmedTranscriptHash } = this;
    return new GroupContext(version, suite, groupId, epoch + 1n, treeHash, confirmedTranscriptHash, extensions);
  }

  /** The same with another confirmed transcript hash. */
  confirmedBy(transcriptHash: Uint8Array): GroupContext {
    const { version, suite, groupId, epoch, treeHash, extensions } = this;
    return new GroupContext(version, suite, groupId, epoch, treeHash, transcriptHash, extensions);
  }

  static read(reader: Reader): GroupContext {
    return new GroupContext(
      reader.u16(),
      reader.u16(),
      reader.vector(),
      reader.u64(),
      reader.vector(),
      reader.vector(),
      readExtensions(reader),
    );
  }
}

/** What a newcomer is told of a group, signed by the member at leaf `signer`. */
export class GroupInfo extends Value {
  constructor(
    readonly context: GroupContext,
    readonly extensions: Extensions,
    readonly confirmationTag: Uint8Array,
    readonly signer: number,
    readonly signature: Uint8Array,
  ) {
    super();
  }

  /** `GroupInfoTBS`. */
  get body(): Uint8Array {
    return concat(this.context.encoded, vectors(this.extensions), vector(this.confirmationTag), u32(this.signer));
  }

  protected write(): Uint8Array {
    return concat(this.body, vector(this.signature));
  }

  static read(reader: Reader): GroupInfo {
    return new GroupInfo(
      GroupContext.read(reader),
      readExtensions(reader),
      reader.vector(),
      reader.u32(),
      reader.vector(),
    );
  }
}

/** The confirmed transcript hash after a commit; `confirmedInput` is its ConfirmedTranscriptHashInput. */
export function confirmedTranscriptHash(
  suite: Suite,
  interim: Uint8Array,
  confirmedInput: Uint8Array,
): Promise<Uint8Array> {
  return suite.hash(concat(interim, confirmedInput));
}

/** The interim transcript hash of an epoch. */
export function interimTranscriptHash(
  suite: Suite,
  confirmed: Uint8Array,
  confirmationTag: Uint8Array,
): Promise<Uint8Array> {
  return suite.hash(concat(confirmed, vector(confirmationTag)));
}
