/** The one clock of everything that this person sends, and how the clocks of devices are brought onto it. */

/** Microseconds since the Unix epoch, monotonic: the same on the page and in its workers. */
export function nowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}

const WINDOW_US = 5_000_000;
/** A device clock that falls behind by more than this has jumped (a suspended context, another camera): no need to wait for the window. */
const JUMP_US = 500_000;

/**
 * Maps the time stamps of a device to our clock by the smallest difference seen lately: the observation that waited least on its way.
 * The last 5 to 10 s count, so that drift between the two clocks is followed.
 */
export class ClockMap {
  private current = Number.POSITIVE_INFINITY;
  private previous = Number.POSITIVE_INFINITY;
  private windowStart = Number.NEGATIVE_INFINITY;

  /** Something stamped `deviceUs` was seen at `seenUs`. Returns its time on our clock, µs, never later than `seenUs`. */
  observe(deviceUs: number, seenUs: number): number {
    const difference = seenUs - deviceUs;
    if (difference > this.offsetUs + JUMP_US) {
      this.current = this.previous = Number.POSITIVE_INFINITY;
    }
    if (seenUs - this.windowStart > WINDOW_US) {
      this.previous = this.current;
      this.current = Number.POSITIVE_INFINITY;
      this.windowStart = seenUs;
    }
    this.current = Math.min(this.current, difference);
    return deviceUs + this.offsetUs;
  }

  /** What to add to a device time; infinite before the first observation. */
  get offsetUs(): number {
    return Math.min(this.current, this.previous);
  }
}
