/** HKDF (RFC 5869), HMAC and hash by WebCrypto. */

import { concat } from "../../core/octets";
import { type Key, subtle } from "../subtle";

/** `id` is HPKE's number of it; `size` is the hash's in octets. */
export interface Kdf {
  readonly id: number;
  readonly size: number;
  hash(data: Uint8Array): Promise<Uint8Array>;
  mac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array>;
  /** HKDF-Extract. */
  extract(salt: Uint8Array, ikm: Uint8Array): Promise<Uint8Array>;
  /** HKDF-Expand; rejects with a `RangeError` what is longer than 255 hashes. */
  expand(prk: Uint8Array, info: Uint8Array, size: number): Promise<Uint8Array>;
}

export function hkdf(id: number, name: "SHA-256" | "SHA-384" | "SHA-512", size: number): Kdf {
  // WebCrypto refuses an empty HMAC key; HMAC pads keys with zero octets, so zero octets are the same key.
  const importKey = (key: Uint8Array): Promise<Key> =>
    subtle.importKey("raw", key.length === 0 ? new Uint8Array(size) : key, { name: "HMAC", hash: name }, false, [
      "sign",
    ]);
  const sign = async (key: Key, data: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(await subtle.sign("HMAC", key, data));
  const mac = async (key: Uint8Array, data: Uint8Array): Promise<Uint8Array> => sign(await importKey(key), data);

  return {
    id,
    size,
    hash: async (data) => new Uint8Array(await subtle.digest(name, data)),
    mac,
    extract: mac,
    async expand(prk, info, length) {
      if (length > 255 * size) throw new RangeError("HKDF-Expand: output too long");
      const key = await importKey(prk);
      const out = new Uint8Array(length);
      let block: Uint8Array = new Uint8Array(0);
      for (let done = 0, count = 1; done < length; done += size, count++) {
        block = await sign(key, concat(block, info, Uint8Array.of(count)));
        out.set(block.subarray(0, Math.min(size, length - done)), done);
      }
      return out;
    },
  };
}

export const HKDF_SHA384 = hkdf(0x0002, "SHA-384", 48);
