/** Cipher suites of RFC 9605 section 4.5. The product knows one; nothing is negotiated. */

/** An AES-GCM suite with a 16-byte tag and a 12-byte nonce. */
export interface Suite {
  readonly id: number;
  readonly hash: "SHA-256" | "SHA-512";
  readonly keySize: number; // bytes
}

export const NONCE_SIZE = 12;
export const TAG_SIZE = 16;

export const AES_256_GCM_SHA512_128: Suite = { id: 5, hash: "SHA-512", keySize: 32 };
