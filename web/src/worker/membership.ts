/**
 * Our membership of the meeting's group: joins it, follows its commits in the server's order, and removes leaves of people who are gone.
 * The server orders; it is never believed about who is in the group: that is what `MeetingGroup` says. No clock and no socket here, so that tests drive it.
 */
import { MlsError } from "../core/mls/errors";
import type { ClientMessage, GroupState, ServerMessage } from "../core/wire/control";
import { type Identity, MeetingGroup } from "../e2ee/mls/meeting";

export interface MembershipHost {
  send(message: ClientMessage): void;
  /** Runs `task` after a delay; the returned function cancels it. */
  later(ms: number, task: () => void): () => void;
  /** The identity of a fresh leaf for the seat that the server drew. */
  identity(seat: string): Identity;
  /** A new epoch is in force. Awaited before the next message is looked at. */
  epoch(group: MeetingGroup): Promise<void>;
  /** A person's connection was cut or came back. */
  presence(): void;
  /** The server passed a commit on that breaks the group's rules; it is not applied. */
  commitRefused(reason: string): void;
  /** Nothing can go on with this group: join anew or end. */
  lost(reason: string): void;
}

interface Pending {
  kind: "create" | "join" | "commit";
  group: MeetingGroup;
  commit: Uint8Array | null;
}

const REMOVAL_BATCH_MS = 40;
const RANK_MS = 1500;
/** The lowest present leaf renews the keys after four minutes, the others shortly after: an epoch lives at most five. */
const RENEWAL_MS = 240_000;
const RENEWAL_RANK_MS = 5000;
const JOIN_TRIES = 64;

export class Membership {
  seat = "";
  token = "";
  group: MeetingGroup | null = null;
  readonly away = new Set<string>();
  readonly gone = new Set<string>();
  private pending: Pending | null = null;
  private tries = 0;
  private queue: Promise<void> = Promise.resolve();
  private cancelRemoval: () => void = () => {};
  private cancelRenewal: () => void = () => {};
  private closed = false;
  /** The newest seat that the server drew: what is still being made for an earlier one is of no use any more. */
  private drawn = "";

  constructor(private readonly host: MembershipHost) {}

  /** Messages are handled strictly one after the other. */
  handle(message: ServerMessage): Promise<void> {
    if (message.t === "welcome") this.drawn = message.seat;
    return this.enqueue(() => this.step(message));
  }

  close(): void {
    this.closed = true;
    this.cancelRemoval();
    this.cancelRenewal();
    this.group?.erase();
    this.group = null;
    this.drop();
  }

  /** Said once: whoever is told begins anew, and what is left of this membership must not disturb that. */
  private lose(reason: string): void {
    if (this.closed) return;
    this.close();
    this.host.lost(reason);
  }

  /** A proposal that will not be accepted any more: its secrets go. */
  private drop(): void {
    this.pending?.group.erase();
    this.pending = null;
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
        // A seat is drawn for whoever has none: a member is not led into another group.
        if (this.group !== null) return this.lose("out-of-step");
        if (message.seat !== this.drawn) return;
        this.seat = message.seat;
        this.token = message.token;
        return this.enter(message.group);
      case "accepted":
        return this.accept(message.epoch);
      case "commit":
        return this.follow(message.epoch, message.seat, message.commit);
      case "refused":
        return this.refused(message.of, message.reason, message.group);
      case "resumed":
        this.token = message.token;
        for (const past of message.commits) {
          // One that came before the cut may have been worked on after the client had named its epoch.
          if (this.group !== null && past.epoch < Number(this.group.epoch)) continue;
          await this.follow(past.epoch, past.seat, past.commit);
          if (this.closed) return;
        }
        // What we proposed before the cut and is not in the chain never reached the server.
        this.drop();
        this.replace(this.away, message.away);
        this.replace(this.gone, message.gone);
        this.host.presence();
        // Whoever was out of reach for a while starts a fresh epoch, and others learn that the leaf is alive.
        await this.propose([]);
        return this.plan();
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
        this.gone.add(message.seat);
        this.host.presence();
        return this.plan();
      default:
        return;
    }
  }

  private replace(set: Set<string>, seats: readonly string[]): void {
    set.clear();
    for (const seat of seats) if (this.knows(seat)) set.add(seat);
  }

  /** Whether this is another member's seat: the server's word counts for nobody else, and not for ourselves. */
  private knows(seat: string): boolean {
    return seat !== this.seat && (this.group?.members().some((member) => member.seat === seat) ?? false);
  }

  /** Makes the group, or asks to join it by an external commit. */
  private async enter(state: GroupState | null): Promise<void> {
    this.drop();
    this.tries += 1;
    if (this.tries > JOIN_TRIES) return this.lose("cannot-join");
    const identity = this.host.identity(this.seat);
    if (state === null) {
      const { group, groupId, info } = await MeetingGroup.create(identity);
      if (this.outdated()) return group.erase();
      this.pending = { kind: "create", group, commit: null };
      this.host.send({ t: "create", group: groupId, info });
      return;
    }
    try {
      const { group, commit, info } = await MeetingGroup.join({ info: state.info, tree: new Uint8Array(0) }, identity);
      if (this.outdated()) return group.erase();
      this.pending = { kind: "join", group, commit };
      this.host.send({ t: "commit", epoch: state.epoch, commit, info, removes: [] });
    } catch (error) {
      if (!(error instanceof MlsError)) throw error;
      // A group that this link's secret does not fit, or a broken one: nobody there can be trusted to be whom we look for.
      this.lose(`group-${error.reason}`);
    }
  }

  private outdated(): boolean {
    return this.closed || this.drawn !== this.seat;
  }

  private async accept(epoch: number): Promise<void> {
    const pending = this.pending;
    if (pending === null || Number(pending.group.epoch) !== epoch) return this.lose("out-of-step");
    this.pending = null;
    this.tries = 0;
    await this.apply(pending.group);
  }

  private async follow(epoch: number, seat: string, commit: Uint8Array): Promise<void> {
    const group = this.group;
    if (group === null) return this.lose("out-of-step");
    if (epoch !== Number(group.epoch)) return this.lose("out-of-step");
    const own = this.pending;
    if (own !== null && seat === this.seat && own.commit !== null && sameBytes(own.commit, commit)) {
      // Our own commit was accepted while the connection was cut, and its echo was lost.
      return this.accept(epoch + 1);
    }
    this.drop();
    try {
      await this.apply(await group.process(commit));
    } catch (error) {
      if (!(error instanceof MlsError)) throw error;
      if (error.reason === "removed") return this.lose("removed");
      this.host.commitRefused(error.reason);
    }
  }

  private async refused(of: string, reason: string, state: GroupState | null): Promise<void> {
    if (of === "refresh") return;
    if (this.group === null) {
      if (this.outdated()) return;
      this.drop();
      if (reason !== "stale-epoch" && reason !== "group-exists" && reason !== "no-group") return this.lose(reason);
      return this.enter(state);
    }
    // The commit that won has been applied already, or will be: it dropped ours. What it left undone is planned anew.
    if (reason !== "stale-epoch") this.drop();
    // A server that takes back who is gone is not asked the same again and again.
    if (reason === "not-gone" || reason === "unknown-seat") {
      this.gone.clear();
      this.host.presence();
    }
    this.plan();
  }

  private async apply(group: MeetingGroup): Promise<void> {
    const before = this.group;
    this.group = group;
    const seats = new Set(group.members().map((member) => member.seat));
    for (const seat of this.gone) if (!seats.has(seat)) this.gone.delete(seat);
    for (const seat of this.away) if (!seats.has(seat)) this.away.delete(seat);
    await this.host.epoch(group);
    before?.erase();
    this.plan();
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
    this.cancelRemoval();
    this.cancelRenewal();
    if (this.group === null) return;
    const rank = this.rank();
    if (this.gone.size > 0) {
      this.cancelRemoval = this.host.later(REMOVAL_BATCH_MS + rank * RANK_MS, () => {
        void this.enqueue(() => this.removeGone());
      });
    }
    this.cancelRenewal = this.host.later(RENEWAL_MS + rank * RENEWAL_RANK_MS, () => {
      void this.enqueue(() => this.propose([]));
    });
  }

  private async removeGone(): Promise<void> {
    const leaves = this.group?.members().filter((member) => this.gone.has(member.seat)) ?? [];
    if (leaves.length > 0) await this.propose(leaves);
  }

  private async propose(removed: readonly { leaf: number; seat: string }[]): Promise<void> {
    const from = this.group;
    if (from === null || this.pending !== null) return;
    const { group, commit, info } = await from.commit(removed.map((member) => member.leaf));
    if (this.closed) return group.erase();
    this.pending = { kind: "commit", group, commit };
    this.host.send({
      t: "commit",
      epoch: Number(from.epoch),
      commit,
      info,
      removes: removed.map((member) => member.seat),
    });
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
