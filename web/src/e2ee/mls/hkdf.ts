/** Hash, HMAC and HKDF (RFC 5869) by WebCrypto. */
import { concat } from "../bytes";
import { type Key, subtle } from "./webcrypto";

export interface Hkdf {
  /** Octets of a hash. */
  readonly size: number;
  hash(data: Uint8Array): Promise<Uint8Array>;
  mac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array>;
  /** Compares in constant time, inside WebCrypto. */
  verifyMac(key: Uint8Array, mac: Uint8Array, data: Uint8Array): Promise<boolean>;
  extract(salt: Uint8Array, ikm: Uint8Array): Promise<Uint8Array>;
  /** At most 255 hashes long, as RFC 5869 says; a RangeError beyond. */
  expand(prk: Uint8Array, info: Uint8Array, length: number): Promise<Uint8Array>;
}

export function makeHkdf(name: "SHA-256" | "SHA-384" | "SHA-512", size: number): Hkdf {
  // WebCrypto refuses an empty HMAC key; HMAC pads keys with zero bytes, so zero bytes are the same key.
  const importKey = (key: Uint8Array): Promise<Key> =>
    subtle.importKey("raw", key.length === 0 ? new Uint8Array(size) : key, { name: "HMAC", hash: name }, false, [
      "sign",
      "verify",
    ]);
  const sign = async (key: Key, data: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(await subtle.sign("HMAC", key, data));
  const mac = async (key: Uint8Array, data: Uint8Array): Promise<Uint8Array> => sign(await importKey(key), data);

  return {
    size,
    hash: async (data) => new Uint8Array(await subtle.digest(name, data)),
    mac,
    verifyMac: async (key, tag, data) => subtle.verify("HMAC", await importKey(key), tag, data),
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

export const hkdfSha384 = makeHkdf("SHA-384", 48);
