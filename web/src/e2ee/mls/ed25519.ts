/** Ed25519 (RFC 8032): by WebCrypto where the browser has it, otherwise by the noble library. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { concat } from "../bytes";
import { subtle } from "./webcrypto";

const ALGORITHM = { name: "Ed25519" };
/** The DER shell of a PKCS #8 private key (RFC 8410, section 7); the 32-octet seed follows. */
const PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

let native: Promise<boolean> | null = null;

/** The answer does not change while the program runs, so it is asked for once. */
function isNative(): Promise<boolean> {
  native ??= subtle.importKey("raw", ed25519.getPublicKey(new Uint8Array(32)), ALGORITHM, false, ["verify"]).then(
    () => true,
    () => false,
  );
  return native;
}

export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}

/** `seed` is the private key of RFC 8032: 32 random octets. */
export async function sign(seed: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  if (!(await isNative())) return ed25519.sign(message, seed);
  const shell = concat(PKCS8, seed);
  const key = await subtle.importKey("pkcs8", shell, ALGORITHM, false, ["sign"]);
  shell.fill(0);
  return new Uint8Array(await subtle.sign("Ed25519", key, message));
}

/** A public key or signature of the wrong form is a signature that does not verify. */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    if (!(await isNative())) return ed25519.verify(signature, message, publicKey, { zip215: false });
    const key = await subtle.importKey("raw", publicKey, ALGORITHM, false, ["verify"]);
    return await subtle.verify("Ed25519", key, signature, message);
  } catch {
    return false;
  }
}
