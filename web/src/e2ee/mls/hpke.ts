/** Hybrid public key encryption in base mode (RFC 9180), over any KEM, KDF and AEAD. */
import { ascii, concat } from "../bytes";
import { uint16 } from "./bytes";

export interface Kem {
  readonly id: number;
  /** Octets of randomness that an encapsulation takes. */
  readonly coinsLength: number;
  /** Rejects a public key that is not one. */
  encapsulate(publicKey: Uint8Array, coins: Uint8Array): { enc: Uint8Array; secret: Uint8Array };
  decapsulate(enc: Uint8Array, secretKey: Uint8Array): Uint8Array;
}

export interface Kdf {
  readonly id: number;
  readonly size: number;
  extract(salt: Uint8Array, ikm: Uint8Array): Promise<Uint8Array>;
  expand(prk: Uint8Array, info: Uint8Array, length: number): Promise<Uint8Array>;
}

export interface Aead {
  readonly id: number;
  readonly keyLength: number;
  readonly nonceLength: number;
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>;
  /** Rejects what does not authenticate. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>;
}

export interface Suite {
  readonly kem: Kem;
  readonly kdf: Kdf;
  readonly aead: Aead;
}

const EMPTY = new Uint8Array(0);
const VERSION = ascii("HPKE-v1");

/** "HPKE" and the three ids (section 5.1). */
export function suiteId({ kem, kdf, aead }: Suite): Uint8Array {
  return concat(ascii("HPKE"), uint16(kem.id), uint16(kdf.id), uint16(aead.id));
}

function labeledExtract(suite: Suite, salt: Uint8Array, label: string, ikm: Uint8Array): Promise<Uint8Array> {
  return suite.kdf.extract(salt, concat(VERSION, suiteId(suite), ascii(label), ikm));
}

function labeledExpand(suite: Suite, prk: Uint8Array, label: string, info: Uint8Array, length: number) {
  return suite.kdf.expand(prk, concat(uint16(length), VERSION, suiteId(suite), ascii(label), info), length);
}

/** One direction of one exchange: seals, or opens, a series of messages, and exports secrets (sections 5.2 and 5.3). */
export class Context {
  private sequence = 0;

  constructor(
    private readonly suite: Suite,
    readonly key: Uint8Array,
    readonly baseNonce: Uint8Array,
    readonly exporterSecret: Uint8Array,
  ) {}

  seal(aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.suite.aead.seal(this.key, this.nextNonce(), aad, plaintext);
  }

  open(aad: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array> {
    return this.suite.aead.open(this.key, this.nextNonce(), aad, ciphertext);
  }

  export(context: Uint8Array, length: number): Promise<Uint8Array> {
    return labeledExpand(this.suite, this.exporterSecret, "sec", context, length);
  }

  private nextNonce(): Uint8Array {
    if (this.sequence > 0xffffffff) throw new RangeError("HPKE: message limit reached");
    const nonce = this.baseNonce.slice();
    const view = new DataView(nonce.buffer);
    const last = nonce.length - 4;
    view.setUint32(last, (view.getUint32(last) ^ this.sequence) >>> 0);
    this.sequence += 1;
    return nonce;
  }
}

/** KeySchedule of section 5.1 in base mode: no pre-shared key, no sender authentication. */
export async function keySchedule(suite: Suite, sharedSecret: Uint8Array, info: Uint8Array): Promise<Context> {
  const pskIdHash = await labeledExtract(suite, EMPTY, "psk_id_hash", EMPTY);
  const infoHash = await labeledExtract(suite, EMPTY, "info_hash", info);
  const context = concat(Uint8Array.of(0), pskIdHash, infoHash);
  const secret = await labeledExtract(suite, sharedSecret, "secret", EMPTY);
  const [key, nonce, exporter] = await Promise.all([
    labeledExpand(suite, secret, "key", context, suite.aead.keyLength),
    labeledExpand(suite, secret, "base_nonce", context, suite.aead.nonceLength),
    labeledExpand(suite, secret, "exp", context, suite.kdf.size),
  ]);
  secret.fill(0);
  return new Context(suite, key, nonce, exporter);
}

/** SetupBaseS: `coins` is fresh randomness of the KEM's `coinsLength`. */
export async function setupSender(suite: Suite, publicKey: Uint8Array, info: Uint8Array, coins: Uint8Array) {
  const { enc, secret } = suite.kem.encapsulate(publicKey, coins);
  const context = await keySchedule(suite, secret, info);
  secret.fill(0);
  return { enc, context };
}

/** SetupBaseR. */
export async function setupReceiver(suite: Suite, enc: Uint8Array, secretKey: Uint8Array, info: Uint8Array) {
  const secret = suite.kem.decapsulate(enc, secretKey);
  const context = await keySchedule(suite, secret, info);
  secret.fill(0);
  return context;
}
