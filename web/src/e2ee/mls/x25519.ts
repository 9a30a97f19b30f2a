/** X25519 (RFC 7748): by WebCrypto where the browser has it, otherwise by the noble library. */

import { x25519 } from "@noble/curves/ed25519.js";
import { concat } from "../../core/octets";
import { type Key, subtle } from "../subtle";

const ALGORITHM = { name: "X25519" };
/** The DER shell of a PKCS #8 private key (RFC 8410 section 7); the 32 octets follow. */
const PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31));

let native: Promise<boolean> | undefined;

/** The answer does not change while the program runs, so it is asked for once. */
function isNative(): Promise<boolean> {
  native ??= importPublic(BASE_POINT).then(
    () => true,
    () => false,
  );
  return native;
}

const importPublic = (key: Uint8Array): Promise<Key> => subtle.importKey("raw", key, ALGORITHM, false, []);

async function importPrivate(key: Uint8Array): Promise<Key> {
  const shell = concat(PKCS8, key);
  try {
    return await subtle.importKey("pkcs8", shell, ALGORITHM, false, ["deriveBits"]);
  } finally {
    shell.fill(0);
  }
}

export function publicKeyOf(privateKey: Uint8Array): Promise<Uint8Array> {
  return exchange(privateKey, BASE_POINT);
}

/** The shared secret, 32 octets; rejects a public key of small order. */
export async function exchange(privateKey: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array> {
  if (!(await isNative())) return x25519.getSharedSecret(privateKey, publicKey);
  const [own, theirs] = await Promise.all([importPrivate(privateKey), importPublic(publicKey)]);
  return new Uint8Array(await subtle.deriveBits({ ...ALGORITHM, public: theirs }, own, 256));
}
