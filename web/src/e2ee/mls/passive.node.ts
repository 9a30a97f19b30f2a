/** Groups that others made and recorded, entered by a Welcome and followed to their end. */

import { expect } from "vitest";

import { PrivateMessage, PublicMessage } from "../../core/mls/framing";
import { KeyPackage } from "../../core/mls/keypackage";
import { readMessage } from "../../core/mls/message";
import { Welcome } from "../../core/mls/welcome";
import { hex } from "../../core/octets";
import { octets, official } from "../../vectors.node";
import { UNSAFE_OPEN } from "./forge";
import type { Group, Psks } from "./group";
import { join } from "./join";
import { process } from "./process";
import { hearPrivate, hearPublic } from "./propose";
import { suiteWith, UnsafeKey } from "./suites.node";

const MAX = 1 << 24;

interface Scenario {
  cipher_suite: number;
  external_psks: { psk_id: string; psk: string }[];
  key_package: string;
  signature_priv: string;
  encryption_priv: string;
  init_priv: string;
  welcome: string;
  ratchet_tree: string | null;
  initial_epoch_authenticator: string;
  epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[];
}

function pskOf({ external_psks }: Scenario): Psks {
  return new Map(external_psks.map(({ psk_id, psk }) => [psk_id, octets(psk)]));
}

async function enter(x: Scenario): Promise<Group> {
  const suite = suiteWith(x.cipher_suite);
  const [keyPackage, welcome] = [readMessage(octets(x.key_package), MAX), readMessage(octets(x.welcome), MAX)];
  if (!(keyPackage instanceof KeyPackage && welcome instanceof Welcome)) throw new Error("not what it is called");
  const signatureKey = new UnsafeKey(suite, octets(x.signature_priv));
  const leaf = { node: keyPackage.leaf, encryptionKey: octets(x.encryption_priv), signatureKey };
  const own = { keyPackage, initKey: octets(x.init_priv), leaf };
  const ratchetTree = x.ratchet_tree === null ? null : octets(x.ratchet_tree);
  const group = await join(suite, UNSAFE_OPEN, welcome, own, { psks: pskOf(x), ratchetTree });
  return group.with({ keepsResumptions: 8 }); // some commits bring the resumption key of a past epoch
}

async function hear(group: Group, text: string): Promise<Group> {
  const message = readMessage(octets(text), MAX);
  if (message instanceof PublicMessage) return hearPublic(group, message);
  if (message instanceof PrivateMessage) return hearPrivate(group, message);
  throw new Error("no proposal");
}

async function follow(x: Scenario): Promise<void> {
  let group = await enter(x);
  expect(hex(group.epochAuthenticator)).toBe(x.initial_epoch_authenticator);
  for (const { proposals, commit, epoch_authenticator } of x.epochs) {
    for (const proposal of proposals) group = await hear(group, proposal);
    const message = readMessage(octets(commit), MAX);
    if (!(message instanceof PublicMessage || message instanceof PrivateMessage)) throw new Error("no commit");
    group = await process(group, message, pskOf(x));
    expect(hex(group.epochAuthenticator)).toBe(epoch_authenticator);
  }
}

/** A test that follows the `count` scenarios of a file. */
export function followed(file: string, count: number): void {
  official<Scenario[]>(`[P2] ${file}`, file, async (scenarios) => {
    expect(scenarios).toHaveLength(count);
    for (const x of scenarios) await follow(x);
  });
}
