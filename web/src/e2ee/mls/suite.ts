/** The one cipher suite: X-Wing, HKDF-SHA-384, AES-256-GCM, SHA-384, Ed25519, under the private-use id 0xF0A1 (spec/mls.md). */
import type { CiphersuiteImpl, CiphersuiteName } from "ts-mls/crypto/ciphersuite.js";
import type { Hpke, PrivateKey, PublicKey } from "ts-mls/crypto/hpke.js";
import type { Bytes } from "../bytes";
import { aes256gcm } from "./aead";
import * as ed25519 from "./ed25519";
import { hkdfSha384 } from "./hkdf";
import { type Suite as HpkeSuite, setupReceiver, setupSender } from "./hpke";
import { deriveKeyPair, xwing } from "./xwing";

/** Cryptographically strong random octets: the shell's, so that this folder stays pure. */
export type Random = (length: number) => Bytes;
export type Suite = CiphersuiteImpl;

export const SUITE_ID = 0xf0a1;
/** The library writes a suite that is not in its own table as the decimal digits of the id, and reads it back so. */
export const SUITE_NAME = String(SUITE_ID) as string as CiphersuiteName;

export const HPKE: HpkeSuite = { kem: xwing, kdf: { id: 0x0002, ...hkdfSha384 }, aead: aes256gcm };

const EMPTY = new Uint8Array(0);

// The library passes keys through as opaque values that it calls CryptoKey; ours are the plain octets.
const asPublic = (octets: Uint8Array): PublicKey => octets as unknown as PublicKey;
const asPrivate = (octets: Uint8Array): PrivateKey => octets as unknown as PrivateKey;
const octets = (key: PublicKey | PrivateKey): Uint8Array => key as unknown as Uint8Array;

function makeHpke(random: Random): Hpke {
  const derive = (ikm: Uint8Array): { publicKey: PublicKey; privateKey: PrivateKey } => {
    const pair = deriveKeyPair(ikm);
    return { publicKey: asPublic(pair.publicKey), privateKey: asPrivate(pair.secretKey) };
  };
  return {
    keyLength: aes256gcm.keyLength,
    nonceLength: aes256gcm.nonceLength,
    async seal(publicKey, plaintext, info, aad = EMPTY) {
      const { enc, context } = await setupSender(HPKE, octets(publicKey), info, random(xwing.coinsLength));
      return { enc, ct: await context.seal(aad, plaintext) };
    },
    async open(privateKey, enc, ciphertext, info, aad = EMPTY) {
      return (await setupReceiver(HPKE, enc, octets(privateKey), info)).open(aad, ciphertext);
    },
    async exportSecret(publicKey, exporterContext, length, info) {
      const { enc, context } = await setupSender(HPKE, octets(publicKey), info, random(xwing.coinsLength));
      return { enc, secret: await context.export(exporterContext, length) };
    },
    async importSecret(privateKey, exporterContext, enc, length, info) {
      return (await setupReceiver(HPKE, enc, octets(privateKey), info)).export(exporterContext, length);
    },
    importPrivateKey: async (key) => asPrivate(key),
    importPublicKey: async (key) => asPublic(key),
    exportPublicKey: async (key) => octets(key),
    exportPrivateKey: async (key) => octets(key),
    encryptAead: (key, nonce, aad, plaintext) => aes256gcm.seal(key, nonce, aad ?? EMPTY, plaintext),
    decryptAead: (key, nonce, aad, ciphertext) => aes256gcm.open(key, nonce, aad ?? EMPTY, ciphertext),
    deriveKeyPair: async (ikm) => derive(ikm),
    generateKeyPair: async () => derive(random(32)),
  };
}

export function makeSuite(random: Random): Suite {
  return {
    name: SUITE_NAME,
    hash: { digest: hkdfSha384.hash, mac: hkdfSha384.mac, verifyMac: hkdfSha384.verifyMac },
    kdf: { size: hkdfSha384.size, extract: hkdfSha384.extract, expand: hkdfSha384.expand },
    hpke: makeHpke(random),
    signature: {
      sign: ed25519.sign,
      verify: ed25519.verify,
      async keygen() {
        const signKey = random(32);
        return { signKey, publicKey: ed25519.publicKeyOf(signKey) };
      },
    },
    rng: { randomBytes: random },
  };
}
