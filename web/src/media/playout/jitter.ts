/**
 * The jitter buffer of one person's sound: pure, in samples and in frames of the playout clock. It starts small, grows when sound comes late,
 * and shrinks again: every half second it removes what the least depth of that time shows not to have been needed.
 */

/** Depth that is kept even on a perfect line. */
const FLOOR_MS = 10;
const LONGEST_TARGET_MS = 200;
const ADJUST_MS = 500;
const FADE_MS = 2;
/** Less than this is not worth a cut. */
const LEAST_CUT_MS = 2.5;
/** A hole in the sender's time line up to this long is filled; a longer one is a pause. */
const LONGEST_GAP_MS = 100;
const CONCEAL_MS = 40;
const MIRROR_MS = 10;
const CAPACITY_MS = 2000;
const MOST_MS = 1000;
/** Arrivals that the target is made from: 10 s of 20 ms frames. */
const ARRIVALS = 500;
/** The target covers this share of frames: what is later than that is a rare stall, better bridged once than waited for always. */
const QUANTILE = 0.97;
/** Sound that comes this much sooner, or later, than before: one of the two clocks stood still or was set. */
const SOONER_US = 100_000;
/** Sound that comes this much sooner than any before: those were a backlog, and say nothing about the line. */
const BACKLOG_US = 5000;
const LATER_US = 2_000_000;

export interface Playing {
  /** Capture time (sender's clock, µs) of the next sample; null while nothing plays. */
  playedUs: number | null;
  depthMs: number;
  targetMs: number;
  underruns: number;
}

export class JitterBuffer {
  private readonly ring: Float32Array;
  /** Positions count samples since the start; the ring holds them modulo its length. */
  private read = 0;
  private written = 0;
  private marks: { position: number; timeUs: number }[] = [];
  private endUs = Number.NaN;
  private state: "idle" | "filling" | "playing" | "starved" = "idle";
  private startFrame = 0;
  private enough = 0;
  /** The sound that ran out ended here, and so much of its echo has been played. */
  private echoEnd = 0;
  private echoed = 0;
  private fadeLeft = 0;
  private underruns = 0;
  /** Arrival minus capture, µs: meaningful as differences only. */
  private readonly arrivals = new Float64Array(ARRIVALS);
  private arrived = 0;
  private fastestUs = Number.POSITIVE_INFINITY;
  private usualUs = Number.NaN;
  private needed = 0;
  private leastDepth = Number.POSITIVE_INFINITY;
  private latestUs = 0;
  private adjustFrame = 0;

  /** @param rate samples a second, of the sound and of the playout clock. */
  constructor(private readonly rate: number) {
    this.ring = new Float32Array(this.samples(CAPACITY_MS));
  }

  /** Sound captured at `timeUs` has come while the playout clock shows `frame`. */
  push(samples: Float32Array, timeUs: number, frame: number): void {
    const delayUs = (frame * 1_000_000) / this.rate - timeUs;
    if (delayUs < this.usualUs - SOONER_US || delayUs > this.usualUs + LATER_US) this.forget();
    if (delayUs < this.fastestUs - BACKLOG_US) this.arrived = 0;
    this.arrivals[this.arrived++ % ARRIVALS] = delayUs;
    this.fastestUs = Math.min(this.fastestUs, delayUs);
    if (Number.isNaN(this.usualUs)) this.usualUs = delayUs;
    const lateUs = delayUs - this.fastestUs;
    this.latestUs = Math.max(this.latestUs, lateUs);

    const gap = Math.round(((timeUs - this.endUs) * this.rate) / 1_000_000);
    const pause = !(Math.abs(gap) <= this.samples(LONGEST_GAP_MS));
    if (this.state === "starved" && !pause) this.underruns += 1;
    const filling = this.state === "idle" || this.state === "starved";
    if (!pause && gap > this.samples(LEAST_CUT_MS) && this.state === "playing") this.fillGap(gap);
    this.marks.push({ position: this.written, timeUs });
    this.append(samples);
    this.endUs = timeUs + (samples.length * 1_000_000) / this.rate;

    if (filling) {
      const wait = this.samples(FLOOR_MS) + Math.max(0, this.needed - (lateUs * this.rate) / 1_000_000);
      this.state = "filling";
      this.startFrame = frame + wait;
      this.enough = samples.length + wait;
    }
    if (this.depth > this.samples(MOST_MS)) this.cut(this.depth - this.target);
  }

  /** Fills `output` with the next samples; silence where there are none. `frame` is the playout clock at its first sample. */
  pull(output: Float32Array, frame: number): void {
    if (this.state === "filling" && (frame >= this.startFrame || this.depth >= this.enough)) {
      this.state = "playing";
      this.fadeLeft = this.samples(FADE_MS);
      this.restart(frame);
    }
    const playable = this.state === "playing" ? Math.min(output.length, this.depth) : 0;
    const fade = this.samples(FADE_MS);
    for (let index = 0; index < playable; index++) {
      let sample = this.at(this.read++);
      if (this.fadeLeft > 0) {
        const share = this.fadeLeft-- / fade;
        sample = sample * (1 - share) + this.conceal() * share;
      }
      output[index] = sample;
    }
    if (this.state === "playing") {
      this.leastDepth = Math.min(this.leastDepth, this.depth);
      if (playable < output.length) {
        this.state = "starved";
        this.echoEnd = this.read;
        this.echoed = 0;
      } else if (frame >= this.adjustFrame) {
        this.adjust(frame);
      }
    }
    for (let index = playable; index < output.length; index++) output[index] = this.conceal();
    while (this.marks[1] !== undefined && this.marks[1].position <= this.read) this.marks.shift();
  }

  report(): Playing {
    const mark = this.marks[0];
    const playing = this.state === "playing" && mark !== undefined;
    return {
      playedUs: playing ? mark.timeUs + ((this.read - mark.position) * 1_000_000) / this.rate : null,
      depthMs: this.milliseconds(this.depth),
      targetMs: this.milliseconds(this.target),
      underruns: this.underruns,
    };
  }

  private get depth(): number {
    return this.written - this.read;
  }

  /** Least depth to keep, in samples, when the fastest frames come. */
  private get target(): number {
    return this.samples(FLOOR_MS) + this.needed;
  }

  private adjust(frame: number): void {
    this.learn();
    const floor = this.samples(FLOOR_MS);
    const late = Math.min((this.latestUs * this.rate) / 1_000_000, this.needed);
    // What was late in this half second is in the least depth already; what was late in the 10 s before is kept in hand.
    const excess = Math.floor(this.leastDepth - floor - (this.needed - late));
    if (excess > this.samples(LEAST_CUT_MS)) this.cut(excess);
    this.restart(frame);
  }

  private restart(frame: number): void {
    this.leastDepth = Number.POSITIVE_INFINITY;
    this.latestUs = 0;
    this.adjustFrame = frame + this.samples(ADJUST_MS);
  }

  /** How late frames come, from the last 10 s. */
  private learn(): void {
    const count = Math.min(this.arrived, ARRIVALS);
    if (count === 0) return;
    const sorted = this.arrivals.slice(0, count).sort();
    const fastest = sorted[0] ?? 0;
    const slow = sorted[Math.min(count - 1, Math.floor(count * QUANTILE))] ?? 0;
    this.fastestUs = fastest;
    this.usualUs = fastest;
    const most = this.samples(LONGEST_TARGET_MS - FLOOR_MS);
    this.needed = Math.min(most, Math.round(((slow - fastest) * this.rate) / 1_000_000));
  }

  /** Starts afresh: what was learnt and what is waiting belong to another time line. */
  private forget(): void {
    this.arrived = 0;
    this.fastestUs = Number.POSITIVE_INFINITY;
    this.usualUs = Number.NaN;
    this.needed = 0;
    this.marks = [];
    this.read = this.written;
    this.endUs = Number.NaN;
    this.state = "idle";
  }

  /** Leaves `count` samples out from here on, with a cross-fade over the seam. */
  private cut(count: number): void {
    const fade = Math.min(this.samples(FADE_MS), this.depth - count);
    for (let index = 0; index < fade; index++) {
      const share = index / fade;
      const position = (this.read + count + index) % this.ring.length;
      this.ring[position] = this.at(this.read + index) * (1 - share) + (this.ring[position] ?? 0) * share;
    }
    this.read += count;
  }

  /** Bridges missing sound with an echo of what came before. */
  private fillGap(gap: number): void {
    const from = this.written;
    const filler = new Float32Array(gap);
    for (let index = 0; index < gap; index++) filler[index] = this.mirrored(from, index);
    this.append(filler);
  }

  private conceal(): number {
    return this.mirrored(this.echoEnd, this.echoed++);
  }

  /** The sound before `end`, played back and forth without a jump and faded out: sample number `index`. */
  private mirrored(end: number, index: number): number {
    const gain = 1 - index / this.samples(CONCEAL_MS);
    const length = Math.min(this.samples(MIRROR_MS), end);
    if (gain <= 0 || length === 0) return 0;
    const turn = index % (2 * length);
    const back = turn < length ? turn : 2 * length - 1 - turn;
    return this.at(end - 1 - back) * gain;
  }

  private append(samples: Float32Array): void {
    for (const sample of samples) this.ring[this.written++ % this.ring.length] = sample;
  }

  private at(position: number): number {
    return this.ring[position % this.ring.length] ?? 0;
  }

  private samples(ms: number): number {
    return Math.round((this.rate * ms) / 1000);
  }

  private milliseconds(samples: number): number {
    return (samples * 1000) / this.rate;
  }
}
