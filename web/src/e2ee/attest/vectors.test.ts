/** The files of spec/vectors/attest, and proofs that this language signs. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { concat } from "../../core/octets";
import { Stream } from "../../core/wire/header";
import { SeedKey, verify } from "../mls/ed25519";
import { buildSFrameHeader } from "../sframe/header";
import { buildKid, contextOf } from "../sframe/kid";
import { Attester } from "./attester";
import * as proof from "./proof";
import { Witness } from "./witness";

const VECTORS = new URL("../../../../spec/vectors/attest/", import.meta.url);
const load = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, VECTORS), "utf8")) as T;
const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");
const unhex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "hex"));

interface Proofs {
  group: string;
  leaf: number;
  seed: string;
  key: string;
  checks: { epoch_authenticator: string; check: string }[];
  valid: {
    number: number;
    epoch: string;
    check: string;
    runs: { context: number; first: number; hashes: string }[];
    content: string;
    plaintext: string;
  }[];
  invalid: { why: string; plaintext: string }[];
}

describe("proofs", () => {
  const file = load<Proofs>("proofs.json");

  it.each(file.checks)("have a check of the epoch", async (each) => {
    expect(hex(await proof.deriveCheck(unhex(each.epoch_authenticator)))).toBe(each.check);
  });

  it.each(file.valid)("are read, written and signed: $number", async (each) => {
    const { proof: found, body, signature } = proof.parseProof(unhex(each.plaintext));
    expect([found.number, found.epoch, hex(found.check)]).toEqual([each.number, BigInt(each.epoch), each.check]);
    expect(found.runs.map((run) => ({ ...run, hashes: hex(run.hashes) }))).toEqual(each.runs);
    expect(hex(proof.buildBody(found))).toBe(hex(body));
    const content = proof.signContent(unhex(file.group), file.leaf, body);
    expect(hex(content)).toBe(each.content);
    expect(await verify(unhex(file.key), content, signature)).toBe(true);
    expect(hex(await new SeedKey(unhex(file.seed)).sign(content))).toBe(hex(signature));
  });

  it.each(file.invalid)("are refused: $why", ({ plaintext }) => {
    expect(() => proof.parseProof(unhex(plaintext))).toThrow("bad-content");
  });
});

interface Sending {
  group: string;
  leaf: number;
  check: string;
  epochs: { epoch: string; messages: string[] }[];
  hashes: string[];
  drafts: { body: string; content: string }[];
}

it("an attester says what was sent", async () => {
  const file = load<Sending>("sending.json");
  const attester = new Attester();
  const hashes: string[] = [];
  for (const { epoch, messages } of file.epochs) {
    attester.enter(unhex(file.group), BigInt(epoch), file.leaf, unhex(file.check));
    for (const message of messages) {
      await attester.add(unhex(message));
      hashes.push(hex(await proof.hashFrame(unhex(message))));
    }
  }
  expect(attester.waiting).toBe(hashes.length);
  expect(hashes).toEqual(file.hashes);
  const drafts = [...attester.take(), ...attester.take({ beat: true })];
  expect(drafts.map(({ body, content }) => ({ body: hex(body), content: hex(content) }))).toEqual(file.drafts);
  expect([attester.waiting, attester.take()]).toEqual([0, []]);
});

it("a long list is divided, and each part fits", async () => {
  const file = load<Sending>("sending.json");
  const attester = new Attester();
  attester.enter(unhex(file.group), 255n, file.leaf, unhex(file.check));
  const kid = buildKid(contextOf(Stream.SOUND, 0), file.leaf, 255n);
  for (let counter = 0n; counter < 1200n; counter++) {
    await attester.add(concat(new Uint8Array(8), buildSFrameHeader(kid, counter), new Uint8Array(16)));
  }
  const drafts = attester.take();
  const parsed = drafts.map(({ body }) => proof.parseProof(concat(body, new Uint8Array(64))).proof);
  expect(parsed.map(({ number }) => number)).toEqual(drafts.map((_, at) => at));
  expect(drafts.length).toBeGreaterThan(2);
  const frames = parsed.flatMap(({ runs }) => runs).reduce((sum, run) => sum + run.hashes.length / 16, 0);
  expect(frames).toBe(1200);
});

type Step = { now: number } & (
  | { do: "enter"; epoch: string; check: string; keys: Record<string, string> }
  | { do: "hear"; kid: number; counter: number; hash: string; doubt: string | null }
  | { do: "prove"; plaintext: string; doubt: string | null }
  | { do: "look"; doubt: string | null }
  | { do: "excuse" | "cut" }
);

interface Judging {
  group: string;
  leaf: number;
  scripts: { why: string; steps: Step[] }[];
}

describe("a witness", () => {
  const { group, leaf, scripts } = load<Judging>("judging.json");

  async function say(witness: Witness, step: Step): Promise<string | null> {
    const { now } = step;
    switch (step.do) {
      case "enter": {
        const keys = new Map(Object.entries(step.keys).map(([at, key]) => [Number(at), unhex(key)]));
        witness.enter(unhex(group), BigInt(step.epoch), unhex(step.check), keys, now);
        return null;
      }
      case "hear":
        return witness.hear(leaf, BigInt(step.kid), step.counter, unhex(step.hash), now);
      case "prove":
        return witness.prove(leaf, unhex(step.plaintext), now);
      case "look":
        witness.expire(now);
        return witness.doubt(leaf, now);
      case "excuse":
        witness.excuse([leaf], now);
        return null;
      case "cut":
        witness.cut(now);
        return null;
    }
  }

  it.each(scripts)("$why [P13 P14 P16]", async ({ steps }) => {
    const witness = new Witness(verify);
    for (const step of steps)
      expect(await say(witness, step), JSON.stringify(step)).toBe("doubt" in step ? step.doubt : null);
  });
});
