/**
 * The platform's primitives, declared as narrowly as the seals need them: this folder compiles without the DOM library.
 * Nothing random and nothing extractable comes from here.
 */

import { type Bytes, concat } from "./bytes";

/** A key that the platform holds; its bytes cannot be read back. */
export interface Key {
  readonly type: string;
}

type Hash = "SHA-256" | "SHA-384" | "SHA-512";
type Usage = "encrypt" | "decrypt" | "deriveBits" | "deriveKey" | "sign";
type AesGcm = { name: "AES-GCM"; iv: Bytes; additionalData: Bytes };
type Hkdf = { name: "HKDF"; hash: Hash; salt: Bytes; info: Bytes };
type Algorithm = "AES-GCM" | "HKDF" | { name: "HMAC"; hash: Hash };

interface Subtle {
  importKey(format: "raw", data: Uint8Array, algorithm: Algorithm, extractable: false, usages: Usage[]): Promise<Key>;
  deriveBits(algorithm: Hkdf, key: Key, bits: number): Promise<ArrayBuffer>;
  deriveKey(a: Hkdf, key: Key, to: { name: "AES-GCM"; length: number }, extractable: false, u: Usage[]): Promise<Key>;
  encrypt(algorithm: AesGcm, key: Key, data: Uint8Array): Promise<ArrayBuffer>;
  decrypt(algorithm: AesGcm, key: Key, data: Uint8Array): Promise<ArrayBuffer>;
  sign(algorithm: "HMAC", key: Key, data: Uint8Array): Promise<ArrayBuffer>;
  digest(hash: Hash, data: Uint8Array): Promise<ArrayBuffer>;
}

const { subtle } = (globalThis as unknown as { crypto: { subtle: Subtle } }).crypto;

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

/** HKDF-Expand-SHA-384 for one block at most: `size` up to 48 bytes. */
export async function hkdfExpand384(prk: Uint8Array, info: Uint8Array, size: number): Promise<Bytes> {
  const key = await subtle.importKey("raw", prk, { name: "HMAC", hash: "SHA-384" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", key, concat(info, Uint8Array.of(1)))).slice(0, size);
}

export function aesGcmKey(key: Uint8Array, usage: "encrypt" | "decrypt"): Promise<Key> {
  return subtle.importKey("raw", key, "AES-GCM", false, [usage]);
}

/** Ciphertext and 16-byte tag. */
export async function aesGcmSeal(key: Key, nonce: Bytes, aad: Bytes, plaintext: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, key, plaintext));
}

/** The plaintext, or null when the tag, key, nonce or additional data is not the right one. */
export async function aesGcmOpen(key: Key, nonce: Bytes, aad: Bytes, sealed: Uint8Array): Promise<Bytes | null> {
  try {
    return new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, key, sealed));
  } catch {
    return null;
  }
}

export async function sha256(data: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await subtle.digest("SHA-256", data));
}
