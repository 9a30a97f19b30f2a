/** Proposals (RFC 9420 section 12.1) and the names of pre-shared keys (section 8.4). */

import { concat } from "../octets";
import { type Reader, u8, u16, u32, u64, Value, vector, vectors } from "./codec";
import { MlsError, Rule } from "./errors";
import { type Extensions, readExtensions } from "./extensions";
import { KeyPackage } from "./keypackage";
import { LeafNode } from "./leaf";

/** Where a pre-shared key comes from. */
export const PskType = { EXTERNAL: 1, RESUMPTION: 2 } as const;

/** What a resumption key is for. */
export const PskUsage = { APPLICATION: 1, REINIT: 2, BRANCH: 3 } as const;
export type PskUsage = (typeof PskUsage)[keyof typeof PskUsage];

/** A key that both sides got elsewhere. */
export interface ExternalPsk {
  readonly type: typeof PskType.EXTERNAL;
  readonly id: Uint8Array;
}

/** A key of a past epoch. */
export interface ResumptionPsk {
  readonly type: typeof PskType.RESUMPTION;
  readonly usage: PskUsage;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
}

export class PreSharedKeyId extends Value {
  constructor(
    readonly key: ExternalPsk | ResumptionPsk,
    readonly nonce: Uint8Array,
  ) {
    super();
  }

  /** Everything but the nonce. */
  get name(): Uint8Array {
    const { key } = this;
    if (key.type === PskType.EXTERNAL) return concat(u8(key.type), vector(key.id));
    return concat(u8(key.type), u8(key.usage), vector(key.groupId), u64(key.epoch));
  }

  protected write(): Uint8Array {
    return concat(this.name, vector(this.nonce));
  }

  static read(reader: Reader): PreSharedKeyId {
    return new PreSharedKeyId(readPsk(reader), reader.vector());
  }
}

function readPsk(reader: Reader): ExternalPsk | ResumptionPsk {
  const type = reader.u8();
  if (type === PskType.EXTERNAL) return { type, id: reader.vector() };
  if (type !== PskType.RESUMPTION) throw new MlsError(Rule.ENCODING);
  const usage = reader.u8();
  if (usage !== PskUsage.APPLICATION && usage !== PskUsage.REINIT && usage !== PskUsage.BRANCH) {
    throw new MlsError(Rule.ENCODING);
  }
  return { type, usage, groupId: reader.vector(), epoch: reader.u64() };
}

/** Somebody comes in. */
export class Add extends Value {
  constructor(readonly keyPackage: KeyPackage) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(1), this.keyPackage.encoded);
  }
}

/** The sender's leaf gets other keys. */
export class Update extends Value {
  constructor(readonly leaf: LeafNode) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(2), this.leaf.encoded);
  }
}

/** The leaf with this index goes. */
export class Remove extends Value {
  constructor(readonly removed: number) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(3), u32(this.removed));
  }
}

/** A key from elsewhere enters the next epoch. */
export class PreSharedKey extends Value {
  constructor(readonly psk: PreSharedKeyId) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(4), this.psk.encoded);
  }
}

/** The group ends and begins anew; read, and always refused. */
export class ReInit extends Value {
  constructor(
    readonly groupId: Uint8Array,
    readonly version: number,
    readonly suite: number,
    readonly extensions: Extensions,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(5), vector(this.groupId), u16(this.version), u16(this.suite), vectors(this.extensions));
  }
}

/** A newcomer's init secret, encapsulated to the group's external key. */
export class ExternalInit extends Value {
  constructor(readonly kemOutput: Uint8Array) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(6), vector(this.kemOutput));
  }
}

/** The group's extensions become these. */
export class GroupContextExtensions extends Value {
  constructor(readonly extensions: Extensions) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(7), vectors(this.extensions));
  }
}

export type Proposal = Add | Update | Remove | PreSharedKey | ReInit | ExternalInit | GroupContextExtensions;

/** Reads a `Proposal`; an unknown type has no end that anybody could find. */
export function readProposal(reader: Reader): Proposal {
  switch (reader.u16()) {
    case 1:
      return new Add(KeyPackage.read(reader));
    case 2:
      return new Update(LeafNode.read(reader));
    case 3:
      return new Remove(reader.u32());
    case 4:
      return new PreSharedKey(PreSharedKeyId.read(reader));
    case 5:
      return new ReInit(reader.vector(), reader.u16(), reader.u16(), readExtensions(reader));
    case 6:
      return new ExternalInit(reader.vector());
    case 7:
      return new GroupContextExtensions(readExtensions(reader));
    default:
      throw new MlsError(Rule.PROPOSAL_TYPE);
  }
}

/** A proposal that was sent before, by its hash (section 5.2). */
export class Reference extends Value {
  constructor(readonly hash: Uint8Array) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u8(2), vector(this.hash));
  }
}

/** A proposal in the commit itself. */
export class Inline extends Value {
  constructor(readonly proposal: Proposal) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u8(1), this.proposal.encoded);
  }
}

/** Reads a `ProposalOrRef`. */
export function readProposalOrRef(reader: Reader): Inline | Reference {
  switch (reader.u8()) {
    case 1:
      return new Inline(readProposal(reader));
    case 2:
      return new Reference(reader.vector());
    default:
      throw new MlsError(Rule.ENCODING);
  }
}
