/** The rules of a meeting for those who hold its link: what everybody can check, and who somebody is. */

import { MlsError, Rule } from "../../core/mls/errors";
import type { LeafNode } from "../../core/mls/leaf";
import { MeetingPolicy } from "../../core/mls/policy";
import { hex } from "../../core/octets";
import { b64Encode } from "../../core/wire/b64";
import { openIdentity } from "../keys";
import type { Psks } from "./group";
import { HKDF_SHA384 } from "./hkdf";
import { refuseAs } from "./suite";

/** What a meeting's link gives, and the meeting's id (16 octets). */
export interface LinkSecrets {
  readonly meeting: Uint8Array;
  readonly psk: Uint8Array;
  readonly pskId: Uint8Array;
  readonly nameKey: Uint8Array;
}

/** Who holds a leaf: seat in base64url, its signature key (32 octets) and that key's fingerprint. */
export interface Holder {
  readonly seat: string;
  readonly name: string;
  readonly fingerprint: string;
  readonly signatureKey: Uint8Array;
}

/** `MeetingPolicy` that also opens every identity. */
export class LinkPolicy extends MeetingPolicy {
  /** Every leaf that comes into a tree was checked first: whoever asks later need not open it again. */
  readonly #holders = new WeakMap<LeafNode, Holder>();

  constructor(private readonly link: LinkSecrets) {
    super(link.pskId);
  }

  /** The link's pre-shared key by its id. */
  get psks(): Psks {
    return new Map([[hex(this.link.pskId), this.link.psk]]);
  }

  /** Checks the form of a leaf, and that its identity opens. */
  override async checkLeaf(leaf: LeafNode, index: number): Promise<void> {
    await super.checkLeaf(leaf, index);
    const { meeting, nameKey } = this.link;
    const opening = openIdentity(nameKey, meeting, leaf.credential.identity);
    const [{ seat, name }, print] = await Promise.all([
      refuseAs(Rule.IDENTITY, opening),
      fingerprint(leaf.signatureKey),
    ]);
    this.#holders.set(leaf, { seat: b64Encode(seat), name, fingerprint: print, signatureKey: leaf.signatureKey });
  }

  /** Who holds a leaf that was checked; throws `MlsError` for one that was not. */
  holder(leaf: LeafNode): Holder {
    const found = this.#holders.get(leaf);
    if (found === undefined) throw new MlsError(Rule.IDENTITY);
    return found;
  }
}

/** What two people compare: the first 16 octets of the key's SHA-384, as 8 groups of 4 hexadecimal digits. */
async function fingerprint(signatureKey: Uint8Array): Promise<string> {
  const digits = hex((await HKDF_SHA384.hash(signatureKey)).subarray(0, 16));
  return digits.replace(/(.{4})(?!$)/g, "$1 ");
}
