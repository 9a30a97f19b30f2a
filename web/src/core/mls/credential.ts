/** Credentials (RFC 9420 section 5.3): basic, and X.509 in shape only. */

import { concat } from "../octets";
import { decode, type Reader, u16, Value, vector } from "./codec";
import { demand, Rule } from "./errors";

export const BASIC = 1;
export const X509 = 2;

/** `identity` is opaque here: for X.509 the octets of the certificate vector. */
export class Credential extends Value {
  constructor(
    readonly type: number,
    readonly identity: Uint8Array,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(this.type), vector(this.identity));
  }

  static read(reader: Reader): Credential {
    const type = reader.u16();
    demand(type === BASIC || type === X509, Rule.CREDENTIAL_TYPE);
    if (type === BASIC) return new Credential(type, reader.vector());
    const begin = reader.at;
    reader.items((certificates) => certificates.vector());
    return new Credential(
      type,
      decode(reader.since(begin), (whole) => whole.vector()),
    );
  }
}
