/** The suites of RFC 9420 section 17.1, for its vectors alone: no product code has a way to them. */

import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  ECDH,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { u16 } from "../../core/mls/codec";
import { isX25519Key, Suite } from "../../core/mls/suites";
import { ascii, concat, hex } from "../../core/octets";
import { AES_256_GCM, type Aead, aesGcm } from "./aead";
import { hkdf, type Kdf } from "./hkdf";
import { HpkeSuite, type Kem } from "./hpke";
import { APARTE, SecretSuite, type SignatureKey } from "./suite";

const plain = (octets: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(octets);

/** The product's own, with its derivations made at once: WebCrypto takes a tenth of a millisecond for each. */
function atOnce(id: number, bits: 256 | 384 | 512): Kdf {
  const size = bits / 8;
  const mac = (key: Uint8Array, ...data: Uint8Array[]) =>
    plain(
      createHmac(`sha${bits}`, key)
        .update(concat(...data))
        .digest(),
    );
  return {
    ...hkdf(id, `SHA-${bits}`, size),
    mac: async (key, data) => mac(key, data),
    extract: async (salt, ikm) => mac(salt, ikm),
    async expand(prk, info, length) {
      let [block, out]: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
      for (let count = 1; out.length < length; count++) {
        block = mac(prk, block, info, Uint8Array.of(count));
        out = concat(out, block);
      }
      return out.slice(0, length);
    },
  };
}

const SHA256 = atOnce(0x0001, 256);
const SHA384 = atOnce(0x0002, 384);
const SHA512 = atOnce(0x0003, 512);
const AES_128_GCM = aesGcm(0x0001, 16);
export const CHACHA: Aead = {
  id: 0x0003,
  keySize: 32,
  nonceSize: 12,
  async seal(key, nonce, aad, plaintext) {
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    cipher.setAAD(aad, { plaintextLength: plaintext.length });
    return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  },
  async open(key, nonce, aad, ciphertext) {
    const cipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    const size = ciphertext.length - 16;
    cipher.setAAD(aad, { plaintextLength: size }).setAuthTag(ciphertext.subarray(size));
    return concat(cipher.update(ciphertext.subarray(0, size)), cipher.final());
  },
};

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");

/** A group of points with its keys as octets, and what signs on it. */
interface Curve {
  /** Octets of a private key. */
  readonly size: number;
  readonly publicSize: number;
  publicKey(privateKey: Uint8Array): Uint8Array;
  exchange(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  isPublicKey(key: Uint8Array): boolean;
  /** The private key that expanded octets are, if they are one. */
  candidate(octets: Uint8Array): Uint8Array | null;
}

/** X25519 and X448, or the Edwards curve that belongs to them: PKCS #8 and SPKI are a prefix and the octets. */
class OkpKeys {
  constructor(
    readonly name: "X25519" | "X448" | "Ed25519" | "Ed448",
    private readonly oid: number,
    readonly size: number,
  ) {}

  private(octets: Uint8Array): KeyObject {
    const algorithm = [0x30, 5, 6, 3, 0x2b, 0x65, this.oid];
    const inner = [2, 1, 0, ...algorithm, 4, this.size + 2, 4, this.size, ...octets];
    return createPrivateKey({ key: Buffer.from([0x30, inner.length, ...inner]), format: "der", type: "pkcs8" });
  }

  public(octets: Uint8Array): KeyObject {
    return createPublicKey({ key: { kty: "OKP", crv: this.name, x: base64(octets) }, format: "jwk" });
  }

  publicOf(octets: Uint8Array): Uint8Array {
    const { x = "" } = createPublicKey(this.private(octets)).export({ format: "jwk" });
    return plain(Buffer.from(x, "base64url"));
  }
}

const X25519 = new OkpKeys("X25519", 0x6e, 32);
const X448 = new OkpKeys("X448", 0x6f, 56);
const ED25519 = new OkpKeys("Ed25519", 0x70, 32);
const ED448 = new OkpKeys("Ed448", 0x71, 57);

function montgomery(keys: OkpKeys, isPublicKey: (key: Uint8Array) => boolean): Curve {
  return {
    size: keys.size,
    publicSize: keys.size,
    publicKey: (key) => keys.publicOf(key),
    exchange: (own, theirs) => plain(diffieHellman({ privateKey: keys.private(own), publicKey: keys.public(theirs) })),
    isPublicKey,
    candidate: (octets) => octets,
  };
}

interface Weierstrass {
  readonly name: string;
  readonly jwk: string;
  readonly size: number;
  readonly hash: string;
  /** Of the first octet of a candidate. */
  readonly mask: number;
}

const P256: Weierstrass = { name: "prime256v1", jwk: "P-256", size: 32, hash: "sha256", mask: 0xff };
const P384: Weierstrass = { name: "secp384r1", jwk: "P-384", size: 48, hash: "sha384", mask: 0xff };
const P521: Weierstrass = { name: "secp521r1", jwk: "P-521", size: 66, hash: "sha512", mask: 0x01 };

/** Pairs that were made: each costs a multiplication, and vectors come back to the same keys again and again. */
const PAIRS = new Map<string, ECDH>();

function ecdh({ name }: Weierstrass, key: Uint8Array): ECDH {
  const id = `${name} ${hex(key)}`;
  const pair = PAIRS.get(id) ?? createECDH(name);
  if (!PAIRS.has(id)) pair.setPrivateKey(key);
  PAIRS.set(id, pair);
  return pair;
}

function weierstrass(curve: Weierstrass): Curve {
  return {
    size: curve.size,
    publicSize: 2 * curve.size + 1,
    publicKey: (key) => plain(ecdh(curve, key).getPublicKey()),
    exchange: (own, theirs) => plain(ecdh(curve, own).computeSecret(theirs)),
    isPublicKey(key) {
      try {
        ECDH.convertKey(key, curve.name);
        return key[0] === 4;
      } catch {
        return false;
      }
    },
    candidate(octets) {
      octets[0] = (octets[0] ?? 0) & curve.mask;
      try {
        ecdh(curve, octets);
        return octets;
      } catch {
        return null;
      }
    },
  };
}

/** DHKEM of RFC 9180 section 4.1. */
function dhKem(id: number, kdf: Kdf, curve: Curve): Kem {
  const labelled = (label: string) => concat(ascii("HPKE-v1KEM"), u16(id), ascii(label));
  const extract = (label: string, ikm: Uint8Array) => kdf.extract(new Uint8Array(0), concat(labelled(label), ikm));
  const expand = (prk: Uint8Array, label: string, info: Uint8Array, size: number) =>
    kdf.expand(prk, concat(u16(size), labelled(label), info), size);
  const shared = async (dh: Uint8Array, ...context: Uint8Array[]) =>
    expand(await extract("eae_prk", dh), "shared_secret", concat(...context), kdf.size);
  const isPrime = curve.publicSize > curve.size;
  const kem: Kem = {
    id,
    async privateKey(ikm) {
      const prk = await extract("dkp_prk", ikm);
      for (let counter = 0; ; counter++) {
        const [label, info] = isPrime ? ["candidate", Uint8Array.of(counter)] : ["sk", new Uint8Array(0)];
        const key = curve.candidate(await expand(prk, label as string, info as Uint8Array, curve.size));
        if (key !== null) return key;
      }
    },
    async deriveKeyPair(ikm) {
      const key = await kem.privateKey(ikm);
      return { private: key, public: curve.publicKey(key) };
    },
    publicKey: async (key) => curve.publicKey(key),
    async encapsulate(publicKey, random) {
      const ephemeral = await kem.deriveKeyPair(random(66));
      const secret = await shared(curve.exchange(ephemeral.private, publicKey), ephemeral.public, publicKey);
      return { secret, encapsulation: ephemeral.public };
    },
    decapsulate: async (key, encapsulation) =>
      shared(curve.exchange(key, encapsulation), encapsulation, curve.publicKey(key)),
  };
  return kem;
}

/** How a suite signs; keys as octets. */
interface Signatures {
  publicKey(privateKey: Uint8Array): Uint8Array;
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

function edwards(keys: OkpKeys): Signatures {
  return {
    publicKey: (key) => keys.publicOf(key.subarray(0, keys.size)),
    // Vectors give a seed, or a seed and its public half.
    sign: (key, message) => plain(sign(null, message, keys.private(key.subarray(0, keys.size)))),
    verify: (key, message, signature) => verify(null, message, keys.public(key), signature),
  };
}

function ecdsa(curve: Weierstrass): Signatures {
  const jwk = (point: Uint8Array) => {
    const [x, y] = [point.subarray(1, 1 + curve.size), point.subarray(1 + curve.size)];
    return { kty: "EC", crv: curve.jwk, x: base64(x), y: base64(y) };
  };
  const publicKey = (key: Uint8Array) => plain(ecdh(curve, key).getPublicKey());
  const padded = (key: Uint8Array) => concat(new Uint8Array(curve.size - key.length), key);
  return {
    publicKey,
    sign(key, message) {
      const whole = { ...jwk(publicKey(key)), d: base64(padded(key)) };
      return plain(sign(curve.hash, message, createPrivateKey({ key: whole, format: "jwk" })));
    },
    verify: (key, message, signature) =>
      verify(curve.hash, message, createPublicKey({ key: jwk(key), format: "jwk" }), signature),
  };
}

const SIGNATURES = new Map<number, Signatures>();

function suiteOf(id: number, kem: Kem, curve: Curve, kdf: Kdf, aead: Aead, signatures: Signatures): SecretSuite {
  SIGNATURES.set(id, signatures);
  const hash = `sha${8 * kdf.size}`;
  const form = {
    id,
    hashSize: kdf.size,
    kemOutputSize: curve.publicSize,
    isPublicKey: (key: Uint8Array) => curve.isPublicKey(key),
  };
  const primitives = {
    hash: async (data: Uint8Array) => plain(createHash(hash).update(data).digest()),
    verify: async (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
      try {
        return signatures.verify(key, message, signature);
      } catch {
        return false;
      }
    },
  };
  return new SecretSuite(new Suite(form, primitives), new HpkeSuite(kem, kdf, aead));
}

const ON_X25519 = montgomery(X25519, isX25519Key);
const ON_X448 = montgomery(X448, (key) => key.length === 56);
const KEM_X25519 = dhKem(0x20, SHA256, ON_X25519);
const KEM_X448 = dhKem(0x21, SHA512, ON_X448);
const [ON_P256, ON_P384, ON_P521] = [P256, P384, P521].map(weierstrass) as [Curve, Curve, Curve];

export const SUITES: ReadonlyMap<number, SecretSuite> = new Map(
  [
    suiteOf(1, KEM_X25519, ON_X25519, SHA256, AES_128_GCM, edwards(ED25519)),
    suiteOf(2, dhKem(0x10, SHA256, ON_P256), ON_P256, SHA256, AES_128_GCM, ecdsa(P256)),
    suiteOf(3, KEM_X25519, ON_X25519, SHA256, CHACHA, edwards(ED25519)),
    suiteOf(4, KEM_X448, ON_X448, SHA512, AES_256_GCM, edwards(ED448)),
    suiteOf(5, dhKem(0x12, SHA512, ON_P521), ON_P521, SHA512, AES_256_GCM, ecdsa(P521)),
    suiteOf(6, KEM_X448, ON_X448, SHA512, CHACHA, edwards(ED448)),
    suiteOf(7, dhKem(0x11, SHA384, ON_P384), ON_P384, SHA384, AES_256_GCM, ecdsa(P384)),
    APARTE,
  ].map((suite) => [suite.public.id, suite]),
);
SIGNATURES.set(APARTE.public.id, edwards(ED25519));

export function suiteWith(id: number): SecretSuite {
  const suite = SUITES.get(id);
  if (suite === undefined) throw new Error("no such suite");
  return suite;
}

/** A private signature key from its octets: what nobody can do with those of the product. */
export class UnsafeKey implements SignatureKey {
  readonly publicKey: Uint8Array;
  readonly #signatures: Signatures;

  constructor(
    private readonly suite: SecretSuite,
    readonly octets: Uint8Array,
  ) {
    const found = SIGNATURES.get(suite.public.id);
    if (found === undefined) throw new Error("no such suite");
    this.#signatures = found;
    this.publicKey = found.publicKey(octets);
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return this.#signatures.sign(this.octets, message);
  }

  copy(): SignatureKey {
    return new UnsafeKey(this.suite, this.octets.slice());
  }

  erase(): void {
    this.octets.fill(0);
  }
}
