/** The files of spec/vectors that concern seals and keys, and the one that TypeScript makes. */

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as names from "../core/policy/names";
import { Person } from "../core/policy/person";
import { b64Decode } from "../core/wire/b64";
import { buildHeader, type Header } from "../core/wire/header";
import * as content from "./content";
import * as keys from "./keys";
import { SeedKey, verify } from "./mls/ed25519";
import { OwnPerson } from "./person";
import { epochCode, personCode } from "./safety";
import { Cipher } from "./sframe/cipher";
import { SealError } from "./sframe/errors";
import { buildSFrameHeader, parseSFrameHeader } from "./sframe/header";
import { Opener } from "./sframe/opener";
import { ReplayWindow } from "./sframe/replay";
import { Sealer } from "./sframe/sealer";
import { hkdfKey } from "./subtle";

const VECTORS = new URL("../../../spec/vectors/", import.meta.url);
const TYPESCRIPT = new URL("sframe/typescript.json", VECTORS);

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, VECTORS), "utf8")) as T;
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString("hex");
}

function unhex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

interface Frame extends Header {
  base_key: string;
  leaf: number;
  epoch: string;
  plaintext: string;
  message: string;
}

async function expectOpens(frame: Frame): Promise<void> {
  const opener = new Opener();
  const own = frame.leaf === 0 ? 1 : 0;
  opener.rekey(unhex(frame.base_key), BigInt(frame.epoch), own, [own, frame.leaf], 0);
  const { leaf, header, plaintext } = await opener.open(unhex(frame.message), 0);
  expect([leaf, hex(plaintext)]).toEqual([frame.leaf, frame.plaintext]);
  expect(header).toEqual(headerOf(frame));
}

function headerOf({ stream, rendition, temporal, key, discardable, tl0, counter }: Frame): Header {
  return { stream, rendition, temporal, key, discardable, tl0, counter };
}

/** Every context of one sender, across a change of the epoch. */
async function makeFrames(): Promise<Frame[]> {
  const layers = [
    [0, 0, false],
    [1, 0, false],
    [2, 0, true],
    [2, 1, true],
    [2, 2, true],
  ] as const;
  const frames: Frame[] = [];
  for (const [stream, rendition, key] of layers) {
    const sealer = new Sealer(stream, rendition);
    for (const epoch of [255n, 256n]) {
      const baseKey = new Uint8Array(32).fill(Number(epoch - 250n));
      sealer.rekey(baseKey, 300, epoch);
      for (let i = 0; i < 3; i++) {
        const temporal = stream === 2 ? i : 0;
        const counter = frames.filter((frame) => frame.stream === stream && frame.rendition === rendition).length;
        const tl0 = stream === 2 ? 250 + Number(epoch - 255n) : 0;
        const marks = { temporal, key: key && temporal === 0, discardable: temporal === 2, tl0 };
        const plaintext = new Uint8Array(20 * i).map((_, at) => at + counter);
        const message = await sealer.seal(marks, plaintext);
        frames.push({
          base_key: hex(baseKey),
          leaf: 300,
          epoch: epoch.toString(),
          stream,
          rendition,
          ...marks,
          counter,
          plaintext: hex(plaintext),
          message: hex(message),
        });
      }
    }
  }
  return frames;
}

describe("frames", () => {
  it("made by Python open, and come out the same [P4]", async () => {
    const { frames } = load<{ frames: (Frame & { kid: string })[] }>("sframe/frames.json");
    for (const frame of frames) {
      await expectOpens(frame);
      const cipher = await Cipher.derive(await hkdfKey(unhex(frame.base_key)), BigInt(frame.kid), "encrypt");
      const metadata = buildHeader(headerOf(frame));
      const message = await cipher.encrypt(BigInt(frame.counter), metadata, unhex(frame.plaintext));
      expect(hex(message)).toBe(frame.message);
    }
  });

  it("made by TypeScript have not changed [P4]", async () => {
    const frames = await makeFrames();
    const lines = frames.map((frame) => `    ${JSON.stringify(frame)}`).join(",\n");
    const text = `{\n  "frames": [\n${lines}\n  ]\n}\n`;
    if (process.env.VECTORS === "make") writeFileSync(TYPESCRIPT, text);
    expect(readFileSync(TYPESCRIPT, "utf8")).toBe(text);
    for (const frame of frames) await expectOpens(frame);
  });

  it("are opened or refused by one receiver step by step [P11 P12]", async () => {
    interface Step {
      do: "rekey" | "open";
      why: string;
      now_ms: number;
      base_key: string;
      epoch: string;
      own_leaf: number;
      members: number[];
      message: string;
      reason?: string;
      leaf?: number;
      plaintext?: string;
    }
    const opener = new Opener();
    for (const step of load<{ steps: Step[] }>("sframe/opening.json").steps) {
      if (step.do === "rekey") {
        opener.rekey(unhex(step.base_key), BigInt(step.epoch), step.own_leaf, step.members, step.now_ms);
        continue;
      }
      const outcome = await opener.open(unhex(step.message), step.now_ms).then(
        ({ leaf, plaintext }) => ({ leaf, plaintext: hex(plaintext) }),
        (error: unknown) => ({ reason: error instanceof SealError ? error.reason : error }),
      );
      const { leaf, plaintext, reason } = step;
      expect(outcome, step.why).toEqual(reason === undefined ? { leaf, plaintext } : { reason });
    }
  });
});

describe("the SFrame header", () => {
  const { valid, invalid } = load<{
    valid: { kid: string; ctr: string; encoded: string }[];
    invalid: { encoded: string }[];
  }>("sframe/headers.json");

  it("has one form a value", () => {
    for (const { kid, ctr, encoded } of valid) {
      expect(hex(buildSFrameHeader(BigInt(kid), BigInt(ctr)))).toBe(encoded);
      expect(parseSFrameHeader(unhex(encoded))).toEqual({
        kid: BigInt(kid),
        ctr: BigInt(ctr),
        size: encoded.length / 2,
      });
    }
    for (const { encoded } of invalid)
      expect(() => parseSFrameHeader(unhex(encoded))).toThrow(new SealError("malformed"));
  });
});

it("accepts each counter once and none behind the window [P11]", () => {
  const { runs } = load<{ runs: { counters: number[]; accepted: boolean[] }[] }>("sframe/replay.json");
  for (const { counters, accepted } of runs) {
    const window = new ReplayWindow();
    expect(counters.map((counter) => window.accept(counter))).toEqual(accepted);
  }
});

describe("content", () => {
  interface Valid extends Omit<content.Video, "timeUs" | "bytes" | "colour">, content.State {
    kind: "state" | "sound" | "video";
    plaintext: string;
    time_us: string;
    level: number;
    channels: number;
    duration_units: number;
    matrix: number;
    full_range: boolean;
    primaries: number;
  }
  const { valid, invalid } = load<{
    valid: Valid[];
    invalid: { why: string; kind: Valid["kind"]; plaintext: string }[];
  }>("wire/content.json");
  const parse = { state: content.parseState, sound: content.parseSound, video: content.parseVideo };

  it("is read and written", () => {
    for (const { kind, plaintext, time_us, ...fields } of valid) {
      const bytes = unhex(plaintext).subarray(content.PREFIX_SIZE);
      const timeUs = Number(time_us);
      if (kind === "state") {
        const { mic, camera, client, ask } = fields;
        const state = { mic, camera, client, ...(ask === undefined ? {} : { ask }) };
        expect(content.parseState(unhex(plaintext))).toEqual(state);
        expect(hex(content.buildState(state))).toBe(plaintext);
      } else if (kind === "sound") {
        const { level, channels, duration_units: durationUnits } = fields;
        const sound = { timeUs, level, channels, durationUnits, bytes };
        expect(content.parseSound(unhex(plaintext))).toEqual(sound);
        expect(hex(content.buildSound(sound))).toBe(plaintext);
      } else {
        const { codec, width, height, matrix, full_range: fullRange, primaries } = fields;
        const video = { codec, timeUs, width, height, colour: { matrix, fullRange, primaries }, bytes };
        expect(content.parseVideo(unhex(plaintext))).toEqual(video);
        expect(hex(content.buildVideo(video))).toBe(plaintext);
      }
    }
  });

  it.each(invalid)("$kind is refused: $why", ({ kind, plaintext }) => {
    expect(() => parse[kind](unhex(plaintext))).toThrow(content.ContentError);
  });
});

describe("keys", () => {
  it("come from the link", async () => {
    const { valid, invalid } = load<{
      valid: Record<
        "secret" | "meeting" | "origin" | "link" | "door" | "door_hash" | "psk" | "psk_id" | "name_key" | "charter_key",
        string
      >[];
      invalid: { why: string; link: string }[];
    }>("keys/link.json");
    for (const expected of valid) {
      const secret = unhex(expected.secret);
      const meeting = unhex(expected.meeting);
      const { door, psk, pskId, nameKey, charterKey } = await keys.deriveLinkKeys(secret, meeting);
      expect([door, psk, pskId, nameKey, charterKey].map(hex)).toEqual([
        expected.door,
        expected.psk,
        expected.psk_id,
        expected.name_key,
        expected.charter_key,
      ]);
      expect(hex(await keys.deriveDoor(secret))).toBe(expected.door);
      expect(hex(await keys.hashDoor(door))).toBe(expected.door_hash);
      const link = { origin: expected.origin, meeting, secret };
      expect(keys.buildLink(link)).toBe(expected.link);
      expect(keys.parseLink(expected.link)).toEqual(link);
      expect(b64Decode(expected.link.split("#")[1] ?? "")).toEqual(secret);
    }
    for (const { why, link } of invalid)
      expect(() => keys.parseLink(link), why).toThrow(new keys.KeysError("bad-link"));
  });

  it("normalise names", () => {
    const { valid, invalid, labels, invalid_labels, details } = load<{
      valid: { typed: string; name: string }[];
      invalid: { why: string; typed: string }[];
      labels: { typed: string; label: string }[];
      invalid_labels: { why: string; typed: string }[];
      details: { name: string; label: string; details: string }[];
    }>("keys/names.json");
    for (const { typed, label } of labels) expect(names.normaliseLabel(typed)).toBe(label);
    for (const { why, typed } of invalid_labels) expect(() => names.normaliseLabel(typed), why).toThrow(RangeError);
    for (const { name, label, details: said } of details) expect(hex(names.detailsOf(name, label))).toBe(said);
    for (const { typed, name } of valid) expect(keys.normaliseName(typed)).toBe(name);
    for (const { why, typed } of invalid) {
      expect(() => keys.normaliseName(typed), why).toThrow(new keys.KeysError("bad-name"));
    }
  });

  it("seal names, and open the identities of leaves", async () => {
    type Shared = "name_key" | "meeting" | "seat" | "nonce" | "person_seed" | "person_key" | "leaf_key" | "house_key";
    const vectors = load<
      Record<Shared, string> & {
        valid: { name: string; label: string; is_guest: boolean; sealed: string; identity: string }[];
        invalid: { why: string; identity: string }[];
      }
    >("keys/identity.json");
    const of = (name: Shared) => unhex(vectors[name]);
    const [nameKey, meeting, seat, nonce] = [of("name_key"), of("meeting"), of("seat"), of("nonce")];
    const key = new SeedKey(of("person_seed"));
    expect(hex(key.publicKey)).toBe(vectors.person_key);
    for (const { name, label, is_guest, sealed, identity } of vectors.valid) {
      const person = Person.read(unhex(identity));
      await person.verify(verify, meeting, of("leaf_key"), of("house_key"));
      expect(hex(await keys.sealName(nameKey, meeting, seat, key.publicKey, nonce, name, label))).toBe(sealed);
      expect(await keys.openIdentity(nameKey, meeting, person)).toEqual({ person, name, label });
      expect(person.certificate === null).toBe(is_guest);
      const own = new OwnPerson(key, name, label, person.certificate);
      expect(hex((await own.identity(nameKey, meeting, seat, of("leaf_key"), nonce)).encoded)).toBe(identity);
      expect(own.subject).toEqual(person.subject);
    }
    for (const { why, identity } of vectors.invalid) {
      const opening = keys.openIdentity(nameKey, meeting, Person.read(unhex(identity)));
      await expect(opening, why).rejects.toEqual(new keys.KeysError("bad-identity"));
    }
  });

  it("give epoch codes", async () => {
    const { codes } = load<{ codes: { epoch_authenticator: string; code: string }[] }>("keys/epoch.json");
    for (const { epoch_authenticator, code } of codes) expect(await epochCode(unhex(epoch_authenticator))).toBe(code);
  });

  it("give the codes of persons", async () => {
    const { persons } = load<{ persons: { person_key: string; code: string }[] }>("keys/epoch.json");
    expect(persons).not.toEqual([]);
    for (const { person_key, code } of persons) expect(await personCode(unhex(person_key))).toBe(code);
  });
});
