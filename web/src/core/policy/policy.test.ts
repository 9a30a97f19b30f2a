/** Whatever is tried, in whatever order: nobody gives what they do not have, and the policy always reads back. */

import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hex } from "../octets";
import { Stream } from "../wire/header";
import { Admission, LIFETIME_MS } from "./admission";
import { Charter, Door, isAmong, Opens } from "./charter";
import { checkChange } from "./check";
import { PolicyError } from "./errors";
import { Certificate, guestSubject, Person } from "./person";
import { Entry, Policy, type PolicyFields } from "./policy";
import { ALL, forbidden, includes, maySend, NONE, namesOf, Rights, SENDING } from "./rights";

const of = (octet: number, size: number): Uint8Array => new Uint8Array(size).fill(octet);
const [ALICE, BOB, CAROL, DAVE] = [of(0xa1, 16), of(0xb2, 16), of(0xc3, 16), of(0xd4, 16)];
const EVERYBODY = [ALICE, BOB, CAROL, DAVE];
const EACH: Rights[] = Object.values(Rights);

const CHARTER = new Charter({
  meeting: of(1, 16),
  houseKey: of(2, 32),
  level: 2,
  door: Door.GUESTS_KNOCK,
  opens: Opens.ORGANISERS,
  everybody: Rights.SOUND | Rights.CAMERA,
  organisers: [ALICE, BOB],
  tag: of(3, 32),
});
const POLICY = Policy.first(CHARTER);
const DEPUTY = new Entry(CAROL, POLICY.everybody | Rights.ADMIT | Rights.GRANT | Rights.REMOVE, false);
const DIRECTED = POLICY.withEntry(DEPUTY);
/** Nobody signed anything of this: it is only read and written. */
const GUEST = {
  seat: of(0x51, 16),
  key: ed25519.getPublicKey(of(1, 32)),
  endorsement: of(6, 64),
  certificate: null,
  sealed: of(7, 220),
};

const sets = fc.oneof(
  fc.constantFrom(NONE, SENDING, ALL, ...EACH),
  fc.subarray(EACH).map((rights) => rights.reduce((one, other) => one | other, NONE)),
);
const doors: fc.Arbitrary<Door> = fc.constantFrom(...Object.values(Door));
const subjects = fc.constantFrom(...EVERYBODY);
const single = fc.constantFrom(...EACH);
const entries = fc.tuple(subjects, sets, fc.boolean()).map((fields) => new Entry(...fields));

/** Any policy of these four. */
const policies = fc
  .record({
    organisers: fc.subarray(EVERYBODY, { minLength: 1, maxLength: 2 }),
    door: doors,
    frozen: fc.nat(7).map((one) => one === 0),
    everybody: sets,
    said: fc.array(entries),
  })
  .map(({ said, ...fields }) => {
    const blank = new Policy({ charter: CHARTER, ...fields, entries: [] });
    return said.reduce((policy, entry) => saying(entry)(policy), blank);
  });

/** One thing that somebody may want to have otherwise. */
type Edit = (policy: Policy) => Policy;
const changed =
  (fields: Partial<PolicyFields>): Edit =>
  (policy) =>
    new Policy({ ...policy, ...fields });

/** What is said of organisers has no place in a policy. */
function saying(entry: Entry): Edit {
  return (policy) => (isAmong(entry.subject, policy.organisers) ? policy : policy.withEntry(entry));
}

const edits: fc.Arbitrary<Edit> = fc.oneof(
  doors.map((door) => changed({ door })),
  fc.boolean().map((frozen) => changed({ frozen })),
  sets.map((everybody) => changed({ everybody })),
  fc.constant(changed({ entries: [] })),
  entries.map(saying),
  single.map(
    (right): Edit =>
      (policy) =>
        changed({ everybody: policy.everybody ^ right })(policy),
  ),
  fc.tuple(subjects, single, fc.boolean()).map(([subject, right, barred]): Edit => {
    return (policy) => saying(new Entry(subject, policy.entry(subject).rights ^ right, barred))(policy);
  }),
);

/** Says whether somebody may make this change; anything but a refusal is a fault. */
function may(old: Policy, next: Policy, actor: Uint8Array): boolean {
  return unlessRefused(() => checkChange(old, next, actor)) !== null;
}

/** What an attempt gives, or `null` where it is refused. */
function unlessRefused<T>(attempt: () => T): T | null {
  try {
    return attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError);
    return null;
  }
}

const isSame = (one: Policy, other: Policy): boolean => hex(one.encoded) === hex(other.encoded);

test("a policy reads back", () => {
  fc.assert(
    fc.property(policies, (policy) => {
      const read = Policy.read(policy.encoded);
      const { charter, organisers, door, frozen, everybody } = read;
      expect(charter.encoded).toEqual(policy.charter.encoded);
      expect([organisers, door, frozen, everybody]).toEqual([
        policy.organisers,
        policy.door,
        policy.frozen,
        policy.everybody,
      ]);
      expect(read.entries.map((one) => [one.subject, one.rights, one.barred])).toEqual(
        policy.entries.map((one) => [one.subject, one.rights, one.barred]),
      );
    }),
  );
});

test("nobody gives what they do not have [P6]", () => {
  const pair = fc.oneof(
    fc.tuple(policies, policies),
    fc.tuple(policies, fc.array(edits, { minLength: 1, maxLength: 2 })).map(([old, wanted]): [Policy, Policy] => {
      return [old, wanted.reduce((policy, edit) => edit(policy), old)];
    }),
  );
  let allowed = 0;
  fc.assert(
    fc.property(pair, subjects, ([old, next], actor) => {
      const has = old.rights(actor);
      if (isSame(old, next) || has === ALL || !may(old, next, actor)) return;
      allowed += 1;
      const needs = (right: Rights, differs: boolean) => expect(differs && !includes(has, right)).toBe(false);
      needs(Rights.ORGANISE, next.organisers.map(hex).join() !== old.organisers.map(hex).join());
      needs(Rights.DOOR, next.door !== old.door);
      needs(Rights.FREEZE, next.frozen !== old.frozen);
      for (const subject of EVERYBODY) {
        if (isAmong(subject, [...old.organisers, ...next.organisers])) continue;
        const [before, after] = [old.entry(subject), next.entry(subject)];
        needs(after.rights & ~before.rights, true);
        needs(Rights.GRANT, after.rights !== before.rights);
        needs(Rights.REMOVE, after.barred !== before.barred);
      }
    }),
    { numRuns: 4_000 },
  );
  expect(allowed).toBeGreaterThan(20);
});

/** Every right that anybody but the organisers has, or would have if nothing kept it from them. */
function handedOut(policy: Policy): Rights {
  return policy.entries.reduce((rights, entry) => rights | entry.rights, policy.everybody);
}

test("without the organisers no right comes in that nobody had, however long they take turns [P6]", () => {
  const start = policies.filter((policy) => !includes(handedOut(policy), Rights.ORGANISE));
  let taken = 0;
  fc.assert(
    fc.property(start, fc.array(fc.tuple(subjects, edits), { minLength: 5, maxLength: 30 }), (first, turns) => {
      let policy = first;
      for (const [actor, edit] of turns) {
        const next = edit(policy);
        if (isAmong(actor, first.organisers) || isSame(policy, next) || !may(policy, next, actor)) continue;
        taken += 1;
        expect(namesOf(handedOut(next) & ~handedOut(policy))).toEqual([]);
        expect(next.organisers).toEqual(first.organisers);
        policy = next;
      }
    }),
    { numRuns: 2_000 },
  );
  expect(taken).toBeGreaterThan(100);
});

test("who has no right to direct changes nothing [P6]", () => {
  fc.assert(
    fc.property(policies, policies, subjects, (old, next, actor) => {
      if ((old.rights(actor) & ~SENDING) !== NONE) return;
      expect(may(old, next, actor)).toBe(isSame(old, next));
    }),
    { numRuns: 1_000 },
  );
});

test("damaged octets are refused or read back [P19]", () => {
  const certificate = new Certificate(CAROL, 1_800_000_000_000n, of(4, 32), of(5, 64));
  const admission = new Admission({
    meeting: CHARTER.meeting,
    seat: GUEST.seat,
    subject: guestSubject(GUEST.key),
    leafKey: GUEST.key,
    until: 1_800_000_000_000n + BigInt(LIFETIME_MS),
    admitter: 7,
    signature: of(8, 64),
  });
  const kinds = [
    { good: CHARTER.encoded, read: Charter.read },
    { good: DIRECTED.encoded, read: Policy.read },
    { good: new Person(GUEST).encoded, read: Person.read },
    { good: new Person({ ...GUEST, certificate }).encoded, read: Person.read },
    { good: admission.encoded, read: Admission.read },
  ];
  const damage = fc.record({
    kind: fc.constantFrom(...kinds),
    writes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    cut: fc.oneof(fc.constant(0), fc.nat(400)),
    more: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 3 })),
  });
  const ends = { refused: 0, read: 0 };
  fc.assert(
    fc.property(damage, ({ kind: { good, read }, writes, cut, more }) => {
      const octets = [...good];
      for (const [at, octet] of writes) octets[at % octets.length] = octet;
      const damaged = Uint8Array.from([...octets.slice(0, Math.max(0, octets.length - cut)), ...more]);
      const value = unlessRefused(() => read(damaged));
      if (value !== null) expect(hex(value.encoded)).toBe(hex(damaged));
      ends[value === null ? "refused" : "read"] += 1;
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(ends.refused, ends.read)).toBeGreaterThan(100);
});

test("what was read does not change with the octets it came from", () => {
  const octets = DIRECTED.encoded.slice();
  const policy = Policy.read(octets);
  octets.fill(0);
  expect(policy.encoded).toEqual(DIRECTED.encoded);
});

test("who may change organisers may say what holds for them before and after [P6]", () => {
  const changer = POLICY.withEntry(new Entry(CAROL, Rights.ORGANISE, false));
  const barred = changer.withEntry(new Entry(DAVE, NONE, true));
  const raised = new Policy({ ...changer, organisers: [ALICE, BOB, DAVE] });
  const lowered = new Policy({ ...changer, organisers: [BOB] }).withEntry(new Entry(ALICE, ALL, true));
  expect(may(barred, raised, CAROL)).toBe(true);
  expect(may(changer, lowered, CAROL)).toBe(true);
  expect(may(changer, barred, CAROL)).toBe(false);
});

test("nobody has an account where there is no house key, whatever a signature says [P18]", async () => {
  const certificate = new Certificate(CAROL, 1n, of(4, 32), of(5, 64));
  const person = new Person({ ...GUEST, certificate });
  const check = (houseKey: Uint8Array) => person.verify(async () => true, CHARTER.meeting, GUEST.key, houseKey);
  await expect(check(CHARTER.houseKey)).resolves.toBeUndefined();
  await expect(check(new Uint8Array())).rejects.toThrow(new PolicyError("not-authentic"));
});

test("a frozen room leaves organisers alone their rights", () => {
  const frozen = new Policy({ ...DIRECTED, frozen: true });
  expect(EVERYBODY.map((who) => frozen.rights(who))).toEqual([ALL, ALL, NONE, NONE]);
  expect(EVERYBODY.map((who) => DIRECTED.rights(who))).toEqual([ALL, ALL, DEPUTY.rights, CHARTER.everybody]);
});

test("who is invited speaks and shows the camera, and no more", () => {
  expect(namesOf(POLICY.rights(DAVE))).toEqual(["sound:send", "camera:send"]);
});

test.each([
  { stream: Stream.STATE, needed: NONE },
  { stream: Stream.SOUND, needed: Rights.SOUND },
  { stream: Stream.CAMERA, needed: Rights.CAMERA },
])("what stream $stream needs", ({ stream, needed }) => {
  expect(maySend(NONE, stream)).toBe(needed === NONE);
  expect(maySend(ALL & ~needed, stream)).toBe(needed === NONE);
  expect(maySend(needed, stream)).toBe(true);
  expect([forbidden(ALL & ~needed).has(stream), forbidden(needed).has(stream)]).toEqual([needed !== NONE, false]);
});
