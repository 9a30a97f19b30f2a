/** The official vectors of X-Wing and HPKE, and Wycheproof's cases for what the suite is made of. */
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { expect, test, vi } from "vitest";
import { isX25519Key, isXwingKey, XWING_KEY_SIZE } from "../../core/mls/suites";
import { hex } from "../../core/octets";
import * as vectors from "../../vectors.node";
import { AES_256_GCM } from "./aead";
import * as ed25519 from "./ed25519";
import { HKDF_SHA384, hkdf } from "./hkdf";
import { HpkeSuite, keySchedule, setupReceiver, setupSender } from "./hpke";
import { CHACHA } from "./suites.node";
import * as x25519 from "./x25519";
import { XWING } from "./xwing";

// Post-quantum keys cost milliseconds each, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { octets } = vectors;

function official<T>(subject: string, file: string, check: (content: T) => Promise<void>): void {
  vectors.official(`[P4] ${subject}`, file, check);
}

const drawing = (text: string) => () => new Uint8Array(octets(text));

/** The modules as they are where WebCrypto has neither curve. */
async function withoutCurves() {
  vi.resetModules();
  vi.doMock("../subtle", () => ({ subtle: { importKey: () => Promise.reject(new Error("NotSupportedError")) } }));
  const modules = [await import("./ed25519"), await import("./x25519")] as const;
  vi.doUnmock("../subtle");
  return modules;
}

const [without, withoutX25519] = await withoutCurves();

official<Record<"sk" | "pk" | "eseed" | "ct" | "ss", string>[]>(
  "X-Wing",
  "xwing/test-vectors.json",
  async (vectors) => {
    expect(vectors).toHaveLength(3);
    for (const { sk, pk, eseed, ct, ss } of vectors) {
      expect(hex(await XWING.publicKey(octets(sk)))).toBe(pk);
      const { encapsulation, secret } = await XWING.encapsulate(octets(pk), drawing(eseed));
      expect([hex(encapsulation), hex(secret)]).toEqual([ct, ss]);
      expect(hex(await XWING.decapsulate(octets(sk), octets(ct)))).toBe(ss);
      expect(isXwingKey(octets(pk))).toBe(true);
    }
  },
);

interface HpkeVector extends Record<"info" | "ikmE" | "ikmR" | "skRm" | "pkRm" | "enc" | "shared_secret", string> {
  kem_id: number;
  kdf_id: number;
  aead_id: number;
  suite_id?: string;
  key: string;
  base_nonce: string;
  exporter_secret: string;
  encryptions: Record<"aad" | "ct" | "nonce" | "pt", string>[];
  exports: { exporter_context: string; L: number; exported_value: string }[];
}

const KDFS = new Map([hkdf(1, "SHA-256", 32), hkdf(3, "SHA-512", 64)].map((kdf) => [kdf.id, kdf]));
const AEADS = new Map([AES_256_GCM, CHACHA].map((aead) => [aead.id, aead]));

function suiteOf({ kem_id, kdf_id, aead_id }: HpkeVector): HpkeSuite | null {
  const [kdf, aead] = [KDFS.get(kdf_id), AEADS.get(aead_id)];
  return kdf === undefined || aead === undefined ? null : new HpkeSuite({ ...XWING, id: kem_id }, kdf, aead);
}

async function expectContext(context: Awaited<ReturnType<typeof keySchedule>>, vector: HpkeVector): Promise<void> {
  expect(hex(context.key)).toBe(vector.key);
  expect(hex(context.baseNonce)).toBe(vector.base_nonce);
  expect(hex(context.exporterSecret)).toBe(vector.exporter_secret);
  for (const { exporter_context, L, exported_value } of vector.exports) {
    expect(hex(await context.export(octets(exporter_context), L))).toBe(exported_value);
  }
}

official<HpkeVector[]>("HPKE with KEM 0x647a", "hpke/hpke-pq-test-vectors.json", async (all) => {
  const vectors = all.filter(({ kem_id }) => kem_id === XWING.id);
  expect(vectors).toHaveLength(2);
  for (const vector of vectors) {
    const pair = await XWING.deriveKeyPair(octets(vector.ikmR));
    expect([hex(pair.private), hex(pair.public)]).toEqual([vector.skRm, vector.pkRm]);
    const { encapsulation, secret } = await XWING.encapsulate(octets(vector.pkRm), drawing(vector.ikmE));
    expect([hex(encapsulation), hex(secret)]).toEqual([vector.enc, vector.shared_secret]);
    const suite = suiteOf(vector);
    if (suite === null) continue; // the other vector's key derivation is SHAKE256, which this suite does not have
    expect(hex(suite.id)).toBe(vector.suite_id);
    const sender = await setupSender(suite, pair.public, octets(vector.info), drawing(vector.ikmE));
    const receiver = await setupReceiver(suite, sender.encapsulation, pair.private, octets(vector.info));
    await expectContext(sender.context, vector);
    await expectContext(receiver, vector);
    for (const { aad, pt, ct } of vector.encryptions) {
      expect(hex(await sender.context.seal(octets(aad), octets(pt)))).toBe(ct);
      expect(hex(await receiver.open(octets(aad), octets(ct)))).toBe(pt);
    }
  }
});

official<HpkeVector[]>("HPKE's key schedule, RFC 9180", "hpke/rfc9180-base-mode-trimmed.json", async (vectors) => {
  let checked = 0;
  for (const vector of vectors) {
    const suite = suiteOf(vector);
    if (suite === null) continue;
    const context = await keySchedule(suite, octets(vector.shared_secret), octets(vector.info));
    await expectContext(context, vector);
    for (const { aad, pt, ct } of vector.encryptions.slice(0, 1)) {
      expect(hex(await context.seal(octets(aad), octets(pt)))).toBe(ct);
    }
    checked += 1;
  }
  expect(checked).toBe(12);
});

interface Wycheproof<Case, Group = object> {
  testGroups: (Group & {
    tests: (Case & { tcId: number; flags: string[]; result: "valid" | "invalid" | "acceptable" })[];
  })[];
}

official<Wycheproof<Record<"key" | "iv" | "aad" | "msg" | "ct" | "tag", string>, { ivSize: number; keySize: number }>>(
  "AES-256-GCM, Wycheproof",
  "wycheproof/aes_gcm_test.json",
  async ({ testGroups }) => {
    for (const { ivSize, keySize, tests } of testGroups) {
      if (ivSize !== 96 || keySize !== 256) continue;
      for (const { key, iv, aad, msg, ct, tag, result } of tests) {
        const opened = AES_256_GCM.open(octets(key), octets(iv), octets(aad), octets(ct + tag));
        if (result === "invalid") await expect(opened).rejects.toThrow();
        else expect(hex(await opened)).toBe(msg);
      }
    }
  },
);

official<Wycheproof<Record<"ikm" | "salt" | "info" | "okm", string> & { size: number }>>(
  "HKDF-SHA-384, Wycheproof",
  "wycheproof/hkdf_sha384_test.json",
  async ({ testGroups }) => {
    for (const { ikm, salt, info, okm, size, result } of testGroups.flatMap(({ tests }) => tests)) {
      const derived = HKDF_SHA384.expand(await HKDF_SHA384.extract(octets(salt), octets(ikm)), octets(info), size);
      if (result === "invalid") await expect(derived).rejects.toThrow(RangeError);
      else expect(hex(await derived)).toBe(okm);
    }
  },
);

official<Wycheproof<Record<"msg" | "sig", string>, { publicKey: { pk: string } }>>(
  "Ed25519, Wycheproof",
  "wycheproof/ed25519_test.json",
  async ({ testGroups }) => {
    for (const { publicKey, tests } of testGroups) {
      for (const { tcId, msg, sig, result } of tests) {
        const valid = await ed25519.verify(octets(publicKey.pk), octets(msg), octets(sig));
        expect([tcId, valid]).toEqual([tcId, result === "valid"]);
      }
    }
  },
);

official<Wycheproof<Record<"m" | "ek" | "c" | "K", string>>>(
  "ML-KEM-768 encapsulation, Wycheproof",
  "wycheproof/mlkem_768_encaps_test.json",
  async ({ testGroups }) => {
    for (const { m, ek, c, K, result } of testGroups.flatMap(({ tests }) => tests)) {
      const key = octets(ek);
      // Our own check of the modulus must agree with the primitive's; the X25519 part here is the base point.
      const hybrid = new Uint8Array(XWING_KEY_SIZE);
      hybrid.set(key.subarray(0, 1184));
      hybrid[1184] = 9;
      if (key.length === 1184) expect(isXwingKey(hybrid)).toBe(result === "valid");
      if (result === "invalid") expect(() => ml_kem768.encapsulate(key, octets(m))).toThrow();
      else {
        const { cipherText, sharedSecret } = ml_kem768.encapsulate(key, octets(m));
        expect([hex(cipherText), hex(sharedSecret)]).toEqual([c, K]);
      }
    }
  },
);

official<Wycheproof<Record<"public" | "private" | "shared", string>>>(
  "X25519, Wycheproof: small orders are the keys we refuse",
  "wycheproof/x25519_test.json",
  async ({ testGroups }) => {
    for (const { tcId, ...test } of testGroups.flatMap(({ tests }) => tests)) {
      const isZero = /^0+$/.test(test.shared);
      const publicKey = octets(test.public);
      expect([tcId, isX25519Key(publicKey)]).toEqual([tcId, !isZero]);
      for (const { exchange } of [x25519, withoutX25519]) {
        const exchanged = exchange(octets(test.private), publicKey);
        if (isZero) await expect(exchanged).rejects.toThrow();
        else expect([tcId, hex(await exchanged)]).toEqual([tcId, test.shared]);
      }
    }
  },
);

test("Ed25519 gives the same signatures where the browser lacks it", async () => {
  const key = await without.newSignatureKey(() => new Uint8Array(32).fill(7));
  expect(key).toBeInstanceOf(without.SeedKey);
  const message = Uint8Array.of(1, 2, 3);
  const signature = await key.sign(message);
  const copy = key.copy();
  for (const { verify } of [ed25519, without]) {
    expect(await verify(key.publicKey, message, signature)).toBe(true);
    expect(await verify(key.publicKey, Uint8Array.of(1), signature)).toBe(false);
    expect(await verify(new Uint8Array(31), message, signature)).toBe(false);
  }
  key.erase();
  expect(hex(await key.sign(message))).not.toBe(hex(signature));
  expect(hex(await copy.sign(message))).toBe(hex(signature));
});

test("[B27] a signature key stays with the platform, which refuses to give it out, and every one is fresh", async () => {
  const random = () => {
    throw new Error("the platform draws the key");
  };
  const keys = await Promise.all([ed25519.newSignatureKey(random), ed25519.newSignatureKey(random)]);
  expect(new Set(keys.map(({ publicKey }) => hex(publicKey))).size).toBe(2);
  for (const key of keys) {
    if (!(key instanceof ed25519.PlatformKey)) throw new Error("not with the platform");
    for (const form of ["pkcs8", "jwk", "raw"] as const) {
      await expect(crypto.subtle.exportKey(form, key.key as CryptoKey)).rejects.toThrow();
    }
    expect(JSON.stringify(key.key)).toBe("{}");
    const message = Uint8Array.of(1, 2, 3);
    expect(await ed25519.verify(key.publicKey, message, await key.sign(message))).toBe(true);
  }
});
