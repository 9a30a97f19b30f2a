/** Welcome messages (RFC 9420 section 12.4.3.1): the sealed form. */

import { concat } from "../octets";
import { type Reader, u16, Value, vector, vectors } from "./codec";
import { HpkeCiphertext } from "./commit";

/** The secrets for the owner of one KeyPackage. */
export class EncryptedGroupSecrets extends Value {
  constructor(
    readonly newMember: Uint8Array,
    readonly secrets: HpkeCiphertext,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(vector(this.newMember), this.secrets.encoded);
  }

  static read(reader: Reader): EncryptedGroupSecrets {
    return new EncryptedGroupSecrets(reader.vector(), HpkeCiphertext.read(reader));
  }
}

/** What those whom a commit adds are sent. */
export class Welcome extends Value {
  constructor(
    readonly suite: number,
    readonly secrets: readonly EncryptedGroupSecrets[],
    readonly encryptedGroupInfo: Uint8Array,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(this.suite), vectors(this.secrets), vector(this.encryptedGroupInfo));
  }

  static read(reader: Reader): Welcome {
    return new Welcome(reader.u16(), reader.items(EncryptedGroupSecrets.read), reader.vector());
  }
}
