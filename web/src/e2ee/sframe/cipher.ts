/** One KID's key: derivation, encryption and decryption (RFC 9605 sections 4.4.2 to 4.4.4). */

import { ascii, type Bytes, concat } from "../../core/octets";
import { aesGcmOpen, aesGcmSeal, hkdf, hkdfAesKey, type Key } from "../subtle";
import { buildSFrameHeader } from "./header";
import { AES_256_GCM_SHA512_128, NONCE_SIZE, type Suite } from "./suites";

const NONE = new Uint8Array(0);

/**
 * The key and salt of one base key and KID; the key cannot be read back.
 * It counts nothing: that no counter is encrypted twice is the Sealer's part, opened twice the Opener's.
 */
export class Cipher {
  private constructor(
    private readonly key: Key,
    private readonly salt: Bytes,
    private readonly kid: bigint,
  ) {}

  /** `baseKey` is of `hkdfKey`. A cipher either encrypts or decrypts. */
  static async derive(
    baseKey: Key,
    kid: bigint,
    usage: "encrypt" | "decrypt",
    suite: Suite = AES_256_GCM_SHA512_128,
  ): Promise<Cipher> {
    const suffix = new Uint8Array(10);
    const view = new DataView(suffix.buffer);
    view.setBigUint64(0, kid);
    view.setUint16(8, suite.id);
    const keyLabel = concat(ascii("SFrame 1.0 Secret key "), suffix);
    const saltLabel = concat(ascii("SFrame 1.0 Secret salt "), suffix);
    const [key, salt] = await Promise.all([
      hkdfAesKey(suite.hash, baseKey, NONE, keyLabel, suite.keySize, usage),
      hkdf(suite.hash, baseKey, NONE, saltLabel, NONCE_SIZE),
    ]);
    return new Cipher(key, salt, kid);
  }

  /** `metadata`, SFrame header, ciphertext and tag in one piece; the metadata is authenticated. */
  async encrypt(ctr: bigint, metadata: Uint8Array, plaintext: Uint8Array): Promise<Bytes> {
    const header = buildSFrameHeader(this.kid, ctr);
    const sealed = await aesGcmSeal(this.key, this.nonce(ctr), concat(header, metadata), plaintext);
    return concat(metadata, header, sealed);
  }

  /** The plaintext of `sealed` (ciphertext and tag), or null when it is not authentic. */
  decrypt(ctr: bigint, header: Uint8Array, metadata: Uint8Array, sealed: Uint8Array): Promise<Bytes | null> {
    return aesGcmOpen(this.key, this.nonce(ctr), concat(header, metadata), sealed);
  }

  private nonce(ctr: bigint): Bytes {
    const nonce = this.salt.slice();
    const view = new DataView(nonce.buffer);
    view.setBigUint64(NONCE_SIZE - 8, view.getBigUint64(NONCE_SIZE - 8) ^ ctr);
    return nonce;
  }
}
