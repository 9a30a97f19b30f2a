/** Authenticated encryption (RFC 5116) by WebCrypto, in the form that HPKE and MLS use it. */

import { type Key, subtle } from "../subtle";

/** `id` is HPKE's number of it; sizes in octets. */
export interface Aead {
  readonly id: number;
  readonly keySize: number;
  readonly nonceSize: number;
  /** Ciphertext and tag. */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>;
  /** The plaintext; rejects what does not authenticate. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>;
}

const importKey = (key: Uint8Array, use: "encrypt" | "decrypt"): Promise<Key> =>
  subtle.importKey("raw", key, { name: "AES-GCM" }, false, [use]);

/** AES-GCM under a key of 16 or 32 octets. */
export function aesGcm(id: number, keySize: number): Aead {
  return {
    id,
    keySize,
    nonceSize: 12,
    async seal(key, nonce, aad, plaintext) {
      const algorithm = { name: "AES-GCM", iv: nonce, additionalData: aad };
      return new Uint8Array(await subtle.encrypt(algorithm, await importKey(key, "encrypt"), plaintext));
    },
    async open(key, nonce, aad, ciphertext) {
      const algorithm = { name: "AES-GCM", iv: nonce, additionalData: aad };
      return new Uint8Array(await subtle.decrypt(algorithm, await importKey(key, "decrypt"), ciphertext));
    },
  };
}

export const AES_256_GCM = aesGcm(0x0002, 32);
