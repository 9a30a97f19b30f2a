/** Commits and update paths (RFC 9420 sections 7.6 and 12.4). */

import { concat } from "../octets";
import { optional, type Reader, Value, vector, vectors } from "./codec";
import { LeafNode } from "./leaf";
import { type Inline, type Reference, readProposalOrRef } from "./proposals";

/** Something sealed to a public key. */
export class HpkeCiphertext extends Value {
  constructor(
    readonly kemOutput: Uint8Array,
    readonly ciphertext: Uint8Array,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(vector(this.kemOutput), vector(this.ciphertext));
  }

  static read(reader: Reader): HpkeCiphertext {
    return new HpkeCiphertext(reader.vector(), reader.vector());
  }
}

/** A parent's new key, and its path secret for everybody under the copath child. */
export class UpdatePathNode extends Value {
  constructor(
    readonly encryptionKey: Uint8Array,
    readonly encryptedPathSecret: readonly HpkeCiphertext[],
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(vector(this.encryptionKey), vectors(this.encryptedPathSecret));
  }

  static read(reader: Reader): UpdatePathNode {
    return new UpdatePathNode(reader.vector(), reader.items(HpkeCiphertext.read));
  }
}

/** The committer's new leaf, and the parents above it from below. */
export class UpdatePath extends Value {
  constructor(
    readonly leaf: LeafNode,
    readonly nodes: readonly UpdatePathNode[],
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(this.leaf.encoded, vectors(this.nodes));
  }

  static read(reader: Reader): UpdatePath {
    return new UpdatePath(LeafNode.read(reader), reader.items(UpdatePathNode.read));
  }
}

/** What changes with the next epoch. */
export class Commit extends Value {
  constructor(
    readonly proposals: readonly (Inline | Reference)[],
    readonly path: UpdatePath | null,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(vectors(this.proposals), optional(this.path));
  }

  static read(reader: Reader): Commit {
    return new Commit(reader.items(readProposalOrRef), reader.optional(UpdatePath.read));
  }
}
