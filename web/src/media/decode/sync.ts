/**
 * Keeps lips and voice together. Sound usually comes later than the picture, because it is collected, buffered and played by a device.
 * Nobody notices sound that is up to 125 ms late (ITU-R BT.1359-1), so a picture waits only for what goes beyond a bound well within that.
 */

/** How far the sound may be behind the picture, µs. */
const TOLERANCE_US = 80_000;
const LONGEST_WAIT_US = 80_000;
/** A report older than this says nothing: the person is muted or the sound has stopped. */
const REPORT_LIFE_US = 1_000_000;
const SMOOTHING = 0.2;

export class LipSync {
  private lagUs = 0;
  private reportedUs = Number.NEGATIVE_INFINITY;

  /** At `nowUs` the loudspeaker plays what was captured at `playedUs`. The two clocks may differ by any constant. */
  played(playedUs: number, nowUs: number): void {
    const lag = nowUs - playedUs;
    const fresh = nowUs - this.reportedUs > REPORT_LIFE_US;
    this.lagUs = fresh ? lag : this.lagUs + (lag - this.lagUs) * SMOOTHING;
    this.reportedUs = nowUs;
  }

  /** When a picture captured at `timeUs` and ready at `nowUs` is to be shown, µs of the same clock as `nowUs`. */
  dueUs(timeUs: number, nowUs: number): number {
    if (nowUs - this.reportedUs > REPORT_LIFE_US) return nowUs;
    const due = timeUs + this.lagUs - TOLERANCE_US;
    return Math.min(nowUs + LONGEST_WAIT_US, Math.max(nowUs, due));
  }
}
