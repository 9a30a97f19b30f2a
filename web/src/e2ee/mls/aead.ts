/** AES-256-GCM by WebCrypto. */
import type { Aead } from "./hpke";
import { type Key, subtle } from "./webcrypto";

const importKey = (key: Uint8Array, use: string): Promise<Key> =>
  subtle.importKey("raw", key, { name: "AES-GCM" }, false, [use]);

/** Ciphertexts end with the 16-byte tag. `open` rejects what does not authenticate. */
export const aes256gcm: Aead = {
  id: 0x0002,
  keyLength: 32,
  nonceLength: 12,
  async seal(key, nonce, aad, plaintext) {
    const algorithm = { name: "AES-GCM", iv: nonce, additionalData: aad };
    return new Uint8Array(await subtle.encrypt(algorithm, await importKey(key, "encrypt"), plaintext));
  },
  async open(key, nonce, aad, ciphertext) {
    const algorithm = { name: "AES-GCM", iv: nonce, additionalData: aad };
    return new Uint8Array(await subtle.decrypt(algorithm, await importKey(key, "decrypt"), ciphertext));
  },
};
