import { afterEach, describe, expect, it, vi } from "vitest";
import { Charter } from "../core/policy/charter";
import { PolicyError } from "../core/policy/errors";
import { Rights } from "../core/policy/rights";
import { b64Encode } from "../core/wire/b64";
import type { GroupState, PastCommit, ServerMessage } from "../core/wire/control";
import { MeetingGroup } from "../e2ee/mls/meeting";
import {
  closeAll,
  everyone,
  identity,
  meet,
  Participant,
  random,
  Service,
  settled,
  unanswered,
  waits,
  welcome,
} from "./service.node";

/** Somebody who joins with a key that only has the name of the link's: every rule that is checked in public holds, and no member can follow. */
async function breakIn(service: Service): Promise<Participant> {
  const eve = new Participant(service, "Eve");
  service.people.set(eve.seat, eve);
  const { state } = service;
  if (state === null) throw new Error("there is no group to break into");
  const { commit, info } = await MeetingGroup.join(state, identity(eve.seat, "Eve", random(48)));
  service.receive(eve, { t: "commit", commit, info });
  await settled(() => expect(service.log.some((past) => past.seat === eve.seat)).toBe(true));
  return eve;
}

afterEach(closeAll);

describe("membership", () => {
  it("brings twelve people who come at once into one chain of epochs, without wasted work [P27]", async () => {
    const service = new Service();
    const people = Array.from({ length: 12 }, (_, index) => Participant.come(service, `P${index}`));
    await settled(() => {
      expect(people.every((who) => who.names.length === 12)).toBe(true);
      expect(new Set(people.map((who) => who.code)).size).toBe(1);
    });
    expect(service.epoch).toBe(11);
    expect(people.flatMap((who) => who.refused)).toEqual([]);
    expect(service.refusals).toEqual([]);
    expect(people.reduce((sum, who) => sum + who.commits, 0)).toBe(11);
  });

  it("catches up after a cut, takes its own commit for accepted when the echo was lost, and makes a new epoch", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const echo = ada.tell;
    // Ada removes somebody; the server takes it, and her connection breaks before the echo.
    const chloe = Participant.come(service, "Chloé");
    await settled(() => expect([ada.names.length, blaise.names.length]).toEqual([3, 3]));
    ada.tell = (message) => {
      if (message.t !== "accepted") echo.call(ada, message);
    };
    service.leave(chloe);
    await settled(() => expect(blaise.names).toEqual(["Ada", "Blaise"]));
    expect(ada.names.length).toBe(3);
    ada.tell = echo;
    const from = Number(ada.membership.group?.epoch);
    const epoch = service.epoch;
    const commits = service.log.filter((past) => past.epoch >= from);
    ada.tell({ t: "resumed", token: b64Encode(random(32)), epoch, commits, gone: [], away: [] });
    await settled(() => expect(ada.names).toEqual(["Ada", "Blaise"]));
    await settled(() => expect(service.epoch).toBe(epoch + 1));
    await settled(() => expect(ada.code).toBe(blaise.code));
    expect(ada.lost).toEqual([]);
  }, 9000);

  it.each(["forged", "of before", "noise"])("refuses a commit (%s), says so, and follows no further", async (kind) => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const { code } = ada;
    const last = Uint8Array.from(service.log.at(-1)?.commit ?? random(100));
    const forged = Uint8Array.from(last);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const epoch = Number(ada.membership.group?.epoch);
    const commit = kind === "forged" ? forged : kind === "noise" ? random(300) : last;
    ada.tell({ t: "commit", epoch, seat: blaise.seat, commit });
    await settled(() => expect(ada.refused.length).toBe(1));
    expect(ada.blamed).toEqual([blaise.seat]);
    expect(ada.said.at(-1)).toEqual({ t: "nack", epoch });
    ada.tell({ t: "commit", epoch: epoch + 1, seat: blaise.seat, commit: last });
    await ada.membership.handle({ t: "gone", seat: blaise.seat });
    ada.pass(40);
    await ada.membership.handle({ t: "back", seat: blaise.seat });
    expect(ada.said.at(-1)).toEqual({ t: "nack", epoch });
    expect([ada.code, ada.names, ada.lost]).toEqual([code, ["Ada", "Blaise"], []]);
    ada.pass(3000);
    expect(ada.lost).toEqual(["commit-refused"]);
  });

  it("goes on in the old epoch when a commit that most refuse is taken back, and makes a fresh one [P26]", async () => {
    const service = new Service();
    const people = await meet(service, "Ada", "Blaise", "Chloé");
    const before = service.epoch;
    await breakIn(service);
    await settled(() =>
      expect(people.map((who) => who.refused)).toEqual([["not-authentic"], ["not-authentic"], ["not-authentic"]]),
    );
    await settled(() => expect(service.epoch).toBe(before + 1));
    await settled(() => expect(new Set(people.map((who) => who.code)).size).toBe(1));
    expect(service.log.at(-1)?.seat).toBe(people[0]?.seat);
    for (const who of people) who.pass(3000);
    expect(people.flatMap((who) => who.lost)).toEqual([]);
    expect(people.map((who) => who.names)).toEqual(people.map(() => ["Ada", "Blaise", "Chloé"]));
    const dora = Participant.come(service, "Dora");
    await settled(() => expect(people[0]?.names).toEqual(["Ada", "Blaise", "Chloé", "Dora"]));
    expect(dora.lost).toEqual([]);
  });

  it("has its own commit accepted after one that was taken back", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    ada.reachable = false;
    const epoch = service.epoch;
    ada.pass(240_000);
    await settled(() => expect(ada.said.at(-1)?.t).toBe("commit"));
    await ada.membership.handle({ t: "commit", epoch, seat: blaise.seat, commit: random(90) });
    await ada.membership.handle({ t: "reopened", epoch });
    await ada.membership.handle({ t: "accepted", epoch: epoch + 1 });
    expect([Number(ada.membership.group?.epoch), ada.lost]).toEqual([epoch + 1, []]);
  });

  it("joins anew when it could apply what is taken back", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    await ada.membership.handle({ t: "reopened", epoch: service.epoch - 1 });
    expect(ada.lost).toEqual(["reopened"]);
    expect(ada.membership.group).toBeNull();
  });

  it("looks again at a commit that it refused before a cut", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const from = service.epoch;
    await ada.membership.handle({ t: "commit", epoch: from, seat: blaise.seat, commit: random(90) });
    expect(ada.refused.length).toBe(1);
    ada.reachable = false;
    const proposed = await blaise.membership.group?.commit([]);
    if (proposed === undefined) throw new Error("Blaise is not inside");
    const commits = [{ epoch: from, seat: blaise.seat, commit: proposed.commit }];
    await ada.membership.handle({
      t: "resumed",
      token: b64Encode(random(32)),
      epoch: from + 1,
      commits,
      gone: [],
      away: [],
    });
    expect(ada.code).toBe(b64Encode(proposed.group.epochAuthenticator()));
    ada.pass(3000);
    expect(ada.lost).toEqual([]);
  });

  it.each(["has no form", "is not of the link"])("does not come in under a charter that %s", async (kind) => {
    const service = new Service();
    await meet(service, "Ada");
    const blaise = new Participant(service, "Blaise");
    everyone.push(blaise);
    const { encoded } = service.policy.charter;
    if (kind === "is not of the link") blaise.identity = () => Promise.reject(new PolicyError("not-authentic"));
    const charter = kind === "has no form" ? encoded.subarray(1) : encoded;
    await blaise.membership.handle({ ...welcome(blaise.seat), charter });
    await blaise.membership.handle({ t: "turn", group: service.state });
    expect([blaise.lost, blaise.said]).toEqual([["bad-charter"], []]);
  });

  /** Nobody has the right to remove anybody, and Ada hears nothing while Blaise removes Chloé, who is gone. */
  async function withoutChloe(): Promise<[Participant, Participant, Participant, Participant, PastCommit]> {
    const { charter } = new Service().policy;
    const service = new Service(new Charter({ ...charter, everybody: Rights.SOUND }));
    const people = await meet(service, "Ada", "Blaise", "Dora", "Chloé");
    const [ada, blaise, dora, chloe] = people as [Participant, Participant, Participant, Participant];
    const { tell } = ada;
    ada.tell = () => {};
    service.leave(chloe);
    await settled(() => expect(waits(blaise)).toContain(1540));
    blaise.pass(1540);
    await settled(() => expect(blaise.names).toEqual(["Ada", "Blaise", "Dora"]));
    ada.tell = tell;
    return [ada, blaise, dora, chloe, service.log.at(-1) as PastCommit];
  }

  it("lets nobody remove a leaf whose seat the server has not called gone", async () => {
    const [ada, , , , removal] = await withoutChloe();
    await ada.membership.handle({ t: "commit", ...removal });
    expect([ada.refused, ada.names.length]).toEqual([["no-right"], 4]);
  });

  it("remembers who was gone, also when the server takes it back", async () => {
    const [ada, , , chloe, removal] = await withoutChloe();
    await ada.membership.handle({ t: "gone", seat: chloe.seat });
    await ada.membership.handle({ t: "refused", of: "commit", reason: "not-gone" });
    expect(ada.membership.gone.size).toBe(0);
    await ada.membership.handle({ t: "commit", ...removal });
    expect([ada.refused, ada.names.length]).toEqual([[], 3]);
  });

  it("takes whom a commit that it missed removes for gone, and nobody later", async () => {
    const [ada, blaise, dora, , removal] = await withoutChloe();
    const token = b64Encode(random(32));
    const commits = [removal];
    ada.tell({ t: "resumed", token, epoch: removal.epoch + 1, commits, gone: [], away: [] });
    // Whoever comes back begins a fresh epoch.
    const fresh = BigInt(removal.epoch + 2);
    await settled(() => expect([ada, blaise].map((who) => who.membership.group?.epoch)).toEqual([fresh, fresh]));
    expect([ada.names.length, ada.code]).toEqual([3, blaise.code]);
    blaise.reachable = false;
    const said = blaise.said.length;
    await blaise.membership.handle({ t: "gone", seat: dora.seat });
    blaise.pass(1540);
    await settled(() => expect(blaise.said.length).toBe(said + 1));
    const next = blaise.said.at(-1);
    if (next?.t !== "commit") throw new Error("Blaise removes nobody");
    const epoch = Number(ada.membership.group?.epoch);
    await ada.membership.handle({ t: "commit", epoch, seat: blaise.seat, commit: next.commit });
    expect([ada.refused, ada.names.length]).toEqual([["no-right"], 3]);
  });

  it("answers the newest turn alone", async () => {
    const service = new Service();
    await meet(service, "Ada");
    const early = service.state;
    await meet(service, "Blaise");
    const chloe = new Participant(service, "Chloé");
    everyone.push(chloe);
    chloe.tell(welcome(chloe.seat));
    for (const group of [null, early, service.state]) chloe.tell({ t: "turn", group });
    await settled(() => expect(chloe.names).toEqual(["Ada", "Blaise", "Chloé"]));
    expect(chloe.said.map(({ t }) => t)).toEqual(["commit"]);
  });

  it("sends nothing that it has made for a turn which is over", async () => {
    const service = new Service();
    await meet(service, "Ada");
    const blaise = new Participant(service, "Blaise");
    everyone.push(blaise);
    const create = MeetingGroup.create;
    vi.spyOn(MeetingGroup, "create").mockImplementationOnce(async (identity) => {
      const made = await create.call(MeetingGroup, identity);
      blaise.tell({ t: "turn", group: service.state });
      return made;
    });
    blaise.tell(welcome(blaise.seat));
    blaise.tell({ t: "turn", group: null });
    await settled(() => expect(blaise.names).toEqual(["Ada", "Blaise"]));
    expect(blaise.said.map(({ t }) => t)).toEqual(["commit"]);
  });

  it("does not try for ever to come in", async () => {
    const ada = new Participant(new Service(), "Ada");
    everyone.push(ada);
    ada.reachable = false;
    const made = await MeetingGroup.create(identity(ada.seat, "Ada"));
    const create = vi.spyOn(MeetingGroup, "create").mockResolvedValue(made);
    await ada.membership.handle(welcome(ada.seat));
    for (let turn = 0; turn < 70 && ada.lost.length === 0; turn++) {
      await ada.membership.handle({ t: "turn", group: null });
    }
    create.mockRestore();
    expect([ada.lost, ada.said.length]).toEqual([["cannot-join"], 64]);
  });

  /** Somebody new at a server that answers nothing, in a meeting of so many. */
  async function outside(members: number): Promise<[Participant, () => Promise<void>]> {
    const service = new Service();
    if (members > 0) await meet(service, "Ada");
    const who = new Participant(service, "Blaise");
    everyone.push(who);
    who.reachable = false;
    const group = service.state;
    await who.membership.handle(welcome(who.seat));
    return [who, () => who.membership.handle({ t: "turn", group })];
  }

  it.each([
    [0, "create"],
    [1, "commit"],
  ])("does not wait for ever for an answer to how it comes in (%i inside)", async (members, kind) => {
    const [blaise, turn] = await outside(members);
    expect(waits(blaise)).not.toContain(10_000);
    await turn();
    const deadline = [...blaise.later].find(([, ms]) => ms === 10_000)?.[0];
    expect(deadline).toBeDefined();
    await turn();
    expect(blaise.said.map(({ t }) => t)).toEqual([kind, kind]);
    // A newer turn gives no more time.
    expect([...blaise.later].filter(([, ms]) => ms === 10_000)).toEqual([[deadline, 10_000]]);
    blaise.pass(10_000);
    expect(blaise.lost).toEqual(["no-answer"]);
  });

  it.each<ServerMessage>([{ t: "refused", of: "commit", reason: "stale-epoch" }, welcome(b64Encode(random(16)))])(
    "gives what it sends after an answer ($t) all its time",
    async (answer) => {
      const [blaise, turn] = await outside(1);
      await turn();
      const deadline = [...blaise.later].find(([, ms]) => ms === 10_000)?.[0];
      await blaise.membership.handle(answer);
      expect(waits(blaise)).not.toContain(10_000);
      await turn();
      const next = [...blaise.later].find(([, ms]) => ms === 10_000)?.[0];
      expect(next).toBeDefined();
      expect(next).not.toBe(deadline);
    },
  );

  it("says that it is lost when an epoch is accepted that it has not made", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada")) as [Participant];
    ada.reachable = false;
    ada.pass(240_000);
    await settled(() => expect(ada.said.at(-1)?.t).toBe("commit"));
    await ada.membership.handle({ t: "accepted", epoch: service.epoch + 2 });
    expect(ada.lost).toEqual(["out-of-step"]);
  });

  it("takes another turn when somebody was faster", async () => {
    const service = new Service();
    await meet(service, "Ada");
    const slow = new Participant(service, "Slow");
    const fast = new Participant(service, "Fast");
    everyone.push(slow, fast);
    for (const who of [slow, fast]) {
      service.people.set(who.seat, who);
      who.tell(welcome(who.seat));
    }
    const group = service.state;
    for (const who of [fast, slow]) who.tell({ t: "turn", group });
    await settled(() => expect([slow.names.length, fast.names.length]).toEqual([3, 3]));
    expect(service.refusals).toEqual(["stale-epoch"]);
    expect(slow.code).toBe(fast.code);
  });

  it("does not believe a GroupInfo of its group that is older than what it has seen [P5]", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada")) as [Participant];
    const early = service.state;
    await meet(service, "Blaise", "Chloé");
    await settled(() => expect(ada.names.length).toBe(3));
    ada.pass(5000);
    ada.pass(5000);
    expect(ada.seen).toEqual({ group: b64Encode(early?.group ?? random(1)), epoch: service.epoch });
    const back = async (group: GroupState | null): Promise<Participant> => {
      const again = new Participant(service, "Ada");
      everyone.push(again);
      again.reachable = false;
      Object.assign(again.seen, ada.seen);
      await again.membership.handle(welcome(again.seat));
      await again.membership.handle({ t: "turn", group });
      return again;
    };
    const shownOld = await back(early);
    expect([shownOld.lost, shownOld.said]).toEqual([["old-group"], []]);
    const now = service.state;
    if (now === null || early === null) throw new Error("there is no group");
    const relabelled = await back({ ...early, epoch: now.epoch });
    expect([relabelled.lost, relabelled.said]).toEqual([["old-group"], []]);
    expect((await back(now)).said.map(({ t }) => t)).toEqual(["commit"]);
    expect((await back(null)).said.map(({ t }) => t)).toEqual(["create"]);
    const other = new Service();
    await meet(other, "Ada");
    expect((await back(other.state)).said.map(({ t }) => t)).toEqual(["commit"]);
  });

  it("has seen an epoch only when it is too old to be taken back", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada")) as [Participant];
    ada.membership.close();
    ada.pass(5000);
    expect(ada.seen.epoch).toBe(-1);
  });

  it.each(["tree", "info"] as const)("does not come in when the server changes the %s", async (part) => {
    const service = new Service();
    await meet(service, "Ada", "Blaise");
    const { state } = service;
    if (state === null) throw new Error("there is no group");
    const changed = Uint8Array.from(state[part]);
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    const eve = new Participant(service, "Chloé");
    everyone.push(eve);
    eve.tell(welcome(eve.seat));
    await eve.membership.handle({ t: "turn", group: { ...state, [part]: changed } });
    expect(eve.lost.length).toBe(1);
    expect(eve.lost[0]).toMatch(/^group-/);
    expect(eve.said).toEqual([]);
  });

  it("says that it is lost when the server skips an epoch", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    ada.tell({ t: "commit", epoch: 7, seat: blaise.seat, commit: random(64) });
    await settled(() => expect(ada.lost).toEqual(["out-of-step"]));
  });

  it("is not confused by a server that calls us, or nobody, gone", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    ada.tell({ t: "gone", seat: ada.seat });
    for (let word = 0; word < 1000; word++) ada.tell({ t: "away", seat: b64Encode(random(16)) });
    await ada.membership.handle({ t: "gone", seat: b64Encode(random(16)) });
    expect([ada.membership.gone.size, ada.membership.away.size]).toEqual([0, 0]);
    Participant.come(service, "Chloé");
    await settled(() => expect(ada.names).toEqual(["Ada", "Blaise", "Chloé"]));
    await settled(() => expect(ada.code).toBe(blaise.code));
    expect([ada.membership.gone.size, ada.membership.away.size, ada.lost.length]).toEqual([0, 0, 0]);
  });

  it.each<ServerMessage>([welcome(b64Encode(random(16))), { t: "turn", group: null }])(
    "is led into no other group ($t), and says once that it is lost",
    async (message) => {
      const service = new Service();
      const [ada] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
      await ada.membership.handle(message);
      expect(ada.lost).toEqual(["out-of-step"]);
      expect(ada.membership.group).toBeNull();
    },
  );

  it("begins anew once, however much of a chain does not fit", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const commits = Array.from({ length: 50 }, (_, index) => ({
      epoch: 90 + index,
      seat: ada.seat,
      commit: random(9),
    }));
    await ada.membership.handle({
      t: "resumed",
      token: b64Encode(random(32)),
      epoch: 140,
      commits,
      gone: [],
      away: [],
    });
    expect(ada.lost).toEqual(["out-of-step"]);
  });

  it("skips what it knows already when it comes back", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada", "Blaise", "Chloé")) as [Participant, Participant, Participant];
    const commits = service.log.slice(1);
    await ada.membership.handle({ t: "resumed", token: b64Encode(random(32)), epoch: 2, commits, gone: [], away: [] });
    expect(ada.lost).toEqual([]);
  });

  it("does not wait for ever for the answer to its commit, but for a new connection", async () => {
    const [ada, [blaise]] = (await unanswered("Blaise")) as [Participant, [Participant]];
    await ada.membership.handle({ t: "gone", seat: blaise.seat });
    await settled(() => expect(waits(ada)).toContain(10_000));
    ada.membership.cut();
    expect(waits(ada)).not.toContain(10_000);
    const token = b64Encode(random(32));
    const { epoch } = ada.service;
    await ada.membership.handle({ t: "resumed", token, epoch, commits: [], gone: [], away: [] });
    await settled(() => expect(waits(ada)).toContain(10_000));
    ada.pass(10_000);
    expect(ada.lost).toEqual(["out-of-step"]);
  });

  it("renews its keys in time, whoever goes and whatever is refused [P9]", async () => {
    const [ada, [blaise]] = (await unanswered("Blaise")) as [Participant, [Participant]];
    const renewal = [...ada.later].find(([, ms]) => ms === 240_000)?.[0];
    expect(renewal).toBeDefined();
    await ada.membership.handle({ t: "gone", seat: blaise.seat });
    await settled(() => expect(waits(ada)).toContain(10_000));
    await ada.membership.handle({ t: "refused", of: "commit", reason: "not-gone" });
    expect([...ada.later].find(([, ms]) => ms === 240_000)?.[0]).toBe(renewal);
    const before = ada.commits;
    renewal?.();
    await settled(() => expect(ada.commits).toBe(before + 1));
    await ada.membership.handle({ t: "refused", of: "commit", reason: "stale-epoch" });
    ada.pass(5000);
    await settled(() => expect(ada.commits).toBe(before + 2));
  });
});
