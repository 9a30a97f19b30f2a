/** Two participants' proofs, with real keys and frames, and a clock that passes when it is told to. */

import { expect, test } from "vitest";
import { Stream } from "../core/wire/header";
import { deriveCheck } from "../e2ee/attest/proof";
import type { Doubt } from "../e2ee/attest/witness";
import { makeLink, person } from "../e2ee/mls/fixture";
import { MeetingGroup } from "../e2ee/mls/meeting";
import { Opener } from "../e2ee/sframe/opener";
import { Sealer } from "../e2ee/sframe/sealer";
import { Proofs } from "./proofs";

const link = makeLink();
const MARKS = { temporal: 0, key: false, discardable: false, tl0: 0 };

class Clock {
  now = 0;
}

class Party {
  inside = true;
  readonly sent: Uint8Array[] = [];
  readonly told: (Doubt | null)[] = [];
  readonly waiting = new Map<() => void, number>();
  readonly proofs: Proofs;
  private readonly sealers = new Map<Stream, Sealer>();
  private readonly opener = new Opener();
  private readonly leaf: number;

  private constructor(
    readonly clock: Clock,
    group: MeetingGroup,
    baseKey: Uint8Array,
  ) {
    this.leaf = group.ownLeaf;
    const leaves = group.members().map(({ leaf }) => leaf);
    this.opener.rekey(baseKey, group.epoch, group.ownLeaf, leaves, 0);
    for (const stream of [Stream.STATE, Stream.SOUND, Stream.PROOF]) {
      const sealer = new Sealer(stream, 0);
      sealer.rekey(baseKey, this.leaf, group.epoch);
      this.sealers.set(stream, sealer);
    }
    this.proofs = new Proofs({
      now: () => clock.now,
      later: (ms, task) => {
        this.waiting.set(task, clock.now + ms);
        return () => this.waiting.delete(task);
      },
      inside: () => this.inside,
      send: (plaintext) => this.sent.push(plaintext),
      doubted: (_, doubt) => this.told.push(doubt),
    });
  }

  static async of(clock: Clock, group: MeetingGroup): Promise<Party> {
    const party = new Party(clock, group, await group.sframeBaseKey());
    party.proofs.enter(group, await deriveCheck(group.epochAuthenticator()));
    return party;
  }

  async seal(stream: Stream, text: string): Promise<Uint8Array> {
    const sealer = this.sealers.get(stream);
    if (sealer === undefined) throw new Error("no such stream");
    return sealer.seal(MARKS, new TextEncoder().encode(text));
  }

  async say(to: Party, text: string): Promise<void> {
    const message = await this.seal(Stream.SOUND, text);
    await this.proofs.sent(message);
    await to.hear(message);
  }

  async hear(message: Uint8Array): Promise<void> {
    await this.proofs.heard(await this.opener.open(message, this.clock.now), message);
  }

  /** Signs what is due, and gives what was signed. */
  async due(): Promise<Uint8Array[]> {
    for (const [task, at] of [...this.waiting]) {
      if (at > this.clock.now) continue;
      this.waiting.delete(task);
      task();
    }
    this.proofs.look();
    await this.proofs.signed();
    return this.sent.splice(0);
  }

  async prove(from: Party, plaintexts: readonly Uint8Array[]): Promise<void> {
    for (const plaintext of plaintexts) await this.proofs.prove(from.leaf, plaintext);
    this.proofs.look();
  }
}

async function pair(): Promise<[Clock, Party, Party]> {
  const clock = new Clock();
  const made = await MeetingGroup.create(person(link, "Ada"));
  const joined = await MeetingGroup.join(made, person(link, "Ben"));
  const adas = await made.group.process(joined.commit);
  return [clock, await Party.of(clock, adas), await Party.of(clock, joined.group)];
}

test("what is sent is signed within half a second, and proven [P13]", async () => {
  const [clock, ada, ben] = await pair();
  await ada.say(ben, "one");
  await ada.say(ben, "two");
  clock.now = 499;
  const first = await ada.due();
  expect(first).toHaveLength(1); // the beat of the new epoch, with all that there is
  await ben.prove(ada, first);
  await ada.say(ben, "three");
  clock.now = 998;
  expect(await ada.due()).toHaveLength(0);
  clock.now = 999;
  const second = await ada.due();
  expect(second).toHaveLength(1);
  await ben.prove(ada, second);
  clock.now = 4000;
  ben.proofs.look();
  expect(ben.told).toEqual([]);
});

test("a frame in another's name is found out [P13]", async () => {
  const [clock, ada, ben] = await pair();
  await ben.prove(ada, await ada.due());
  await ben.hear(await ada.seal(Stream.STATE, "not noted, so not signed"));
  clock.now = 1750;
  ben.proofs.look();
  expect(ben.told).toEqual(["late"]);
  const signed = (await ada.due())[0] ?? new Uint8Array(200);
  await ben.prove(ada, [signed.slice(0, -1)]);
  expect(ben.told).toEqual(["late", "forged"]);
});

test("who is silent for 30 s is marked, and not while the server says away or we are cut [P16]", async () => {
  const [clock, ada, ben] = await pair();
  clock.now = 28_999;
  ben.proofs.look();
  expect(ben.told).toEqual([]);
  clock.now = 29_000;
  ben.proofs.look();
  expect(ben.told).toEqual(["silent"]);
  ben.proofs.away([0]);
  ben.proofs.look();
  expect(ben.told).toEqual(["silent", null]);
  ben.proofs.away([]);
  clock.now += 28_000;
  ben.inside = false;
  ben.proofs.look();
  ben.inside = true;
  clock.now += 28_000;
  ben.proofs.look();
  expect(ben.told).toEqual(["silent", null]);
  await ben.prove(ada, await ada.due());
  clock.now += 28_000;
  ben.proofs.look();
  expect(ben.told).toEqual(["silent", null]);
});

test("a beat comes every 10 s, and the last proofs once more after a cut", async () => {
  const [clock, ada, ben] = await pair();
  clock.now = 200;
  expect(await ada.due()).toHaveLength(1);
  clock.now = 10_199;
  expect(await ada.due()).toHaveLength(0);
  clock.now = 10_200;
  expect(await ada.due()).toHaveLength(1);
  await ada.say(ben, "words");
  ada.inside = false;
  clock.now = 11_000;
  expect(await ada.due()).toHaveLength(0);
  ada.inside = true;
  ada.proofs.resume();
  const again = await ada.due();
  expect(again).toHaveLength(2);
  await ben.prove(ada, again);
  clock.now = 20_000;
  ben.proofs.look();
  expect(ben.told).toEqual([]);
});
