import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { MlsError, Rule } from "../../core/mls/errors";
import { equal, hex } from "../../core/octets";
import { type CharterFields, Door, Opens } from "../../core/policy/charter";
import { Entry, Policy } from "../../core/policy/policy";
import { ALL, Rights } from "../../core/policy/rights";
import { OwnPerson } from "../person";
import { SeedKey } from "./ed25519";
import { account, guest, Meeting, makeLink, person, random, unsafeInside, view } from "./fixture";
import { credentialOf, MeetingGroup } from "./meeting";

// Post-quantum keys cost milliseconds each, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const NAMES = ["Ada", "Bea", "Cem", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon"];

async function expectAgreement(meeting: Meeting): Promise<void> {
  const views = new Set(await Promise.all([...meeting.groups.values()].map(view)));
  expect(views.size).toBe(1);
  for (const group of meeting.groups.values()) {
    expect(
      group
        .members()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...meeting.groups.keys()].sort());
  }
}

async function meetingOf(count: number): Promise<Meeting> {
  const meeting = new Meeting();
  for (const name of NAMES.slice(0, count)) await meeting.enter(name);
  return meeting;
}

test("ten people join, renew, leave and come back, and agree after every step", async () => {
  const meeting = new Meeting();
  for (const name of NAMES) {
    await meeting.enter(name);
    await expectAgreement(meeting);
  }
  for (const step of [["Jon"], ["Ada", "Bea", "Cem"], ["Eve"], ["Hal", "Ada"], ["Dan", "Jon", "Ida", "Eve"]] as const) {
    const [by, ...removed] = step;
    await meeting.commit(by, ...removed);
    await expectAgreement(meeting);
  }
  for (const name of ["Bea", "Cem", "Eve"]) {
    await meeting.enter(name);
    await expectAgreement(meeting);
  }
});

test("any walk of joins, renewals and removals keeps the members in agreement", async () => {
  const step = fc.record({ by: fc.nat(), join: fc.boolean(), removed: fc.uniqueArray(fc.nat(11), { maxLength: 4 }) });
  const walk = async (steps: { by: number; join: boolean; removed: number[] }[]) => {
    const meeting = new Meeting();
    await meeting.enter("0");
    for (const [index, { by, join, removed }] of steps.entries()) {
      const names = [...meeting.groups.keys()];
      const committer = names[by % names.length] ?? "0";
      if (join && names.length < 12) await meeting.enter(String(index + 1));
      else await meeting.commit(committer, ...names.filter((name, at) => removed.includes(at) && name !== committer));
      await expectAgreement(meeting);
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), walk), {
    numRuns: Number.parseInt(process.env.APARTE_WALKS ?? "3", 10),
    endOnFailure: true,
  });
}, 600_000);

test("[A42] people on screen are the leaves: a name, a seat and a fingerprint each", async () => {
  const meeting = await meetingOf(3);
  const members = meeting.at("Bea").members();
  expect(members.map(({ leaf }) => leaf)).toEqual([0, 1, 2]);
  expect(new Set(members.map(({ seat }) => seat)).size).toBe(3);
  for (const { fingerprint } of members) expect(fingerprint).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
  expect(meeting.at("Cem").ownLeaf).toBe(2);
});

test("of two concurrent commits one wins, and the loser tries again", async () => {
  const meeting = await meetingOf(3);
  const ada = await meeting.at("Ada").commit();
  const bea = await meeting.at("Bea").commit();
  const beaAfter = await meeting.at("Bea").process(ada.commit);
  await expect(ada.group.process(bea.commit)).rejects.toThrow("stale-epoch");
  bea.group.erase();
  const retry = await beaAfter.commit();
  const adaAfter = await ada.group.process(retry.commit);
  expect(await view(adaAfter)).toBe(await view(retry.group));
});

test("concurrent joins: the loser joins the epoch that the winner made", async () => {
  const meeting = await meetingOf(2);
  const late = person(meeting.link, "Late");
  const lost = await MeetingGroup.join(meeting.current, late);
  await meeting.enter("Cem");
  await expect(meeting.at("Ada").process(lost.commit)).rejects.toThrow("stale-epoch");
  const again = await MeetingGroup.join(meeting.current, late);
  expect(await view(await meeting.at("Ada").process(again.commit))).toBe(await view(again.group));
});

test("each epoch has its own key", async () => {
  const meeting = await meetingOf(2);
  const keys = [await meeting.at("Ada").sframeBaseKey()];
  await meeting.enter("Cem");
  keys.push(await meeting.at("Cem").sframeBaseKey());
  await meeting.commit("Ada");
  keys.push(await meeting.at("Ada").sframeBaseKey());
  await meeting.commit("Ada", "Bea");
  keys.push(await meeting.at("Ada").sframeBaseKey());
  expect(new Set(keys.map(String)).size).toBe(4);
});

test("who was removed learns so, and cannot follow", async () => {
  const meeting = await meetingOf(3);
  const bea = meeting.at("Bea");
  const commit = await meeting.commit("Ada", "Bea");
  await expect(bea.process(commit)).rejects.toThrow("removed");
  const next = await meeting.commit("Cem");
  await expect(bea.process(next)).rejects.toThrow("future-epoch");
});

test("[P8] a newcomer who holds every earlier message cannot make an earlier key", async () => {
  const meeting = await meetingOf(2);
  const before = await meeting.at("Ada").sframeBaseKey();
  const described = meeting.current;
  const { commit } = await meeting.at("Ada").commit();
  const newcomer = await MeetingGroup.join(described, person(meeting.link, "New"));
  await expect(newcomer.group.process(commit)).rejects.toThrow("stale-epoch");
  expect(String(await newcomer.group.sframeBaseKey())).not.toBe(String(before));
});

/** Every secret that a group holds as octets. */
function secretsOf(group: MeetingGroup): Uint8Array[] {
  const { keys, secrets, updates, resumptions } = unsafeInside(group).inner;
  return [keys, updates, resumptions].flatMap((held) => [...held.values()]).concat(Object.values(secrets));
}

test("[P8 B30] nothing of the epoch before is in the state of the next one", async () => {
  const meeting = await meetingOf(3);
  const before = meeting.at("Ada");
  const isZero = (secret: Uint8Array) => secret.every((octet) => octet === 0);
  const old = [...secretsOf(before).filter((secret) => !isZero(secret)), await before.sframeBaseKey()].map(String);
  expect(old.length).toBeGreaterThan(6);
  await meeting.commit("Bea");
  // Bea's path replaces every key above Ada's leaf; the key of that leaf is the only one that stays.
  const leafKey = String(unsafeInside(before).inner.keys.get(0));
  const held = secretsOf(meeting.at("Ada")).map(String);
  expect(held.filter((secret) => old.includes(secret))).toEqual([leafKey]);
});

test("[P8] an epoch keeps what spec/mls.md section 5 names, and zeros in the place of the rest", async () => {
  const meeting = await meetingOf(3);
  for (const group of [meeting.at("Ada"), meeting.at("Cem")]) {
    const { secrets } = unsafeInside(group).inner;
    const kept = Object.entries(secrets).flatMap(([name, secret]) => (secret.some((octet) => octet > 0) ? [name] : []));
    expect(kept.sort()).toEqual(["authenticator", "exporter", "external", "init", "membership"]);
  }
});

test("[P9] whoever copied somebody's whole state is out when that person renews once", async () => {
  const meeting = await meetingOf(4);
  const stolen = meeting.at("Bea");
  const renewal = await meeting.commit("Bea");
  await expect(stolen.process(renewal)).rejects.toThrow(MlsError);
  const next = await meeting.commit("Ada");
  await expect(stolen.process(next)).rejects.toThrow("future-epoch");
  // Even put into the right place of the epoch after, the copied private keys open no path.
  const { inner } = unsafeInside(meeting.at("Bea"));
  const { keys, signatureKey } = unsafeInside(stolen).inner;
  const follower = Object.assign(Object.create(MeetingGroup.prototype), meeting.at("Bea"), {
    inner: inner.with({ keys, signatureKey }),
  });
  const { commit } = await meeting.at("Ada").commit();
  await meeting.at("Bea").process(commit);
  await expect((follower as MeetingGroup).process(commit)).rejects.toThrow("not-authentic");
});

test("somebody who crashed comes back as a new leaf while the old one is still there", async () => {
  const meeting = await meetingOf(3);
  meeting.groups.delete("Cem");
  const again = await meeting.enter("Cem");
  expect(again.members().filter(({ name }) => name === "Cem")).toHaveLength(2);
  const { group, commit } = await meeting.at("Ada").commit([2]);
  expect(await view(await again.process(commit))).toBe(await view(group));
  expect(group.members().map(({ leaf }) => leaf)).toEqual([0, 1, 3]);
});

test("the last person in the meeting gets keys that nobody who left can make", async () => {
  const meeting = await meetingOf(2);
  const alone = [await meeting.at("Ada").commit([1]), await meeting.at("Ada").commit([1])];
  const keys = await Promise.all(alone.map(({ group }) => group.sframeBaseKey()));
  expect(String(keys[0])).not.toBe(String(keys[1]));
});

test("[B30] a group whose secrets are erased gives out nothing, and its successor lives on", async () => {
  const meeting = await meetingOf(3);
  const old = meeting.at("Ada");
  const { group, commit } = await meeting.at("Bea").commit();
  const next = await old.process(commit);
  old.erase();
  for (const secret of secretsOf(old)) expect(secret.every((octet) => octet === 0)).toBe(true);
  await expect(old.sframeBaseKey()).rejects.toThrow("erased");
  await expect(old.commit()).rejects.toThrow("erased");
  await expect(old.process(commit)).rejects.toThrow("erased");
  expect(() => old.epochAuthenticator()).toThrow("erased");
  expect(await view(next)).toBe(await view(group));
  const { commit: later } = await next.commit();
  await group.process(later);
});

test("a proposed epoch that is refused leaves the current one as it was", async () => {
  const meeting = await meetingOf(3);
  const before = await view(meeting.at("Ada"));
  const { group } = await meeting.at("Ada").commit([1]);
  group.erase();
  expect(await view(meeting.at("Ada"))).toBe(before);
  await meeting.commit("Bea");
  await expectAgreement(meeting);
});

test("one cannot remove oneself, a blank leaf, or the same leaf twice", async () => {
  const meeting = await meetingOf(3);
  for (const [leaves, rule] of [
    [[0], Rule.OWN_REMOVAL],
    [[3], Rule.REMOVED_LEAF],
    [[7], Rule.REMOVED_LEAF],
    [[1, 1], Rule.LEAF_TWICE],
  ] as const) {
    await expect(meeting.at("Ada").commit(leaves)).rejects.toMatchObject({ rule });
  }
});

test("[P6] the policy is one for everybody, begins as the charter says, and changes by a commit", async () => {
  const meeting = await meetingOf(3);
  const first = Policy.first(meeting.link.charter);
  const own = meeting.at("Ada").members()[0]?.subject ?? random(16);
  const next = new Policy({ ...first, door: Door.ALL_KNOCK }).withEntry(new Entry(own, Rights.SOUND, false));
  for (const policy of [first, next]) {
    const isAgreed = [...meeting.groups.values()].every((group) => equal(group.meetingPolicy.encoded, policy.encoded));
    expect(isAgreed).toBe(true);
    await meeting.change("Bea", next);
  }
  // Together with a removal, and for who comes later.
  await meeting.change("Bea", first, "Cem");
  await meeting.enter("Dan");
  await expectAgreement(meeting);
  expect(meeting.at("Dan").meetingPolicy.encoded).toEqual(first.encoded);
});

test("[P5] somebody who knocked comes in with what a member signed, and with the leaf that was shown", async () => {
  const meeting = new Meeting({ door: Door.ALL_KNOCK });
  await meeting.enter("Ada");
  const who = person(meeting.link, "Bea");
  await expect(MeetingGroup.join(meeting.current, who)).rejects.toMatchObject({ rule: Rule.COMING_IN });
  const signatureKey = new SeedKey(random(32));
  const { identity } = await credentialOf(who, signatureKey.publicKey);
  const knocker = await meeting.at("Ada").knocker(identity, signatureKey.publicKey);
  expect(knocker).toMatchObject({ name: "Bea", isGuest: true });
  const admission = await meeting.at("Ada").admit(who.seat, knocker.subject, signatureKey.publicKey);
  const { group, commit } = await MeetingGroup.join(meeting.current, who, { admission, signatureKey });
  expect(await view(await meeting.at("Ada").process(commit))).toBe(await view(group));
  expect(group.members()[1]).toMatchObject({ name: "Bea", fingerprint: knocker.fingerprint });
  // The epoch has the key for itself: whoever knocked may forget theirs, and try again with it until then.
  signatureKey.erase();
  await group.commit();
});

test("[P5] a group is made by who may make it", async () => {
  const house = new SeedKey(random(32));
  const olga = await account(house, "Olga", "Aparté");
  const organised = { houseKey: house.publicKey, opens: Opens.ORGANISERS, organisers: [olga.subject] };
  const create = (charter: Partial<CharterFields>, who: string | OwnPerson) =>
    MeetingGroup.create(person(makeLink(charter), who));
  const some = await account(house, "Hal");
  await expect(create(organised, "Gus")).rejects.toMatchObject({ rule: Rule.OPENING });
  await expect(create(organised, some)).rejects.toMatchObject({ rule: Rule.OPENING });
  await expect(create({ ...organised, opens: Opens.ACCOUNTS }, "Gus")).rejects.toMatchObject({ rule: Rule.OPENING });
  const over = await account(house, "Olga", "", olga.subject, 0n);
  await expect(create(organised, over)).rejects.toMatchObject({ rule: Rule.CERTIFICATE_TIME });
  const elsewhere = await account(new SeedKey(random(32)), "Olga", "", olga.subject);
  await expect(create(organised, elsewhere)).rejects.toMatchObject({ rule: Rule.PERSON });
  await create({ ...organised, opens: Opens.ACCOUNTS }, some);
  const { group } = await create(organised, olga);
  expect(group.members()).toMatchObject([{ name: "Olga", label: "Aparté", isGuest: false, subject: olga.subject }]);
  expect(group.meetingPolicy.rights(olga.subject)).toBe(ALL);
});

test("rights follow a person to another leaf, and not a leaf to another person", async () => {
  const meeting = new Meeting({ everybody: Rights.SOUND });
  const ada = guest("Ada");
  await meeting.enter("Olga");
  const [first, again] = [await meeting.enter(ada), await meeting.enter(new OwnPerson(ada.key, "Ada again"))];
  const other = await meeting.enter(guest("Ada, she says"));
  const subjects = [first, again, other].map((group) => group.members()[group.ownLeaf]?.subject ?? random(16));
  expect(subjects[0]).toEqual(subjects[1]);
  expect(subjects[2]).not.toEqual(subjects[0]);
});

test("a person key and its code stay when somebody comes back, and are another person's never [P17]", async () => {
  const meeting = new Meeting({});
  const ada = guest("Ada");
  const [first, again, other] = [await meeting.enter(ada), await meeting.enter(ada), await meeting.enter(guest("Ada"))];
  const keys = [first, again, other].map((group) => {
    const { personKey, personCode } = group.members().find(({ leaf }) => leaf === group.ownLeaf) ?? {};
    expect(personKey).toMatch(/^[0-9a-f]{64}$/);
    expect(personCode).toMatch(/^(\d{5} ){5}\d{5}$/);
    return { personKey, personCode };
  });
  expect(keys[0]?.personKey).toBe(hex(ada.key.publicKey));
  expect(keys[1]).toEqual(keys[0]);
  expect(keys[2]?.personKey).not.toBe(keys[0]?.personKey);
  expect(keys[2]?.personCode).not.toBe(keys[0]?.personCode);
});
