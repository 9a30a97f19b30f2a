import { afterEach, describe, expect, it, vi } from "vitest";
import { checkAnnouncement, follow, followFrom } from "../core/mls/delivery";
import { MlsError } from "../core/mls/errors";
import { MeetingPolicy, readSeat } from "../core/mls/policy";
import type { PublicGroup } from "../core/mls/public";
import { b64Decode, b64Encode } from "../core/wire/b64";
import type { ClientMessage, Commit, GroupState, PastCommit, ServerMessage } from "../core/wire/control";
import { MAX_COMMIT, MAX_INFO } from "../core/wire/limits";
import { deriveLinkKeys } from "../e2ee/keys";
import { type Identity, MeetingGroup } from "../e2ee/mls/meeting";
import { APARTE } from "../e2ee/mls/suite";
import { Membership, type Seen } from "./membership";

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const meeting = random(16);
const keys = await deriveLinkKeys(random(32), meeting);
const policy = new MeetingPolicy(keys.pskId);

function identity(seat: string, name = "Eve", psk = keys.psk): Identity {
  return { ...keys, psk, seat: b64Decode(seat) ?? random(16), name, meeting, random };
}

/** The server's part as spec/room.md says it: it follows the group in public, gives turns and takes back what most refuse. */
class Service {
  public: PublicGroup | null = null;
  info = new Uint8Array();
  log: PastCommit[] = [];
  readonly people = new Map<string, Participant>();
  readonly gone = new Set<string>();
  readonly waiting: Participant[] = [];
  readonly refusals: string[] = [];
  private holder: Participant | null = null;
  private before: { public: PublicGroup; info: Uint8Array<ArrayBuffer>; nacks: Set<Participant> } | null = null;
  private queue: Promise<void> = Promise.resolve();

  get epoch(): number {
    return Number(this.public?.context.epoch ?? -1);
  }

  get state(): GroupState | null {
    if (this.public === null) return null;
    const { context, tree } = this.public;
    return { group: context.groupId, epoch: this.epoch, info: this.info, tree: tree.encoded };
  }

  receive(from: Participant, message: ClientMessage): void {
    this.queue = this.queue.then(() => this.step(from, message));
  }

  arrive(who: Participant): void {
    this.people.set(who.seat, who);
    this.waiting.push(who);
    who.tell({ t: "welcome", v: 1, seat: who.seat, token: b64Encode(random(32)) });
    this.next();
  }

  leave(who: Participant): void {
    this.people.delete(who.seat);
    this.gone.add(who.seat);
    who.membership.close();
    this.tellMembers({ t: "gone", seat: who.seat });
  }

  private next(): void {
    this.holder ??= this.waiting.shift() ?? null;
    this.holder?.tell({ t: "turn", group: this.state });
  }

  private async step(from: Participant, message: ClientMessage): Promise<void> {
    if (message.t === "create") {
      if (this.public !== null) return this.refuse(from, "create", "group-exists");
      this.public = await followFrom(APARTE.public, message.info, message.tree, policy, MAX_INFO);
      this.info = Uint8Array.from(message.info);
      this.accepted(from);
    } else if (message.t === "commit") await this.commit(from, message);
    else if (message.t === "nack") this.nack(from, message.epoch);
  }

  private async commit(from: Participant, message: Commit): Promise<void> {
    const before = this.public;
    if (before === null) return this.refuse(from, "commit", "no-group");
    try {
      const change = await follow(before, message.commit, policy, MAX_COMMIT);
      await checkAnnouncement(change, message.info, MAX_INFO);
      for (const leaf of change.removed) {
        const held = before.tree.leaf(leaf)?.credential.identity ?? new Uint8Array();
        this.gone.delete(b64Encode(readSeat(held)));
      }
      this.before = { public: before, info: this.info, nacks: new Set() };
      this.public = change.after;
      this.info = Uint8Array.from(message.info);
    } catch (error) {
      if (!(error instanceof MlsError)) throw error;
      return this.refuse(from, "commit", error.reason === "stale-epoch" ? "stale-epoch" : "unwanted");
    }
    const past = { epoch: this.epoch - 1, seat: from.seat, commit: message.commit };
    this.log.push(past);
    this.tellMembers({ t: "commit", ...past }, from);
    this.accepted(from);
  }

  private accepted(from: Participant): void {
    const joins = !from.inside;
    from.inside = true;
    from.tell({ t: "accepted", epoch: this.epoch });
    if (!joins) return;
    for (const seat of this.gone) from.tell({ t: "gone", seat });
    if (this.holder === from) this.holder = null;
    this.next();
  }

  private refuse(
    from: Participant,
    of: "create" | "commit",
    reason: "group-exists" | "no-group" | "stale-epoch" | "unwanted",
  ): void {
    this.refusals.push(reason);
    from.tell({ t: "refused", of, reason });
    if (!from.inside) from.tell({ t: "turn", group: this.state });
  }

  private nack(from: Participant, epoch: number): void {
    const { before } = this;
    if (before === null || epoch !== this.epoch - 1) return;
    before.nacks.add(from);
    const committer = this.people.get(this.log.at(-1)?.seat ?? "");
    const voters = [...this.people.values()].filter((who) => who.inside && who !== committer);
    if (2 * before.nacks.size <= voters.length) return;
    this.public = before.public;
    this.info = before.info;
    this.log.pop();
    if (committer !== undefined) {
      this.people.delete(committer.seat);
      committer.inside = false;
    }
    this.tellMembers({ t: "reopened", epoch });
  }

  tellMembers(message: ServerMessage, but?: Participant): void {
    for (const other of this.people.values()) if (other !== but && other.inside) other.tell(message);
  }
}

class Participant {
  readonly seat = b64Encode(random(16));
  inside = false;
  reachable = true;
  codes: string[] = [];
  refused: string[] = [];
  blamed: string[] = [];
  lost: string[] = [];
  readonly said: ClientMessage[] = [];
  readonly seen: Seen = { group: "", epoch: -1 };
  /** What waits for its time. */
  readonly later = new Map<() => void, number>();
  readonly membership: Membership;

  constructor(
    readonly service: Service,
    name: string,
  ) {
    this.membership = new Membership({
      seen: this.seen,
      send: (message) => {
        this.said.push(message);
        if (this.reachable) queueMicrotask(() => service.receive(this, message));
      },
      later: (ms, task) => {
        const timer = setTimeout(task, ms);
        this.later.set(task, ms);
        return () => {
          clearTimeout(timer);
          this.later.delete(task);
        };
      },
      identity: (seat) => identity(seat, name),
      epoch: async (group: MeetingGroup) => {
        this.codes.push(b64Encode(group.epochAuthenticator()));
      },
      presence: () => {},
      commitRefused: (reason, seat) => {
        this.refused.push(reason);
        this.blamed.push(seat);
      },
      lost: (reason) => this.lost.push(reason),
    });
  }

  static come(service: Service, name: string): Participant {
    const who = new Participant(service, name);
    everyone.push(who);
    service.arrive(who);
    return who;
  }

  tell(message: ServerMessage): void {
    if (this.reachable) void this.membership.handle(message);
  }

  /** Lets what waits for so long happen now. */
  pass(ms: number): void {
    for (const [task, wait] of [...this.later]) if (wait === ms) task();
  }

  get names(): string[] {
    return (this.membership.group?.members() ?? []).map((member) => member.name);
  }

  get code(): string {
    return this.codes.at(-1) ?? "";
  }

  get commits(): number {
    return this.said.filter(({ t }) => t === "commit").length;
  }
}

async function settled(look: () => void): Promise<void> {
  await vi.waitFor(look, { timeout: 25_000, interval: 5 });
}

const everyone: Participant[] = [];
async function meet(service: Service, ...names: string[]): Promise<Participant[]> {
  const people: Participant[] = [];
  for (const name of names) {
    const who = Participant.come(service, name);
    people.push(who);
    await settled(() => expect(who.names.length).toBeGreaterThan(0));
  }
  await settled(() => expect(new Set(people.map((who) => who.code)).size).toBe(1));
  return people;
}

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

afterEach(() => {
  for (const who of everyone.splice(0)) who.membership.close();
});

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

  it("lets the first one present remove who is gone, in a new epoch", async () => {
    const service = new Service();
    const [ada, blaise, chloe] = (await meet(service, "Ada", "Blaise", "Chloé")) as [
      Participant,
      Participant,
      Participant,
    ];
    const before = blaise.code;
    service.leave(ada);
    await settled(() => expect(chloe.names).toEqual(["Blaise", "Chloé"]));
    await settled(() => expect(blaise.code).toBe(chloe.code));
    expect(blaise.code).not.toBe(before);
    expect(service.gone.size).toBe(0);
    expect(service.log.at(-1)?.seat).toBe(blaise.seat);
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
    ada.tell({ t: "reopened", epoch: service.epoch - 1 });
    await settled(() => expect(ada.lost).toEqual(["reopened"]));
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

  it("answers the newest turn alone", async () => {
    const service = new Service();
    await meet(service, "Ada");
    const early = service.state;
    await meet(service, "Blaise");
    const chloe = new Participant(service, "Chloé");
    everyone.push(chloe);
    chloe.tell({ t: "welcome", v: 1, seat: chloe.seat, token: b64Encode(random(32)) });
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
    blaise.tell({ t: "welcome", v: 1, seat: blaise.seat, token: b64Encode(random(32)) });
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
    await ada.membership.handle({ t: "welcome", v: 1, seat: ada.seat, token: b64Encode(random(32)) });
    for (let turn = 0; turn < 70 && ada.lost.length === 0; turn++) {
      await ada.membership.handle({ t: "turn", group: null });
    }
    create.mockRestore();
    expect([ada.lost, ada.said.length]).toEqual([["cannot-join"], 64]);
  });

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
      who.tell({ t: "welcome", v: 1, seat: who.seat, token: b64Encode(random(32)) });
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
      await again.membership.handle({ t: "welcome", v: 1, seat: again.seat, token: b64Encode(random(32)) });
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
    eve.tell({ t: "welcome", v: 1, seat: eve.seat, token: b64Encode(random(32)) });
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

  it("does not ask for ever to remove somebody whom the server takes back", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const receive = vi.spyOn(service, "receive").mockImplementation((from, message) => {
      if (message.t === "commit") from.tell({ t: "refused", of: "commit", reason: "not-gone" });
    });
    ada.tell({ t: "gone", seat: blaise.seat });
    await settled(() => expect(receive).toHaveBeenCalled());
    await ada.membership.handle({ t: "back", seat: blaise.seat });
    expect(ada.membership.gone.size).toBe(0);
    expect(receive).toHaveBeenCalledTimes(1);
  });

  it.each<ServerMessage>([
    { t: "welcome", v: 1, seat: b64Encode(random(16)), token: b64Encode(random(32)) },
    { t: "turn", group: null },
  ])("is led into no other group ($t), and says once that it is lost", async (message) => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    ada.tell(message);
    await settled(() => expect(ada.lost).toEqual(["out-of-step"]));
    expect(ada.membership.group).toBeNull();
  });

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

  /** Ada among others, whom the server does not answer; only what is due in so many milliseconds happens. */
  async function unanswered(...names: string[]): Promise<[Participant, Participant[]]> {
    const [ada, ...others] = (await meet(new Service(), "Ada", ...names)) as [Participant, ...Participant[]];
    ada.reachable = false;
    return [ada, others];
  }
  const waits = (who: Participant) => [...who.later.values()];

  it("removes in batches, with a rest between two commits", async () => {
    const [ada, others] = await unanswered("Blaise", "Chloé");
    const before = ada.commits;
    for (const { seat } of others.slice(0, 1)) await ada.membership.handle({ t: "gone", seat });
    await settled(() => expect(ada.commits).toBe(before + 1));
    await settled(() => expect(waits(ada)).toContain(500));
    await ada.membership.handle({ t: "refused", of: "commit", reason: "stale-epoch" });
    await ada.membership.handle({ t: "gone", seat: others[1]?.seat ?? "" });
    expect(waits(ada)).not.toContain(40);
    await settled(() => expect(ada.commits).toBe(before + 2));
    expect(waits(ada)).toContain(500);
  });

  it("does not put a removal off because others go, or a new epoch begins", async () => {
    const [ada, others] = await unanswered("Blaise", "Chloé", "Dora");
    const [blaise, chloe, dora] = others as [Participant, Participant, Participant];
    blaise.reachable = false;
    await blaise.membership.handle({ t: "gone", seat: dora.seat });
    const task = [...blaise.later].find(([, ms]) => ms === 1540)?.[0];
    expect(task).toBeDefined();
    await blaise.membership.handle({ t: "gone", seat: chloe.seat });
    const proposed = await ada.membership.group?.commit([]);
    const epoch = Number(ada.membership.group?.epoch);
    if (proposed === undefined) throw new Error("Ada is not inside");
    await blaise.membership.handle({ t: "commit", epoch, seat: ada.seat, commit: proposed.commit });
    expect([...blaise.later].find(([, ms]) => ms === 1540)?.[0]).toBe(task);
    await blaise.membership.handle({ t: "gone", seat: ada.seat });
    expect(waits(blaise)).toContain(40);
  });

  it("removes a part when the commit would be too large", async () => {
    const [ada, others] = await unanswered("Blaise", "Chloé", "Dora");
    const tried: number[] = [];
    const real = MeetingGroup.prototype.commit;
    const swollen = vi.spyOn(MeetingGroup.prototype, "commit").mockImplementation(async function (
      this: MeetingGroup,
      leaves = [],
    ) {
      tried.push(leaves.length);
      const made = await real.call(this, leaves);
      return leaves.length < 2 ? made : { ...made, commit: new Uint8Array(MAX_COMMIT + 1) };
    });
    const before = ada.commits;
    for (const { seat } of others) await ada.membership.handle({ t: "gone", seat });
    await settled(() => expect(ada.commits).toBe(before + 1));
    swollen.mockRestore();
    expect(tried).toEqual([3, 1]);
    const last = ada.said.at(-1);
    expect(last?.t === "commit" && last.commit.length <= MAX_COMMIT).toBe(true);
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
