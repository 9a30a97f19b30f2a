/** KeyPackages (RFC 9420 section 10). */

import { concat, equal } from "../octets";
import { type Reader, u16, Value, vector, vectors } from "./codec";
import { demand, Rule } from "./errors";
import { type Extensions, readExtensions } from "./extensions";
import { LeafNode } from "./leaf";
import { type Suite, VERSION } from "./suites";

/** What somebody publishes so that others can add it to a group. */
export class KeyPackage extends Value {
  constructor(
    readonly version: number,
    readonly suite: number,
    readonly initKey: Uint8Array,
    readonly leaf: LeafNode,
    readonly extensions: Extensions,
    readonly signature: Uint8Array,
  ) {
    super();
  }

  /** `KeyPackageTBS`. */
  get body(): Uint8Array {
    const head = concat(u16(this.version), u16(this.suite), vector(this.initKey));
    return concat(head, this.leaf.encoded, vectors(this.extensions));
  }

  protected write(): Uint8Array {
    return concat(this.body, vector(this.signature));
  }

  /** The KeyPackageRef (section 5.2). */
  reference(suite: Suite): Promise<Uint8Array> {
    return suite.refHash("MLS 1.0 KeyPackage Reference", this.encoded);
  }

  /** Checks all of section 10.1 but the leaf itself; throws `MlsError`. */
  async verify(suite: Suite): Promise<void> {
    demand(this.version === VERSION && this.suite === suite.id, Rule.PACKAGE_SUITE);
    demand(!equal(this.initKey, this.leaf.encryptionKey), Rule.PACKAGE_KEYS);
    demand(suite.isPublicKey(this.initKey), Rule.PUBLIC_KEY);
    const key = this.leaf.signatureKey;
    await suite.verifyWithLabel(key, "KeyPackageTBS", this.body, this.signature, Rule.PACKAGE_SIGNATURE);
  }

  static read(reader: Reader): KeyPackage {
    return new KeyPackage(
      reader.u16(),
      reader.u16(),
      reader.vector(),
      LeafNode.read(reader),
      readExtensions(reader),
      reader.vector(),
    );
  }
}
