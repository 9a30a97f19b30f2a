/**
 * Our membership of the meeting's group: joins it, follows its commits in the server's order, and removes leaves of people who are gone.
 * The server orders; it is never believed about who is in the group: that is what `MeetingGroup` says. No clock and no socket here, so that tests drive it.
 */
import { MlsError } from "../core/mls/errors";
import type { Charter, Opens } from "../core/policy/charter";
import { b64Encode } from "../core/wire/b64";
import type {
  ClientMessage,
  Commit,
  Create,
  KnockNotice,
  ServerMessage,
  Unknock,
  WaitsFor,
  Welcome,
} from "../core/wire/control";
import { MAX_COMMIT, REOPENED_SECONDS } from "../core/wire/limits";
import type { Identity, MeetingGroup } from "../e2ee/mls/meeting";
import { Coming, type Pending, type Seen } from "./coming";
import { type Act, type Answer, Directing, PATIENCE_MS, type Wish } from "./directing";
import { Knocks } from "./knocks";
import { ownOf } from "./persons";
import { REST_MS, Removal } from "./removal";

export type { Seen } from "./coming";

export interface MembershipHost {
  /** Outlives a membership, so that the next one begins where it ended. */
  readonly seen: Seen;
  send(message: ClientMessage): void;
  /** Runs `task` after a delay; the returned function cancels it. */
  later(ms: number, task: () => void): () => void;
  /** Who we are under the seat that the server drew; throws `PolicyError` for a charter that is not of our link. */
  identity(seat: string, charter: Charter, isGone: Identity["isGone"]): Promise<Identity>;
  /** A new epoch is in force. Awaited before the next message is looked at. */
  epoch(group: MeetingGroup): Promise<void>;
  /** A person's connection was cut or came back; or somebody knocks, or does no longer. */
  presence(): void;
  /** We cannot come in yet; `someone`: somebody is there who may let people in; `opens`: who may begin. */
  waits(why: WaitsFor, someone: boolean, opens: Opens): void;
  /** The server passed a commit on, as by `seat`, that cannot be applied. */
  commitRefused(reason: string, seat: string): void;
  /** Nothing can go on with this group: join anew or end. */
  lost(reason: string): void;
}

/** The lowest present leaf renews the keys after four minutes, the others shortly after: an epoch lives at most five. */
const RENEWAL_MS = 240_000;
const RENEWAL_RANK_MS = 5000;
/** Until an epoch is so old it may be taken back, and one before it be in force again. */
const SEEN_MS = 5000;
const REOPENED_MS = REOPENED_SECONDS * 1000;
/** How long to wait for the answer to a commit: until then a member makes no other. Newer turns give no more time. */
const ANSWER_MS = 10_000;

export class Membership {
  token = "";
  group: MeetingGroup | null = null;
  readonly knocks = new Knocks();
  readonly away = new Set<string>();
  readonly gone = new Set<string>();
  /** Every seat that the server ever called gone: anybody may remove it. */
  private readonly over = new Set<string>();
  private catchingUp = false;
  private readonly coming: Coming;
  private readonly directing = new Directing();
  /** What the server has not answered yet, in order; null where it can no longer be accepted. */
  private sent: (Pending | null)[] = [];
  /** The epoch whose commit we could not apply. */
  private refusedAt: number | null = null;
  private queue: Promise<void> = Promise.resolve();
  private readonly removal: Removal;
  /** Newcomers cannot build upon the newest GroupInfo for sure. */
  private stale = false;
  private isCut = false;
  private cancelAnswer = nothing;
  private cancelRenewal = nothing;
  private cancelReopening = nothing;
  private cancelSeen: (() => void) | null = null;
  private closed = false;

  constructor(private readonly host: MembershipHost) {
    this.coming = new Coming({
      seen: host.seen,
      identity: (seat, charter) => host.identity(seat, charter, (gone) => this.isGone(gone)),
      say: (message) => host.send(message),
      waits: (why, someone, opens) => host.waits(why, someone, opens),
      send: (pending, message) => this.send(pending, message),
      lose: (reason) => this.lose(reason),
    });
    this.removal = new Removal({
      later: (ms, task) => host.later(ms, task),
      act: () => void this.enqueue(() => this.removeGone()),
      again: () => this.plan(),
    });
  }

  /** Ours, as the server drew it; b64. */
  get seat(): string {
    return this.coming.seat;
  }

  /** The connection is gone: until another one is up nothing is sent, and no answer is awaited. */
  cut(): void {
    this.isCut = true;
    this.cancelAnswer();
  }

  /** Messages are handled strictly one after the other. */
  handle(message: ServerMessage): Promise<void> {
    this.coming.note(message);
    return this.enqueue(() => this.step(message));
  }

  close(): void {
    this.closed = true;
    this.directing.giveUp("ended");
    this.coming.close();
    this.knocks.clear();
    this.removal.close();
    this.cancelAnswer();
    this.cancelRenewal();
    this.cancelReopening();
    this.cancelSeen?.();
    this.group?.erase();
    this.group = null;
    this.drop();
    this.sent = [];
  }

  /** Said once: whoever is told begins anew, and what is left of this membership must not disturb that. */
  private lose(reason: string): void {
    if (this.closed) return;
    this.close();
    this.host.lost(reason);
  }

  /** Nothing of what we have sent will be accepted any more: its secrets go, and its answers are still to come. */
  private drop(): void {
    for (const pending of this.sent) pending?.group.erase();
    this.sent = this.sent.map(() => null);
  }

  private enqueue(task: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(async () => {
      if (this.closed) return;
      try {
        await task();
      } catch {
        // Nothing of this kind is expected. A membership that stood still without a word would be worse than a new one.
        this.lose("fault");
      }
    });
    return this.queue;
  }

  private async step(message: ServerMessage): Promise<void> {
    switch (message.t) {
      case "welcome":
        return this.welcome(message);
      case "wait":
        return this.group === null ? this.coming.wait(message) : this.lose("out-of-step");
      case "admitted":
        return this.coming.admitted(message.admission);
      case "turn":
        return this.group === null ? this.coming.enter(message) : this.lose("out-of-step");
      case "knock":
      case "unknock":
        return this.hearKnock(message);
      case "accepted":
        return this.accept(message.epoch);
      case "commit":
        return this.follow(message.epoch, message.seat, message.commit);
      case "refused":
        return this.refused(message.of, message.reason);
      case "reopened":
        return this.reopen(message.epoch);
      case "resumed":
        return this.catchUp(message);
      case "away":
        if (!this.knows(message.seat)) return;
        this.away.add(message.seat);
        return this.host.presence();
      case "back":
        this.away.delete(message.seat);
        return this.host.presence();
      case "gone":
        if (!this.knows(message.seat)) return;
        this.away.delete(message.seat);
        this.bury(message.seat);
        this.host.presence();
        return this.plan();
      default:
        return;
    }
  }

  // Coming in

  private welcome(message: Welcome): void {
    // A seat is drawn for whoever has none: a member is not led into another group.
    if (this.group !== null) {
      this.lose("out-of-step");
      return;
    }
    this.token = message.token;
    // On the link of an earlier seat nothing is answered any more.
    this.drop();
    this.sent = [];
    this.cancelAnswer();
    this.isCut = false;
    this.coming.welcome(message);
  }

  private send(pending: Pending, message: Create | Commit): void {
    this.sent.push(pending);
    this.host.send(message);
    if (this.sent.length === 1) this.awaitAnswer();
  }

  private async accept(epoch: number): Promise<void> {
    const pending = this.sent.shift();
    if (pending === undefined || pending === null || Number(pending.group.epoch) !== epoch) {
      pending?.group.erase();
      return this.lose("out-of-step");
    }
    this.coming.close();
    this.awaitAnswer();
    await this.apply(pending.group);
    this.fulfil(pending);
  }

  private refused(of: string, reason: string): void {
    if (of === "refresh" || of === "admit") return;
    const refused = this.sent.shift();
    refused?.group.erase();
    this.awaitAnswer();
    if (this.group === null) {
      // Another turn comes, or what we wait for.
      if (reason === "not-admitted") this.coming.unadmitted();
      else if (reason !== "stale-epoch" && reason !== "group-exists" && reason !== "no-group") this.lose(reason);
      return;
    }
    // A server that takes back who is gone is not asked the same again and again.
    if (reason === "not-gone") {
      this.gone.clear();
      this.host.presence();
    }
    // What ours left undone is planned anew; where nobody's commit came first, the same one would be refused again.
    this.plan();
    const pursue = (): void => void this.enqueue(() => this.pursue());
    if (refused) this.host.later(REST_MS, pursue);
    else pursue();
  }

  /** Gives the oldest of what is still unanswered all its time. */
  private awaitAnswer(): void {
    this.cancelAnswer();
    if (this.sent.length === 0 || this.isCut) return;
    this.cancelAnswer = this.host.later(ANSWER_MS, () => this.lose(this.group === null ? "no-answer" : "out-of-step"));
  }

  // Following

  private async follow(epoch: number, seat: string, commit: Uint8Array): Promise<void> {
    const group = this.group;
    if (group === null) return this.lose("out-of-step");
    // Beyond a commit that we cannot apply nothing can be followed, until it is taken back.
    if (this.refusedAt !== null) return;
    if (epoch !== Number(group.epoch)) return this.lose("out-of-step");
    const own = this.sent.findIndex((pending) => pending !== null && equals(pending.commit, commit));
    if (own >= 0 && seat === this.seat) {
      // Our own commit was accepted while the connection was cut, and its echo was lost.
      const [pending] = this.sent.splice(own, 1);
      this.drop();
      this.awaitAnswer();
      if (!pending) return;
      await this.apply(pending.group);
      this.fulfil(pending);
      return;
    }
    let after: MeetingGroup;
    try {
      after = await group.process(commit);
    } catch (error) {
      if (!(error instanceof MlsError)) throw error;
      if (error.reason === "removed") return this.lose("removed");
      // What we have sent stays: it counts again if this one is taken back before the server comes to it.
      return this.refuse(epoch, error.reason, seat);
    }
    this.drop();
    await this.apply(after);
  }

  private refuse(epoch: number, reason: string, seat: string): void {
    this.refusedAt = epoch;
    this.removal.stop();
    this.host.send({ t: "nack", epoch });
    this.cancelReopening = this.host.later(REOPENED_MS, () => this.lose("commit-refused"));
    this.host.commitRefused(reason, seat);
  }

  private reopen(epoch: number): void {
    if (this.group === null) return;
    if (this.refusedAt !== epoch) {
      // We applied what the others could not: their epoch is not ours.
      this.lose("reopened");
      return;
    }
    this.forgive();
    // Newcomers may not be able to build upon the newest GroupInfo: somebody makes a fresh one.
    this.stale = true;
    this.plan();
  }

  private forgive(): void {
    this.refusedAt = null;
    this.cancelReopening();
  }

  private async catchUp(message: Extract<ServerMessage, { t: "resumed" }>): Promise<void> {
    if (this.group === null) return this.lose("out-of-step");
    this.token = message.token;
    this.isCut = false;
    this.forgive();
    // Who was gone and is removed by now is in no list: that the server passed the commit on is its word for it.
    this.catchingUp = true;
    for (const past of message.commits) {
      // One that came before the cut may have been worked on after the client had named its epoch.
      if (this.group !== null && past.epoch < Number(this.group.epoch)) continue;
      await this.follow(past.epoch, past.seat, past.commit);
      if (this.closed) return;
    }
    this.catchingUp = false;
    // What we sent before the cut and is not in the chain never reached the server, and gets no answer.
    this.drop();
    this.sent = [];
    this.cancelAnswer();
    this.away.clear();
    this.gone.clear();
    for (const seat of message.away) if (this.knows(seat)) this.away.add(seat);
    for (const seat of message.gone) if (this.knows(seat)) this.bury(seat);
    // Who still knocks is told anew.
    this.knocks.clear();
    this.host.presence();
    // Whoever was out of reach for a while starts a fresh epoch, and others learn that the leaf is alive.
    await this.propose([]);
    this.plan();
  }

  private bury(seat: string): void {
    this.gone.add(seat);
    this.over.add(seat);
  }

  /** Whether anybody may remove a leaf, because its seat never comes back: that is the server's word. */
  private isGone(seat: Uint8Array): boolean {
    return this.catchingUp || this.over.has(b64Encode(seat));
  }

  /** Whether this is another member's seat: the server's word counts for nobody else, and not for ourselves. */
  private knows(seat: string): boolean {
    return seat !== this.seat && (this.group?.members().some((member) => member.seat === seat) ?? false);
  }

  private async apply(group: MeetingGroup): Promise<void> {
    const before = this.group;
    this.group = group;
    this.stale = false;
    this.remember();
    const seats = new Set(group.members().map((member) => member.seat));
    for (const seat of this.gone) if (!seats.has(seat)) this.gone.delete(seat);
    for (const seat of this.away) if (!seats.has(seat)) this.away.delete(seat);
    await this.host.epoch(group);
    before?.erase();
    this.cancelRenewal();
    this.cancelRenewal = this.host.later(RENEWAL_MS, () => this.waitAndRenew());
    this.plan();
    // After what follows from the message itself: it may be the answer to what we have sent.
    void this.enqueue(() => this.pursue());
  }

  private remember(): void {
    const { group } = this;
    if (group === null || this.cancelSeen !== null) return;
    const seen: Seen = { group: b64Encode(group.groupId), epoch: Number(group.epoch) };
    this.cancelSeen = this.host.later(SEEN_MS, () => {
      Object.assign(this.host.seen, seen);
      this.cancelSeen = null;
      if (this.group !== null && Number(this.group.epoch) !== seen.epoch) this.remember();
    });
  }

  // Who knocks

  private async hearKnock(message: KnockNotice | Unknock): Promise<void> {
    if (message.t === "unknock") this.knocks.drop(message.seat);
    else if (this.group !== null) await this.knocks.hear(this.group, message);
    this.host.presence();
  }

  /** Answers somebody who knocks; says why not, if nothing comes of it. */
  async answer(seat: string, lets: boolean): Promise<string | null> {
    let said: string | null = "ended";
    await this.enqueue(async () => {
      said = await this.answerNow(seat, lets);
    });
    return said;
  }

  private async answerNow(seat: string, lets: boolean): Promise<string | null> {
    if (this.group === null) return "gone";
    const answer = await this.knocks.answer(this.group, seat, lets);
    if (typeof answer === "string") return answer;
    if (this.closed) return "ended";
    this.host.send(answer);
    return null;
  }

  // Commits of our own

  /** Changes the policy, and removes all leaves of some subjects; `answer` hears why not, or nothing. */
  direct(act: Act, removes: readonly Uint8Array[], answer: Answer): void {
    if (this.closed) {
      answer("ended");
      return;
    }
    const wish: Wish = { act, removes, answer, cancel: nothing };
    wish.cancel = this.host.later(PATIENCE_MS, () => this.directing.close(wish, "no-answer"));
    this.directing.add(wish);
    void this.enqueue(() => this.pursue());
  }

  /** Commits what is wished for, as soon as a commit of ours can be made. */
  private async pursue(): Promise<void> {
    const from = this.group;
    if (from === null || !this.isFree()) return;
    const direction = this.directing.next(from.meetingPolicy, ownOf(from).subject, from.members());
    if (direction === null) return;
    const { group, commit, info } = await from.commit(direction.removes, direction.policy);
    if (!this.closed && !this.isCut && commit.length <= MAX_COMMIT) {
      this.send({ group, commit, wishes: direction.wishes }, { t: "commit", commit, info });
      return;
    }
    group.erase();
    // What was cut off is tried again after the return.
    if (commit.length > MAX_COMMIT) for (const wish of direction.wishes) this.directing.close(wish, "too-large");
  }

  private fulfil({ wishes }: Pending): void {
    for (const wish of wishes) this.directing.close(wish, null);
  }

  /** Whether a commit of ours could be answered now. */
  private isFree(): boolean {
    return this.sent.length === 0 && this.refusedAt === null && !this.isCut;
  }

  /** Our place among the members who are here: the first acts at once, the next ones only if nothing happened. */
  private rank(): number {
    const group = this.group;
    if (group === null) return 0;
    return group
      .members()
      .filter((member) => member.leaf < group.ownLeaf && !this.away.has(member.seat) && !this.gone.has(member.seat))
      .length;
  }

  private plan(): void {
    if (this.closed || this.group === null || this.refusedAt !== null) return;
    this.removal.plan(this.stale ? new Set([...this.gone, ""]) : this.gone, this.rank());
  }

  private waitAndRenew(): void {
    this.cancelRenewal = this.host.later(this.rank() * RENEWAL_RANK_MS, () => this.renew());
  }

  private renew(): void {
    // Tried again until there is another epoch: a refusal must not keep the old keys in force.
    this.cancelRenewal = this.host.later(RENEWAL_RANK_MS, () => this.renew());
    void this.enqueue(async () => void (await this.propose([])));
  }

  private async removeGone(): Promise<void> {
    const gone = this.group?.members().filter((member) => this.gone.has(member.seat)) ?? [];
    if (await this.propose(gone.map((member) => member.leaf))) this.removal.made();
  }

  private async propose(leaves: readonly number[]): Promise<boolean> {
    const from = this.group;
    if (from === null || !this.isFree()) return false;
    const { group, commit, info } = await from.commit(leaves);
    if (this.closed || this.isCut || commit.length > MAX_COMMIT) {
      group.erase();
      return this.closed || this.isCut ? false : this.proposeLess(leaves);
    }
    this.send({ group, commit, wishes: [] }, { t: "commit", commit, info });
    return true;
  }

  /**
   * Proposes a part of what makes a commit too large, or leaves a group from which somebody gone cannot be removed.
   * Each removal leaves nodes without a key, which makes the path longer: the rest is for the next commit.
   */
  private async proposeLess(leaves: readonly number[]): Promise<boolean> {
    if (leaves.length > 1) return this.propose(leaves.slice(0, leaves.length >> 1));
    // Nothing is less than one. To stay would be to go on with keys that somebody has who is gone.
    if (leaves.length === 1) this.lose("group-too-large");
    return false;
  }
}

function nothing(): void {}

function equals(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
