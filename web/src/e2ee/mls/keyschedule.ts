/** The key schedule (RFC 9420 section 8) with pre-shared keys (8.4), external init (8.3) and exporter (8.5). */

import { u16 } from "../../core/mls/codec";
import type { GroupContext } from "../../core/mls/context";
import type { PreSharedKeyId } from "../../core/mls/proposals";
import { ascii, concat } from "../../core/octets";
import { type KeyPair, type Random, setupReceiver, setupSender } from "./hpke";
import type { SecretSuite } from "./suite";

const EXTERNAL_INIT = ascii("MLS 1.0 external init secret");

/** The label of each secret of an epoch (table 4). */
const LABELS = {
  senderData: "sender data",
  encryption: "encryption",
  exporter: "exporter",
  external: "external",
  confirmation: "confirm",
  membership: "membership",
  resumption: "resumption",
  authenticator: "authentication",
  init: "init",
} as const;

/** The secrets of an epoch. */
export type EpochSecrets = Readonly<Record<keyof typeof LABELS, Uint8Array>>;

/** A pre-shared key and its name. */
export interface Psk {
  readonly name: PreSharedKeyId;
  readonly key: Uint8Array;
}

/** What an epoch secret gives. */
export async function deriveEpoch(suite: SecretSuite, epochSecret: Uint8Array): Promise<EpochSecrets> {
  const derived = Object.entries(LABELS).map(
    async ([name, label]) => [name, await suite.deriveSecret(epochSecret, label)] as const,
  );
  return Object.fromEntries(await Promise.all(derived)) as EpochSecrets;
}

/** What those need who are welcomed into an epoch. */
export async function joinerSecret(
  suite: SecretSuite,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  context: GroupContext,
): Promise<Uint8Array> {
  const secret = await suite.kdf.extract(initSecret, commitSecret);
  const joiner = await suite.expandWithLabel(secret, "joiner", context.encoded, suite.size);
  secret.fill(0);
  return joiner;
}

/** What seals the GroupInfo of a Welcome. */
export async function welcomeSecret(suite: SecretSuite, joiner: Uint8Array, psk: Uint8Array): Promise<Uint8Array> {
  return suite.deriveSecret(await suite.kdf.extract(joiner, psk), "welcome");
}

/** The secrets of the epoch of `context`. */
export async function epochSecrets(
  suite: SecretSuite,
  joiner: Uint8Array,
  psk: Uint8Array,
  context: GroupContext,
): Promise<EpochSecrets> {
  const member = await suite.kdf.extract(joiner, psk);
  const epoch = await suite.expandWithLabel(member, "epoch", context.encoded, suite.size);
  const secrets = await deriveEpoch(suite, epoch);
  for (const spent of [member, epoch]) spent.fill(0);
  return secrets;
}

/** The secret of all pre-shared keys of a commit; of none, zeros (section 8.4). */
export async function pskSecret(suite: SecretSuite, psks: readonly Psk[]): Promise<Uint8Array> {
  const zero = new Uint8Array(suite.size);
  let secret: Uint8Array = new Uint8Array(suite.size);
  for (const [index, { name, key }] of psks.entries()) {
    const extracted = await suite.kdf.extract(zero, key);
    const label = concat(name.encoded, u16(index), u16(psks.length));
    const input = await suite.expandWithLabel(extracted, "derived psk", label, suite.size);
    const next = await suite.kdf.extract(input, secret);
    for (const spent of [extracted, input, secret]) spent.fill(0);
    secret = next;
  }
  return secret;
}

/** The pair whose public half newcomers encapsulate to. */
export function externalKeyPair(suite: SecretSuite, secrets: EpochSecrets): Promise<KeyPair> {
  return suite.keyPair(secrets.external);
}

/** A newcomer's init secret, and what carries it to the members; rejects a key that nobody can encapsulate to. */
export async function newExternalInit(
  suite: SecretSuite,
  externalPub: Uint8Array,
  random: Random,
): Promise<{ kemOutput: Uint8Array; initSecret: Uint8Array }> {
  const { encapsulation, context } = await setupSender(suite.hpke, externalPub, new Uint8Array(0), random);
  const initSecret = await context.export(EXTERNAL_INIT, suite.size);
  context.erase();
  return { kemOutput: encapsulation, initSecret };
}

/** The init secret that a newcomer chose; rejects what does not open. */
export async function externalInit(
  suite: SecretSuite,
  privateKey: Uint8Array,
  kemOutput: Uint8Array,
): Promise<Uint8Array> {
  const context = await setupReceiver(suite.hpke, kemOutput, privateKey, new Uint8Array(0));
  const initSecret = await context.export(EXTERNAL_INIT, suite.size);
  context.erase();
  return initSecret;
}

/** MLS-Exporter (section 8.5): at most 255 times the hash's size in octets. */
export async function exportSecret(
  suite: SecretSuite,
  exporterSecret: Uint8Array,
  label: string,
  context: Uint8Array,
  size: number,
): Promise<Uint8Array> {
  const derived = await suite.deriveSecret(exporterSecret, label);
  const secret = await suite.expandWithLabel(derived, "exported", await suite.kdf.hash(context), size);
  derived.fill(0);
  return secret;
}
