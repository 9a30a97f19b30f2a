/** X-Wing, the hybrid of ML-KEM-768 and X25519 (draft-connolly-cfrg-xwing-kem), as HPKE KEM 0x647a (draft-ietf-hpke-pq). */

import { shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768_x25519 as hybrid } from "@noble/post-quantum/hybrid.js";
import { ascii, concat } from "../bytes";
import { uint16 } from "./bytes";
import type { Kem } from "./hpke";

export const PUBLIC_KEY_LENGTH = 1216;
export const SECRET_KEY_LENGTH = 32;
export const ENC_LENGTH = 1120;

const ML_KEM_VECTOR_LENGTH = 1152;
const ML_KEM_MODULUS = 3329;
const KEM_ID = 0x647a;
const DERIVE = concat(ascii("HPKE-v1"), ascii("KEM"), uint16(KEM_ID), uint16(13), ascii("DeriveKeyPair"));

export interface KeyPair {
  secretKey: Uint8Array; // 32 octets: the seed from which both parts are expanded
  publicKey: Uint8Array; // 1,216 octets: ML-KEM-768, then X25519
}

/** DeriveKeyPair of draft-ietf-hpke-pq: the seed is SHAKE256's LabeledDerive of `ikm`. */
export function deriveKeyPair(ikm: Uint8Array): KeyPair {
  const seed = shake256(concat(ikm, DERIVE, uint16(SECRET_KEY_LENGTH)), { dkLen: SECRET_KEY_LENGTH });
  return { secretKey: seed, publicKey: publicKeyOf(seed) };
}

export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  return hybrid.getPublicKey(secretKey);
}

export const xwing: Kem = {
  id: KEM_ID,
  coinsLength: 64,
  encapsulate(publicKey, coins) {
    const { cipherText, sharedSecret } = hybrid.encapsulate(publicKey, coins);
    return { enc: cipherText, secret: sharedSecret };
  },
  decapsulate: (enc, secretKey) => hybrid.decapsulate(enc, secretKey),
};

/**
 * Whether anybody can encapsulate to this public key: the right length, every ML-KEM coefficient below the modulus (FIPS 203, 7.2),
 * and no X25519 point of small order. A key that fails this in a tree would keep everybody from making the next commit.
 */
export function isPublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_LENGTH) return false;
  for (let index = 0; index < ML_KEM_VECTOR_LENGTH; index += 3) {
    const [a = 0, b = 0, c = 0] = publicKey.subarray(index, index + 3);
    if ((a | ((b & 0x0f) << 8)) >= ML_KEM_MODULUS || ((b >> 4) | (c << 4)) >= ML_KEM_MODULUS) return false;
  }
  return !SMALL_ORDER.has(canonicalPoint(publicKey.subarray(PUBLIC_KEY_LENGTH - 32)));
}

const FIELD = (1n << 255n) - 19n;

/** The u-coordinate that X25519 reads from 32 octets: the top bit is ignored, the rest is taken modulo the field (RFC 7748, section 5). */
function canonicalPoint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = 31; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return (value & ((1n << 255n) - 1n)) % FIELD;
}

/** The points of order 1, 2, 4 and 8 on Curve25519 and its twist, by u-coordinate. */
const SMALL_ORDER = new Set([
  0n,
  1n,
  FIELD - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
]);
