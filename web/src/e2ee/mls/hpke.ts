/** Hybrid public key encryption in base mode (RFC 9180) over any KEM, with HKDF and an AEAD. */

import { u16 } from "../../core/mls/codec";
import { ascii, concat } from "../../core/octets";
import type { Aead } from "./aead";
import type { Kdf } from "./hkdf";

/** Gives that many octets of cryptographically strong randomness: the shell's, so that this ring stays pure. */
export type Random = (size: number) => Uint8Array<ArrayBuffer>;

/** Octets of a private key and its public half. */
export interface KeyPair {
  readonly private: Uint8Array;
  readonly public: Uint8Array;
}

/** A shared secret, and what carries it to the owner of a public key. */
export interface Encapsulated {
  readonly secret: Uint8Array;
  readonly encapsulation: Uint8Array;
}

/** A key encapsulation mechanism; keys are octets. What fails rejects. */
export interface Kem {
  readonly id: number;
  /** The private key that `ikm` determines. */
  privateKey(ikm: Uint8Array): Promise<Uint8Array>;
  /** The pair that `ikm` determines (DeriveKeyPair). */
  deriveKeyPair(ikm: Uint8Array): Promise<KeyPair>;
  /** The public half of a private key. */
  publicKey(privateKey: Uint8Array): Promise<Uint8Array>;
  encapsulate(publicKey: Uint8Array, random: Random): Promise<Encapsulated>;
  /** The shared secret. */
  decapsulate(privateKey: Uint8Array, encapsulation: Uint8Array): Promise<Uint8Array>;
}

const VERSION = ascii("HPKE-v1");
const NOTHING = new Uint8Array(0);

/** A KEM, a KDF and an AEAD. */
export class HpkeSuite {
  /** `suite_id` (section 5.1). */
  readonly id: Uint8Array;

  constructor(
    readonly kem: Kem,
    readonly kdf: Kdf,
    readonly aead: Aead,
  ) {
    this.id = concat(ascii("HPKE"), u16(kem.id), u16(kdf.id), u16(aead.id));
  }

  /** LabeledExtract (section 4). */
  labeledExtract(salt: Uint8Array, label: string, ikm: Uint8Array): Promise<Uint8Array> {
    return this.kdf.extract(salt, concat(VERSION, this.id, ascii(label), ikm));
  }

  /** LabeledExpand (section 4). */
  labeledExpand(prk: Uint8Array, label: string, info: Uint8Array, size: number): Promise<Uint8Array> {
    return this.kdf.expand(prk, concat(u16(size), VERSION, this.id, ascii(label), info), size);
  }
}

/** One direction of one exchange: seals or opens messages in order, and exports secrets (sections 5.2 and 5.3). */
export class Context {
  #sequence = 0;

  constructor(
    private readonly suite: HpkeSuite,
    readonly key: Uint8Array,
    readonly baseNonce: Uint8Array,
    readonly exporterSecret: Uint8Array,
  ) {}

  seal(aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.suite.aead.seal(this.key, this.#nextNonce(), aad, plaintext);
  }

  /** The next message's plaintext; rejects what does not authenticate. */
  open(aad: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array> {
    return this.suite.aead.open(this.key, this.#nextNonce(), aad, ciphertext);
  }

  /** A secret of `size` octets that both sides have. */
  export(context: Uint8Array, size: number): Promise<Uint8Array> {
    return this.suite.labeledExpand(this.exporterSecret, "sec", context, size);
  }

  /** Overwrites the secrets of the exchange. */
  erase(): void {
    for (const secret of [this.key, this.baseNonce, this.exporterSecret]) secret.fill(0);
  }

  #nextNonce(): Uint8Array {
    if (this.#sequence > 0xffff_ffff) throw new RangeError("HPKE: message limit reached");
    const nonce = this.baseNonce.slice();
    const view = new DataView(nonce.buffer);
    const last = nonce.length - 4;
    view.setUint32(last, (view.getUint32(last) ^ this.#sequence) >>> 0);
    this.#sequence += 1;
    return nonce;
  }
}

/** What a shared secret gives in base mode (section 5.1). */
export async function keySchedule(suite: HpkeSuite, sharedSecret: Uint8Array, info: Uint8Array): Promise<Context> {
  const [pskIdHash, infoHash, secret] = await Promise.all([
    suite.labeledExtract(NOTHING, "psk_id_hash", NOTHING),
    suite.labeledExtract(NOTHING, "info_hash", info),
    suite.labeledExtract(sharedSecret, "secret", NOTHING),
  ]);
  const context = concat(Uint8Array.of(0), pskIdHash, infoHash);
  const [key, nonce, exporter] = await Promise.all([
    suite.labeledExpand(secret, "key", context, suite.aead.keySize),
    suite.labeledExpand(secret, "base_nonce", context, suite.aead.nonceSize),
    suite.labeledExpand(secret, "exp", context, suite.kdf.size),
  ]);
  secret.fill(0);
  return new Context(suite, key, nonce, exporter);
}

/** The encapsulation and the context of SetupBaseS; rejects a key that nobody can encapsulate to. */
export async function setupSender(
  suite: HpkeSuite,
  publicKey: Uint8Array,
  info: Uint8Array,
  random: Random,
): Promise<{ encapsulation: Uint8Array; context: Context }> {
  const { secret, encapsulation } = await suite.kem.encapsulate(publicKey, random);
  const context = await keySchedule(suite, secret, info);
  secret.fill(0);
  return { encapsulation, context };
}

/** The context of SetupBaseR. */
export async function setupReceiver(
  suite: HpkeSuite,
  encapsulation: Uint8Array,
  privateKey: Uint8Array,
  info: Uint8Array,
): Promise<Context> {
  const secret = await suite.kem.decapsulate(privateKey, encapsulation);
  const context = await keySchedule(suite, secret, info);
  secret.fill(0);
  return context;
}
