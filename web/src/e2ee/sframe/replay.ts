/** Which counters of one KID have been seen: a sliding window (RFC 9605 section 9.3). */

/** How far behind the highest counter a frame may still come. */
export const SIZE = 128;
const FULL = (1n << BigInt(SIZE)) - 1n;

/** Accepts every counter at most once, and none that lies SIZE or more behind the highest one. */
export class ReplayWindow {
  private highest = -1;
  private seen = 0n; // bit i: the counter i below the highest

  /** Whether `accept` would take this counter now. */
  isFresh(ctr: number): boolean {
    const behind = this.highest - ctr;
    return behind < 0 || (behind < SIZE && ((this.seen >> BigInt(behind)) & 1n) === 0n);
  }

  /** Mark an authentic frame's counter; false when it is not fresh, and then nothing changes. */
  accept(ctr: number): boolean {
    if (!this.isFresh(ctr)) return false;
    const ahead = ctr - this.highest;
    if (ahead > 0) {
      this.seen = ahead < SIZE ? ((this.seen << BigInt(ahead)) | 1n) & FULL : 1n;
      this.highest = ctr;
    } else {
      this.seen |= 1n << BigInt(-ahead);
    }
    return true;
  }
}
