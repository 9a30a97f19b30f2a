/** Signs what we send, and compares what we hear with what its senders have signed (spec/attest.md). */

import { concat } from "../core/octets";
import { Attester, MAX_WAITING } from "../e2ee/attest/attester";
import { hashFrame } from "../e2ee/attest/proof";
import { BEAT_MS, COVER_MS, type Doubt, Witness } from "../e2ee/attest/witness";
import { verify } from "../e2ee/mls/ed25519";
import type { MeetingGroup } from "../e2ee/mls/meeting";
import type { Opened } from "../e2ee/sframe/opener";

export interface ProofsHost {
  now(): number; // ms, monotonic
  /** Runs `task` after a delay; the returned function cancels it. */
  later(ms: number, task: () => void): () => void;
  /** Whether frames can be sent. */
  inside(): boolean;
  send(plaintext: Uint8Array): void;
  /** What comes from a leaf is in doubt, for another reason than before, or no more. */
  doubted(leaf: number, doubt: Doubt | null): void;
}

/** From sending something to its proof. */
const PROOF_MS = 500;
/** For each member, how long it may take until all have said once that they are in a new epoch. */
const BEAT_SPREAD_MS = 50;

/** One participant's, for as long as it has a leaf. */
export class Proofs {
  private group: MeetingGroup | null = null;
  private attester = new Attester();
  private witness = new Witness(verify);
  private readonly told = new Map<number, Doubt>();
  private absent: ReadonlySet<number> = new Set();
  private recent: { at: number; plaintext: Uint8Array }[] = [];
  private beatAt = Number.POSITIVE_INFINITY;
  private cancelFlush: (() => void) | null = null;
  /** Proofs leave in the order of their numbers, though signing takes its time. */
  private tail: Promise<void> = Promise.resolve();

  constructor(private readonly host: ProofsHost) {}

  /** Enter an epoch; `check` is of `deriveCheck`. */
  enter(group: MeetingGroup, check: Uint8Array): void {
    const now = this.host.now();
    const { groupId, epoch, ownLeaf } = group;
    const others = group.members().filter(({ leaf }) => leaf !== ownLeaf);
    const keys = new Map(others.map(({ leaf, signatureKey }) => [leaf, signatureKey]));
    this.group = group;
    this.attester.enter(groupId, epoch, ownLeaf, check);
    this.witness.enter(groupId, epoch, check, keys, now);
    for (const leaf of this.told.keys()) if (!keys.has(leaf)) this.told.delete(leaf);
    // Everybody hears from everybody in the new epoch, and not all in the same moment.
    this.beatAt = Math.min(this.beatAt, now + Math.random() * BEAT_SPREAD_MS * (others.length + 1));
  }

  /** Give the leaf up. */
  forget(): void {
    this.cancelFlush?.();
    this.cancelFlush = null;
    this.group = null;
    this.attester = new Attester();
    this.witness = new Witness(verify);
    this.told.clear();
    this.recent = [];
    this.absent = new Set();
    this.beatAt = Number.POSITIVE_INFINITY;
  }

  /** Our own connection is cut. */
  cut(): void {
    this.witness.cut(this.host.now());
  }

  /** It is back: what was on its way may be lost, and the others want to hear from us. */
  resume(): void {
    this.forgetRecent(this.host.now());
    for (const { plaintext } of this.recent) this.host.send(plaintext);
    this.flush(true);
  }

  /** Who is away, says the server: nothing is expected of them until they are back. */
  away(leaves: Iterable<number>): void {
    const before = this.absent;
    const absent = new Set(leaves);
    this.absent = absent;
    const back = [...before].filter((leaf) => !absent.has(leaf));
    this.witness.excuse(back, this.host.now());
  }

  /** To be called five times a second. */
  look(): void {
    const now = this.host.now();
    if (!this.host.inside()) this.witness.excuse(this.witness.leaves, now); // nobody can be heard here
    this.witness.expire(now);
    for (const leaf of this.witness.leaves) this.tell(leaf);
    if (now >= this.beatAt) this.flush(true);
  }

  /** What is in doubt now of a leaf, as was told. */
  doubt(leaf: number): Doubt | null {
    return this.told.get(leaf) ?? null;
  }

  // What we send

  /** Take note of a message that was sent; of one stream and rendition one after the other. */
  async sent(message: Uint8Array): Promise<void> {
    const { attester } = this;
    await attester.add(message);
    if (attester !== this.attester) return;
    if (attester.waiting >= MAX_WAITING) this.flush();
    else this.cancelFlush ??= this.host.later(PROOF_MS, () => this.flush());
  }

  /** Sign what was sent, and send that; with `beat` also if nothing was. */
  flush(beat = false): void {
    this.cancelFlush?.();
    this.cancelFlush = null;
    const { group, host } = this;
    if (group === null || !host.inside()) return;
    const now = host.now();
    const drafts = this.attester.take({ beat });
    if (drafts.length === 0) return;
    this.beatAt = now + BEAT_MS;
    this.forgetRecent(now);
    // The key is of the epoch in force now; by the time it signs that epoch may be over, and its key wiped.
    const signing = drafts.map(async ({ body, content }) => concat(body, await group.attest(content)));
    this.tail = this.tail
      .then(async () => {
        for (const plaintext of await Promise.all(signing)) {
          if (this.group === null) return;
          this.recent.push({ at: now, plaintext });
          host.send(plaintext);
        }
      })
      // What cannot be signed is not proven, and that is what the others see.
      .catch(() => undefined);
  }

  /** Resolves when all that was taken to be signed has been sent. */
  signed(): Promise<void> {
    return this.tail;
  }

  private forgetRecent(now: number): void {
    this.recent = this.recent.filter(({ at }) => now - at <= COVER_MS);
  }

  // What we hear

  /** Take a message that opened and is no proof. */
  async heard({ leaf, kid, header }: Opened, message: Uint8Array): Promise<void> {
    const hash = await hashFrame(message);
    if (this.witness.hear(leaf, kid, header.counter, hash, this.host.now()) !== null) this.tell(leaf);
  }

  /** Take a proof that opened. */
  async prove(leaf: number, plaintext: Uint8Array): Promise<void> {
    if ((await this.witness.prove(leaf, plaintext, this.host.now())) !== null) this.tell(leaf);
  }

  private tell(leaf: number): void {
    let doubt = this.witness.doubt(leaf, this.host.now());
    if (doubt === "silent" && this.absent.has(leaf)) doubt = null;
    if (doubt === this.doubt(leaf)) return;
    if (doubt === null) this.told.delete(leaf);
    else this.told.set(leaf, doubt);
    this.host.doubted(leaf, doubt);
  }
}
