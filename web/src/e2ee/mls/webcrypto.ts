/** The part of WebCrypto that the group needs, described here so that this folder compiles without the browser's library. */

/** A key that WebCrypto holds; opaque to us. */
export type Key = { readonly __webcrypto: unique symbol };

type Algorithm = { name: string; [parameter: string]: unknown };

export interface Subtle {
  digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>;
  importKey(format: string, data: Uint8Array, algorithm: Algorithm, extractable: boolean, uses: string[]): Promise<Key>;
  sign(algorithm: string, key: Key, data: Uint8Array): Promise<ArrayBuffer>;
  verify(algorithm: string, key: Key, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
  encrypt(algorithm: Algorithm, key: Key, data: Uint8Array): Promise<ArrayBuffer>;
  decrypt(algorithm: Algorithm, key: Key, data: Uint8Array): Promise<ArrayBuffer>;
}

/** Browsers, workers and Node all carry it. Only deterministic operations are used: randomness is an argument. */
export const subtle = (globalThis as unknown as { crypto: { subtle: Subtle } }).crypto.subtle;
