import { afterEach, describe, expect, it } from "vitest";
import * as acts from "../core/policy/acts";
import { Charter, Door, type Opens } from "../core/policy/charter";
import type { Policy } from "../core/policy/policy";
import { ALL, includes, NONE, Rights } from "../core/policy/rights";
import { b64Decode, b64Encode } from "../core/wire/b64";
import type { Knock, ServerMessage, WaitsFor } from "../core/wire/control";
import { guest, unsafeInside } from "../e2ee/mls/fixture";
import type { OwnPerson } from "../e2ee/person";
import type { Act } from "./directing";
import { planOf } from "./organising";
import { closeAll, everyone, meet, Participant, random, Service, settled, welcome } from "./service.node";

const TALK = Rights.SOUND | Rights.CAMERA;

afterEach(closeAll);

const wait = (why: WaitsFor, someone = true): ServerMessage => ({ t: "wait", why, someone });

/** A meeting that Olga directs; Ben is a member like others. */
async function directed(door: Door = Door.OPEN): Promise<[Service, Participant, Participant]> {
  const olga = guest("Olga");
  const { charter } = new Service().policy;
  const service = new Service(
    new Charter({ ...charter, door: Door.OPEN, everybody: TALK, organisers: [olga.subject] }),
  );
  const first = Participant.come(service, olga);
  await settled(() => expect(first.names).toEqual(["Olga"]));
  const [ben] = (await meet(service, "Ben")) as [Participant];
  await settled(() => expect(first.code).toBe(ben.code));
  if (door !== Door.OPEN) expect(await direct(first, (policy) => acts.setDoor(policy, door))).toBeNull();
  await settled(() => expect(first.code).toBe(ben.code));
  return [service, first, ben];
}

function direct(who: Participant, act: Act, removes: readonly Uint8Array[] = []): Promise<string | null> {
  return new Promise((resolve) => who.membership.direct(act, removes, resolve));
}

const policyOf = (who: Participant): Policy => who.membership.group?.meetingPolicy as Policy;
const knocking = (who: Participant): string[] => who.membership.knocks.list.map(({ name }) => name);

/** Somebody new, who has said at the door who it is. */
async function knock(service: Service, person: string | OwnPerson = "Cat"): Promise<[Participant, Knock]> {
  const who = new Participant(service, person);
  everyone.push(who);
  service.people.set(who.seat, who);
  await who.membership.handle({ ...welcome(who.seat), charter: service.policy.charter.encoded });
  await who.membership.handle(wait("present"));
  expect(who.said.map(({ t }) => t)).toEqual(["knock"]);
  return [who, who.said[0] as Knock];
}

/** Passes a knock on, as a server does, and gives what the organiser's admission is. */
async function admission(olga: Participant, who: Participant, said: Knock): Promise<Uint8Array> {
  await olga.membership.handle({ t: "knock", seat: who.seat, identity: said.identity, key: said.key });
  expect(await olga.membership.answer(who.seat, true)).toBeNull();
  const answer = olga.said.at(-1);
  if (answer?.t !== "admit") throw new Error("nobody was admitted");
  expect(answer.seat).toBe(who.seat);
  return answer.admission;
}

describe("at the door", () => {
  it("says once who it is, waits, and comes in with the admission that it is given", async () => {
    const [service, olga, ben] = await directed(Door.ALL_KNOCK);
    const [cat, said] = await knock(service);
    await cat.membership.handle(wait("admission"));
    await cat.membership.handle(wait("present"));
    expect(cat.said.length).toBe(1);
    const { opens } = service.policy.charter;
    expect(cat.waited).toEqual(
      (["present", "admission", "present"] as const).map((why) => ({ why, someone: true, opens: opens as Opens })),
    );
    await cat.membership.handle({ t: "admitted", admission: await admission(olga, cat, said) });
    expect(knocking(olga)).toEqual(["Cat"]);
    cat.tell({ t: "turn", group: service.state });
    await settled(() => expect(cat.names).toEqual(["Olga", "Ben", "Cat"]));
    await settled(() => expect([olga.code, ben.code]).toEqual([cat.code, cat.code]));
    const own = cat.membership.group?.members().find(({ name }) => name === "Cat");
    expect(own?.signatureKey).toEqual(said.key);
    await olga.membership.handle({ t: "unknock", seat: cat.seat });
    expect(knocking(olga)).toEqual([]);
  });

  it("does not come in without what is needed, with another's admission, or with a forged one [P5]", async () => {
    const [service, olga] = await directed(Door.ALL_KNOCK);
    const [cat, said] = await knock(service);
    const good = await admission(olga, cat, said);
    const [dora] = await knock(service, "Dora");
    await dora.membership.handle({ t: "admitted", admission: good });
    await dora.membership.handle({ t: "turn", group: service.state });
    expect([dora.lost, dora.commits]).toEqual([["group-not-admitted"], 0]);
    const [erin] = await knock(service, "Erin");
    await erin.membership.handle({ t: "turn", group: service.state });
    expect([erin.lost, erin.commits]).toEqual([["group-not-admitted"], 0]);
    const forged = Uint8Array.from(good);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    await cat.membership.handle({ t: "admitted", admission: forged });
    await cat.membership.handle({ t: "turn", group: service.state });
    expect([cat.lost, cat.commits]).toEqual([["group-not-admitted"], 0]);
    // Nor does a person who was let in once come back with it under another leaf.
    const [again] = await knock(service, cat.own);
    await again.membership.handle({ t: "admitted", admission: good });
    await again.membership.handle({ t: "turn", group: service.state });
    expect([again.lost, again.commits]).toEqual([["group-not-admitted"], 0]);
  });

  it("forgets an admission that holds no longer, and what was said from another seat", async () => {
    const [service, olga] = await directed(Door.ALL_KNOCK);
    const [cat, said] = await knock(service);
    cat.reachable = false;
    await cat.membership.handle({ t: "admitted", admission: await admission(olga, cat, said) });
    await cat.membership.handle({ t: "turn", group: service.state });
    expect(cat.commits).toBe(1);
    await cat.membership.handle({ t: "refused", of: "commit", reason: "not-admitted" });
    await cat.membership.handle(wait("admission"));
    expect(cat.lost).toEqual([]);
    // The link breaks, and the server draws another seat.
    const seat = b64Encode(random(16));
    await cat.membership.handle({ ...welcome(seat), charter: service.policy.charter.encoded });
    await cat.membership.handle(wait("present"));
    const next = cat.said.at(-1) as Knock;
    expect(next.t).toBe("knock");
    expect(next.key).not.toEqual(said.key);
    await olga.membership.handle({ t: "knock", seat, identity: next.identity, key: next.key });
    expect(olga.membership.knocks.list.map((one) => one.seat)).toEqual([cat.seat, seat]);
  });

  it("goes no further when the server says what makes no sense", async () => {
    const [service, , ben] = await directed();
    const cat = new Participant(service, "Cat");
    everyone.push(cat);
    await cat.membership.handle({ ...welcome(cat.seat), charter: service.policy.charter.encoded });
    await cat.membership.handle({ t: "admitted", admission: random(157) });
    expect([cat.lost, cat.said]).toEqual([["out-of-step"], []]);
    const dora = new Participant(service, "Dora");
    everyone.push(dora);
    await dora.membership.handle(wait("present"));
    expect([dora.lost, dora.said]).toEqual([["out-of-step"], []]);
    await ben.membership.handle(wait("locked"));
    expect([ben.lost, ben.waited]).toEqual([["out-of-step"], []]);
  });

  it("does not take an admission once it is inside", async () => {
    const [, , ben] = await directed();
    await ben.membership.handle({ t: "admitted", admission: random(157) });
    expect(ben.lost).toEqual(["out-of-step"]);
  });
});

describe("who may let people in", () => {
  it.each(["another seat", "another key", "another meeting", "noise"])(
    "hears nobody whom the server invents (%s)",
    async (kind) => {
      const [service, olga] = await directed(Door.ALL_KNOCK);
      const { charter } = service.policy;
      const elsewhere = new Service(new Charter({ ...charter, meeting: random(16) }));
      const other = kind === "another meeting" ? elsewhere : service;
      const [cat, { identity, key }] = await knock(other);
      const [, stranger] = await knock(service, "Eve");
      await olga.membership.handle({
        t: "knock",
        seat: kind === "another seat" ? b64Encode(random(16)) : cat.seat,
        identity: kind === "noise" ? random(identity.length) : identity,
        key: kind === "another key" ? stranger.key : key,
      });
      expect(knocking(olga)).toEqual([]);
      expect(await olga.membership.answer(cat.seat, true)).toBe("gone");
      expect(olga.said.some(({ t }) => t === "admit")).toBe(false);
    },
  );

  it("answers only while it may, and hears anew after a cut who still knocks", async () => {
    const [service, olga, ben] = await directed(Door.ALL_KNOCK);
    const [cat, { identity, key }] = await knock(service);
    const told: ServerMessage = { t: "knock", seat: cat.seat, identity, key };
    await ben.membership.handle(told);
    expect(await ben.membership.answer(cat.seat, true)).toBe("no-right");
    await olga.membership.handle(told);
    const token = b64Encode(random(32));
    await olga.membership.handle({ t: "resumed", token, epoch: service.epoch, commits: [], gone: [], away: [] });
    expect(knocking(olga)).toEqual([]);
    expect(await olga.membership.answer(cat.seat, false)).toBe("gone");
    await olga.membership.handle(told);
    expect(await olga.membership.answer(cat.seat, false)).toBeNull();
    expect(olga.said.at(-1)).toEqual({ t: "refuse", seat: cat.seat });
    // That the server does not take it changes nothing for the member.
    await olga.membership.handle({ t: "refused", of: "admit", reason: "not-admitted" });
    expect(olga.lost).toEqual([]);
  });
});

describe("who directs", () => {
  it("makes one commit of what is wanted at once, and every member has it", async () => {
    const [service, olga, ben] = await directed();
    const before = service.epoch;
    const done = await Promise.all([
      direct(olga, (policy) => acts.takeAll(policy, Rights.SOUND)),
      direct(olga, (policy) => acts.setDoor(policy, Door.LOCKED)),
      direct(olga, (policy) => acts.give(policy, ben.own.subject, Rights.ADMIT)),
    ]);
    expect(done).toEqual([null, null, null]);
    expect(service.epoch - before).toBeLessThanOrEqual(2);
    await settled(() => expect(ben.code).toBe(olga.code));
    const policy = policyOf(ben);
    expect([policy.everybody, policy.door]).toEqual([Rights.CAMERA, Door.LOCKED]);
    expect(policy.rights(ben.own.subject)).toBe(Rights.CAMERA | Rights.ADMIT);
    // What holds already takes no commit.
    const epoch = service.epoch;
    expect(await direct(olga, (now) => acts.setDoor(now, Door.LOCKED))).toBeNull();
    expect(service.epoch).toBe(epoch);
  });

  it("answers what it may not do, and does the rest", async () => {
    const [, olga, ben] = await directed();
    expect(await direct(ben, (policy) => acts.freeze(policy, true))).toBe("no-right");
    expect(await direct(ben, (policy) => policy, [olga.own.subject])).toBe("no-right");
    const crowd = (policy: Policy): Policy =>
      Array.from({ length: 40 }, (_, at) => new Uint8Array(16).fill(at)).reduce(acts.organise, policy);
    const done = await Promise.all([
      direct(olga, (policy) => acts.dismiss(policy, olga.own.subject)),
      direct(olga, crowd),
      direct(olga, (policy) => acts.freeze(policy, true)),
    ]);
    expect(done).toEqual(["no-organiser", "malformed", null]);
    expect(policyOf(olga).frozen).toBe(true);
  });

  it("does an act anew that somebody else's commit has overtaken", async () => {
    const [service, olga, ben] = await directed();
    expect(await direct(olga, (policy) => acts.organise(policy, ben.own.subject))).toBeNull();
    await settled(() => expect(ben.code).toBe(olga.code));
    const done = await Promise.all([
      direct(olga, (policy) => acts.setDoor(policy, Door.LOCKED)),
      direct(ben, (policy) => acts.takeAll(policy, Rights.CAMERA)),
    ]);
    expect(done).toEqual([null, null]);
    expect(service.refusals).toEqual(["stale-epoch"]);
    await settled(() => expect(ben.code).toBe(olga.code));
    expect([policyOf(ben).door, policyOf(ben).everybody]).toEqual([Door.LOCKED, Rights.SOUND]);
  });

  it("does not ask again at once for what nobody has overtaken", async () => {
    const [, olga] = await directed();
    olga.reachable = false;
    void direct(olga, (policy) => acts.freeze(policy, true));
    await settled(() => expect(olga.commits).toBe(1));
    await olga.membership.handle({ t: "refused", of: "commit", reason: "stale-epoch" });
    // Whatever is next in the queue has had its turn when this has.
    await olga.membership.answer(olga.seat, false);
    expect(olga.commits).toBe(1);
    olga.pass(500);
    await settled(() => expect(olga.commits).toBe(2));
  });

  it("gives up in time, and at the end", async () => {
    const [, olga] = await directed();
    olga.reachable = false;
    const first = direct(olga, (policy) => acts.freeze(policy, true));
    await settled(() => expect(olga.said.at(-1)?.t).toBe("commit"));
    const answers: (string | null)[] = [];
    void first.then((reason) => answers.push(reason));
    const patience = [...olga.later].filter(([, ms]) => ms === 10_000).map(([task]) => task)[0];
    patience?.();
    await first;
    expect(answers).toEqual(["no-answer"]);
    const second = direct(olga, (policy) => acts.setDoor(policy, Door.LOCKED));
    olga.membership.close();
    expect(await second).toBe("ended");
    expect(await direct(olga, (policy) => policy)).toBe("ended");
  });

  it("takes what was accepted while it was cut off for done", async () => {
    const [service, olga, ben] = await directed();
    const { tell } = olga;
    olga.tell = () => {};
    const done = direct(olga, (policy) => acts.freeze(policy, true));
    await settled(() => expect(policyOf(ben).frozen).toBe(true));
    olga.tell = tell;
    const token = b64Encode(random(32));
    const commits = service.log.slice(-1);
    olga.tell({ t: "resumed", token, epoch: service.epoch, commits, gone: [], away: [] });
    expect(await done).toBeNull();
  });

  it("removes all leaves of a person, who does not come back when barred", async () => {
    const [service, olga, ben] = await directed();
    const members = olga.membership.group?.members() ?? [];
    const subject = b64Encode(ben.own.subject);
    const plan = planOf({ do: "remove", subject, bar: true }, ALL, members);
    expect(await direct(olga, plan.act, plan.removes)).toBeNull();
    await settled(() => expect(ben.lost).toEqual(["removed"]));
    expect(olga.names).toEqual(["Olga"]);
    expect(policyOf(olga).door).toBe(Door.GUESTS_KNOCK);
    const [back, said] = await knock(service, ben.own);
    const given = await admission(olga, back, said);
    await back.membership.handle({ t: "admitted", admission: given });
    await back.membership.handle({ t: "turn", group: service.state });
    expect([back.lost, back.commits]).toEqual([["group-not-admitted"], 0]);
  });

  it("lets guests knock when it silences one, if it may change the door", async () => {
    const [, olga, ben] = await directed();
    const members = olga.membership.group?.members() ?? [];
    const subject = b64Encode(ben.own.subject);
    const take = (rights: Rights, among = members) =>
      planOf({ do: "take", subject, rights: Rights.SOUND }, rights, among).act(policyOf(olga));
    expect(take(ALL).door).toBe(Door.GUESTS_KNOCK);
    expect(take(ALL & ~Rights.DOOR).door).toBe(Door.OPEN);
    const accounts = members.map((member) => ({ ...member, isGuest: false }));
    expect(take(ALL, accounts).door).toBe(Door.OPEN);
    expect(take(ALL).rights(b64Decode(subject) as Uint8Array)).toBe(Rights.CAMERA);
    const deeds = [
      planOf({ do: "give", subject, rights: Rights.CHAT }, ALL, members),
      planOf({ do: "give-all", rights: Rights.FILE }, ALL, members),
      planOf({ do: "take-all", rights: Rights.CAMERA }, ALL, members),
      planOf({ do: "organise", subject }, ALL, members),
      planOf({ do: "freeze", frozen: true }, ALL, members),
      planOf({ do: "door", door: Door.LOCKED }, ALL, members),
    ];
    const after = deeds.reduce((policy, { act }) => act(policy), policyOf(olga));
    expect([after.everybody, after.door, after.frozen]).toEqual([Rights.SOUND | Rights.FILE, Door.LOCKED, true]);
    expect(after.organisers.length).toBe(2);
    expect(planOf({ do: "dismiss", subject }, ALL, members).act(after).organisers.length).toBe(1);
    expect(() => planOf({ do: "organise", subject: "x" }, ALL, members).act(after)).toThrow();
  });
});

describe("a member whose client is not honest", () => {
  /** Ben's commit, whatever he may. */
  async function forced(ben: Participant, removes: readonly number[], policy: Policy | null): Promise<Uint8Array> {
    const { group } = ben.membership;
    if (group === null) throw new Error("Ben is not inside");
    Object.assign(unsafeInside(group).policy, { checkMessage: async () => undefined });
    return (await group.commit(removes, policy)).commit;
  }

  it.each<[string, (ben: Participant, olga: Participant) => Promise<Uint8Array>]>([
    ["gives itself a right", (ben) => forced(ben, [], acts.give(policyOf(ben), ben.own.subject, Rights.REMOVE))],
    ["makes itself an organiser", (ben) => forced(ben, [], acts.organise(policyOf(ben), ben.own.subject))],
    ["opens the door", (ben) => forced(ben, [], acts.setDoor(policyOf(ben), Door.OPEN))],
    ["removes somebody who is not gone", (ben, olga) => forced(ben, [olga.membership.group?.ownLeaf ?? 0], null)],
  ])("is followed by nobody when it %s [P6]", async (_, forge) => {
    const [service, olga, ben] = await directed(Door.GUESTS_KNOCK);
    const commit = await forge(ben, olga);
    const before = policyOf(olga).encoded;
    await olga.membership.handle({ t: "commit", epoch: service.epoch, seat: ben.seat, commit });
    expect([olga.refused, olga.blamed]).toEqual([["no-right"], [ben.seat]]);
    expect(olga.said.at(-1)).toEqual({ t: "nack", epoch: service.epoch });
    expect(policyOf(olga).encoded).toEqual(before);
    expect(includes(policyOf(olga).rights(ben.own.subject), Rights.REMOVE)).toBe(false);
    expect(olga.names).toEqual(["Olga", "Ben"]);
    // Beyond a commit that is not followed nothing is directed either.
    expect(policyOf(olga).rights(olga.own.subject)).not.toBe(NONE);
  });
});
