/** Authenticated encryption (RFC 5116) by WebCrypto, in the form that HPKE and MLS use it. */

import { aesGcmKey, aesGcmOpen, aesGcmSeal } from "../subtle";

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

/** AES-GCM under a key of 16 or 32 octets. */
export function aesGcm(id: number, keySize: number): Aead {
  return {
    id,
    keySize,
    nonceSize: 12,
    seal: async (key, nonce, aad, plaintext) => aesGcmSeal(await aesGcmKey(key, "encrypt"), nonce, aad, plaintext),
    async open(key, nonce, aad, ciphertext) {
      const opened = await aesGcmOpen(await aesGcmKey(key, "decrypt"), nonce, aad, ciphertext);
      if (opened === null) throw new Error("does not authenticate");
      return opened;
    },
  };
}

export const AES_256_GCM = aesGcm(0x0002, 32);
