/** What members and strangers could try against the policy: whoever has the secrets refuses it too, by its own rule. */

import { beforeAll, describe, expect, test, vi } from "vitest";
import { GroupContext } from "../../core/mls/context";
import { BASIC, Credential } from "../../core/mls/credential";
import { Rule } from "../../core/mls/errors";
import { Extension } from "../../core/mls/extensions";
import type { LeafNode } from "../../core/mls/leaf";
import { writeMessage } from "../../core/mls/message";
import {
  ExternalInit,
  GroupContextExtensions,
  Inline,
  PreSharedKey,
  PreSharedKeyId,
  type Proposal,
  PskType,
  Remove,
} from "../../core/mls/proposals";
import { equal } from "../../core/octets";
import { Charter, Door } from "../../core/policy/charter";
import { CAPABILITIES, policyExtensions, readPerson } from "../../core/policy/meeting";
import { Certificate, Person } from "../../core/policy/person";
import { Entry, Policy, type PolicyFields } from "../../core/policy/policy";
import { ALL, Rights } from "../../core/policy/rights";
import { OwnPerson } from "../person";
import { newLeaf } from "./create";
import { SeedKey } from "./ed25519";
import {
  account,
  describe as described,
  guest,
  Meeting,
  makeLink,
  person,
  random,
  unsafeInside,
  view,
} from "./fixture";
import { commitOf, frame, intrude, pathOf } from "./forge";
import { signInfo } from "./group";
import { type Admitted, credentialOf, type Identity, MeetingGroup } from "./meeting";

// Post-quantum keys cost milliseconds each, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const house = new SeedKey(random(32));
const OLGA = random(16);
const everybody = Rights.SOUND | Rights.CAMERA;

/** Olga organises, and everybody else is a guest. */
async function meet(changes: Partial<PolicyFields> = {}): Promise<Meeting> {
  const meeting = new Meeting({ houseKey: house.publicKey, organisers: [OLGA], everybody });
  await meeting.enter(await account(house, "Olga", "Aparté", OLGA));
  for (const name of ["Ada", "Bea"]) await meeting.enter(name);
  if (Object.keys(changes).length > 0) await change(meeting, changes);
  return meeting;
}

const inForce = (meeting: Meeting): Policy => meeting.at("Ada").meetingPolicy;
const change = (meeting: Meeting, changes: Partial<PolicyFields>) =>
  meeting.change("Olga", new Policy({ ...inForce(meeting), ...changes }));
const subjectOf = (meeting: Meeting, name: string): Uint8Array => {
  const found = meeting
    .at("Ada")
    .members()
    .find((member) => member.name === name);
  if (found === undefined) throw new Error(`${name} is not here`);
  return found.subject;
};

/** Ada refuses what others make by this rule, and nothing about her group has changed. */
async function refuses(meeting: Meeting, octets: Uint8Array, rule: Rule): Promise<void> {
  const ada = meeting.at("Ada");
  const before = await view(ada);
  await expect(ada.process(octets)).rejects.toMatchObject({ name: "MlsError", rule, message: rule.reason });
  expect(await view(ada)).toBe(before);
}

/** Bea commits whatever she likes. */
async function bea(meeting: Meeting, ...proposals: Proposal[]): Promise<Uint8Array> {
  const { inner } = unsafeInside(meeting.at("Bea"));
  return writeMessage(await frame(inner, await commitOf(inner, { proposals })));
}

const changing = (policy: Policy) => new GroupContextExtensions(policyExtensions(policy));

interface Intruder {
  key?: SeedKey;
  credential?: Credential;
  admission?: Uint8Array;
}

/** An external commit of somebody with the link, who asks no rules of their own. */
async function comes(meeting: Meeting, who: Identity, how: Intruder = {}): Promise<Uint8Array> {
  const { inner } = unsafeInside(meeting.at("Ada"));
  const key = how.key ?? new SeedKey(random(32));
  const credential = how.credential ?? (await credentialOf(who, key.publicKey));
  const own = await newLeaf(inner.suite, credential, CAPABILITIES, key, random);
  const psk = new PreSharedKeyId({ type: PskType.EXTERNAL, id: meeting.link.keys.pskId }, random(48));
  const proposals = [new ExternalInit(random(1120)), new PreSharedKey(psk)].map((each) => new Inline(each));
  return intrude(inner, proposals, own, Uint8Array.from(how.admission ?? []));
}

/** Somebody who knocked with a leaf, and was let in with it. */
async function letIn(meeting: Meeting, by: string, who: Identity, key = new SeedKey(random(32))): Promise<Admitted> {
  const admission = await meeting.at(by).admit(who.seat, who.own.subject, key.publicKey);
  return { admission, signatureKey: key };
}

let meeting: Meeting;
beforeAll(async () => {
  meeting = await meet();
});

describe("[P6] who may not change the policy changes nothing", () => {
  test("neither door, freeze, rights nor organisers, alone or beside something allowed", async () => {
    const policy = inForce(meeting);
    const own = subjectOf(meeting, "Bea");
    for (const changes of [
      { door: Door.LOCKED },
      { frozen: true },
      { everybody: ALL },
      { organisers: [own] },
      { entries: [new Entry(own, ALL, false)] },
      { entries: [new Entry(subjectOf(meeting, "Ada"), everybody, true)] },
    ]) {
      await refuses(meeting, await bea(meeting, changing(new Policy({ ...policy, ...changes }))), Rule.POLICY_CHANGE);
    }
    // To say the same again is no change, and refused for nothing but its tag.
    await refuses(meeting, await bea(meeting, changing(policy)), Rule.CONFIRMATION_TAG);
  });

  test("nobody gives what they do not have", async () => {
    const own = subjectOf(meeting, "Bea");
    const giver = await meet();
    await change(giver, { entries: [new Entry(subjectOf(giver, "Bea"), Rights.GRANT | Rights.SOUND, false)] });
    const policy = inForce(giver);
    const gives = async (rights: Rights, subject: Uint8Array, rule: Rule) => {
      const next = policy.withEntry(new Entry(subject, rights, false));
      await refuses(giver, await bea(giver, changing(next)), rule);
    };
    await gives(everybody | Rights.REMOVE, own, Rule.POLICY_CHANGE);
    await gives(Rights.GRANT | Rights.SOUND | Rights.CAMERA, subjectOf(giver, "Bea"), Rule.POLICY_CHANGE);
    await gives(Rights.SOUND, own, Rule.CONFIRMATION_TAG);
  });

  test("no other extension, no policy of another meeting, and none that cannot be read", async () => {
    const policy = inForce(meeting);
    const [extension] = policyExtensions(policy);
    if (extension === undefined) throw new Error("no policy");
    const cut = new Extension(extension.type, extension.data.subarray(0, -1));
    for (const extensions of [[], [extension, new Extension(0xf0a3, random(3))], [cut]]) {
      await refuses(meeting, await bea(meeting, new GroupContextExtensions(extensions)), Rule.CONTEXT_POLICY);
    }
    const charter = new Charter({ ...policy.charter, everybody: ALL });
    await refuses(meeting, await bea(meeting, changing(new Policy({ ...policy, charter }))), Rule.POLICY_CHANGE);
    await refuses(meeting, await bea(meeting, changing(policy), changing(policy)), Rule.MEMBER_PROPOSALS);
  });

  test("whom a newcomer is shown another policy does not get into this group", async () => {
    const { inner } = unsafeInside(meeting.at("Bea"));
    const { version, suite, groupId, epoch, treeHash, confirmedTranscriptHash } = inner.public.context;
    const extensions = policyExtensions(new Policy({ ...inForce(meeting), everybody: ALL }));
    const context = new GroupContext(version, suite, groupId, epoch, treeHash, confirmedTranscriptHash, extensions);
    const shown = inner.with({ public: { ...inner.public, context } });
    const info = writeMessage(await signInfo(shown, (await shown.info({ withTree: false })).extensions));
    const lured = await MeetingGroup.join({ ...meeting.current, info }, person(meeting.link, "Lured"));
    expect(lured.group.meetingPolicy.everybody).toBe(ALL);
    await refuses(meeting, lured.commit, Rule.CONTENT_SIGNATURE);
  });
});

describe("[P6] who may not remove removes nobody", () => {
  test("but whose seat the server calls gone; and organisers remove anybody", async () => {
    const own = await meet();
    await refuses(own, await bea(own, new Remove(0)), Rule.REMOVAL);
    const third = await own.enter("Cem");
    await refuses(own, await bea(own, new Remove(third.ownLeaf)), Rule.REMOVAL);
    await refuses(own, await bea(own, new Remove(0), changing(inForce(own))), Rule.REMOVAL);
    // By her own client she does not even make it.
    await expect(own.at("Bea").commit([0])).rejects.toMatchObject({ rule: Rule.REMOVAL });
    // Ada alone has heard that Cem is gone: his seat is removed by the one to the others who have.
    const { policy } = unsafeInside(own.at("Ada")) as unknown as { policy: { isGone: unknown } };
    const { seat } = readPerson(unsafeInside(third).inner.ownLeaf());
    policy.isGone = (gone: Uint8Array) => equal(gone, seat);
    const made = await own.at("Ada").commit([third.ownLeaf]);
    expect(made.group.members().map(({ name }) => name)).toEqual(["Olga", "Ada", "Bea"]);
    await expect(own.at("Bea").process(made.commit)).rejects.toMatchObject({ rule: Rule.REMOVAL });
    await own.commit("Olga", "Cem", "Bea");
    expect([...own.groups.keys()]).toEqual(["Olga", "Ada"]);
  });
});

describe("[P5] an admission is for one leaf, one seat, one person, by who may admit now", () => {
  test("and for nobody else, at no other place and at no other time", async () => {
    const knocking = await meet({ door: Door.ALL_KNOCK });
    const guestOf = (name: string) => person(knocking.link, guest(name));
    const who = guestOf("Gus");
    const { admission, signatureKey: key } = (await letIn(knocking, "Olga", who)) as Admitted & {
      signatureKey: SeedKey;
    };
    await refuses(knocking, await comes(knocking, who, { key }), Rule.COMING_IN);
    await refuses(knocking, await comes(knocking, who, { admission }), Rule.ADMISSION);
    await refuses(knocking, await comes(knocking, { ...who, seat: random(16) }, { key, admission }), Rule.ADMISSION);
    await refuses(knocking, await comes(knocking, { ...who, own: guest("Gus") }, { key, admission }), Rule.ADMISSION);
    const forged = await letIn(knocking, "Bea", who, key);
    await refuses(knocking, await comes(knocking, who, { key, admission: forged.admission }), Rule.ADMISSION);
    const { policy } = unsafeInside(knocking.at("Olga")) as unknown as { policy: { clock: () => number } };
    policy.clock = () => Date.now() - 3_600_000;
    const { admission: past } = await letIn(knocking, "Olga", who, key);
    policy.clock = Date.now;
    await refuses(knocking, await comes(knocking, who, { key, admission: past }), Rule.ADMISSION);
    await refuses(knocking, await comes(knocking, who, { key, admission: random(9) }), Rule.AUTHENTICATED_DATA);
    // As it was given it holds: what is left to refuse is that this newcomer has no secret of the group.
    await refuses(knocking, await comes(knocking, who, { key, admission }), Rule.CONFIRMATION_TAG);
    const entered = await MeetingGroup.join(knocking.current, who, { admission, signatureKey: key });
    expect(await view(await knocking.at("Ada").process(entered.commit))).toBe(await view(entered.group));
  });

  test("not after whoever admitted has lost the right, or left", async () => {
    const helped = await meet({ door: Door.ALL_KNOCK });
    const beas = new Entry(subjectOf(helped, "Bea"), everybody | Rights.ADMIT, false);
    await change(helped, { entries: [beas] });
    const who = person(helped.link, "Gus");
    const key = new SeedKey(random(32));
    const { admission } = await letIn(helped, "Bea", who, key);
    await refuses(helped, await comes(helped, who, { key, admission }), Rule.CONFIRMATION_TAG);
    await change(helped, { entries: [] });
    await refuses(helped, await comes(helped, who, { key, admission }), Rule.ADMISSION);
    await change(helped, { entries: [beas] });
    await helped.commit("Olga", "Bea");
    await refuses(helped, await comes(helped, who, { key, admission }), Rule.ADMISSION);
    // Her place is taken by somebody who may admit, and has not signed it.
    await change(helped, { door: Door.OPEN });
    const next = await helped.enter("Cem");
    expect(next.ownLeaf).toBe(2);
    const cems = new Entry(subjectOf(helped, "Cem"), everybody | Rights.ADMIT, false);
    await change(helped, { door: Door.ALL_KNOCK, entries: [cems] });
    await refuses(helped, await comes(helped, who, { key, admission }), Rule.ADMISSION);
  });

  test("and not for a leaf that was in the group and was removed", async () => {
    const strict = await meet({ door: Door.ALL_KNOCK });
    const who = person(strict.link, "Gus");
    const key = new SeedKey(random(32));
    const { admission } = await letIn(strict, "Olga", who, key);
    const entered = await MeetingGroup.join(strict.current, who, { admission, signatureKey: key });
    for (const name of ["Olga", "Ada", "Bea"]) strict.groups.set(name, await strict.at(name).process(entered.commit));
    strict.groups.set("Gus", entered.group);
    strict.current = described(entered.group, entered.info);
    await strict.commit("Olga", "Gus");
    await refuses(strict, await comes(strict, who, { key, admission }), Rule.KEY_RETURNS);
  });
});

describe("[P18] nobody is who they are not", () => {
  const leafKey = new SeedKey(random(32));
  const said = async (own: OwnPerson, changes: Partial<Person> = {}): Promise<Intruder> => {
    const who = person(meeting.link, own);
    const honest = Person.read((await credentialOf(who, leafKey.publicKey)).identity);
    const { seat, key, endorsement, certificate, sealed } = { ...honest, ...changes };
    const forged = new Person({ seat, key, endorsement, certificate, sealed });
    return { key: leafKey, credential: new Credential(BASIC, forged.encoded) };
  };
  const somebody = () => person(meeting.link, "Mal");
  const refused = async (how: Intruder, rule: Rule) => refuses(meeting, await comes(meeting, somebody(), how), rule);

  test("under another person's key, or an endorsement of another leaf", async () => {
    const { key } = readPerson(unsafeInside(meeting.at("Ada")).inner.ownLeaf());
    await refused(await said(guest("Mal"), { key }), Rule.PERSON);
    await refused(await said(guest("Mal"), { seat: random(16) }), Rule.PERSON);
    await refused({ ...(await said(guest("Mal"))), key: new SeedKey(random(32)) }, Rule.PERSON);
    await refused(await said(guest("Mal")), Rule.CONFIRMATION_TAG);
  });

  test("with a certificate of another house, of another key, or that is over", async () => {
    await refused(await said(await account(new SeedKey(random(32)), "Olga", "Aparté", OLGA)), Rule.PERSON);
    const { certificate } = readPerson(unsafeInside(meeting.at("Olga")).inner.ownLeaf());
    await refused(await said(guest("Olga"), { certificate }), Rule.PERSON);
    const over = BigInt(Date.now() - 3_600_000);
    await refused(await said(await account(house, "Olga", "", random(16), over)), Rule.CERTIFICATE_TIME);
    // Within what clocks may differ.
    const justOver = BigInt(Date.now() - 60_000);
    await refused(await said(await account(house, "Olga", "", random(16), justOver)), Rule.CONFIRMATION_TAG);
  });

  test("under a name or label that the house did not say, and no guest has a label", async () => {
    const { key, certificate } = await account(house, "Olga", "Aparté");
    for (const [name, label] of [
      ["Oleg", "Aparté"],
      ["Olga", "Somebody else's"],
      ["Olga", ""],
    ] as const) {
      await refused(await said(new OwnPerson(key, name, label, certificate)), Rule.IDENTITY);
    }
    await refused(await said(new OwnPerson(key, "Olga", "Aparté")), Rule.IDENTITY);
    await refused(await said(new OwnPerson(key, "Olga", "Aparté", certificate)), Rule.CONFIRMATION_TAG);
  });

  test("and no member is renamed, or takes another person key", async () => {
    const { inner } = unsafeInside(meeting.at("Bea"));
    const own = readPerson(inner.ownLeaf());
    const edited = async (identity: Person) => {
      const credential = new Credential(BASIC, identity.encoded);
      const path = await pathOf(inner, { leaf: { credential } as Partial<LeafNode> });
      return writeMessage(await frame(inner, await commitOf(inner, { path })));
    };
    const others = await credentialOf(
      { ...person(meeting.link, "Olga"), seat: own.seat },
      inner.signatureKey.publicKey,
    );
    await refuses(meeting, await edited(Person.read(others.identity)), Rule.IDENTITY_STAYS);
    const certificate = new Certificate(OLGA, 0n, random(32), random(64));
    await refuses(meeting, await edited(new Person({ ...own, certificate })), Rule.IDENTITY_STAYS);
  });

  test("[P5] the server, which has the house key and no link, gets nobody in as an account", async () => {
    const server = person(makeLink({ ...meeting.link.charter }), await account(house, "Olga", "Aparté", OLGA));
    await refuses(meeting, await comes(meeting, server), Rule.IDENTITY);
    // A sealed name that it saw is of another seat and person key.
    const { sealed } = readPerson(unsafeInside(meeting.at("Olga")).inner.ownLeaf());
    const copied = await said(await account(house, "Olga", "Aparté", OLGA), { sealed });
    await refuses(meeting, await comes(meeting, server, copied), Rule.IDENTITY);
  });
});

describe("[P5] the door holds", () => {
  const GUS = guest("Gus");

  test("against who is barred, under any leaf and with any admission", async () => {
    const barring = await meet();
    await barring.enter(GUS);
    const barred = new Entry(GUS.subject, everybody, true);
    await barring.change("Olga", new Policy({ ...inForce(barring), entries: [barred] }), "Gus");
    const back = person(barring.link, GUS);
    await refuses(barring, await comes(barring, back), Rule.COMING_IN);
    const key = new SeedKey(random(32));
    const { admission } = await letIn(barring, "Olga", back, key);
    await refuses(barring, await comes(barring, back, { key, admission }), Rule.COMING_IN);
    await expect(MeetingGroup.join(barring.current, back)).rejects.toMatchObject({ rule: Rule.COMING_IN });
    await change(barring, { entries: [] });
    await barring.enter(GUS);
    expect(barring.at("Ada").members()).toHaveLength(4);
  });

  test.each([
    ["locked", { door: Door.LOCKED }],
    ["frozen", { frozen: true }],
  ])("while the room is %s, against all but organisers", async (_, changes) => {
    const closed = await meet(changes);
    const key = new SeedKey(random(32));
    for (const own of [GUS, await account(house, "Hal")]) {
      const who = person(closed.link, own);
      const { admission } = await letIn(closed, "Olga", who, key);
      await refuses(closed, await comes(closed, who), Rule.COMING_IN);
      await refuses(closed, await comes(closed, who, { key, admission }), Rule.COMING_IN);
    }
    closed.groups.delete("Olga");
    const again = await closed.enter(await account(house, "Olga", "Aparté", OLGA));
    expect(again.members().filter(({ subject }) => equal(subject, OLGA))).toHaveLength(2);
  });

  test("where guests knock, accounts need not", async () => {
    const half = await meet({ door: Door.GUESTS_KNOCK });
    await refuses(half, await comes(half, person(half.link, GUS)), Rule.COMING_IN);
    const group = await half.enter(await account(house, "Hal", "Aparté"));
    expect(group.members().map(({ name, label, isGuest }) => [name, label, isGuest])).toEqual([
      ["Olga", "Aparté", false],
      ["Ada", "", true],
      ["Bea", "", true],
      ["Hal", "Aparté", false],
    ]);
  });

  test("who knocks is shown as who they are, or not at all", async () => {
    const who = person(meeting.link, GUS);
    const key = new SeedKey(random(32));
    const { identity } = await credentialOf(who, key.publicKey);
    const knocker = await meeting.at("Ada").knocker(identity, key.publicKey);
    expect(knocker).toMatchObject({ name: "Gus", label: "", isGuest: true, subject: GUS.subject });
    const another = new SeedKey(random(32)).publicKey;
    await expect(meeting.at("Ada").knocker(identity, another)).rejects.toMatchObject({ rule: Rule.PERSON });
    const stranger = person(makeLink({ ...meeting.link.charter }), GUS);
    const unsealed = (await credentialOf(stranger, key.publicKey)).identity;
    await expect(meeting.at("Ada").knocker(unsealed, key.publicKey)).rejects.toMatchObject({ rule: Rule.IDENTITY });
  });
});
