/** A meeting's server as memberships see it, and participants whose time a test can make pass. */

import { expect, vi } from "vitest";
import { checkAnnouncement, follow } from "../core/mls/delivery";
import { MlsError } from "../core/mls/errors";
import type { PublicGroup } from "../core/mls/public";
import type { Charter } from "../core/policy/charter";
import { followNew, personOf } from "../core/policy/delivery";
import { MeetingPolicy } from "../core/policy/meeting";
import { b64Decode, b64Encode } from "../core/wire/b64";
import type { ClientMessage, Commit, GroupState, PastCommit, ServerMessage } from "../core/wire/control";
import { MAX_COMMIT, MAX_INFO } from "../core/wire/limits";
import { verify } from "../e2ee/mls/ed25519";
import { guest, makeLink } from "../e2ee/mls/fixture";
import type { Identity, MeetingGroup } from "../e2ee/mls/meeting";
import { APARTE } from "../e2ee/mls/suite";
import type { OwnPerson } from "../e2ee/person";
import { Membership, type Seen } from "./membership";
import type { Waiting } from "./messages";

export const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const { keys, charter } = makeLink();

/** A guest under a fresh key, with the meeting's link or another's pre-shared key. */
export function identity(seat: string, name = "Eve", psk = keys.psk): Identity {
  const isGone = () => false;
  return { keys: { ...keys, psk }, charter, seat: b64Decode(seat) ?? random(16), own: guest(name), isGone, random };
}

/** What the server draws and gives to whoever comes. */
export const welcome = (seat: string) =>
  ({ t: "welcome", v: 1, seat, token: b64Encode(random(32)), charter: charter.encoded }) as const;

/** The server's part as spec/room.md says it: it follows the group in public, gives turns and takes back what most refuse. */
export class Service {
  public: PublicGroup | null = null;
  info = new Uint8Array();
  log: PastCommit[] = [];
  readonly people = new Map<string, Participant>();
  readonly gone = new Set<string>();
  readonly policy: MeetingPolicy;
  readonly waiting: Participant[] = [];
  readonly refusals: string[] = [];
  private holder: Participant | null = null;
  private before: { public: PublicGroup; info: Uint8Array<ArrayBuffer>; nacks: Set<Participant> } | null = null;
  private queue: Promise<void> = Promise.resolve();

  constructor(meeting: Charter = charter) {
    const isGone = (seat: Uint8Array) => this.gone.has(b64Encode(seat));
    this.policy = new MeetingPolicy(meeting, Date.now, isGone, 0, verify);
  }

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
    who.tell({ ...welcome(who.seat), charter: this.policy.charter.encoded });
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
      const owner = { seat: b64Decode(from.seat) ?? random(16), account: from.own.certificate?.account ?? null };
      const { group, info, tree } = message;
      this.public = await followNew(APARTE.public, info, tree, group, owner, this.policy, MAX_INFO);
      this.info = Uint8Array.from(message.info);
      this.accepted(from);
    } else if (message.t === "commit") await this.commit(from, message);
    else if (message.t === "nack") this.nack(from, message.epoch);
  }

  private async commit(from: Participant, message: Commit): Promise<void> {
    const before = this.public;
    if (before === null) return this.refuse(from, "commit", "no-group");
    try {
      const change = await follow(before, message.commit, this.policy, MAX_COMMIT);
      await checkAnnouncement(change, message.info, MAX_INFO);
      for (const leaf of change.removed) this.gone.delete(b64Encode(personOf(before, leaf).seat));
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

export class Participant {
  readonly seat = b64Encode(random(16));
  inside = false;
  reachable = true;
  codes: string[] = [];
  refused: string[] = [];
  blamed: string[] = [];
  lost: string[] = [];
  readonly waited: Waiting[] = [];
  readonly said: ClientMessage[] = [];
  readonly seen: Seen = { group: "", epoch: -1 };
  /** What waits for its time. */
  readonly later = new Map<() => void, number>();
  readonly membership: Membership;
  readonly own: OwnPerson;

  constructor(
    readonly service: Service,
    who: string | OwnPerson,
  ) {
    this.own = typeof who === "string" ? guest(who) : who;
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
      identity: (seat, meeting, isGone) => this.identity(seat, meeting, isGone),
      epoch: async (group: MeetingGroup) => {
        this.codes.push(b64Encode(group.epochAuthenticator()));
      },
      presence: () => {},
      waits: (why, someone, opens) => this.waited.push({ why, someone, opens }),
      commitRefused: (reason, seat) => {
        this.refused.push(reason);
        this.blamed.push(seat);
      },
      lost: (reason) => this.lost.push(reason),
    });
  }

  static come(service: Service, person: string | OwnPerson): Participant {
    const who = new Participant(service, person);
    everyone.push(who);
    service.arrive(who);
    return who;
  }

  async identity(seat: string, meeting: Charter, isGone: Identity["isGone"]): Promise<Identity> {
    return { ...identity(seat), own: this.own, charter: meeting, isGone };
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

export async function settled(look: () => void): Promise<void> {
  await vi.waitFor(look, { timeout: 25_000, interval: 5 });
}

/** Whoever a test made. */
export const everyone: Participant[] = [];

/** Gives the people of these names, inside one group. */
export async function meet(service: Service, ...names: string[]): Promise<Participant[]> {
  const people: Participant[] = [];
  for (const name of names) {
    const who = Participant.come(service, name);
    people.push(who);
    await settled(() => expect(who.names.length).toBeGreaterThan(0));
  }
  await settled(() => expect(new Set(people.map((who) => who.code)).size).toBe(1));
  return people;
}

/** Everybody forgets their keys: for the end of each test. */
export function closeAll(): void {
  for (const who of everyone.splice(0)) who.membership.close();
}

/** Ada among others, whom the server does not answer; only what is due in so many milliseconds happens. */
export async function unanswered(...names: string[]): Promise<[Participant, Participant[]]> {
  const [ada, ...others] = (await meet(new Service(), "Ada", ...names)) as [Participant, ...Participant[]];
  ada.reachable = false;
  return [ada, others];
}

/** How many milliseconds each thing that waits for its time was to wait. */
export const waits = (who: Participant) => [...who.later.values()];
