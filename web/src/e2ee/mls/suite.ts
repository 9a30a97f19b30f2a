/** The secret half of a cipher suite: deriving, sealing and signing with labels (RFC 9420 sections 5.1 and 8). */

import { u16, u32, vector } from "../../core/mls/codec";
import { HpkeCiphertext } from "../../core/mls/commit";
import { MlsError, type Rule } from "../../core/mls/errors";
import { aparteSuite, type Suite, signed } from "../../core/mls/suites";
import { ascii, concat } from "../../core/octets";
import { AES_256_GCM, type Aead } from "./aead";
import { verify } from "./ed25519";
import { HKDF_SHA384, type Kdf } from "./hkdf";
import { HpkeSuite, type Kem, type KeyPair, type Random, setupReceiver, setupSender } from "./hpke";
import { XWING } from "./xwing";

/** A private signature key: what it is made of stays inside. */
export interface SignatureKey {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** The same key for another owner, who may erase it alone. */
  copy(): SignatureKey;
  /** Overwrites what can be overwritten. */
  erase(): void;
}

const labelled = (label: string): Uint8Array => vector(ascii(`MLS 1.0 ${label}`));
const NOTHING = new Uint8Array(0);

/** A suite with everything that its members do. KEM keys are octets; labels are without "MLS 1.0 ". */
export class SecretSuite {
  readonly public: Suite;
  readonly hpke: HpkeSuite;

  constructor(known: Suite, hpke: HpkeSuite) {
    this.public = known;
    this.hpke = hpke;
  }

  get kem(): Kem {
    return this.hpke.kem;
  }

  get kdf(): Kdf {
    return this.hpke.kdf;
  }

  get aead(): Aead {
    return this.hpke.aead;
  }

  /** Octets of a secret: the KDF's hash size. */
  get size(): number {
    return this.hpke.kdf.size;
  }

  /** ExpandWithLabel. */
  expandWithLabel(secret: Uint8Array, label: string, context: Uint8Array, size: number): Promise<Uint8Array> {
    return this.kdf.expand(secret, concat(u16(size), labelled(label), vector(context)), size);
  }

  /** DeriveSecret. */
  deriveSecret(secret: Uint8Array, label: string): Promise<Uint8Array> {
    return this.expandWithLabel(secret, label, NOTHING, this.size);
  }

  /** DeriveTreeSecret (section 9). */
  deriveTreeSecret(secret: Uint8Array, label: string, generation: number, size: number): Promise<Uint8Array> {
    return this.expandWithLabel(secret, label, u32(generation), size);
  }

  /** The KEM key pair that a secret determines. */
  keyPair(secret: Uint8Array): Promise<KeyPair> {
    return this.kem.deriveKeyPair(secret);
  }

  /** SignWithLabel. */
  signWithLabel(key: SignatureKey, label: string, content: Uint8Array): Promise<Uint8Array> {
    return key.sign(signed(label, content));
  }

  /** EncryptWithLabel; rejects a key that nobody can encapsulate to. */
  async encryptWithLabel(
    publicKey: Uint8Array,
    label: string,
    context: Uint8Array,
    plaintext: Uint8Array,
    random: Random,
  ): Promise<HpkeCiphertext> {
    const info = concat(labelled(label), vector(context));
    const sender = await setupSender(this.hpke, publicKey, info, random);
    const ciphertext = await sender.context.seal(NOTHING, plaintext);
    sender.context.erase();
    return new HpkeCiphertext(sender.encapsulation, ciphertext);
  }

  /** DecryptWithLabel; rejects what does not open. */
  async decryptWithLabel(
    privateKey: Uint8Array,
    label: string,
    context: Uint8Array,
    sealed: HpkeCiphertext,
  ): Promise<Uint8Array> {
    const info = concat(labelled(label), vector(context));
    const receiver = await setupReceiver(this.hpke, sealed.kemOutput, privateKey, info);
    try {
      return await receiver.open(NOTHING, sealed.ciphertext);
    } finally {
      receiver.erase();
    }
  }
}

/** Makes every failure of a primitive one refusal: which of its checks failed says nothing to anybody. */
export async function refuseAs<T>(rule: Rule, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch {
    throw new MlsError(rule);
  }
}

/** The one suite of the product (spec/mls.md section 1). */
export const APARTE = new SecretSuite(
  aparteSuite({ hash: HKDF_SHA384.hash, verify }),
  new HpkeSuite(XWING, HKDF_SHA384, AES_256_GCM),
);
