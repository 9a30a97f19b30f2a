/** What is known of one KID's frames: those that opened and are not signed yet, and those that are signed. */

import { equal } from "../../core/octets";
import { findHash, HASH_SIZE, lastOf, type Run } from "./proof";

/** Frames of one KID that wait for a proof; over that the oldest count as not proven. */
export const MAX_PENDING = 512;
/** Hashes of one KID that wait for their frames: twice what the replay window lets come late. */
const MAX_SIGNED = 256;

/** Frames and proofs of one KID, in whatever order they come. */
export class Lane {
  /** Hash and arrival by counter, the oldest first. */
  readonly pending = new Map<number, { hash: Uint8Array; at: number }>();
  private runs: Run[] = [];
  private kept = 0;
  /** From `low` to `high` everything that was sent is signed, and what is not in `runs` was not sent. */
  private low = -1;
  private high = -1;

  /** Take a frame that opened; false when it is not what was signed. */
  hear(counter: number, hash: Uint8Array, now: number): boolean {
    const signed = this.find(counter);
    if (signed !== null) return equal(signed, hash);
    if (this.low <= counter && counter <= this.high) return false;
    this.pending.set(counter, { hash, at: now });
    return true;
  }

  /** A proof is missing: what later ones leave out may stand in that one. */
  breakOff(): void {
    this.low = -1;
    this.high = -1;
  }

  /**
   * Take the runs of one proof, by rising counter; false when a frame that opened is not what was signed.
   * `newest`: it is numbered higher than all before, so that it also says what was not sent.
   */
  cover(runs: readonly Run[], newest: boolean): boolean {
    for (const run of runs) {
      this.keep(run);
      if (!newest) continue;
      if (this.high < 0) this.low = run.first;
      this.high = Math.max(this.high, lastOf(run));
    }
    this.forget();
    let honest = true;
    for (const [counter, { hash }] of [...this.pending]) {
      const signed = this.find(counter);
      if (signed === null && (counter < this.low || counter > this.high)) continue;
      this.pending.delete(counter);
      honest = honest && signed !== null && equal(signed, hash);
    }
    return honest;
  }

  /** Give up on frames that came before a time, and on those over the bound; true when there were any. */
  expire(before: number): boolean {
    let late = false;
    for (const [counter, { at }] of this.pending) {
      if (at > before && this.pending.size <= MAX_PENDING) break;
      this.pending.delete(counter);
      late = true;
    }
    return late;
  }

  private keep(run: Run): void {
    if (this.runs.some((known) => known.first === run.first)) return; // sent once more
    this.runs.push(run);
    this.kept += run.hashes.length / HASH_SIZE;
  }

  private forget(): void {
    while (this.kept > MAX_SIGNED && this.runs.length > 1) {
      const oldest = this.runs.shift();
      if (oldest === undefined) return;
      this.kept -= oldest.hashes.length / HASH_SIZE;
      this.low = Math.max(this.low, lastOf(oldest) + 1);
    }
  }

  private find(counter: number): Uint8Array | null {
    for (let at = this.runs.length - 1; at >= 0; at--) {
      const run = this.runs[at];
      const found = run === undefined ? null : findHash(run, counter);
      if (found !== null) return found;
    }
    return null;
  }
}
