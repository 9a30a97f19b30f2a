/** Leaf nodes (RFC 9420 section 7.2). */

import { concat } from "../octets";
import { type Reader, u8, u16s, u32, u64, Value, vector, vectors } from "./codec";
import { Credential } from "./credential";
import { MlsError, Rule } from "./errors";
import { type Extensions, readExtensions } from "./extensions";
import type { Suite } from "./suites";

/** Where a leaf node comes from. */
export const Source = { KEY_PACKAGE: 1, UPDATE: 2, COMMIT: 3 } as const;
export type Source = (typeof Source)[keyof typeof Source];

/** What a leaf says it can do; numbers that nobody knows are kept. */
export class Capabilities extends Value {
  constructor(
    readonly versions: readonly number[],
    readonly suites: readonly number[],
    readonly extensions: readonly number[],
    readonly proposals: readonly number[],
    readonly credentials: readonly number[],
  ) {
    super();
  }

  protected write(): Uint8Array {
    const lists = [this.versions, this.suites, this.extensions, this.proposals, this.credentials];
    return concat(...lists.map(u16s));
  }

  static read(reader: Reader): Capabilities {
    return new Capabilities(reader.u16s(), reader.u16s(), reader.u16s(), reader.u16s(), reader.u16s());
  }
}

/** Seconds since 1970, both ends included. */
export class Lifetime extends Value {
  constructor(
    readonly notBefore: bigint,
    readonly notAfter: bigint,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u64(this.notBefore), u64(this.notAfter));
  }

  static read(reader: Reader): Lifetime {
    return new Lifetime(reader.u64(), reader.u64());
  }
}

export const ENDLESS = new Lifetime(0n, 2n ** 64n - 1n);

/** The fields of a leaf: `lifetime` belongs to the source `KEY_PACKAGE` alone, `parentHash` to `COMMIT` alone. */
export interface LeafFields {
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
  readonly capabilities: Capabilities;
  readonly source: Source;
  readonly lifetime: Lifetime | null;
  readonly parentHash: Uint8Array;
  readonly extensions: Extensions;
  readonly signature: Uint8Array;
}

export class LeafNode extends Value implements LeafFields {
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
  readonly capabilities: Capabilities;
  readonly source: Source;
  readonly lifetime: Lifetime | null;
  readonly parentHash: Uint8Array;
  readonly extensions: Extensions;
  readonly signature: Uint8Array;
  #body: Uint8Array | undefined;

  constructor(fields: LeafFields) {
    super();
    this.encryptionKey = fields.encryptionKey;
    this.signatureKey = fields.signatureKey;
    this.credential = fields.credential;
    this.capabilities = fields.capabilities;
    this.source = fields.source;
    this.lifetime = fields.lifetime;
    this.parentHash = fields.parentHash;
    this.extensions = fields.extensions;
    this.signature = fields.signature;
  }

  /** Everything but the signature. */
  get body(): Uint8Array {
    this.#body ??= concat(
      vector(this.encryptionKey),
      vector(this.signatureKey),
      this.credential.encoded,
      this.capabilities.encoded,
      u8(this.source),
      this.#origin(),
      vectors(this.extensions),
    );
    return this.#body;
  }

  #origin(): Uint8Array {
    switch (this.source) {
      case Source.KEY_PACKAGE:
        return (this.lifetime ?? ENDLESS).encoded;
      case Source.UPDATE:
        return new Uint8Array(0);
      case Source.COMMIT:
        return vector(this.parentHash);
    }
  }

  protected write(): Uint8Array {
    return concat(this.body, vector(this.signature));
  }

  /** `LeafNodeTBS`; a leaf of source `KEY_PACKAGE` is bound to no place. */
  toBeSigned(groupId: Uint8Array, leaf: number): Uint8Array {
    return this.source === Source.KEY_PACKAGE ? this.body : concat(this.body, vector(groupId), u32(leaf));
  }

  /** Checks the signature for a place in a group; throws `MlsError`. */
  verify(suite: Suite, groupId: Uint8Array, leaf: number): Promise<void> {
    const content = this.toBeSigned(groupId, leaf);
    return suite.verifyWithLabel(this.signatureKey, "LeafNodeTBS", content, this.signature, Rule.LEAF_SIGNATURE);
  }

  static read(reader: Reader): LeafNode {
    const begin = reader.at;
    const encryptionKey = reader.vector();
    const signatureKey = reader.vector();
    const credential = Credential.read(reader);
    const capabilities = Capabilities.read(reader);
    const source = readSource(reader);
    const lifetime = source === Source.KEY_PACKAGE ? Lifetime.read(reader) : null;
    const parentHash = source === Source.COMMIT ? reader.vector() : new Uint8Array(0);
    const extensions = readExtensions(reader);
    const body = reader.since(begin);
    const signature = reader.vector();
    const named = { encryptionKey, signatureKey, credential, capabilities, source };
    const leaf = new LeafNode({ ...named, lifetime, parentHash, extensions, signature });
    leaf.#body = body;
    return leaf.readFrom(reader.since(begin));
  }
}

function readSource(reader: Reader): Source {
  const source = reader.u8();
  if (source !== Source.KEY_PACKAGE && source !== Source.UPDATE && source !== Source.COMMIT) {
    throw new MlsError(Rule.ENCODING);
  }
  return source;
}
