/**
 * Groups that others made and recorded, followed from outside to their end. Each commit is signed over the context that
 * the one before it led to, tree hash and transcript hash and all: a step that goes wrong makes the next one refused.
 *
 * A passive client is welcomed, so its Welcome is opened here, in the two suites that take least to open it.
 */
import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expect, test, vi } from "vitest";
import { aes256gcm } from "../../e2ee/mls/aead";
import * as ed25519 from "../../e2ee/mls/ed25519";
import { makeHkdf } from "../../e2ee/mls/hkdf";
import { type Aead, type Kem, setupReceiver } from "../../e2ee/mls/hpke";
import type { Pending } from "./changes";
import { decode, type Reader, u16, vector } from "./codec";
import { GroupInfo } from "./context";
import { UNSAFE_OPEN } from "./fixture";
import { PublicMessage } from "./framing";
import { hear, judge } from "./judge";
import { KeyPackage } from "./keypackage";
import { readMessage } from "./message";
import { ascii, concat, hex } from "./octets";
import { PreSharedKeyId, PskType } from "./proposals";
import { checkGroupInfo, type PublicGroup } from "./public";
import { isX25519Key, Suite } from "./suites";
import { Welcome } from "./welcome";

vi.setConfig({ testTimeout: 120_000 });

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const FOLDER = process.env.APARTE_VECTORS || resolve(ROOT, "../shared/vectors");
const MAX = 1 << 24;
const NOTHING = new Uint8Array(0);

const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

// --- what opens a Welcome --------------------------------------------------------------------------------------------

const kdf = { id: 1, ...makeHkdf("SHA-256", 32) };
const hmac = (key: Uint8Array, ...data: Uint8Array[]): Uint8Array =>
  new Uint8Array(
    createHmac("sha256", key)
      .update(concat(...data))
      .digest(),
  );

/** DHKEM(X25519, HKDF-SHA256) of RFC 9180 section 4.1, for receivers. */
const kem: Kem = {
  id: 0x20,
  coinsLength: 32,
  encapsulate: () => {
    throw new Error("nothing is sealed here");
  },
  decapsulate: (enc, secretKey) => {
    const label = (text: string) => concat(ascii("HPKE-v1KEM"), u16(0x20), ascii(text));
    const shared = x25519.getSharedSecret(secretKey, enc);
    const prk = hmac(NOTHING, label("eae_prk"), shared);
    return hmac(prk, u16(32), label("shared_secret"), enc, x25519.getPublicKey(secretKey), Uint8Array.of(1));
  },
};

const AEADS: Record<number, Aead> = {
  1: { ...aes256gcm, id: 1, keyLength: 16 },
  3: {
    id: 3,
    keyLength: 32,
    nonceLength: 12,
    seal: async (key, nonce, aad, plaintext) => chacha20poly1305(key, nonce, aad).encrypt(plaintext),
    open: async (key, nonce, aad, ciphertext) => chacha20poly1305(key, nonce, aad).decrypt(ciphertext),
  },
};

function expand(secret: Uint8Array, label: string, context: Uint8Array, size: number): Promise<Uint8Array> {
  const info = concat(u16(size), vector(ascii(`MLS 1.0 ${label}`)), vector(context));
  return kdf.expand(secret, info, size);
}

interface Scenario {
  cipher_suite: number;
  external_psks: { psk_id: string; psk: string }[];
  key_package: string;
  init_priv: string;
  welcome: string;
  ratchet_tree: string | null;
  epochs: { proposals: string[]; commit: string }[];
}

async function pskSecret(ids: readonly PreSharedKeyId[], x: Scenario): Promise<Uint8Array> {
  let secret: Uint8Array = new Uint8Array(32);
  for (const [index, id] of ids.entries()) {
    const name = id.key.type === PskType.EXTERNAL ? hex(id.key.id) : null;
    const found = x.external_psks.find(({ psk_id }) => psk_id === name);
    if (found === undefined) throw new Error("no such pre-shared key");
    const extracted = await kdf.extract(new Uint8Array(32), octets(found.psk));
    const place = concat(id.encoded, u16(index), u16(ids.length));
    secret = await kdf.extract(await expand(extracted, "derived psk", place, 32), secret);
  }
  return secret;
}

function readSecrets(reader: Reader): { joiner: Uint8Array; psks: readonly PreSharedKeyId[] } {
  const joiner = reader.vector();
  reader.optional((inner) => inner.vector());
  return { joiner, psks: reader.items(PreSharedKeyId.read) };
}

async function openWelcome(suite: Suite, aead: Aead, x: Scenario): Promise<GroupInfo> {
  const [keyPackage, welcome] = [readMessage(octets(x.key_package), MAX), readMessage(octets(x.welcome), MAX)];
  if (!(keyPackage instanceof KeyPackage && welcome instanceof Welcome)) throw new Error("not what it is called");
  const ours = hex(await keyPackage.reference(suite));
  const entry = welcome.secrets.find(({ newMember }) => hex(newMember) === ours);
  if (entry === undefined) throw new Error("not for us");
  const { kemOutput, ciphertext } = entry.secrets;
  const info = concat(vector(ascii("MLS 1.0 Welcome")), vector(welcome.encryptedGroupInfo));
  const receiver = await setupReceiver({ kem, kdf, aead }, kemOutput, octets(x.init_priv), info);
  const { joiner, psks } = decode(await receiver.open(NOTHING, ciphertext), readSecrets);
  const member = await kdf.extract(joiner, await pskSecret(psks, x));
  const secret = await expand(member, "welcome", NOTHING, 32);
  const key = await expand(secret, "key", NOTHING, aead.keyLength);
  const nonce = await expand(secret, "nonce", NOTHING, aead.nonceLength);
  return decode(await aead.open(key, nonce, NOTHING, welcome.encryptedGroupInfo), GroupInfo.read);
}

// --- following -------------------------------------------------------------------------------------------------------

async function enter(x: Scenario): Promise<PublicGroup | null> {
  const aead = AEADS[x.cipher_suite];
  if (aead === undefined) return null;
  const form = { id: x.cipher_suite, hashSize: 32, kemOutputSize: 32, isPublicKey: isX25519Key };
  const suite = new Suite(form, { hash: kdf.hash, verify: ed25519.verify });
  const info = await openWelcome(suite, aead, x);
  return checkGroupInfo(suite, info, UNSAFE_OPEN, x.ratchet_tree === null ? null : octets(x.ratchet_tree));
}

/** Follows for as long as messages are in clear, and returns how many commits that were. */
async function follow(group: PublicGroup, { epochs }: Scenario): Promise<number> {
  let current = group;
  for (const [count, { proposals, commit }] of epochs.entries()) {
    const messages = [...proposals, commit].map((text) => readMessage(octets(text), MAX));
    const clear = messages.flatMap((message) => (message instanceof PublicMessage ? [message.authenticated] : []));
    const last = clear.pop();
    if (last === undefined || clear.length < proposals.length) return count;
    const pending = new Map<string, Pending>();
    for (const message of clear) {
      const heard = await hear(current, message, UNSAFE_OPEN);
      pending.set(hex(heard.reference), heard.pending);
    }
    const change = await judge(current, last, UNSAFE_OPEN, pending);
    expect(change.after.context.epoch).toBe(current.context.epoch + 1n);
    current = change.after;
  }
  return epochs.length;
}

function followed(file: string, entries: number, commits: number): void {
  const path = resolve(FOLDER, file);
  const missing = !existsSync(path) && process.env.CI !== "true";
  const title = missing ? `${file} (not in the folder that APARTE_VECTORS names)` : file;
  test.skipIf(missing)(title, async () => {
    let entered = 0;
    let judged = 0;
    for (const x of JSON.parse(readFileSync(path, "utf8")) as Scenario[]) {
      const group = await enter(x);
      if (group === null) continue;
      entered += 1;
      judged += await follow(group, x);
    }
    expect([entered, judged]).toEqual([entries, commits]);
  });
}

followed("mls/passive-client-welcome.json", 16, 0);
followed("mls/passive-client-handling-commit.json", 26, 52);
followed("mls/passive-client-random.json", 1, 200);
followed("mls-passive-interop/commit.json", 88, 10);
followed("mls-passive-interop/external_join.json", 12, 8);
followed("mls-passive-interop/external_proposals.json", 56, 46);
followed("mls-passive-interop/welcome_join.json", 16, 0);
