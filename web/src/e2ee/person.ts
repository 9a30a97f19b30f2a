/** Oneself: a person key, and what the house says of it (spec/policy.md section 3). */

import { type Certificate, guestSubject, leafContent, Person } from "../core/policy/person";
import { sealName } from "./keys";
import type { SignatureKey } from "./mls/suite";

/** Who one is wherever one goes: name and label, which for an account are those of the certificate. */
export class OwnPerson {
  /**
   * @param key Ed25519: says which leaves are its owner's. A group never erases it.
   * @param label Empty for a guest.
   * @param certificate The house's, or `null`: a guest.
   */
  constructor(
    readonly key: SignatureKey,
    readonly name: string,
    readonly label = "",
    readonly certificate: Certificate | null = null,
  ) {}

  /** What rights are given to: 16 octets. */
  get subject(): Uint8Array {
    return this.certificate?.account ?? guestSubject(this.key.publicKey);
  }

  /**
   * The identity of a leaf of ours, whose signature key is `leafKey` (32 octets), under a seat of 16 octets.
   *
   * `nonce` is 12 fresh random octets. Throws KeysError(bad-name), and RangeError for a label that nobody may have.
   */
  async identity(
    nameKey: Uint8Array,
    meeting: Uint8Array,
    seat: Uint8Array,
    leafKey: Uint8Array,
    nonce: Uint8Array,
  ): Promise<Person> {
    const { key, name, label, certificate } = this;
    const [endorsement, sealed] = await Promise.all([
      key.sign(leafContent(meeting, seat, leafKey)),
      sealName(nameKey, meeting, seat, key.publicKey, nonce, name, label),
    ]);
    return new Person({ seat, key: key.publicKey, endorsement, certificate, sealed });
  }
}
