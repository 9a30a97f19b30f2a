/** The rules of a meeting for those who hold its link: what everybody can check, and who somebody is. */

import { MlsError, Rule } from "../../core/mls/errors";
import type { LeafNode } from "../../core/mls/leaf";
import { hex } from "../../core/octets";
import { SKEW_MS } from "../../core/policy/admission";
import type { Charter } from "../../core/policy/charter";
import { MAX_LEAVES, MeetingPolicy, readPerson, wordOf } from "../../core/policy/meeting";
import type { Person } from "../../core/policy/person";
import { b64Encode } from "../../core/wire/b64";
import { type LinkKeys, openIdentity } from "../keys";
import { personCode } from "../safety";
import { verify } from "./ed25519";
import type { Psks } from "./group";
import { HKDF_SHA384 } from "./hkdf";
import { refuseAs } from "./suite";

/** What a meeting's link gives for its group. */
export type LinkSecrets = Pick<LinkKeys, "psk" | "pskId" | "nameKey">;

/**
 * Who holds a leaf: seat in base64url, name, label (empty for a guest), the subject that rights are given to (16
 * octets), whether no account of the house stands behind it, its person key in hexadecimal and that key's code, the
 * leaf's signature key (32 octets) and that key's fingerprint.
 */
export interface Holder {
  readonly seat: string;
  readonly name: string;
  readonly label: string;
  readonly subject: Uint8Array;
  readonly isGuest: boolean;
  readonly personKey: string;
  readonly personCode: string;
  readonly fingerprint: string;
  readonly signatureKey: Uint8Array;
}

const MOST_KNOWN = 4 * MAX_LEAVES;

/** `MeetingPolicy` that also opens every name. */
export class LinkPolicy extends MeetingPolicy {
  /** Every leaf that comes into a tree was checked first: whoever asks later need not open it again. */
  readonly #holders = new WeakMap<LeafNode, Holder>();
  /** The same by what the leaf says: a member's next leaf says nothing else. */
  readonly #known = new Map<string, Holder>();

  /** `charter` is one whose tag was checked (`e2ee/charter`), `isGone` and `clock` are those of `MeetingPolicy`. */
  constructor(
    private readonly keys: LinkSecrets,
    charter: Charter,
    isGone: (seat: Uint8Array) => boolean,
    clock: () => number = Date.now,
  ) {
    super(charter, clock, isGone, SKEW_MS, verify);
  }

  /** The link's pre-shared key by its id. */
  get psks(): Psks {
    return new Map([[hex(this.keys.pskId), this.keys.psk]]);
  }

  /** Checks the form of a leaf, and that its name opens. */
  override async checkLeaf(leaf: LeafNode, index: number): Promise<void> {
    await super.checkLeaf(leaf, index);
    const word = wordOf(leaf.credential.identity, leaf.signatureKey);
    const holder = this.#known.get(word) ?? (await this.#open(readPerson(leaf), leaf.signatureKey));
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(word, holder);
    this.#holders.set(leaf, holder);
  }

  /** Who knocks with the identity of a leaf and its signature key (32 octets); throws `MlsError`. */
  async knocker(identity: Uint8Array, leafKey: Uint8Array): Promise<Holder> {
    return this.#open(await this.checkKnock(identity, leafKey), leafKey);
  }

  async #open(person: Person, signatureKey: Uint8Array): Promise<Holder> {
    const opening = openIdentity(this.keys.nameKey, this.charter.meeting, person);
    const [{ name, label }, code, print] = await Promise.all([
      refuseAs(Rule.IDENTITY, opening),
      personCode(person.key),
      fingerprint(signatureKey),
    ]);
    const { seat, subject, certificate } = person;
    const own = { personKey: hex(person.key), personCode: code, isGuest: certificate === null };
    return { seat: b64Encode(seat), name, label, subject, ...own, fingerprint: print, signatureKey };
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
