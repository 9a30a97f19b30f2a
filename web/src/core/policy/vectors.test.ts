/** The files of spec/vectors/policy. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { verify } from "../../e2ee/mls/ed25519";
import { hex } from "../octets";
import * as acts from "./acts";
import { Admission } from "./admission";
import { Charter, type Door } from "./charter";
import { checkAdmission, checkChange, checkOpening, checkRemoval, needsAdmission } from "./check";
import { PolicyError, type Reason } from "./errors";
import { Person } from "./person";
import { Policy } from "./policy";
import { NAMES, STREAMS } from "./rights";

/** Why a case is refused, or nothing. */
type Told<Fields> = Fields & { why: string; reason: Reason | "" };
type Octets = Told<{ octets: string }>;
type Timed = Octets & { now: string; skew: number };

const FOLDER = new URL("../../../../spec/vectors/policy/", import.meta.url);

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as T;
}

const octets = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, "hex"));

/** Runs a check that has to end as a case says. */
async function expectTold(reason: Reason | "", check: () => unknown): Promise<void> {
  let told: unknown = "";
  try {
    await check();
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError);
    told = (error as PolicyError).reason;
  }
  expect(told).toBe(reason);
}

test("the table of rights", () => {
  const { rights, streams } = load<{ rights: unknown; streams: unknown }>("rights.json");
  expect([...NAMES].map(([right, name]) => ({ bit: Math.log2(right), name }))).toEqual(rights);
  expect([...STREAMS].map(([stream, needs]) => ({ stream, needs }))).toEqual(streams);
});

test("charters are read and written", () => {
  const { valid } = load<{ valid: { octets: string }[] }>("charters.json");
  for (const { octets: digits, ...fields } of valid) {
    const charter = Charter.read(octets(digits));
    const { meeting, houseKey, level, door, opens, everybody, organisers, tag } = charter;
    expect(hex(charter.encoded)).toBe(digits);
    expect({
      ...{ meeting: hex(meeting), house_key: hex(houseKey), level, door, opens, everybody },
      ...{ organisers: organisers.map(hex), tag: hex(tag) },
    }).toEqual(fields);
  }
});

describe("policies", () => {
  interface Valid {
    why: string;
    octets: string;
    rights: [string, number][];
  }
  const { valid } = load<{ valid: Valid[] }>("policies.json");

  test.each(valid)("are read and written: $why", ({ why: _, octets: digits, rights, ...fields }) => {
    const policy = Policy.read(octets(digits));
    const { charter, organisers, door, frozen, everybody, entries } = policy;
    expect(hex(policy.encoded)).toBe(digits);
    expect({
      ...{ charter: hex(charter.encoded), organisers: organisers.map(hex), door, frozen, everybody },
      entries: entries.map((entry) => [hex(entry.subject), entry.rights, entry.barred]),
    }).toEqual(fields);
    expect(rights.map(([subject]) => [subject, policy.rights(octets(subject))])).toEqual(rights);
  });
});

test("persons are read and written", () => {
  const { valid } = load<{ valid: { octets: string }[] }>("persons.json");
  for (const { octets: digits, ...fields } of valid) {
    const person = Person.read(octets(digits));
    expect(hex(person.encoded)).toBe(digits);
    expect({ seat: hex(person.seat), key: hex(person.key), subject: hex(person.subject) }).toEqual(fields);
  }
});

describe("broken octets [P19]", () => {
  const readers = {
    "charters.json": Charter.read,
    "policies.json": Policy.read,
    "persons.json": Person.read,
    "admissions.json": Admission.read,
  };
  for (const [name, read] of Object.entries(readers)) {
    const { invalid } = load<{ invalid: Octets[] }>(name);

    test.each(invalid)(`of ${name} are refused: $why`, async ({ octets: digits, reason }) => {
      expect(reason).not.toBe("");
      await expectTold(reason, () => read(octets(digits)));
    });
  }
});

describe("who somebody is [P18]", () => {
  type Case = Octets & { meeting: string; leaf_key: string; house_key: string };
  const { checks, times } = load<{ checks: Case[]; times: Timed[] }>("persons.json");

  test.each(checks)("$why", async (one) => {
    const person = Person.read(octets(one.octets));
    const [meeting, leafKey, houseKey] = [octets(one.meeting), octets(one.leaf_key), octets(one.house_key)];
    await expectTold(one.reason, () => person.verify(verify, meeting, leafKey, houseKey));
  });

  test.each(times)("a certificate $why", async (one) => {
    const { certificate } = Person.read(octets(one.octets));
    if (certificate === null) throw new Error("somebody with an account");
    await expectTold(one.reason, () => certificate.checkTime(Number(one.now), one.skew));
  });
});

describe("whether an admission holds [P5]", () => {
  type Fields = "policy" | "person" | "leaf_key" | "admitter" | "admitter_key";
  const { checks, times } = load<{ checks: (Octets & Record<Fields, string>)[]; times: Timed[] }>("admissions.json");

  test.each(checks)("$why", async (one) => {
    const admission = Admission.read(octets(one.octets));
    expect(hex(admission.encoded)).toBe(one.octets);
    const [policy, person] = [Policy.read(octets(one.policy)), Person.read(octets(one.person))];
    const admitter = Person.read(octets(one.admitter));
    const [leafKey, admitterKey] = [octets(one.leaf_key), octets(one.admitter_key)];
    await expectTold(one.reason, () =>
      checkAdmission(verify, policy, admission, person, leafKey, admitter, admitterKey),
    );
  });

  test.each(times)("$why", async (one) => {
    const admission = Admission.read(octets(one.octets));
    await expectTold(one.reason, () => admission.checkTime(Number(one.now), one.skew));
  });
});

describe("entering", () => {
  const { come, make } = load<{
    come: Told<{ policy: string; person: string; knocks?: boolean }>[];
    make: Told<{ charter: string; person: string }>[];
  }>("entering.json");

  test.each(come)("who knocks: $why", async (one) => {
    const [policy, person] = [Policy.read(octets(one.policy)), Person.read(octets(one.person))];
    await expectTold(one.reason, () => expect(needsAdmission(policy, person)).toBe(one.knocks));
  });

  test.each(make)("who opens: $why", async ({ charter, person, reason }) => {
    await expectTold(reason, () => checkOpening(Charter.read(octets(charter)), Person.read(octets(person))));
  });
});

describe("who changes what and removes whom [P6]", () => {
  const { changes, removals } = load<{
    changes: Told<{ old: string; new: string; actor: string }>[];
    removals: Told<{ policy: string; actor: string; target: string }>[];
  }>("changes.json");

  test.each(changes)("$why", async (one) => {
    const [old, next] = [Policy.read(octets(one.old)), Policy.read(octets(one.new))];
    await expectTold(one.reason, () => checkChange(old, next, octets(one.actor)));
  });

  test.each(removals)("$why", async (one) => {
    const policy = Policy.read(octets(one.policy));
    await expectTold(one.reason, () => checkRemoval(policy, octets(one.actor), octets(one.target)));
  });
});

describe("what becomes of an act [P6]", () => {
  interface Act {
    act: string;
    policy: string;
    subject?: string;
    rights?: number;
    door?: Door;
    frozen?: boolean;
    after: string;
  }
  const { acts: cases } = load<{ acts: Told<Act>[] }>("acts.json");

  function act(policy: Policy, { act: name, subject = "", rights = 0, door = 0, frozen = false }: Act): Policy {
    const who = octets(subject);
    switch (name) {
      case "give":
        return acts.give(policy, who, rights);
      case "take":
        return acts.take(policy, who, rights);
      case "give_all":
        return acts.giveAll(policy, rights);
      case "take_all":
        return acts.takeAll(policy, rights);
      case "bar":
        return acts.bar(policy, who);
      case "unbar":
        return acts.unbar(policy, who);
      case "organise":
        return acts.organise(policy, who);
      case "dismiss":
        return acts.dismiss(policy, who);
      case "set_door":
        return acts.setDoor(policy, door);
      case "shut_out_guests":
        return acts.shutOutGuests(policy);
      case "freeze":
        return acts.freeze(policy, frozen);
      default:
        throw new Error(`no such act: ${name}`);
    }
  }

  test.each(cases)("$act: $why", async (one) => {
    await expectTold(one.reason, () => expect(hex(act(Policy.read(octets(one.policy)), one).encoded)).toBe(one.after));
  });
});
