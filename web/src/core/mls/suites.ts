/** The public half of a cipher suite (RFC 9420 section 5.1). The product knows one; nothing is negotiated. */

import { ascii, concat, hex } from "../octets";
import { vector } from "./codec";
import { demand, type Rule } from "./errors";

/** mls10, the one protocol version. */
export const VERSION = 1;

export const KEM_KEY_SIZE = 1_184;
export const XWING_KEY_SIZE = 1_216;

/** The primitives of a suite that somebody else brings: this folder has none of its own. */
export interface Primitives {
  hash(data: Uint8Array): Promise<Uint8Array>;
  /** Whether a signature holds; a public key or signature of the wrong form does not, and nothing is thrown for it. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** What a suite is beside its primitives. */
export interface Form {
  readonly id: number;
  /** Octets of a hash. */
  readonly hashSize: number;
  /** Octets of an encapsulation. */
  readonly kemOutputSize: number;
  /** Says whether everybody could encapsulate to a key. */
  isPublicKey(key: Uint8Array): boolean;
}

/** What everybody can do with a suite: hash, verify a signature, judge a public key of its KEM. */
export class Suite {
  readonly id: number;
  readonly hashSize: number;
  readonly kemOutputSize: number;
  readonly isPublicKey: (key: Uint8Array) => boolean;
  readonly #primitives: Primitives;

  constructor(form: Form, primitives: Primitives) {
    this.id = form.id;
    this.hashSize = form.hashSize;
    this.kemOutputSize = form.kemOutputSize;
    this.isPublicKey = form.isPublicKey;
    this.#primitives = primitives;
  }

  hash(data: Uint8Array): Promise<Uint8Array> {
    return this.#primitives.hash(data);
  }

  /** RefHash (section 5.2); `label` is the whole label. */
  refHash(label: string, value: Uint8Array): Promise<Uint8Array> {
    return this.hash(concat(vector(ascii(label)), vector(value)));
  }

  /** VerifyWithLabel (section 5.1.2); throws `MlsError(rule)`. */
  async verifyWithLabel(
    key: Uint8Array,
    label: string,
    content: Uint8Array,
    signature: Uint8Array,
    rule: Rule,
  ): Promise<void> {
    demand(await this.#primitives.verify(key, signed(label, content), signature), rule);
  }
}

/** The SignContent that a signature is made over (section 5.1.2); `label` is without "MLS 1.0 ". */
export function signed(label: string, content: Uint8Array): Uint8Array {
  return concat(vector(ascii(`MLS 1.0 ${label}`)), vector(content));
}

const FIELD = (1n << 255n) - 19n;

/** The y-coordinates of the points of order 1, 2, 4 and 8 on edwards25519. */
const SMALL_ORDER_Y = new Set([
  0n,
  1n,
  FIELD - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
]);

/**
 * Says whether a signature by this key binds its holder to what was signed, whoever verifies: 32 octets, y below the
 * field's size, and no point of small order. Under such a point signatures hold for any text, and verifiers differ
 * about them (Chalkias, Garillot, Nikolaenko: Taming the many EdDSAs).
 */
export function isEd25519Key(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const y = BigInt(`0x${hex(publicKey.slice().reverse())}`) & ((1n << 255n) - 1n);
  return y < FIELD && !SMALL_ORDER_Y.has(y);
}

/** The u-coordinates of the points of order 1, 2, 4 and 8 on Curve25519 and on its twist, two of them in two spellings. */
const SMALL_ORDER = [
  0n,
  1n,
  FIELD - 1n,
  FIELD,
  FIELD + 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];
const REFUSED = new Set(SMALL_ORDER.map((point) => hex(littleEndian(point))));

function littleEndian(point: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, place) => Number((point >> BigInt(8 * place)) & 0xffn));
}

/** Says whether an X25519 exchange with this key gives a secret: 32 octets, and no point of small order. */
export function isX25519Key(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  // RFC 7748 section 5: the top bit is ignored.
  const point = publicKey.slice();
  point[31] = (point[31] ?? 0) & 0x7f;
  return !REFUSED.has(hex(point));
}

const COEFFICIENTS_SIZE = KEM_KEY_SIZE - 32;
const MODULUS = 3_329;

/** The check of FIPS 203 section 7.2: the right size, and every coefficient, two in three octets, below the modulus. */
function isMlKemKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEM_KEY_SIZE) return false;
  for (let at = 0; at < COEFFICIENTS_SIZE; at += 3) {
    const [a, b, c] = [publicKey[at] ?? 0, publicKey[at + 1] ?? 0, publicKey[at + 2] ?? 0];
    if ((a | ((b & 0x0f) << 8)) >= MODULUS || ((b >> 4) | (c << 4)) >= MODULUS) return false;
  }
  return true;
}

/** Says whether everybody could encapsulate to an X-Wing key: ML-KEM-768, then X25519. */
export function isXwingKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== XWING_KEY_SIZE) return false;
  return isMlKemKey(publicKey.subarray(0, KEM_KEY_SIZE)) && isX25519Key(publicKey.subarray(KEM_KEY_SIZE));
}

/** X-Wing, HKDF-SHA-384, AES-256-GCM, SHA-384, Ed25519, under a private-use id (spec/mls.md section 1). */
export const APARTE: Form = Object.freeze({
  id: 0xf0a1,
  hashSize: 48,
  kemOutputSize: 1_120,
  isPublicKey: isXwingKey,
});

/** The suite of a meeting; the primitives are SHA-384 and Ed25519. */
export function aparteSuite(primitives: Primitives): Suite {
  return new Suite(APARTE, primitives);
}
