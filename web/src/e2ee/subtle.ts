/**
 * The platform's primitives, declared as narrowly as they are needed: this folder compiles without the DOM library.
 * No private or secret key that can be read back comes from here.
 */

import type { Bytes } from "../core/octets";

/** A key that the platform holds. */
export interface Key {
  readonly type: string;
}

/** Both halves of a signature key. */
export interface SignaturePair {
  readonly privateKey: Key;
  readonly publicKey: Key;
}

type Hash = "SHA-256" | "SHA-384" | "SHA-512";
type Algorithm = string | { name: string; [parameter: string]: unknown };

/** The part of WebCrypto that is used here. Browsers, workers and Node all carry it. */
export interface Subtle {
  digest(hash: Hash, data: Uint8Array): Promise<ArrayBuffer>;
  importKey(form: "raw" | "pkcs8", data: Uint8Array, a: Algorithm, extractable: false, uses: string[]): Promise<Key>;
  exportKey(form: "raw", key: Key): Promise<ArrayBuffer>;
  generateKey(algorithm: Algorithm, extractable: false, uses: string[]): Promise<SignaturePair>;
  deriveBits(algorithm: Algorithm, key: Key, bits: number): Promise<ArrayBuffer>;
  deriveKey(algorithm: Algorithm, key: Key, to: Algorithm, extractable: false, uses: string[]): Promise<Key>;
  sign(algorithm: string, key: Key, data: Uint8Array): Promise<ArrayBuffer>;
  verify(algorithm: string, key: Key, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
  encrypt(algorithm: Algorithm, key: Key, data: Uint8Array): Promise<ArrayBuffer>;
  decrypt(algorithm: Algorithm, key: Key, data: Uint8Array): Promise<ArrayBuffer>;
}

export const { subtle } = (globalThis as unknown as { crypto: { subtle: Subtle } }).crypto;

/** Keying material for `hkdf` and `hkdfAesKey` (RFC 5869). */
export function hkdfKey(material: Uint8Array): Promise<Key> {
  return subtle.importKey("raw", material, "HKDF", false, ["deriveBits", "deriveKey"]);
}

/** HKDF-Expand(HKDF-Extract(salt, material), info, size); size in bytes. */
export async function hkdf(hash: Hash, material: Key, salt: Bytes, info: Bytes, size: number): Promise<Bytes> {
  return new Uint8Array(await subtle.deriveBits({ name: "HKDF", hash, salt, info }, material, size * 8));
}

/** The same for an AES-GCM key of `size` bytes, which no script sees. */
export function hkdfAesKey(
  hash: Hash,
  material: Key,
  salt: Bytes,
  info: Bytes,
  size: number,
  usage: "encrypt" | "decrypt",
): Promise<Key> {
  const to = { name: "AES-GCM", length: size * 8 } as const;
  return subtle.deriveKey({ name: "HKDF", hash, salt, info }, material, to, false, [usage]);
}

export function aesGcmKey(key: Uint8Array, usage: "encrypt" | "decrypt"): Promise<Key> {
  return subtle.importKey("raw", key, "AES-GCM", false, [usage]);
}

/** Ciphertext and 16-byte tag. */
export async function aesGcmSeal(key: Key, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, key, plaintext));
}

/** The plaintext, or null when the tag, key, nonce or additional data is not the right one. */
export async function aesGcmOpen(
  key: Key,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Promise<Bytes | null> {
  try {
    return new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, key, sealed));
  } catch {
    return null;
  }
}

export async function sha256(data: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await subtle.digest("SHA-256", data));
}
