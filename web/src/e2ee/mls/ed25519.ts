/** Ed25519 (RFC 8032): by WebCrypto where the browser has it, otherwise by the noble library. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { hex } from "../../core/octets";
import { type Key, subtle } from "../subtle";
import type { Random } from "./hpke";
import type { SignatureKey } from "./suite";

const ALGORITHM = { name: "Ed25519" };
const SEED_SIZE = 32;

let native: Promise<boolean> | undefined;

/** The answer does not change while the program runs, so it is asked for once. */
function isNative(): Promise<boolean> {
  native ??= importPublic(ed25519.getPublicKey(new Uint8Array(SEED_SIZE))).then(
    () => true,
    () => false,
  );
  return native;
}

const importPublic = (key: Uint8Array): Promise<Key> => subtle.importKey("raw", key, ALGORITHM, false, ["verify"]);

/** A private key that WebCrypto keeps: it signs, and no script reads it. There is nothing of it to overwrite. */
export class PlatformKey implements SignatureKey {
  constructor(
    readonly publicKey: Uint8Array,
    readonly key: Key,
  ) {}

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(await subtle.sign("Ed25519", this.key, message));
  }

  copy(): SignatureKey {
    return this;
  }

  erase(): void {}
}

/** A private key as its seed of 32 octets: what is left where WebCrypto has no Ed25519. */
export class SeedKey implements SignatureKey {
  readonly publicKey: Uint8Array;
  readonly #seed: Uint8Array;

  constructor(seed: Uint8Array) {
    this.#seed = seed.slice();
    this.publicKey = ed25519.getPublicKey(seed);
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return ed25519.sign(message, this.#seed);
  }

  copy(): SignatureKey {
    return new SeedKey(this.#seed);
  }

  erase(): void {
    this.#seed.fill(0);
  }
}

/** A fresh key. WebCrypto draws its own randomness: a key that came in as octets would have been readable once. */
export async function newSignatureKey(random: Random): Promise<SignatureKey> {
  if (!(await isNative())) return new SeedKey(random(SEED_SIZE));
  const pair = await subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  return new PlatformKey(new Uint8Array(await subtle.exportKey("raw", pair.publicKey)), pair.privateKey);
}

/** Public keys as WebCrypto has them, the latest last: a house certifies many people, and each signs many proofs. */
const imported = new Map<string, Promise<Key>>();
const MOST_IMPORTED = 1024;

function known(key: Uint8Array): Promise<Key> {
  const name = hex(key);
  const found = imported.get(name) ?? importPublic(key);
  imported.delete(name);
  imported.set(name, found);
  const [oldest] = imported.keys();
  if (imported.size > MOST_IMPORTED && oldest !== undefined) imported.delete(oldest);
  return found;
}

/** A public key or signature of the wrong form is a signature that does not verify. */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    if (!(await isNative())) return ed25519.verify(signature, message, publicKey, { zip215: false });
    return await subtle.verify("Ed25519", await known(publicKey), signature, message);
  } catch {
    return false;
  }
}
