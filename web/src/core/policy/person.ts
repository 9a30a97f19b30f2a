/**
 * Who holds a leaf: a seat, a person key that endorses the leaf, and perhaps an account (spec/policy.md section 3).
 *
 * The name is sealed and not read here: those who hold the link open it (`e2ee/keys`).
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { type Reader, u8, u64, Value } from "../mls/codec";
import { isEd25519Key, type Primitives } from "../mls/suites";
import { ascii, concat } from "../octets";
import { SEAT_SIZE } from "../wire/limits";
import { KEY_SIZE, readWhole, SUBJECT_SIZE } from "./charter";
import { demand } from "./errors";
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from "./names";

const VERSION = 2;
export const SIGNATURE_SIZE = 64;
export const DETAILS_SIZE = 32;
export const CERTIFICATE_SIZE = SUBJECT_SIZE + 8 + DETAILS_SIZE + SIGNATURE_SIZE;
/** A nonce, a name, a label, and the tag of both. */
export const SEALED_SIZE = 12 + MAX_NAME_BYTES + MAX_LABEL_BYTES + 16;
export const GUEST_SIZE = 1 + SEAT_SIZE + KEY_SIZE + SIGNATURE_SIZE + 1 + SEALED_SIZE;
export const ACCOUNT_SIZE = GUEST_SIZE + CERTIFICATE_SIZE;
const LEAF = ascii("aparte/1 leaf\0");
const ACCOUNT = ascii("aparte/1 account\0");

/** Verifies by Ed25519; a key or signature of the wrong form does not hold, and nothing is thrown for it. */
export type Verify = Primitives["verify"];

/** The house's word that a person key is an account's. */
export class Certificate extends Value {
  /**
   * @param account 16 octets.
   * @param until Milliseconds since 1970.
   * @param details The SHA-256 of the name and label that the account has.
   * @param signature By the house key.
   */
  constructor(
    readonly account: Uint8Array,
    readonly until: bigint,
    readonly details: Uint8Array,
    readonly signature: Uint8Array,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(this.account, u64(this.until), this.details, this.signature);
  }

  static read(reader: Reader): Certificate {
    return new Certificate(
      reader.take(SUBJECT_SIZE),
      reader.u64(),
      reader.take(DETAILS_SIZE),
      reader.take(SIGNATURE_SIZE),
    );
  }

  /** Checks that the house says it of a person key; throws `PolicyError`. */
  async verify(verify: Verify, houseKey: Uint8Array, personKey: Uint8Array): Promise<void> {
    const content = accountContent(personKey, this.account, this.until, this.details);
    demand(await verify(houseKey, content, this.signature), "not-authentic");
  }

  /** Checks that it is not over at `now`, give or take `skew` (milliseconds); throws `PolicyError`. */
  checkTime(now: number, skew: number): void {
    demand(now - skew <= this.until, "expired");
  }
}

export interface PersonFields {
  readonly seat: Uint8Array;
  /** Ed25519, 32 octets. */
  readonly key: Uint8Array;
  /** By the person key over the leaf. */
  readonly endorsement: Uint8Array;
  readonly certificate: Certificate | null;
  /** The name and label, for holders of the link. */
  readonly sealed: Uint8Array;
}

/** What the identity of a leaf says in clear. */
export class Person extends Value implements PersonFields {
  readonly seat: Uint8Array;
  readonly key: Uint8Array;
  readonly endorsement: Uint8Array;
  readonly certificate: Certificate | null;
  readonly sealed: Uint8Array;
  #subject: Uint8Array | undefined;

  constructor(fields: PersonFields) {
    super();
    this.seat = fields.seat;
    this.key = fields.key;
    this.endorsement = fields.endorsement;
    this.certificate = fields.certificate;
    this.sealed = fields.sealed;
  }

  /** What rights are given to: the account, or the first 16 octets of SHA-256 of the person key. */
  get subject(): Uint8Array {
    this.#subject ??= this.certificate?.account ?? guestSubject(this.key);
    return this.#subject;
  }

  protected write(): Uint8Array {
    const certificate = this.certificate === null ? u8(0) : concat(u8(1), this.certificate.encoded);
    return concat(u8(VERSION), this.seat, this.key, this.endorsement, certificate, this.sealed);
  }

  /** Reads the identity of a leaf; throws `PolicyError(malformed)`. Nothing vouches for it yet. */
  static read(octets: Uint8Array): Person {
    demand(octets.length === GUEST_SIZE || octets.length === ACCOUNT_SIZE, "malformed");
    return readWhole(octets, read);
  }

  /**
   * Checks that the person is the leaf's, and the account the person's; throws `PolicyError`.
   *
   * Whether a certificate is over is asked when somebody comes in, and apart.
   */
  async verify(verify: Verify, meeting: Uint8Array, leafKey: Uint8Array, houseKey: Uint8Array): Promise<void> {
    demand(await verify(this.key, leafContent(meeting, this.seat, leafKey), this.endorsement), "not-authentic");
    if (this.certificate === null) return;
    // A meeting without a house key has no accounts: nobody in it could say what a certificate is worth.
    demand(houseKey.length > 0, "not-authentic");
    await this.certificate.verify(verify, houseKey, this.key);
  }
}

function read(reader: Reader): Person {
  demand(reader.u8() === VERSION, "malformed");
  const person = new Person({
    seat: reader.take(SEAT_SIZE),
    key: reader.take(KEY_SIZE),
    endorsement: reader.take(SIGNATURE_SIZE),
    certificate: reader.optional(Certificate.read),
    sealed: reader.take(SEALED_SIZE),
  });
  demand(isEd25519Key(person.key), "malformed");
  return person;
}

/** The subject of somebody without an account, 16 octets. Rules are checked at once, so this hash does not wait. */
export function guestSubject(personKey: Uint8Array): Uint8Array {
  return sha256(personKey).subarray(0, SUBJECT_SIZE);
}

/** What a person key signs to say that a leaf is its owner's. */
export function leafContent(meeting: Uint8Array, seat: Uint8Array, leafKey: Uint8Array): Uint8Array {
  return concat(LEAF, meeting, seat, leafKey);
}

/** What the house key signs to say that a person key is an account's. */
export function accountContent(
  personKey: Uint8Array,
  account: Uint8Array,
  until: bigint,
  details: Uint8Array,
): Uint8Array {
  return concat(ACCOUNT, personKey, account, u64(until), details);
}
