/** The official vectors of X-Wing and HPKE, and Wycheproof's cases for what the suite is made of. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { expect, test, vi } from "vitest";
import { aes256gcm } from "./aead";
import { hex } from "./bytes";
import * as ed25519 from "./ed25519";
import { hkdfSha384, makeHkdf } from "./hkdf";
import { type Aead, keySchedule, type Suite, setupReceiver, setupSender, suiteId } from "./hpke";
import { deriveKeyPair, isPublicKey, PUBLIC_KEY_LENGTH, publicKeyOf, xwing } from "./xwing";

// Post-quantum keys cost milliseconds each, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const FOLDER = process.env.APARTE_VECTORS || resolve(ROOT, "../shared/vectors");

/** Runs `check` on the vectors of a file; without the folder it skips, and fails where CI asks for all. */
function official<T>(subject: string, file: string, check: (vectors: T) => Promise<void>): void {
  const path = resolve(FOLDER, file);
  const title = `[P4] ${subject}`;
  const missing = !existsSync(path) && process.env.CI !== "true";
  test.skipIf(missing)(missing ? `${title} (no ${file} in the folder that APARTE_VECTORS names)` : title, async () =>
    check(JSON.parse(readFileSync(path, "utf8")) as T),
  );
}

const octets = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

official<Record<"sk" | "pk" | "eseed" | "ct" | "ss", string>[]>(
  "X-Wing",
  "xwing/test-vectors.json",
  async (vectors) => {
    expect(vectors).toHaveLength(3);
    for (const { sk, pk, eseed, ct, ss } of vectors) {
      expect(hex(publicKeyOf(octets(sk)))).toBe(pk);
      const { enc, secret } = xwing.encapsulate(octets(pk), octets(eseed));
      expect([hex(enc), hex(secret)]).toEqual([ct, ss]);
      expect(hex(xwing.decapsulate(octets(ct), octets(sk)))).toBe(ss);
      expect(isPublicKey(octets(pk))).toBe(true);
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

const chacha: Aead = {
  id: 3,
  keyLength: 32,
  nonceLength: 12,
  seal: async (key, nonce, aad, plaintext) => chacha20poly1305(key, nonce, aad).encrypt(plaintext),
  open: async (key, nonce, aad, ciphertext) => chacha20poly1305(key, nonce, aad).decrypt(ciphertext),
};
const KDFS = { 1: makeHkdf("SHA-256", 32), 3: makeHkdf("SHA-512", 64) };
const AEADS: Record<number, Aead> = { 2: aes256gcm, 3: chacha };

function suiteOf({ kem_id, kdf_id, aead_id }: HpkeVector): Suite | null {
  const aead = AEADS[aead_id];
  if ((kdf_id !== 1 && kdf_id !== 3) || aead === undefined) return null;
  return { kem: { ...xwing, id: kem_id }, kdf: { id: kdf_id, ...KDFS[kdf_id] }, aead };
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
  const vectors = all.filter(({ kem_id }) => kem_id === xwing.id);
  expect(vectors).toHaveLength(2);
  for (const vector of vectors) {
    const pair = deriveKeyPair(octets(vector.ikmR));
    expect([hex(pair.secretKey), hex(pair.publicKey)]).toEqual([vector.skRm, vector.pkRm]);
    const { enc, secret } = xwing.encapsulate(octets(vector.pkRm), octets(vector.ikmE));
    expect([hex(enc), hex(secret)]).toEqual([vector.enc, vector.shared_secret]);
    const suite = suiteOf(vector);
    if (suite === null) continue; // the other vector's key derivation is SHAKE256, which this suite does not have
    expect(hex(suiteId(suite))).toBe(vector.suite_id);
    const sender = await setupSender(suite, pair.publicKey, octets(vector.info), octets(vector.ikmE));
    const receiver = await setupReceiver(suite, sender.enc, pair.secretKey, octets(vector.info));
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
        const opened = aes256gcm.open(octets(key), octets(iv), octets(aad), octets(ct + tag));
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
      const derived = hkdfSha384.expand(await hkdfSha384.extract(octets(salt), octets(ikm)), octets(info), size);
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
      const hybrid = new Uint8Array(PUBLIC_KEY_LENGTH);
      hybrid.set(key.subarray(0, 1184));
      hybrid[1184] = 9;
      if (key.length === 1184) expect(isPublicKey(hybrid)).toBe(result === "valid");
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
    const valid = publicKeyOf(new Uint8Array(32));
    for (const test of testGroups.flatMap(({ tests }) => tests)) {
      const isZero = /^0+$/.test(test.shared);
      valid.set(octets(test.public), PUBLIC_KEY_LENGTH - 32);
      expect([test.tcId, isPublicKey(valid)]).toEqual([test.tcId, !isZero]);
      if (isZero) expect(() => x25519.getSharedSecret(octets(test.private), octets(test.public))).toThrow();
      else expect(hex(x25519.getSharedSecret(octets(test.private), octets(test.public)))).toBe(test.shared);
    }
  },
);

test("Ed25519 gives the same signatures where the browser lacks it", async () => {
  const seed = new Uint8Array(32).fill(7);
  const message = Uint8Array.of(1, 2, 3);
  vi.resetModules();
  vi.doMock("./webcrypto", () => ({ subtle: { importKey: () => Promise.reject(new Error("NotSupportedError")) } }));
  const without: typeof ed25519 = await import("./ed25519");
  vi.doUnmock("./webcrypto");
  const signature = await without.sign(seed, message);
  expect(hex(signature)).toBe(hex(await ed25519.sign(seed, message)));
  for (const module of [ed25519, without]) {
    expect(await module.verify(module.publicKeyOf(seed), message, signature)).toBe(true);
    expect(await module.verify(module.publicKeyOf(seed), Uint8Array.of(1), signature)).toBe(false);
    expect(await module.verify(new Uint8Array(31), message, signature)).toBe(false);
  }
});
